"use strict";

pictures.loss_curves = {
  switches(picture) {
    const timed = rowsOf(picture, "steps").some((row) => row.seconds > 0);
    const gaps = rowsOf(picture, "curves").some((row) => row.gap > 0);
    const batches = values(rowsOf(picture, "batches"), "series");
    return [
      {key: "x", title: "Against", choices: [...(timed ? [["seconds", "seconds"]] : []), ["epochs", "epochs"], ["steps", "steps"]]},
      {key: "y", title: "Loss as", choices: [...(gaps ? [["gap", "share of the starting gap"]] : []), ["loss", "loss"]]},
      {key: "run", title: "Dots of", choices: batches.map((name) => [name, batchName(name)])},
    ];
  },

  charts(picture, chosen) {
    const curves = rowsOf(picture, "curves"), batches = rowsOf(picture, "batches");
    const pace = new Map(rowsOf(picture, "steps").map((row) => [row.series, row]));
    const names = values(curves, "series"), colours = seriesColours(names);
    const at = (row) => {
      const {seconds: time, epochs} = pace.get(row.series) || {};
      if (chosen.x === "steps") return row.step;
      const factor = chosen.x === "seconds" ? time : epochs;
      return factor > 0 ? row.step * factor : null;
    };
    const gap = chosen.y === "gap";
    const [y, low, high] = gap ? ["gap", "gap_low", "gap_high"] : ["median", "low", "high"];
    const label = {seconds: "training time", epochs: "passes over the data (epochs)", steps: "steps"}[chosen.x];
    const format = chosen.x === "seconds" ? seconds : digits;
    const drawn = curves.map((row) => ({...row, x: at(row)})).filter((row) => row.x > 0 && row[y] !== null && (!gap || row[y] > 0));
    const charts = [{
      title: "Loss over all rows, every batch size",
      legend: names.map((name) => [batchName(name), colours.get(name), dashOf(names, name)]),
      draw: (width) => {
        const axis = powerAxis(drawn.map((row) => row.x), label, format, width / 90, 1.02);
        const values_ = drawn.flatMap((row) => [row[low], row[y], row[high]]);
        const up = gap ? powerAxis(values_, "share of the starting gap", digits, 6) : {label: "loss", grid: true};
        const marks = [];
        if (gap && picture.marks && picture.marks.target)
          marks.push(Plot.ruleY([picture.marks.target], {stroke: "var(--faint)", strokeDasharray: "4,3"}),
            Plot.text([picture.marks.target], {y: (value) => value, frameAnchor: "left", dx: 4, dy: -7, textAnchor: "start", text: () => "target", ...kHalo, fill: "var(--faint)"}));
        for (const name of names) {
          const own = drawn.filter((row) => row.series === name);
          marks.push(Plot.areaY(own.filter((row) => row[low] !== null && row[high] !== null && row[low] !== row[high]),
            {x: "x", y1: low, y2: high, fill: colours.get(name), fillOpacity: 0.16}));
          marks.push(Plot.line(own, {x: "x", y, stroke: colours.get(name), strokeWidth: 2, strokeDasharray: dashOf(names, name)}));
        }
        marks.push(Plot.tip(drawn, Plot.pointer({x: "x", y, ...kTip, title: (row) =>
          `${batchName(row.series)}\nafter ${digits(row.step)} steps, ${digits(row.epoch)} epochs` +
          `${chosen.x === "seconds" ? ", " + seconds(row.x) : ""}\nloss ${digits(row.median)}${interval(row.low, row.high)}` +
          (row.gap === null ? "" : `\n${digits(row.gap)} of the starting gap`)})));
        return plot(width, {x: axis || {label}, y: up || {label: "loss"}, marks});
      }}];
    const run = chosen.run || values(batches, "series")[0];
    const dots = batches.filter((row) => row.series === run).map((row) => ({...row, x: at(row)})).filter((row) => row.x !== null);
    if (dots.length) {
      const own = curves.filter((row) => row.series === run).map((row) => ({...row, x: at(row)}));
      const last = Math.max(...dots.map((row) => row.x));
      const inside = own.filter((row) => row.x !== null && row.x <= last * 1.0001 && row.median !== null);
      charts.push({
        title: `One run of ${batchName(run)}: the noisy curve`,
        legend: [["loss of a single batch", "var(--dots)", null, "dot"], ["loss over all rows, median of the seeds", "var(--ink)"]],
        draw: (width) => plot(width, {
          x: {label, tickFormat: chosen.x === "seconds" ? secondsUpTo(last) : digits, ticks: width / 100}, y: {label: "loss", grid: true, zero: true},
          marks: [Plot.dot(dots, {x: "x", y: "loss", r: 2, fill: "var(--dots)", fillOpacity: 0.6}),
                  Plot.line(inside, {x: "x", y: "median", stroke: "var(--card)", strokeWidth: 5}),
                  Plot.line(inside, {x: "x", y: "median", stroke: "var(--ink)", strokeWidth: 2}),
                  Plot.tip(dots, Plot.pointer({x: "x", y: "loss", ...kTip, title: (row) => `before step ${digits(row.step + 1)}: batch loss ${digits(row.loss)}`}))]}),
      });
    }
    return charts;
  },
};
