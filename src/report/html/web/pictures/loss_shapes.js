"use strict";

pictures.loss_shapes = {
  switches(picture) {
    const names = values(rowsOf(picture, "shapes"), "loss"), own = (picture.marks || {}).loss;
    const first = names.includes(own) ? [own, ...names.filter((name) => name !== own)] : names;
    return [{key: "loss", title: "In colour", choices: first.map((name) => [name, name])}];
  },

  charts(picture, chosen) {
    const rows = rowsOf(picture, "shapes"), family = (name) => name.split("(")[0];
    const loss = chosen.loss || rows[0].loss;
    const chart = (argument, key, title, label) => {
      const own = rows.filter((row) => row.argument === argument);
      const names = values(own, "loss");
      const kin = names.filter((name) => name !== loss && family(name) === family(loss));
      const others = names.filter((name) => name !== loss && !kin.includes(name));
      const legend = [...(names.includes(loss) ? [[loss, "var(--one)"]] : []),
        ...kin.map((name, i) => [name, ["var(--two)", "var(--full)"][i % 2], ["6,3", "2,3"][i % 2]]),
        ["the others", "var(--faint)"], ...(key === "value" ? [["0-1 loss", "var(--dots)", "1,2"]] : [])];
      const [low, high] = key === "value" ? [0, 4] : argument === "margin" ? [-3, 0.5] : [-3, 3];
      const drawn = own.filter((row) => row[key] >= low && row[key] <= high);
      return {title, legend, draw: (width) => plot(width, {
        x: {label, domain: [-3, 3], grid: true}, y: {label: key === "value" ? "loss of one example" : "derivative by the score", domain: [low, high], grid: true},
        marks: [
          Plot.ruleY([0], {stroke: "var(--faint)"}),
          ...(key === "value" ? [Plot.line(own.filter((row) => row.loss === names[0]), {x: "at", y: "wrong", stroke: "var(--dots)", strokeWidth: 2.5, strokeDasharray: "1,2", curve: "step-before"})] : []),
          Plot.line(own.filter((row) => others.includes(row.loss)), {x: "at", y: key, z: "loss", stroke: "var(--faint)", strokeOpacity: 0.45, clip: true}),
          ...kin.map((name, i) => Plot.line(own.filter((row) => row.loss === name), {x: "at", y: key, stroke: ["var(--two)", "var(--full)"][i % 2], strokeDasharray: ["6,3", "2,3"][i % 2], strokeWidth: 2, clip: true})),
          Plot.line(own.filter((row) => row.loss === loss), {x: "at", y: key, stroke: "var(--one)", strokeWidth: 3, clip: true}),
          Plot.tip(drawn, Plot.pointer({x: "at", y: key, ...kTip, title: (row) => `${row.loss}\n${argument} ${digits(row.at)}: loss ${digits(row.value)}, derivative ${digits(row.derivative)}`})),
        ]})};
    };
    const margin = "margin (label × score)", residual = "residual (score less label)";
    return [chart("margin", "value", "Losses of the margin", margin), chart("residual", "value", "Losses of the residual", residual),
      chart("margin", "derivative", "Their derivatives", margin), chart("residual", "derivative", "Their derivatives", residual)];
  },
};
