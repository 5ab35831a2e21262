"use strict";

pictures.rates = {
  switches(picture) {
    const names = values(rowsOf(picture, "trials"), "batch");
    return [{key: "batch", title: "Trials of", choices: [["all", "all"], ...names.map((name) => [name, batchName(name)])]}];
  },

  charts(picture, chosen) {
    const every = rowsOf(picture, "trials"), names = values(every, "batch"), colours = seriesColours(names);
    const mine = (row) => !chosen.batch || chosen.batch === "all" || row.batch === chosen.batch;
    const trials = every.filter(mine), rates = rowsOf(picture, "chosen").filter(mine);
    const came = trials.filter((row) => row.steps > 0), not = trials.filter((row) => !(row.steps > 0));
    const charts = [{
      title: "Steps to target by learning rate",
      legend: [...names.filter((name) => mine({batch: name})).map((name) => [batchName(name), colours.get(name), null, "dot"]), ["× at the top: did not come to the target", null]],
      draw: (width) => {
        const x = powerAxis([...trials.map((row) => row.rate), ...rates.map((row) => row.rate)], "learning rate", digits, width / 90, 1.3);
        const y = powerAxis(came.length ? came.map((row) => row.steps) : [1, 10], "steps to target", digits, 6, 1.6);
        const top = y.domain[1];
        y.domain = [y.domain[0], top * 1.25];
        return plot(width, {x, y, marks: [
          Plot.ruleX(rates, {x: "rate", stroke: (row) => colours.get(row.batch), strokeWidth: 2, strokeDasharray: "5,3"}),
          Plot.dot(came, {x: "rate", y: "steps", r: 2.5, fill: (row) => colours.get(row.batch), fillOpacity: 0.65}),
          Plot.dot(not, {x: "rate", y: () => top, r: 3.5, symbol: "times", stroke: (row) => colours.get(row.batch), strokeWidth: 1.5}),
          Plot.tip(trials, Plot.pointer({x: "rate", y: (row) => row.steps || top, ...kTip, title: (row) =>
            `${batchName(row.batch)}, rate ${digits(row.rate)}, seed ${row.seed}\n${row.status}` +
            (row.steps === null ? ` after ${digits(row.taken)} steps` : `: ${digits(row.steps)} steps`)})),
        ]});
      }}];
    const shown = rowsOf(picture, "shown");
    if (shown.length) charts.push(this.three(shown));
    return charts;
  },

  /** Loss curves of the same run at three rates. */
  three(shown) {
    const gap = shown.some((row) => row.gap > 0), y = gap ? "gap" : "loss";
    const drawn = shown.filter((row) => row.step > 0 && row[y] > 0);
    const runs = values(shown, "name").sort((a, b) => shown.find((row) => row.name === a).factor - shown.find((row) => row.name === b).factor);
    const colour = (name) => ["var(--one)", "var(--full)", "var(--two)", "var(--dots)"][runs.indexOf(name) % 4];
    const dash = (name) => kDashes[runs.indexOf(name) % 4];
    return {
      title: "One run at three learning rates",
      legend: runs.map((name) => [name, colour(name), dash(name)]),
      draw: (width) => {
        const x = powerAxis(drawn.map((row) => row.step), "steps", digits, width / 90, 1.05);
        const up = powerAxis(drawn.map((row) => row[y]), gap ? "share of the starting gap" : "loss over all rows", digits, 7, 1.3);
        return plot(width, {x: x || {label: "steps"}, y: up || {label: "loss"}, marks: [
          ...runs.map((name) => Plot.line(drawn.filter((row) => row.name === name), {x: "step", y, stroke: colour(name), strokeWidth: 2, strokeDasharray: dash(name)})),
          Plot.dot(drawn, {x: "step", y, r: 2, fill: (row) => colour(row.name)}),
          Plot.tip(drawn, Plot.pointer({x: "step", y, ...kTip, title: (row) =>
            `${row.name}: ${digits(row.rate)}, ${row.status}\nafter ${digits(row.step)} steps: loss ${digits(row.loss)}` +
            (row.gap === null ? "" : `\n${digits(row.gap)} of the starting gap`)})),
        ]});
      }};
  },
};
