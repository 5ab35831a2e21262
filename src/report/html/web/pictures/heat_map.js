"use strict";

/** Black or white, whichever is easier to read on the colour. */
function inkOn(colour) {
  const {r, g, b} = d3.rgb(colour);
  const light = [r, g, b].map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] > 0.179 ? "#000" : "#fff";
}

/** The height of a chart with a row for each of so many batches. */
function heightOfRows(count) {
  return Math.max(printing ? 130 : 150, Math.min(540, 52 + (printing ? 26 : 40) * count));
}

pictures.heat_map = {
  switches: () => [],

  /** One map: a square per cell, its colour by the logarithm of rows[key]. */
  map(rows, key, title, low, high, outlined) {
    return {title, draw: (width) => {
      const batches = values(rows, "batch"), threads = values(rows, "threads").sort((a, b) => a - b);
      const numbers = rows.map((row) => row[key]).filter((value) => value > 0);
      const least = Math.log(Math.min(...numbers)), most = Math.log(Math.max(...numbers));
      const colour = (row) => row[key] > 0
        ? d3.interpolateCividis(most > least ? (Math.log(row[key]) - least) / (most - least) : 0.2) : null;
      const drawn = rows.filter((row) => row[key] > 0), not = rows.filter((row) => !(row[key] > 0));
      const {room, axis} = namesAtLeft(batches, width, "batch (rows a step)"), square = (width - room - 16) / Math.max(1, threads.length);
      const marks = [
        axis,
        Plot.cell(drawn, {x: "threads", y: "batch", fill: colour, inset: 1.5, rx: 3, stroke: "var(--faint)", strokeWidth: 0.7}),
        Plot.cell(not, {x: "threads", y: "batch", fill: "none", stroke: "var(--faint)", strokeDasharray: "3,3", inset: 2, rx: 3}),
      ];
      if (square > 46) {
        marks.push(Plot.text(drawn, {x: "threads", y: "batch", text: (row) => seconds(row[key]), fill: (row) => inkOn(colour(row))}));
        marks.push(Plot.text(not, {x: "threads", y: "batch", text: () => square > 90 ? "not reached" : "–", fill: "var(--faint)"}));
      }
      const best = rows.filter((row) => outlined.includes(row.verdict));
      if (best.length) {
        marks.push(Plot.cell(best, {x: "threads", y: "batch", fill: "none", stroke: "var(--card)", strokeWidth: 6, inset: 1, rx: 3}));
        marks.push(Plot.cell(best, {x: "threads", y: "batch", fill: "none", stroke: "var(--two)", strokeWidth: 3, inset: 1, rx: 3}));
      }
      marks.push(Plot.tip(rows, Plot.pointer({x: "threads", y: "batch", ...kTip, title: (row) =>
        `${batchName(row.batch)}, ${row.threads} thread${row.threads === 1 ? "" : "s"}: ${row.verdict}\n` +
        `time to target ${seconds(row.seconds)}${interval(row.low, row.high, seconds)}\n` +
        `= ${digits(row.steps)} steps × ${seconds(row.step_seconds)}${interval(row.step_low, row.step_high, seconds)}`})));
      return plot(width, {
        height: heightOfRows(batches.length), marginLeft: room, marginTop: 8,
        x: {type: "band", domain: threads, label: "threads", padding: 0,
            ticks: threads.filter((_, i) => i % Math.ceil(threads.length * 34 / Math.max(1, width - 96)) === 0), tickFormat: digits},
        y: {type: "band", domain: batches, axis: null, padding: 0}, marks});
    }};
  },

  charts(picture) {
    const rows = rowsOf(picture, "cells");
    const reached = rows.some((row) => row.seconds > 0);
    const steps = rows.filter((row, i) => row.steps > 0 && rows.findIndex((other) => other.batch === row.batch) === i);
    const charts = [];
    if (reached)
      charts.push({...this.map(rows, "seconds", "Time to target = steps × time of a step", "low", "high", ["fastest", "perhaps as fast", "least time, not ranked"]),
        legend: [["fastest, or perhaps as fast", "var(--two)", null, "frame"], ["fast", d3.interpolateCividis(0), null, "box"],
                 ["slow", d3.interpolateCividis(1), null, "box"]]});
    charts.push(this.map(rows, "step_seconds", "Time of a step", "step_low", "step_high", []));
    const batches = values(rows, "batch"), atLeft = (width) => namesAtLeft(batches, width, "batch (rows a step)");
    if (steps.length) charts.splice(1, 0, {title: "Steps to target", draw: (width) => plot(width, {
      height: heightOfRows(batches.length), marginLeft: atLeft(width).room, marginRight: 60, marginTop: 8,
      x: {...powerAxis(steps.map((row) => row.steps), "steps (by powers)", digits, Math.max(1, Math.min(5, (width - atLeft(width).room - 60) / 55)), 1.6), grid: true},
      y: {type: "band", domain: batches, axis: null, padding: 0.25},
      marks: [
        atLeft(width).axis,
        Plot.barX(steps, {y: "batch", x1: () => Math.min(...steps.map((row) => row.steps)) / 1.6, x2: "steps", fill: "var(--one)", rx: 3}),
        Plot.text(steps, {y: "batch", x: "steps", text: (row) => digits(row.steps), dx: 5, textAnchor: "start", ...kHalo})]})});
    return charts;
  },
};
