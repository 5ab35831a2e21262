"use strict";

pictures.landscape = {
  switches(picture) {
    const names = values(rowsOf(picture, "paths"), "series");
    return [{key: "run", title: "Path of", choices: [["all", "all"], ...names.map((name) => [name, batchName(name)])]}];
  },

  charts(picture, chosen) {
    const grid = rowsOf(picture, "grid"), points = rowsOf(picture, "points"), every = rowsOf(picture, "paths");
    const names = values(every, "series"), colours = seriesColours(names);
    const drawn = names.filter((name) => !chosen.run || chosen.run === "all" || chosen.run === name);
    const {across, levels} = picture.marks, up = grid.length / across;
    const first = grid[0], last = grid[grid.length - 1];
    // A value of the grid stands for the middle of its square.
    const square = (last.x - first.x) / (across - 1);
    const place = {width: across, height: up, x1: first.x - square / 2, x2: last.x + square / 2, y1: first.y - square / 2, y2: last.y + square / 2};
    const symbols = {minimum: ["●", "minimum"], saddle: ["✕", "saddle"], maximum: ["▲", "maximum"]};
    const symbolOf = (kind) => (symbols[kind] || symbols.saddle)[0];
    const kinds = values(points, "kind").map((kind) => [`${symbolOf(kind)} ${kind}`, null]);
    return [{
      title: "Lines of equal loss, and the paths of the first runs",
      legend: [...drawn.map((name) => [batchName(name), colours.get(name), dashOf(names, name)]),
        [`equal loss, ${digits(levels[0])} to ${digits(levels[levels.length - 1])}`, "var(--faint)"], ...kinds],
      draw: (width) => {
        const side = Math.max(200, Math.min(printing ? 300 : 560, width - 84));
        const marks = [Plot.contour(grid.map((row) => row.value), {...place, stroke: "var(--faint)", thresholds: levels, value: (value) => value,
          strokeWidth: 1, strokeOpacity: 0.6, clip: true})];
        for (const name of drawn) {
          const own = every.filter((row) => row.series === name);
          marks.push(Plot.line(own, {x: "x", y: "y", stroke: colours.get(name), strokeWidth: 2, strokeDasharray: dashOf(names, name), clip: true}),
            Plot.dot(own, {x: "x", y: "y", r: (row) => row.step === 0 ? 6 : 2.2, fill: (row) => row.step === 0 ? "none" : colours.get(name), stroke: colours.get(name), strokeWidth: 1.5, clip: true}));
        }
        marks.push(Plot.text(points, {x: "x", y: "y", text: (row) => symbolOf(row.kind), fontSize: 15, stroke: "var(--card)", strokeWidth: 3, fill: "var(--ink)"}));
        const shown = every.filter((row) => drawn.includes(row.series));
        marks.push(Plot.tip(shown, Plot.pointer({x: "x", y: "y", ...kTip, title: (row) =>
          `${batchName(row.series)}, seed ${row.seed}\nafter ${digits(row.step)} steps at (${digits(row.x)}, ${digits(row.y)})\nloss ${digits(row.loss)}`})));
        return plot(side + 84, {height: side + 76, x: {label: "x (first weight)", domain: [first.x, last.x], ticks: side / 80},
          y: {label: "y (second weight)", domain: [first.y, last.y], ticks: side / 80}, marks});
      }}];
  },
};
