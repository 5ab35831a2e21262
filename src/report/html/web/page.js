"use strict";
// Puts the view that is asked for on the page.

let drawnWidth = 0, printing = false;
const kPrintWidth = 660;  // of a picture on A4, in CSS pixels

function showTexts(view) {
  const report = data.reports[view ? view.report : 0];
  if (!report) return;
  document.getElementById("machine").textContent = report.name + (report.date ? ", " + report.date.slice(0, 10) : "");
  document.getElementById("answer-title").textContent =
    view ? `${view.loss}, target: ${view.target}` : "No workload: nothing has been run yet";
  const sentences = view ? view.sentences : [];
  document.getElementById("sentences").replaceChildren(
    ...sentences.map(([text, ink]) => make("p", {class: ink}, ...phrase(text))),
    ...report.losses.map((text) => make("p", {}, ...phrase(text))));
  document.getElementById("head").replaceChildren(...report.head.map((text) => make("p", {}, ...phrase(text))));
  document.getElementById("warnings").hidden = report.warnings.length === 0;
  document.getElementById("warning-list").replaceChildren(...report.warnings.map((text) => make("li", {}, ...phrase(text))));
  const facts = (list) => list.flatMap(([label, text, note]) =>
    [make("dt", {}, label), make("dd", {}, ...phrase(text), note ? make("span", {class: "note"}, note) : null)]);
  document.getElementById("facts").replaceChildren(...facts(view ? view.facts : []));
  document.getElementById("more").hidden = !view || view.facts.length === 0;
  document.getElementById("run-facts").replaceChildren(...facts(report.facts));
  document.getElementById("command").textContent = report.command || "The report does not say.";
  document.getElementById("context").replaceChildren(...report.context.map(([title, lines]) =>
    make("details", {}, make("summary", {}, title), make("dl", {class: "facts"}, ...facts(lines)))));
  document.getElementById("words").replaceChildren(...facts(data.words));
}

/** Buttons or a select, whichever has room, for a switch of a picture. */
function makeSwitch(name, one, chosen, changed) {
  const key = `${name}.${one.key}`;
  const set = (value) => {
    choose(key, value === one.choices[0][0] ? null : value);
    changed();
    say(`${one.title}: ${one.choices.find(([other]) => other === value)[1]}`);
  };
  if (one.choices.map(([, text]) => text).join("").length > 34) {
    const select = make("select", {name: key, change: () => set(select.value)},
      ...one.choices.map(([value, text]) => make("option", {value, selected: value === chosen}, text)));
    return make("div", {class: "switch"}, make("label", {}, one.title, select));
  }
  return make("div", {class: "switch", role: "group", "aria-label": one.title}, make("span", {}, one.title),
    ...one.choices.map(([value, text]) => make("button",
      {type: "button", name: key, value, "aria-pressed": String(value === chosen), click: () => set(value)}, text)));
}

/** Draws the charts of a picture into `place`; again after each of its switches. */
function drawPicture(picture, place) {
  const kind = pictures[picture.name];
  const switches = kind.switches(picture).filter((one) => one.choices.length > 1);
  const chosen = Object.fromEntries(switches.map((one) => {
    const asked = wanted.get(`${picture.name}.${one.key}`);
    return [one.key, (one.choices.find(([value]) => value === asked) || one.choices[0])[0]];
  }));
  const focus = document.activeElement && place.contains(document.activeElement)
    ? [document.activeElement.name, document.activeElement.value] : null;
  const charts = kind.charts(picture, chosen);
  const grid = make("div", {class: "charts " + ["one", "two", "three", "two"][charts.length - 1]});
  place.replaceChildren(make("div", {class: "switches"}, ...switches.map((one) =>
    makeSwitch(picture.name, one, chosen[one.key], () => drawPicture(picture, place)))), grid);
  const room = printing ? kPrintWidth : place.clientWidth;
  const columns = printing || room >= 820 ? (charts.length === 4 ? 2 : charts.length) : 1;
  const width = Math.floor((room - 18 * (columns - 1)) / columns);
  charts.forEach((chart, i) => {
    const svg = chart.draw(width), save = saveButtons(svg, `${picture.name}-${i + 1}`);
    save.style.maxWidth = svg.getAttribute("width") + "px";
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `${chart.title}. The numbers stand in the tables below.`);
    svg.dataset.chart = `${picture.name}-${i + 1}`;
    grid.append(make("figure", {class: "chart"}, make("figcaption", {}, chart.title),
      make("div", {class: "legend"}, ...(chart.legend || []).map(([text, colour, dash, shape]) =>
        make("span", {}, legendKey(colour, dash, shape), text))),
      svg, save));
  });
  if (focus) {
    const again = [...place.querySelectorAll("[name]")].find((other) => other.name === focus[0] &&
      (other.tagName === "SELECT" || other.value === focus[1]));
    if (again) again.focus();
  }
}

let redraw = () => {};  // the pictures of the view again, in the width that there is now

function showPictures(view) {
  const places = document.getElementById("pictures");
  const sections = [];
  for (const number of view ? view.pictures : []) {
    const picture = data.pictures[number];
    const place = make("div", {class: "drawing"});
    const tables = picture.tables.map((one) => data.tables[one]);
    const details = make("details", {toggle: () => {
      if (details.open && details.children.length === 1) details.append(...tables.map(makeTable));
    }}, make("summary", {}, tables.length > 1 ? "The numbers as tables" : "The numbers as a table"));
    sections.push([picture, place, make("section", {class: "picture", id: picture.name, "aria-labelledby": picture.name + "-title"},
      make("h2", {id: picture.name + "-title", tabindex: "-1"}, picture.title),
      picture.missing ? make("p", {class: "missing"}, picture.missing) : make("p", {class: "shows"}, ...phrase(picture.shows)),
      place, picture.concludes ? make("p", {class: "concludes"}, ...phrase(picture.concludes)) : null,
      tables.length ? details : null)]);
  }
  places.replaceChildren(...sections.map(([, , section]) => section));
  redraw = () => {
    for (const [picture, place] of sections) if (!picture.missing) drawPicture(picture, place);
    drawnWidth = document.documentElement.clientWidth;
  };
  redraw();
  const links = [...sections.map(([picture]) => [picture.name, picture.title]), ["more", "More about this choice"],
    ["method", "The method in brief"], ["run", "Machine, build and command"]];
  document.getElementById("contents").replaceChildren(...links
    .filter(([id]) => !document.getElementById(id).hidden)
    .map(([id, text]) => make("a", {href: "#" + id}, text)));
}

function show() {
  const view = currentView();
  showTexts(view);
  showPictures(view);
}

// A link within the page scrolls; the address stays what leads to this choice.
document.addEventListener("click", (event) => {
  const link = event.target.closest && event.target.closest('a[href^="#"]');
  if (!link) return;
  event.preventDefault();
  const goal = document.getElementById(link.getAttribute("href").slice(1));
  goal.scrollIntoView();
  (goal.querySelector("[tabindex='-1']") || goal).focus({preventScroll: true});
});

let waiting = 0;
addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    if (document.documentElement.clientWidth !== drawnWidth) redraw();
  }, 150);
});

// Paper has a width of its own, for which texts in pictures must not shrink.
for (const [event, starts] of [["beforeprint", true], ["afterprint", false]])
  addEventListener(event, () => {
    printing = starts;
    redraw();
  });

showTheme();
showChoices(show);
show();
requestAnimationFrame(() => setTimeout(() => { document.documentElement.dataset.drawn = String(Math.round(performance.now())); }));
