"use strict";
// What the pictures have in common: size, colours, ticks, labels, and saving. Each picture of pictures/ adds itself here:
//   pictures.NAME = {switches(picture), charts(picture, chosen)}
// switches: [{key, title, choices: [[value, text], …]}], the first choice is the default one.
// charts: [{title, legend: [[text, colour, dash]], draw(width) → SVG}].

const pictures = {};
const kRamp = 7;  // colours --s0 … --s6 of page.css, from the smallest batch to the largest

/** "batch 32" of "32", "momentum, full batch" of "momentum full". */
function batchName(name) {
  const words = name.split(" "), at = words.findIndex((word) => /^(\d[\d,]*|full)$/.test(word));
  if (at < 0) return name;
  const batch = words[at] === "full" ? "full batch" : `batch ${words[at]}`;
  return [words.slice(0, at).join(" "), batch, words.slice(at + 1).join(" ")].filter(Boolean).join(", ");
}

function isFull(name) {
  return /\bfull\b/.test(name || "");
}

/** Colours by name: a ramp for batches, which have an order, and one of its own for whole batches. */
function seriesColours(names) {
  const ordered = names.filter((name) => !isFull(name));
  return new Map(names.map((name) => {
    if (isFull(name)) return [name, "var(--full)"];
    const at = ordered.length > 1 ? Math.round(ordered.indexOf(name) * (kRamp - 1) / (ordered.length - 1)) : 3;
    return [name, `var(--s${at})`];
  }));
}

const kDashes = [null, "6,3", "2,3", "8,3,2,3"];
/** Neighbours differ by more than a colour. */
function dashOf(names, name) {
  const alike = isFull(name) ? names.filter(isFull) : names;
  return kDashes[alike.indexOf(name) % kDashes.length];
}

/** At most `most` round numbers from low to high, for an axis by powers. */
function powerTicks(low, high, most) {
  const steps = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 5], [1, 3], [1]];
  const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high));
  for (let every = 1; every < 40; ++every)
    for (const step of every === 1 ? steps : [[1]]) {
      const ticks = [];
      for (let power = first; power <= last; ++power)
        if ((power - first) % every === 0 || step.length > 1)
          for (const factor of step) ticks.push(Number((factor * 10 ** power).toPrecision(6)));
      const inside = ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
      if (inside.length <= most && inside.length > 0) return inside;
    }
  return [low];
}

/** An axis by powers that holds these values, with some room. Null where none is above zero. */
function powerAxis(numbers, label, format, most, room = 1.15) {
  const positive = numbers.filter((value) => value !== null && value > 0);
  if (!positive.length) return null;
  const low = Math.min(...positive) / room, high = Math.max(...positive) * room;
  return {type: "log", domain: [low, high], ticks: powerTicks(low, high, most), tickFormat: format, label, grid: true};
}

/** An axis of batch sizes: the sizes themselves are its ticks, as many as there is room for. */
function batchAxis(rows, label, width) {
  const sizes = [...new Set(rows.map((row) => row.rows))].filter((value) => value > 0).sort((a, b) => a - b);
  if (!sizes.length) return null;
  const axis = powerAxis(sizes, label, digits, 6, sizes.length > 1 ? 1.25 : 2);
  const room = Math.log(axis.domain[1] / axis.domain[0]) / Math.max(1, width - 80) * 46;
  axis.ticks = sizes.filter((size, i) => i === 0).slice();
  for (const size of sizes)
    if (Math.log(size / axis.ticks[axis.ticks.length - 1]) > room) axis.ticks.push(size);
  const full = new Set(rows.filter((row) => isFull(row.batch)).map((row) => row.rows));
  const part = new Set(rows.filter((row) => !isFull(row.batch)).map((row) => row.rows));
  axis.tickFormat = (size) => [...(part.has(size) || !full.has(size) ? [digits(size)] : []), ...(full.has(size) ? ["full"] : [])].join(", ");
  axis.grid = false;
  return axis;
}

/** Of an axis by powers: a text at every tick, as d3 leaves some of them without. */
function ownAxis(name, axis) {
  if (!axis || axis.type !== "log") return [];
  const letter = name.toUpperCase();
  const marks = [Plot["axis" + letter](axis.ticks, {text: axis.tickFormat, label: axis.label})];
  return axis.grid ? [Plot["grid" + letter](axis.ticks), ...marks] : marks;
}

/** The text with a line's end at the space that is nearest to its middle. */
function inTwoLines(text) {
  const spaces = [...text.matchAll(/ /g)].map((found) => found.index), middle = (text.length - 1) / 2;
  if (!spaces.length) return text;
  const at = spaces.reduce((best, one) => Math.abs(one - middle) < Math.abs(best - middle) ? one : best);
  return text.slice(0, at) + "\n" + text.slice(at + 1);
}

/** Names on the left axis: their room, at most half of the width, and how they fit into it: in two lines, in smaller
letters. Long ones leave no room for a label. */
function namesAtLeft(names, width, label = null) {
  const letters = (list) => Math.max(...list.flatMap((text) => text.split("\n").map((line) => line.length)));
  const needs = (list) => 16 + 7.2 * letters(list);
  let texts = names.map(String);
  const lines = needs(texts) > 0.5 * width ? 2 : 1;
  if (lines > 1) texts = texts.map(inTwoLines);
  const room = Math.min(0.5 * width, Math.max(74, needs(texts)));
  const shown = new Map(names.map((name, i) => [name, texts[i]]));
  return {room, lines, axis: Plot.axisY({label: room > 74 ? null : label, tickFormat: (name) => shown.get(name),
    fontSize: Math.max(8, Math.min(12, Math.floor(12 * room / needs(texts))))})};
}

/** Room for the numbers at an axis by powers. */
function roomAtLeft(axis) {
  if (!axis || axis.type !== "log") return 62;
  return Math.max(62, 18 + 7 * Math.max(...axis.ticks.map((tick) => axis.tickFormat(tick).length)));
}

/** Plot.plot with the page's look. Its style sheet is in page.css: the policy lets no other in. */
function plot(width, options) {
  const {x, y, marks} = options;
  options = {...options, marks: [...ownAxis("x", x), ...ownAxis("y", y), ...marks]};
  for (const name of ["x", "y"]) if (options[name] && options[name].type === "log") options[name] = {...options[name], axis: null, grid: false};
  const svg = Plot.plot({
    width, height: Math.max(printing ? 210 : 260, Math.min(printing ? 240 : 380, Math.round(width * 0.66))), marginLeft: roomAtLeft(y), marginBottom: 44, marginRight: 22,
    marginTop: 26, style: null, ...options});
  const figure = svg.tagName.toLowerCase() === "svg" ? svg : svg.querySelector("svg");
  for (const sheet of figure.querySelectorAll("style")) sheet.remove();
  for (const mark of figure.querySelectorAll("g[aria-label]")) {  // a label that a group without a role may not have
    mark.dataset.mark = mark.getAttribute("aria-label");
    mark.removeAttribute("aria-label");
  }
  return figure;
}

/** Vertical bars from low to high. */
function intervals(rows, x, low, high, colour) {
  return Plot.ruleX(rows.filter((row) => row[low] !== null && row[high] !== null),
    {x, y1: low, y2: high, stroke: colour, strokeWidth: 1.6});
}

/** A switch that shows what is behind intervals; nothing where a report has none of it. */
function rawSwitch(picture, table, title, text) {
  return rowsOf(picture, table).length ? [{key: "raw", title, choices: [["hidden", "hidden"], ["shown", text]]}] : [];
}

/** Raw values as small rings, beside the interval that they are behind. */
function rawDots(rows, x, y, colour, shift = 0) {
  return Plot.dot(rows, {x, y, dx: shift + 7, r: 2, stroke: colour, strokeWidth: 1.2, strokeOpacity: 0.8, clip: true});
}

/** A rim in the colour of the card, so that lines behind a text do not cross it. */
const kHalo = {fill: "var(--ink)", stroke: "var(--card)", strokeWidth: 4};
const kTip = {fontSize: 12, textPadding: 8, maxRadius: 30};

// Saving.

/** The chart as a text of its own: colours of the page put in, as there is no style sheet around it. */
function svgText(svg) {
  const style = getComputedStyle(document.documentElement);
  const copy = svg.cloneNode(true);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("color", style.getPropertyValue("--ink").trim());
  copy.setAttribute("font-family", "system-ui, sans-serif");
  copy.setAttribute("font-size", "12");
  const back = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of [["width", "100%"], ["height", "100%"], ["fill", "var(--card)"]]) back.setAttribute(name, value);
  copy.prepend(back);
  const text = new XMLSerializer().serializeToString(copy);
  return text.replace(/var\((--[\w-]+)\)/g, (_, name) =>
    style.getPropertyValue(name === "--plot-background" ? "--card" : name).trim() || "currentColor");
}

function saveBlob(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = make("a", {href: address, download: name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

/** The chart as a PNG of twice its size. */
function pngBlob(svg) {
  const width = Number(svg.getAttribute("width")), height = Number(svg.getAttribute("height"));
  return new Promise((done, failed) => {
    const image = new Image();
    image.addEventListener("load", () => {
      const canvas = make("canvas", {width: 2 * width, height: 2 * height});
      canvas.getContext("2d").drawImage(image, 0, 0, 2 * width, 2 * height);
      canvas.toBlob(done, "image/png");
    });
    image.addEventListener("error", failed);
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(svgText(svg));
  });
}

function saveButtons(svg, name) {
  return make("div", {class: "save"},
    make("button", {type: "button", "aria-label": `Save as SVG: ${name}`, click: () =>
      saveBlob(new Blob([svgText(svg)], {type: "image/svg+xml"}), name + ".svg")}, "SVG"),
    make("button", {type: "button", "aria-label": `Save as PNG: ${name}`, click: async () =>
      saveBlob(await pngBlob(svg), name + ".png")}, "PNG"));
}

/** A line of a legend as a small drawing. */
function legendKey(colour, dash, shape) {
  const make2 = (tag, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) element.setAttribute(name, value);
    return element;
  };
  if (!colour) return null;
  const key = make2("svg", {width: 22, height: 10, "aria-hidden": "true"});
  if (shape === "ring") key.append(make2("circle", {cx: 11, cy: 5, r: 3, fill: "none", stroke: colour, "stroke-width": 1.2}));
  else if (shape === "dot") key.append(make2("circle", {cx: 11, cy: 5, r: 4, fill: colour}));
  else if (shape === "box") key.append(make2("rect", {x: 3, y: 0.5, width: 16, height: 9, fill: colour, stroke: "var(--faint)", "stroke-width": 0.7}));
  else if (shape === "frame") key.append(make2("rect", {x: 3, y: 1, width: 16, height: 8, fill: "none", stroke: colour, "stroke-width": 2}));
  else key.append(make2("line", {x1: 0, x2: 22, y1: 5, y2: 5, stroke: colour, "stroke-width": 2.5, "stroke-dasharray": dash}));
  return key;
}
