"use strict";

pictures.comparison = {
  switches: () => [],

  charts(picture) {
    const rows = rowsOf(picture, "cells"), machines = rowsOf(picture, "machines").filter((row) => row.seconds > 0);
    const reports = values(rows, "report"), cells = values(rows, "cell");
    const colours = new Map(reports.map((name, i) => [name, ["var(--one)", "var(--two)", "var(--full)", "var(--dots)", "var(--s4)"][i % 5]]));
    const shift = (name) => reports.length > 1 ? (reports.indexOf(name) / (reports.length - 1) - 0.5) * 10 : 0;
    const charts = [{
      title: "Times as fast as the first report, by cell",
      legend: [...reports.map((name) => [name, colours.get(name), null, "dot"]), ["1: as fast", "var(--faint)", "5,4"]],
      draw: (width) => {
        const x = powerAxis([1, ...rows.flatMap((row) => [row.low, row.ratio, row.high])], "times as fast", digits, width / 110, 1.1);
        const left = namesAtLeft(cells, width);
        return plot(width, {height: Math.max(180, 80 + (left.lines > 1 ? 34 : 24) * cells.length), marginLeft: left.room, x,
          y: {type: "point", domain: cells, axis: null, padding: 0.6},
          marks: [left.axis, Plot.ruleX([1], {stroke: "var(--faint)", strokeDasharray: "5,4"}),
            ...reports.flatMap((name) => {
              const own = rows.filter((row) => row.report === name);
              return [Plot.ruleY(own.filter((row) => row.low !== null && row.high !== null), {y: "cell", x1: "low", x2: "high", dy: shift(name), stroke: colours.get(name), strokeWidth: 1.6}),
                Plot.dot(own, {y: "cell", x: "ratio", dy: shift(name), r: 4, fill: colours.get(name)})];
            }),
            Plot.tip(rows, Plot.pointer({x: "ratio", y: "cell", ...kTip, title: (row) => `${row.report}\n${row.cell}: ${row.verdict}\n` +
              `${digits(row.ratio)} times as fast${interval(row.low, row.high)}\n${seconds(row.base)} → ${seconds(row.seconds)} a step`}))]});
      }}];
    if (machines.length) charts.push({
      title: "Time to target of each report's fastest cell",
      draw: (width) => plot(width, {height: Math.max(180, 80 + 40 * machines.length), marginLeft: namesAtLeft(values(machines, "report"), width).room, marginRight: 36,
        x: powerAxis(machines.flatMap((row) => [row.low, row.seconds, row.high]), "time to target", seconds, width / 110, 1.6),
        y: {type: "point", domain: values(machines, "report"), axis: null, padding: 0.6},
        marks: [namesAtLeft(values(machines, "report"), width).axis, Plot.ruleY(machines.filter((row) => row.low !== null && row.high !== null), {y: "report", x1: "low", x2: "high", stroke: "var(--one)", strokeWidth: 1.6}),
          Plot.dot(machines, {y: "report", x: "seconds", r: 5, fill: "var(--one)"}),
          Plot.text(machines, {y: "report", x: "seconds", text: (row) => row.cell, dy: -13, fontSize: width < 500 ? 10 : 12, ...kHalo}),
          Plot.tip(machines, Plot.pointer({y: "report", x: "seconds", ...kTip, title: (row) => `${row.report}\n${row.cell}\n${seconds(row.seconds)}${interval(row.low, row.high, seconds)}`}))]})});
    return charts;
  },
};
