"use strict";
// Tables that a click sorts and a click copies.

function csvText(table) {
  const field = (value) => {
    const text = value === null ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const head = table.columns.map(([key, , unit]) => field(unit && unit !== "1" ? `${key} (${unit})` : key));
  return [head, ...table.rows.map((row) => row.map(field))].map((row) => row.join(",")).join("\r\n") + "\r\n";
}

/** Numbers by size, texts by the alphabet, nothing last. */
function compare(a, b) {
  if (a === null || b === null) return (a === null) - (b === null);
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", {numeric: true});
}

function cellText(value, unit) {
  if (value === null) return "–";
  if (typeof value !== "number") return value;
  return unit === "s" ? seconds(value) : digits(value);
}

const kRowsAtOnce = 500;  // of a table on the page; what is copied is whole

/** The table with buttons that sort it, and one that copies it as CSV. */
function makeTable(table) {
  const rows = table.rows.map((row) => row);
  const body = make("tbody", {});
  const numeric = table.columns.map((_, i) => rows.some((row) => typeof row[i] === "number"));
  const fill = () => {
    body.replaceChildren(...rows.slice(0, kRowsAtOnce).map((row) => make("tr", {}, ...row.map((value, i) =>
      make("td", {class: numeric[i] ? "number" : null}, cellText(value, table.columns[i][2]))))));
  };
  const heads = table.columns.map(([, title, unit], i) => {
    const button = make("button", {type: "button", title: "Sort by this column", click: () => {
      const head = heads[i];
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      rows.sort((a, b) => a[i] === null || b[i] === null ? compare(a[i], b[i]) : (down ? -1 : 1) * compare(a[i], b[i]));
      fill();
    }}, unit && unit !== "1" && unit !== "s" ? `${title} (${unit})` : title);
    return make("th", {scope: "col", class: numeric[i] ? "number" : null}, button);
  });
  const copy = make("button", {type: "button", click: async () => {
    await copyText(csvText(table));
    copy.textContent = "Copied";
    say(`${table.title}: copied as CSV`);
    setTimeout(() => { copy.textContent = "Copy as CSV"; }, 1500);
  }}, "Copy as CSV");
  fill();
  const many = rows.length > kRowsAtOnce
    ? make("p", {class: "faint"}, `The first ${kRowsAtOnce} of ${digits(rows.length)} rows, as sorted; the copy has all.`) : null;
  return make("div", {class: "table"},
    make("div", {class: "tools"}, make("h3", {}, table.title), copy), many,
    make("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": table.title},
      make("table", {}, make("thead", {}, make("tr", {}, ...heads)), body)));
}

/** By the clipboard where the browser lets a file have it, else by a selection. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", {class: "hidden", "aria-hidden": "true"});
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}
