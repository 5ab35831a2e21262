"use strict";

pictures.variance = {
  switches: (picture) => rawSwitch(picture, "batches", "Each batch drawn", "shown"),

  charts(picture, chosen) {
    const each = chosen.raw === "shown" ? rowsOf(picture, "batches").filter((row) => row.squared > 0) : [];
    const rows = rowsOf(picture, "variance").map((row) => ({...row, rows: row.batch, batch: ""}));
    const scale = rowsOf(picture, "scale").filter((row) => row.gap > 0);
    const measured = rows.filter((row) => row.measured > 0 && row.law > 0), law = rows.filter((row) => row.law > 0);
    const charts = [{
      title: `Variance of a batch's gradient, ${values(rows, "checkpoint").join(", ")}`,
      legend: [["measured, with 95 % interval", "var(--two)", null, "dot"], ["the law", "var(--one)"],
        ...(each.length ? [["squared distance of a batch", "var(--ink)", null, "ring"]] : [])],
      draw: (width) => {
        const x = batchAxis(rows, "batch (rows)", width);
        const y = powerAxis([...measured.flatMap((row) => [row.low, row.measured, row.high]), ...law.map((row) => row.law), ...each.map((row) => row.squared)],
          "variance (gradient units²)", digits, 6, 1.4);
        if (!y) return plot(width, {x, marks: []});
        return plot(width, {x, y, marks: [
          Plot.line(law, {x: "rows", y: "law", stroke: "var(--one)", strokeWidth: 2}),
          intervals(measured, "rows", "low", "high", "var(--two)"),
          Plot.dot(measured, {x: "rows", y: "measured", r: 3.5, fill: "var(--two)"}),
          rawDots(each, "batch", "squared", "var(--ink)"),
          Plot.tip(rows, Plot.pointerX({x: "rows", y: (row) => row.measured || row.law, ...kTip, title: (row) =>
            `batch ${digits(row.rows)}\nmeasured ${digits(row.measured)}${interval(row.low, row.high)}\nby the law ${digits(row.law)}`})),
        ]});
      }}];
    const drawn = scale.filter((row) => row.scale > 0 || row.sampled > 0);
    if (drawn.length) charts.push({
      title: "Noise scale on the way to the optimum",
      legend: [["exact", "var(--one)", null, "ring"], ["by samples, with 95 % interval", "var(--two)", null, "dot"]],
      draw: (width) => {
        const x = powerAxis(drawn.map((row) => row.gap), "share of the starting gap left (start at the left)", digits, width / 90, 1.6);
        const y = powerAxis(drawn.flatMap((row) => [row.scale, row.sampled, row.low, row.high]), "noise scale (rows)", digits, 6, 1.4);
        const sampled = drawn.filter((row) => row.sampled > 0);
        return plot(width, {x: {...x, reverse: true}, y, marks: [
          Plot.line(drawn.filter((row) => row.scale > 0), {x: "gap", y: "scale", stroke: "var(--one)", strokeOpacity: 0.5}),
          intervals(sampled.filter((row) => row.low > 0), "gap", "low", "high", "var(--two)"),
          Plot.dot(sampled, {x: "gap", y: "sampled", r: 3.5, fill: "var(--two)"}),
          Plot.dot(drawn.filter((row) => row.scale > 0), {x: "gap", y: "scale", r: 4.5, stroke: "var(--one)", strokeWidth: 2, fill: "var(--card)"}),
          Plot.tip(drawn, Plot.pointerX({x: "gap", y: (row) => row.scale || row.sampled, ...kTip, title: (row) =>
            `${row.checkpoint}: ${digits(row.gap)} of the starting gap left\nnoise scale ${digits(row.scale)} rows\nby samples ${digits(row.sampled)}${interval(row.low, row.high)}`})),
        ]});
      }});
    return charts;
  },
};
