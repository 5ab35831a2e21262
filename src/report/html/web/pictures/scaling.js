"use strict";

pictures.scaling = {
  switches: (picture) => rawSwitch(picture, "processes", "Each process", "shown"),

  charts(picture, chosen) {
    const each = chosen.raw === "shown" ? rowsOf(picture, "processes").filter((row) => row.speed_up > 0) : [];
    const rows = rowsOf(picture, "speed"), roofs = rowsOf(picture, "roofs");
    const names = values(rows, "batch"), colours = seriesColours(names);
    const fast = rows.filter((row) => row.speed_up > 0), under = rows.filter((row) => row.gflops > 0 && row.intensity > 0);
    const charts = [];
    if (fast.length) charts.push({
      title: "Speed-up of a step by threads",
      legend: [...names.map((name) => [batchName(name), colours.get(name), dashOf(names, name)]), ["ideal", "var(--faint)", "5,4"],
        ...(each.length ? [["a process", "var(--ink)", null, "ring"]] : [])],
      draw: (width) => {
        const threads = values(fast, "threads").sort((a, b) => a - b), most = Math.max(...threads);
        const top = Math.max(...fast.map((row) => row.high || row.speed_up), ...each.map((row) => row.speed_up), most);
        const marks = [Plot.line([[Math.min(...threads), Math.min(...threads)], [most, most]], {stroke: "var(--faint)", strokeDasharray: "5,4"})];
        names.forEach((name, i) => {
          const shift = names.length > 1 ? (i / (names.length - 1) - 0.5) * 12 : 0;
          const own = fast.filter((row) => row.batch === name).sort((a, b) => a.threads - b.threads);
          marks.push(Plot.line(own, {x: "threads", y: "speed_up", dx: shift, stroke: colours.get(name), strokeWidth: 2, strokeDasharray: dashOf(names, name)}));
          marks.push(Plot.ruleX(own.filter((row) => row.low !== null && row.high !== null), {x: "threads", y1: "low", y2: "high", dx: shift, stroke: colours.get(name), strokeWidth: 1.5}));
          marks.push(Plot.dot(own, {x: "threads", y: "speed_up", dx: shift, r: 3.5, fill: colours.get(name)}));
          marks.push(rawDots(each.filter((row) => row.batch === name), "threads", "speed_up", colours.get(name), shift));
        });
        marks.push(Plot.tip(fast, Plot.pointer({x: "threads", y: "speed_up", ...kTip, title: (row) =>
          `${batchName(row.batch)}, ${row.threads} thread${row.threads === 1 ? "" : "s"}\nspeed-up ${digits(row.speed_up)}${interval(row.low, row.high)}\n` +
          `${seconds(row.seconds)} a step` + (row.at_roof === null ? "" : `\nat its roof (${row.roof}) it would be ${digits(row.at_roof)}`)})));
        return plot(width, {x: {label: "threads", ticks: threads.length > 12 ? 8 : threads, tickFormat: digits, inset: 14},
          y: {label: "speed-up over one thread (times)", domain: [0, top * 1.05], grid: true}, marks});
      }});
    if (under.length && roofs.length) charts.push({
      title: "Every timed step under the roofs",
      legend: [...names.map((name) => [batchName(name), colours.get(name), null, "dot"]), ["roof: memory, then arithmetic", "var(--ink)"]],
      draw: (width) => {
        const x = powerAxis(under.map((row) => row.intensity), "arithmetic per byte read (FLOP/byte)", digits, width / 90, 4);
        const lines = [];
        for (const roof of roofs) {
          const bend = roof.peak / roof.read;
          for (const at of [x.domain[0], ...(bend > x.domain[0] && bend < x.domain[1] ? [bend] : []), x.domain[1]])
            lines.push({at, most: Math.min(roof.peak, roof.read * at), threads: roof.threads});
        }
        const y = powerAxis([...under.map((row) => row.gflops), ...lines.map((line) => line.most)], "arithmetic (GFLOP/s)", digits, 6, 1.4);
        // Names of the roofs from the highest down, those left out that have no room below the last one.
        const ends = [];
        for (const line of lines.filter((one) => one.at === x.domain[1]).sort((a, b) => b.most - a.most))
          if (!ends.length || Math.log(ends[ends.length - 1].most / line.most) / Math.log(y.domain[1] / y.domain[0]) * 190 > 14) ends.push(line);
        return plot(width, {x, y, marks: [
          Plot.line(lines, {x: "at", y: "most", z: "threads", stroke: "var(--ink)", strokeWidth: 1.5, strokeOpacity: 0.8}),
          Plot.text(ends, {x: "at", y: "most", text: (line) => `${line.threads} thread${line.threads === 1 ? "" : "s"}`, dy: -9, textAnchor: "end", ...kHalo}),
          Plot.dot(under, {x: "intensity", y: "gflops", r: 4.5, fill: (row) => colours.get(row.batch), stroke: "var(--card)", strokeWidth: 1}),
          Plot.tip(under, Plot.pointer({x: "intensity", y: "gflops", ...kTip, title: (row) =>
            `${batchName(row.batch)}, ${row.threads} thread${row.threads === 1 ? "" : "s"}\n${digits(row.gflops)} GFLOP/s, ${digits(row.gbs)} GB/s\n` +
            (row.share === null ? "" : `${digits(row.share)} % of what ${row.roof} allows`)})),
        ]});
      }});
    return charts;
  },
};
