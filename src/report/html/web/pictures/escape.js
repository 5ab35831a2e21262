"use strict";

pictures.escape = {
  switches: () => [],

  charts(picture) {
    const survival = rowsOf(picture, "survival"), medians = rowsOf(picture, "medians");
    const methods = values(medians, "optimizer").filter((name) => medians.some((row) => row.optimizer === name && row.median > 0 && row.noise > 0));
    const ofMethod = (name) => ["var(--two)", "var(--full)", "var(--dots)", "var(--s4)"][Math.max(0, methods.indexOf(name)) % 4];
    const names = values(survival, "series"), colours = seriesColours(names);
    const noise = new Map(medians.map((row) => [row.series, row.noise]));
    const leaving = survival.filter((row) => row.share < 1);
    const last = leaving.length ? 1.2 * Math.max(1, ...leaving.map((row) => row.step)) : Math.max(1, ...survival.map((row) => row.step));
    const charts = [{
      title: "Share of the runs that are still at the saddle",
      legend: names.map((name) => [`${batchName(name)}, noise ${digits(noise.get(name))}`, colours.get(name), dashOf(names, name)]),
      draw: (width) => {
        const marks = [];
        for (const name of names) {
          const own = survival.filter((row) => row.series === name);
          const drawn = [...own, {...own[own.length - 1], step: last}].map((row) => ({...row, step: Math.min(row.step, last)}));
          marks.push(Plot.areaY(drawn.filter((row) => row.low !== null && row.share > 0 && row.share < 1), {x: "step", y1: "low", y2: "high", curve: "step-after", fill: colours.get(name), fillOpacity: 0.14}),
            Plot.line(drawn, {x: "step", y: "share", curve: "step-after", stroke: colours.get(name), strokeWidth: 2, strokeDasharray: dashOf(names, name)}));
        }
        marks.push(Plot.ruleY([0.5], {stroke: "var(--faint)", strokeDasharray: "4,3"}),
          Plot.tip(survival.filter((row) => row.step <= last), Plot.pointer({x: "step", y: "share", ...kTip, title: (row) =>
            `${batchName(row.series)}, noise ${digits(row.noise)}\nafter ${digits(row.step)} steps ${digits(100 * row.share)} % are still there` +
            (row.low === null ? "" : ` [${digits(100 * row.low)}, ${digits(100 * row.high)}]`)})));
        return plot(width, {x: {label: "steps", domain: [0, last], ticks: width / 100, tickFormat: digits}, y: {label: "share of the runs still there", domain: [0, 1], grid: true}, marks});
      }}];
    const told = medians.filter((row) => row.median > 0 && row.noise > 0);
    if (told.length > 1) charts.push({
      title: "Steps until half of the runs have left, by noise",
      legend: [...(methods.length > 1 ? methods.map((name) => [name, ofMethod(name), null, "dot"]) : [["measured, with 95 % interval", "var(--two)", null, "dot"]]), ...(told.some((row) => row.theory > 0) ? [["theory: plain steps on a quadratic", "var(--one)", "6,3"]] : [])],
      draw: (width) => {
        const x = powerAxis(told.map((row) => row.noise), "noise of a step (σ/√batch)", digits, width / 90, 1.4);
        const most = Math.max(...told.flatMap((row) => [row.median, row.high || 0, row.theory || 0]));
        return plot(width, {x, y: {label: "median steps", domain: [0, most * 1.08], grid: true}, marks: [
          Plot.line(told.filter((row) => row.theory > 0), {x: "noise", y: "theory", stroke: "var(--one)", strokeWidth: 2, strokeDasharray: "6,3", sort: "noise"}),
          intervals(told, "noise", "low", "high", (row) => ofMethod(row.optimizer)),
          Plot.dot(told, {x: "noise", y: "median", r: 4.5, fill: (row) => ofMethod(row.optimizer)}),
          Plot.tip(told, Plot.pointer({x: "noise", y: "median", ...kTip, title: (row) =>
            `${batchName(row.series)}, noise ${digits(row.noise)}\nmedian ${digits(row.median)} steps${interval(row.low, row.high)}\n` +
            `${row.left} of ${row.runs} runs left` + (row.theory === null ? "" : `\ntheory ${digits(row.theory)}`)})),
        ]});
      }});
    return charts;
  },
};
