"use strict";
// The page's data, and elements made of it. Texts of a report reach the document as text alone.

const data = JSON.parse(document.getElementById("data").textContent);

/** An element with attributes, and children that are elements or texts. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {}))
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A table of a picture by its name, or null. */
function tableOf(picture, name) {
  return picture.tables.map((number) => data.tables[number]).find((table) => table.name === name) || null;
}

/** The rows of a picture's table as objects by the columns' keys; none where there is no such table. */
function rowsOf(picture, name) {
  const table = tableOf(picture, name);
  if (!table) return [];
  return table.rows.map((row) => Object.fromEntries(table.columns.map(([key], i) => [key, row[i]])));
}

/** The different values of a column in the order in which they come. */
function values(rows, key) {
  return [...new Set(rows.map((row) => row[key]))];
}

/** Says it to screen readers. */
function say(text) {
  document.getElementById("said").textContent = text;
}

/** The text in pieces, of which no line ends within an option, a number with its unit, or an interval. */
function phrase(text) {
  text = String(text);
  const whole = /--[a-z][\w-]{0,24}(?: [\d.,]{1,8})?|\d[\d.,]{0,12} (?:%|[nµm]?s|min|h)(?!\w)|\[[^\s\]]{1,12}, [^\s\]]{1,12}\]/g;
  const pieces = [];
  let from = 0;
  for (const found of text.matchAll(whole)) {
    pieces.push(text.slice(from, found.index), make("span", {class: "together"}, found[0]));
    from = found.index + found[0].length;
  }
  return [...pieces, text.slice(from)];
}

// Numbers for people.

const kPrefixes = [[1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"]];

/** Three significant digits, with commas between thousands. */
function digits(value) {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e7) return value.toExponential(2).replace(/\.?0+e/, "e");
  const places = Math.max(0, 2 - Math.floor(Math.log10(size)));
  return Number(value.toFixed(Math.min(places, 8))).toLocaleString("en-US", {maximumFractionDigits: 8});
}

/** The unit in which people say so many seconds, as [seconds, name]. */
function unitOf(value) {
  if (value >= 7200) return [3600, "h"];
  if (value >= 120) return [60, "min"];
  const [scale, prefix] = kPrefixes.find(([least]) => value >= least * 0.9995) || kPrefixes[3];
  return [scale, prefix + "s"];
}

/** "137 µs", "2.5 min". */
function seconds(value) {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "0 s";
  const [scale, unit] = unitOf(value);
  return `${digits(value / scale)} ${unit}`;
}

/** seconds() for an axis of even steps up to `most`: one unit for all of it. */
function secondsUpTo(most) {
  const [scale, unit] = unitOf(most);
  return (value) => `${digits(value / scale)} ${unit}`;
}

/** " [low, high]", or nothing where there is no interval. */
function interval(low, high, text = digits) {
  if (low === null && high === null) return "";
  return ` [${low === null ? "…" : text(low)}, ${high === null ? "…" : text(high)}]`;
}
