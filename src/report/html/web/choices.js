"use strict";
// What the page shows: report, loss, target and engine for all of it, and the switches of single pictures. It stands in
// the address, so that a link leads to the same page.

const kChoices = [["report", "Report"], ["loss", "Loss"], ["target", "Target"], ["engine", "Engine"]];
const wanted = new URLSearchParams(location.hash.slice(1));

function reportName(view) {
  return data.reports[view.report].name;
}

/** The value of a view for a choice. */
function valueOf(view, key) {
  return key === "report" ? reportName(view) : view[key];
}

/** The views that agree with the first so many choices. */
function viewsWith(count, chosen) {
  return data.views.filter((view) => kChoices.slice(0, count).every(([key]) => valueOf(view, key) === chosen[key]));
}

/** The view that is asked for. What the address asks for in vain becomes the first that there is. */
function currentView() {
  const chosen = {};
  let left = data.views;
  for (const [key] of kChoices) {
    const asked = left.find((view) => valueOf(view, key) === wanted.get(key));
    chosen[key] = left.length ? valueOf(asked || left[0], key) : "";
    left = viewsWith(kChoices.findIndex(([other]) => other === key) + 1, chosen);
  }
  return left[0] || null;
}

/** Keeps a choice in the address; the default one, null, leaves no trace. */
function choose(key, value) {
  if (value === null) wanted.delete(key);
  else wanted.set(key, value);
  history.replaceState(null, "", wanted.toString() ? "#" + wanted.toString() : location.pathname + location.search);
}

/** A select for each choice that leaves one; `changed` is called after each. */
function showChoices(changed) {
  const form = document.getElementById("choices");
  const focus = document.activeElement && document.activeElement.name;
  form.replaceChildren();
  const view = currentView();
  if (!view) return;
  const chosen = Object.fromEntries(kChoices.map(([key]) => [key, valueOf(view, key)]));
  kChoices.forEach(([key, title], i) => {
    const options = values(viewsWith(i, chosen).map((other) => ({value: valueOf(other, key)})), "value");
    if (options.length < 2) return;
    const select = make("select", {name: key, change: () => {
      choose(key, select.value);
      showChoices(changed);
      changed();
      say(`${title}: ${select.value}`);
    }}, ...options.map((value) => make("option", {value, selected: value === chosen[key]}, value)));
    form.append(make("label", {}, title, select));
    if (focus === key) select.focus();
  });
}

/** Light or dark, or as the system has it. */
function showTheme() {
  const group = document.getElementById("theme");
  const set = (theme) => {
    if (theme === "system") document.documentElement.removeAttribute("data-theme");
    else document.documentElement.setAttribute("data-theme", theme);
    for (const button of group.children) button.setAttribute("aria-pressed", String(button.value === theme));
  };
  for (const theme of ["system", "light", "dark"])
    group.append(make("button", {type: "button", value: theme, click: () => {
      choose("theme", theme === "system" ? null : theme);
      set(theme);
    }}, theme));
  set(["light", "dark"].includes(wanted.get("theme")) ? wanted.get("theme") : "system");
}
