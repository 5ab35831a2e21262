"use strict";

pictures.steps = {
  switches: (picture) => rawSwitch(picture, "runs", "Each seed's steps", "shown"),

  charts(picture, chosen) {
    const each = chosen.raw === "shown" ? rowsOf(picture, "runs").filter((row) => row.steps > 0) : [];
    const all = rowsOf(picture, "steps"), fit = rowsOf(picture, "fit"), doublings = rowsOf(picture, "doublings");
    const rows = all.filter((row) => row.steps > 0);
    const methods = values(rows, "optimizer").filter((name) => rows.filter((row) => row.optimizer === name).length > 1);
    const every = values(rows, "optimizer");
    const colour = (name) => methods.length < 2 ? "var(--one)" : ["var(--one)", "var(--two)", "var(--full)", "var(--s4)"][every.indexOf(name) % 4];
    const half = ((picture.marks || {}).half || []).filter(([, batch]) => batch > 0);
    const legend = [...(methods.length < 2 ? [["measured, with 95 % interval", "var(--one)", null, "dot"]] : every.map((name) => [name, colour(name), null, "dot"])), ["perfect: twice the batch, half the steps", "var(--faint)", "5,4"]];
    if (each.some((row) => row.reached === "yes")) legend.push(["a seed", "var(--ink)", null, "ring"]);
    if (each.some((row) => row.reached === "no")) legend.push(["× a seed that did not come to it: all its steps", null]);
    if (fit.length) legend.push(["fit S_min (1 + B_crit/B)", "var(--dots)"]);
    if (half.length) legend.push(["up to here a doubling divides the steps by √2 or more", "var(--two)", "2,3"]);
    const charts = [{title: "Steps to target", legend, draw: (width) => {
      // A whole batch that did not come to the target has no place here: that of a landscape has no size at all.
      const x = batchAxis(all.filter((row) => row.steps > 0 || !isFull(row.batch)), "batch (rows a step)", width);
      const y = powerAxis([...rows.flatMap((row) => [row.low, row.steps, row.high]), ...each.map((row) => row.steps)], "steps to target", digits, 6, 1.3);
      const marks = [];
      for (const [, batch, low, high] of half) {
        if (low !== null && high !== null && high > x.domain[0] && low < x.domain[1])
          marks.push(Plot.rect([0], {x1: Math.max(low, x.domain[0]), x2: Math.min(high, x.domain[1]), y1: y.domain[0], y2: y.domain[1], fill: "var(--two)", fillOpacity: 0.1}));
        if (batch > x.domain[0] && batch < x.domain[1])
          marks.push(Plot.ruleX([batch], {stroke: "var(--two)", strokeDasharray: "2,3", strokeWidth: 1.5}),
            Plot.text([batch], {x: (value) => value, frameAnchor: "top", dy: 4, dx: 4, textAnchor: "start", text: (value) => `batch ${digits(Math.round(value))}`, ...kHalo}));
      }
      for (const name of values(rows, "optimizer"))
        marks.push(Plot.line(rows.filter((row) => row.optimizer === name && row.perfect > 0), {x: "rows", y: "perfect", stroke: "var(--faint)", strokeDasharray: "5,4", clip: true}));
      if (fit.length) marks.push(Plot.line(fit, {x: "rows", y: "steps", z: "optimizer", stroke: "var(--dots)", strokeWidth: 2}));
      for (const name of methods)
        marks.push(Plot.line(rows.filter((row) => row.optimizer === name), {x: "rows", y: "steps", stroke: colour(name), strokeOpacity: 0.5}));
      for (const name of values(rows, "optimizer")) {
        const own = rows.filter((row) => row.optimizer === name);
        marks.push(intervals(own, "rows", "low", "high", colour(name)),
          Plot.dot(own, {x: "rows", y: "steps", r: 4.5, fill: colour(name)}));
      }
      marks.push(rawDots(each.filter((row) => row.reached === "yes"), "rows", "steps", "var(--ink)"),
        Plot.dot(each.filter((row) => row.reached === "no"), {x: "rows", y: "steps", dx: 7, r: 3, symbol: "times", stroke: "var(--ink)"}));
      marks.push(Plot.tip(rows, Plot.pointer({x: "rows", y: "steps", ...kTip, title: (row) =>
        `${row.batch.includes(row.optimizer) ? "" : row.optimizer + ", "}${batchName(row.batch)}\n${digits(row.steps)} steps${interval(row.low, row.high)} (${row.interval})\n` +
        `${row.reached} of ${row.runs} runs reached it\n${digits(row.epochs)} epochs`})));
      return plot(width, {x, y, marks});
    }}];
    const bars = doublings.flatMap((row) => [["steps", row.steps, row.steps_low, row.steps_high], ["time", row.time, row.time_low, row.time_high]]
      .map(([kind, gain, low, high]) => ({name: (values(doublings, "optimizer").length > 1 ? row.optimizer + " " : "") + row.doubling, kind, gain, low, high,
        called: row.rows === 32 || row.rows === 8192})));
    const drawn = bars.filter((bar) => bar.gain > 0);
    if (drawn.length) {
      const names = values(bars, "name"), bold = new Set(bars.filter((bar) => bar.called).map((bar) => bar.name));
      const called = values(drawn.filter((bar) => bar.called), "name");
      charts.push({title: "What doubling the batch divides by", legend: [...(called.length ? [[called.join(" and "), "var(--one)", null, "box"]] : []), ["2: perfect; 1: nothing", "var(--faint)", "5,4"]],
        draw: (width) => plot(width, {
          height: Math.max(200, Math.min(380, Math.round(width * 0.5)), 80 + 30 * names.length), marginLeft: 110, marginRight: 40,
          fx: {domain: ["steps", "time"], label: null, padding: 0.12},
          x: {label: "divided by", domain: [Math.min(0.5, ...drawn.map((bar) => bar.low || bar.gain)), Math.max(2.2, ...drawn.map((bar) => bar.gain * 1.1))], ticks: width < 420 ? [1, 2] : 4, clamp: true},
          y: {type: "band", domain: names, label: null, padding: 0.3},
          marks: [
            Plot.ruleX([1], {stroke: "var(--ink)"}), Plot.ruleX([2], {stroke: "var(--faint)", strokeDasharray: "5,4"}),
            Plot.barX(drawn, {fx: "kind", y: "name", x1: 1, x2: "gain", fill: "var(--one)", fillOpacity: (bar) => bold.size === 0 || bar.called ? 1 : 0.5}),
            Plot.ruleY(drawn.filter((bar) => bar.low !== null && bar.high !== null), {fx: "kind", y: "name", x1: "low", x2: "high", stroke: "var(--ink)", strokeWidth: 1.5}),
            Plot.text(drawn, {fx: "kind", y: "name", x: (bar) => Math.max(1, bar.gain, bar.high || 0), text: (bar) => digits(bar.gain), dx: 5, textAnchor: "start", ...kHalo}),
            Plot.tip(drawn, Plot.pointerY({fx: "kind", y: "name", x: "gain", ...kTip, title: (bar) => `${bar.name}: ${bar.kind} divided by ${digits(bar.gain)}${interval(bar.low, bar.high)}`})),
          ]})});
    }
    return charts;
  },
};
