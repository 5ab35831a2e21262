#!/usr/bin/env python3
"""Opens the pages that page_test.cpp wrote, and looks at them as a reader does.

    page_checks.py FOLDER [unittest's arguments]"""
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import webdriver
from readable import CONTRASTS, VISION, lab
from webdriver import Browser

FOLDER = sys.argv.pop(1)
OTHERWISE = "#engine=eigen&loss_curves.x=steps&loss_curves.y=loss&theme=dark"  # than by default
PAGES = sorted(name[:-5] for name in os.listdir(FOLDER) if name.endswith(".html"))


def path(name):
    return os.path.join(FOLDER, name + ".html")


def report(name):
    with open(os.path.join(FOLDER, name + ".json"), encoding="utf-8") as text:
        return json.load(text)


def dots(browser, chart):
    """Centres of the circles of a chart, in the order in which they are drawn."""
    return browser.run("""
        const svg = document.querySelector(`svg[data-chart="${arguments[0]}"]`);
        return [...svg.querySelectorAll("circle")]
          .map((dot) => dot.getBoundingClientRect()).map((box) => [box.x + box.width / 2, box.y + box.height / 2]);
        """, chart)


def axe():
    """The text of axe-core, and why there is none: an accessibility checker (https://github.com/dequelabs/axe-core), by
    npm, a tool of the tests alone."""
    if shutil.which("npm") is None:
        return "", "npm is not installed"
    with tempfile.TemporaryDirectory() as folder:
        try:
            subprocess.run(["npm", "install", "--silent", "--no-save", "--no-audit", "--prefix", folder, "axe-core@4"],
                           check=True, capture_output=True, timeout=90)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            return "", f"npm could not bring axe-core: {str(error)[:200]}"
        with open(os.path.join(folder, "node_modules", "axe-core", "axe.min.js"), encoding="utf-8") as text:
            return text.read(), ""


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = Browser(1280, 900).__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.browser.__exit__()

    def setUp(self):
        self.browser.resize(1280, 900)
        self.browser.open("about:blank")
        self.browser.console()
        self.browser.requests()

    def show(self, name, fragment=""):
        self.browser.open("about:blank")
        self.browser.open("file://" + path(name) + fragment)

    def assertLinear(self, xs, ys):
        """The points lie on one line, to half a pixel."""
        self.assertGreater(len(xs), 1)
        first, last = min(range(len(xs)), key=lambda i: xs[i]), max(range(len(xs)), key=lambda i: xs[i])
        self.assertGreater(xs[last], xs[first])
        slope = (ys[last] - ys[first]) / (xs[last] - xs[first])
        for x, y in zip(xs, ys):
            self.assertLess(abs(ys[first] + slope * (x - xs[first]) - y), 0.5)

    def test_every_page_is_sound(self):
        for name in PAGES:
            for width, fragment in ((1280, ""), (360, OTHERWISE)):
                with self.subTest(page=name, width=width):
                    self.browser.resize(width, 900)
                    self.show(name, fragment)
                    self.complains_of_nothing_and_asks_for_nothing(name)
                    self.draws_every_picture_or_says_why_not(name)
                    self.has_nothing_blank_and_no_word_for_no_number()
                    self.assertLessEqual(self.browser.run("return document.documentElement.scrollWidth"), width)

    def complains_of_nothing_and_asks_for_nothing(self, name):
        self.assertEqual(self.browser.console(), [])
        addresses = [address for address in self.browser.requests() if not address.startswith("data:")]
        self.assertEqual({address.split("#")[0] for address in addresses} - {"about:blank"}, {"file://" + path(name)})

    def draws_every_picture_or_says_why_not(self, name):
        sections = self.browser.run("""
            return [...document.querySelectorAll("section.picture")].map((section) => ({
              name: section.id, missing: section.querySelector(".missing")?.textContent || "",
              marks: [...section.querySelectorAll("svg[data-chart]")].map((svg) =>
                svg.querySelectorAll("circle, rect, path, line").length)}));""")
        if name == "nothing":
            self.assertEqual(sections, [])
        elif name == "landscape":
            self.assertLessEqual({"landscape", "escape"}, {one["name"] for one in sections if not one["missing"]})
        else:
            self.assertGreaterEqual(len(sections), 6)
        for section in sections:
            if section["missing"]:
                self.assertGreater(len(section["missing"]), 20, section)
            else:
                self.assertGreater(len(section["marks"]), 0, section)
                self.assertGreater(min(section["marks"]), 2, section)

    def has_nothing_blank_and_no_word_for_no_number(self):
        text = self.browser.run("return document.querySelector('main').textContent")
        for word in ("NaN", "undefined", "null", "Infinity", "[object"):
            self.assertNotIn(word, text)
        shapes = self.browser.run("""
            return [...document.querySelectorAll("svg *")].flatMap((mark) => [...mark.attributes]
              .filter((one) => /NaN|undefined|Infinity/.test(one.value)).map(() => mark.outerHTML.slice(0, 300)));""")
        self.assertEqual(shapes, [])
        self.assertGreater(len(self.browser.run("return document.querySelector('h1').textContent")), 5)

    def test_heat_map_has_the_times_of_the_report(self):
        self.show("whole")
        texts = self.browser.run("""
            return [...document.querySelectorAll('svg[data-chart="heat_map-1"] text')]
              .map((text) => text.textContent);""")
        found = report("whole")
        workload = found["workloads"][0]["id"]
        cells = {cell["id"] for cell in found["cells"] if cell["workload"] == workload and cell["engine"] == "fused"}
        times = [row["seconds"] for row in found["time_to_target"]
                 if row["cell"] in cells and row["target_value"] == 0.01]
        self.assertEqual(len(times), 15)
        for seconds in times:
            scale, unit = next(one for one in ((1, "s"), (1e-3, "ms"), (1e-6, "µs")) if seconds >= one[0])
            near = [text for text in texts if text.endswith(" " + unit) and
                    abs(float(text.split()[0]) * scale / seconds - 1) < 0.006]
            self.assertTrue(near, f"{seconds} s is not among {texts}")

    def test_steps_stand_where_the_report_has_them(self):
        self.show("whole")
        found = report("whole")
        workload = found["workloads"][0]["id"]
        steps = {row["series"]: row["ert_steps"] for row in found["convergence"] if row["target_value"] == 0.01}
        rows = sorted((series["rows_per_step"], steps[series["id"]]) for series in found["series"]
                      if series["workload"] == workload)
        points = sorted(map(tuple, dots(self.browser, "steps-1")))
        self.assertEqual(len(points), len(rows))
        self.assertLinear([math.log(row[0]) for row in rows], [point[0] for point in points])
        self.assertLinear([math.log(row[1]) for row in rows], [point[1] for point in points])

    def test_speed_ups_stand_where_the_report_has_them(self):
        self.show("whole")
        found = report("whole")
        workload = found["workloads"][0]["id"]
        cells = {cell["id"] for cell in found["cells"] if cell["workload"] == workload and cell["engine"] == "fused"}
        speed = sorted(row["speed_up"] for row in found["throughput"] if row["cell"] in cells)
        heights = sorted((point[1] for point in dots(self.browser, "scaling-1")), reverse=True)
        self.assertEqual(len(heights), len(speed))
        self.assertLinear(speed, heights)

    def test_trials_stand_where_the_report_has_them(self):
        self.show("whole", "#rates.batch=64")
        found = report("whole")
        series = next(row["id"] for row in found["series"]
                      if row["batch"] == 64 and row["workload"] == found["workloads"][0]["id"])
        trials = sorted((row["lr"], row["steps_to_target"]) for row in found["tunings"]
                        if row["series"] == series and row["steps_to_target"] is not None)
        points = sorted(map(tuple, dots(self.browser, "rates-1")))
        self.assertEqual(len(points), len(trials))
        self.assertLinear([math.log(lr) for lr, _ in trials], [x for x, _ in points])
        self.assertLinear([math.log(steps) for _, steps in trials], [y for _, y in points])

    def test_variances_stand_where_the_report_has_them(self):
        self.show("whole")
        found = report("whole")
        workload = found["workloads"][0]["id"]
        rows = sorted((row["batch"], row["measured_variance"]) for row in found["noise"]
                      if row["workload"] == workload and row["checkpoint"] == "0.01")
        points = sorted(map(tuple, dots(self.browser, "variance-1")))
        self.assertEqual(len(points), len(rows))
        self.assertLinear([math.log(batch) for batch, _ in rows], [x for x, _ in points])
        self.assertLinear([math.log(value) for _, value in rows], [y for _, y in points])

    def test_loss_curve_is_the_median_of_the_seeds(self):
        self.show("whole", "#loss_curves.x=steps")
        found = report("whole")
        workload = found["workloads"][0]["id"]
        series = next(row["id"] for row in found["series"] if row["workload"] == workload and row["full_batch"])
        run = next(row for row in found["trajectories"] if row["series"] == series)
        wanted = [(step, loss - 1) for step, loss in zip(run["curve"]["step"], run["curve"]["loss"]) if step > 0]
        lines = self.browser.run("""
            return [...document.querySelectorAll('svg[data-chart="loss_curves-1"] [data-mark="line"] path')]
              .map((path) => path.getAttribute("d"));""")
        points = [tuple(map(float, pair.split(","))) for pair in re.findall(r"[-\d.]+,[-\d.]+", lines[-1])]
        self.assertEqual(len(points), len(wanted))
        self.assertLinear([math.log(step) for step, _ in wanted], [x for x, _ in points])
        self.assertLinear([math.log(gap) for _, gap in wanted], [y for _, y in points])

    def test_dots_are_the_batch_losses_of_the_first_seed(self):
        self.show("whole", "#loss_curves.x=steps&loss_curves.run=64")
        found = report("whole")
        workload = found["workloads"][0]["id"]
        series = next(row["id"] for row in found["series"] if row["workload"] == workload and row["batch"] == 64)
        run = next(row for row in found["trajectories"] if row["series"] == series and row["batch_losses"])
        points = dots(self.browser, "loss_curves-2")
        self.assertEqual(len(points), len(run["batch_losses"]))
        self.assertLinear(list(range(len(points))), [x for x, _ in points])
        self.assertLinear(run["batch_losses"], [y for _, y in points])

    def test_loss_shapes_are_those_of_the_report(self):
        self.show("whole", "#loss=multiclass_svm%28margin%3D1%29")
        shape = next(row for row in report("whole")["loss_shapes"] if row["loss"] == "multiclass_svm(margin=1)")
        for chart, key in (("loss_shapes-1", "value"), ("loss_shapes-3", "derivative")):
            lines = self.browser.run("""
                return [...document.querySelectorAll(`svg[data-chart="${arguments[0]}"] [stroke="var(--one)"] path`)]
                  .map((path) => path.getAttribute("d"));""", chart)
            self.assertEqual(len(lines), 1)
            points = [tuple(map(float, pair.split(","))) for pair in re.findall(r"[-\d.]+,[-\d.]+", lines[0])]
            self.assertEqual(len(points), len(shape["at"]))
            self.assertLinear(shape["at"], [x for x, _ in points])
            self.assertLinear(shape[key], [y for _, y in points])

    def test_demonstrations_of_rates_stand_where_the_report_has_them(self):
        self.show("whole")
        found = report("whole")
        shown = [row for row in found["demonstrations"] if row["workload"] == found["workloads"][0]["id"]]
        self.assertEqual(sorted(row["rate_factor"] for row in shown), [0.125, 16])
        run = next(row for row in found["trajectories"]
                   if row["series"] == shown[0]["series"] and row["seed"] == shown[0]["seed"])
        wanted = [pair for one in (run["curve"], *shown) for pair in zip(one["step"], one["loss"]) if pair[0] > 0]
        points = dots(self.browser, "rates-2")
        self.assertEqual(len(points), len(wanted))
        self.assertLinear([math.log(step) for step, _ in wanted], [x for x, _ in points])
        self.assertLinear([-math.log(loss - 1) for _, loss in wanted], [-y for _, y in points])
        text = self.browser.run("return document.querySelector('#rates .concludes').textContent")
        self.assertIn("at 16 times the rate the run diverges within 4 steps", text)

    def test_contours_of_a_landscape_are_lines_of_equal_loss(self):
        self.show("landscape", "#landscape.run=1")
        found = report("landscape")
        curve = next(row for row in found["trajectories"] if row["batch"] == 1)["curve"]
        points = dots(self.browser, "landscape-1")
        self.assertEqual(len(points), len(curve["x"]))
        scales = []
        for axis, name in enumerate("xy"):
            places = [point[axis] if name == "x" else -point[axis] for point in points]
            self.assertLinear(curve[name], places)
            low, high = (find(range(len(places)), key=places.__getitem__) for find in (min, max))
            slope = (curve[name][high] - curve[name][low]) / (places[high] - places[low])
            scales.append((slope, curve[name][low] - slope * places[low]))
        lines = self.browser.run("""
            const svg = document.querySelector('svg[data-chart="landscape-1"]'), frame = svg.getBoundingClientRect();
            return [...svg.querySelectorAll('[data-mark="contour"] path')].map((path) => {
              const inverse = path.getScreenCTM();
              return path.getAttribute("d").match(/-?[\\d.]+,-?[\\d.]+/g).map((pair) => pair.split(",").map(Number))
                .map(([x, y]) => [inverse.a * x + inverse.e, inverse.d * y + inverse.f]);});""")
        levels = self.browser.run("return data.pictures.find((one) => one.name === 'landscape').marks.levels")
        self.assertGreater(len(lines), 8)
        self.assertLessEqual(len(lines), len(levels))
        box = found["landscapes"][0]
        used = set()
        for line in lines:
            values = []
            for place in line:
                x, y = scales[0][0] * place[0] + scales[0][1], -scales[1][0] * place[1] + scales[1][1]
                if box["x"][0] < x < box["x"][-1] and box["y"][0] < y < box["y"][-1]:
                    values.append(0.5 * x * x - 0.5 * y * y + 0.25 * y ** 4)
            middle = sorted(values)[len(values) // 2]
            level = min(levels, key=lambda one: abs(one - middle))
            used.add(level)
            for value in values:
                self.assertLess(abs(value - level), 0.01)
        self.assertEqual(len(used), len(lines))

    def test_escapes_stand_where_the_report_has_them(self):
        self.show("landscape")
        found = report("landscape")["escapes"]
        medians = sorted((row["noise"], row["median_steps"]) for row in found if row["median_steps"] and row["noise"])
        self.assertGreater(len(medians), 2)
        points = sorted(map(tuple, dots(self.browser, "escape-2")))
        self.assertEqual(len(points), len(medians))
        self.assertLinear([math.log(noise) for noise, _ in medians], [x for x, _ in points])
        self.assertLinear([median for _, median in medians], [-y for _, y in points])
        lines = self.browser.run("""
            return [...document.querySelectorAll('svg[data-chart="escape-1"] [data-mark="line"] path')]
              .map((path) => path.getAttribute("d"));""")
        self.assertEqual(len(lines), len(found))
        most = max((row for row in found if row["noise"]), key=lambda row: row["noise"])
        corners = [tuple(map(float, pair.split(","))) for pair in re.findall(r"[-\d.]+,[-\d.]+", lines[0])]
        heights = sorted({y for _, y in corners})
        self.assertEqual(len(heights), len(set(most["survival_share"]) | {1}))
        self.assertLinear(sorted(set(most["survival_share"]) | {1}, reverse=True), heights)

    def test_raw_values_behind_intervals_are_those_of_the_report(self):
        self.show("whole")
        before = {chart: len(dots(self.browser, chart)) for chart in ("steps-1", "scaling-1", "variance-1")}
        for name in ("steps", "scaling", "variance"):
            self.browser.click(f'#{name} button[value="shown"]')
            self.assertIn(f"{name}.raw=shown", self.browser.run("return location.href"))
        address = self.browser.run("return location.href")
        self.browser.open("about:blank")
        self.browser.open(address)
        tables = self.browser.run("""
            const tables = {};
            for (const number of currentView().pictures) for (const name of ["runs", "processes", "batches"]) {
              const one = data.pictures[number];
              if (["steps", "scaling", "variance"].includes(one.name) && tableOf(one, name)) tables[name] = rowsOf(one, name);
            }
            return tables;""")
        found = report("whole")
        workload = found["workloads"][0]["id"]
        for series in found["series"]:  # every run reaches the target: their mean is what is expected
            if series["workload"] == workload:
                steps = [row["steps"] for row in tables["runs"] if row["rows"] == series["rows_per_step"]]
                wanted = next(row["ert_steps"] for row in found["convergence"]
                              if row["series"] == series["id"] and row["target_value"] == 0.01)
                self.assertLess(abs(sum(steps) / len(steps) / wanted - 1), 1e-4)
        cells = {cell["id"] for cell in found["cells"] if cell["workload"] == workload and cell["engine"] == "fused"}
        means = sorted(sum(row["seconds_per_step"]) / len(row["seconds_per_step"]) for row in found["timings"]
                       if row["cell"] in cells)
        seconds = sorted(row["seconds"] for row in tables["processes"])
        self.assertEqual(len(seconds), len(means))
        for one, mean in zip(seconds, means):
            self.assertLess(abs(one / mean - 1), 1e-4)
        sampled = [value for row in found["moments"] if row["workload"] == workload and row["checkpoint"] == "0.01"
                   for value in row["sampled"]]
        self.assertEqual(len(tables["batches"]), len(sampled))
        for chart, rows in (("steps-1", "runs"), ("scaling-1", "processes"), ("variance-1", "batches")):
            self.assertEqual(len(dots(self.browser, chart)), before[chart] + len(tables[rows]), chart)

    def test_machines_stand_as_far_apart_as_they_are_fast(self):
        self.show("machines")  # 1, 1.5 and 3 times as fast, in every cell alike
        points = sorted({round(x, 1) for x, _ in dots(self.browser, "comparison-1")})
        self.assertEqual(len(points), 2)
        one = self.browser.run("""
            return document.querySelector('svg[data-chart="comparison-1"] [data-mark="rule"] line')
              .getBoundingClientRect().x;""")
        self.assertLess(abs((points[1] - one) / (points[0] - one) - math.log(3) / math.log(1.5)), 0.03)

    def test_choices_work_by_keyboard_and_stand_in_the_address(self):
        self.show("whole")
        before = self.browser.run("return document.querySelector('h1').textContent")
        self.browser.run("document.querySelector('select[name=loss]').focus()")
        self.browser.press(webdriver.DOWN)
        after = self.browser.run("return document.querySelector('h1').textContent")
        self.assertNotEqual(before, after)
        self.assertEqual(self.browser.run("return document.activeElement.name"), "loss")
        address = self.browser.run("return location.href")
        self.assertIn("loss=", address)
        self.browser.open("about:blank")
        self.browser.open(address)
        self.assertEqual(self.browser.run("return document.querySelector('h1').textContent"), after)

    def test_everything_that_acts_is_reached_by_the_keyboard(self):
        self.show("whole")
        wanted = self.browser.run("""return [...document.querySelectorAll("button, select, summary, a[href]")]
            .filter((e) => e.offsetParent !== null || e.classList.contains("skip")).length""")
        seen = 0
        for _ in range(wanted + 30):
            self.browser.press(webdriver.TAB)
            mark = self.browser.run("""const e = document.activeElement;
                if (e === document.body || e.dataset.seen) return e.dataset.seen ? "again" : "body";
                e.dataset.seen = "yes"; return e.tagName""")
            if mark in ("BUTTON", "SELECT", "SUMMARY", "A"):
                seen += 1
        self.assertEqual(seen, wanted)

    def test_switches_of_a_picture_work_by_mouse_and_keyboard(self):
        self.show("whole")
        axis = "return document.querySelector('svg[data-chart=\"loss_curves-1\"]').textContent"
        self.assertIn("training time (s)", self.browser.run(axis))
        self.browser.click('button[name="loss_curves.x"][value="epochs"]')
        self.assertIn("epochs", self.browser.run(axis))
        self.browser.run("document.querySelector('button[name=\"loss_curves.x\"][value=\"steps\"]').focus()")
        self.browser.press(webdriver.ENTER)
        self.assertIn("steps", self.browser.run(axis))
        self.assertEqual(self.browser.run("return document.activeElement.value"), "steps")
        self.assertIn("loss_curves.x=steps", self.browser.run("return location.href"))
        self.browser.click('button[value="dark"]')
        dark = self.browser.run("return getComputedStyle(document.body).backgroundColor")
        self.browser.click('button[value="light"]')
        self.assertNotEqual(dark, self.browser.run("return getComputedStyle(document.body).backgroundColor"))

    def test_tables_sort_and_copy(self):
        self.show("whole")
        self.browser.click("#heat_map summary")
        column = "return [...document.querySelectorAll('#heat_map tbody tr')].map((row) => row.children[3].textContent)"
        unsorted = self.browser.run(column)
        self.browser.click("#heat_map thead th:nth-child(4) button")
        order = self.browser.run("return document.querySelector('#heat_map thead th:nth-child(4)').ariaSort")
        self.assertEqual(order, "ascending")
        units = {"s": 1, "ms": 1e-3, "µs": 1e-6}
        values = [float(text.split()[0]) * units[text.split()[1]] for text in self.browser.run(column)]
        self.assertEqual(len(values), 15)
        self.assertEqual(values, sorted(values))
        self.assertNotEqual(unsorted, self.browser.run(column))
        self.browser.run("window.copyText = (text) => { window.copied = text; }")
        self.browser.click("#heat_map .tools button")
        lines = self.browser.run("return window.copied").strip().split("\r\n")
        self.assertEqual(len(lines), 16)
        self.assertTrue(lines[0].startswith("batch,"))
        self.assertIn("seconds (s)", lines[0])

    def test_hostile_texts_stay_text(self):
        self.show("hostile")
        self.browser.run("for (const d of document.querySelectorAll('details')) d.open = true")
        self.assertEqual(self.browser.run("return document.images.length"), 0)
        self.assertEqual(self.browser.run("return document.querySelectorAll('main b').length"), 0)
        self.assertIn("<img src=x", self.browser.run("return document.querySelector('h1').textContent"))
        self.assertEqual(self.browser.console(), [])

    def test_pictures_can_be_saved(self):
        self.show("whole")
        texts = self.browser.run("return [...document.querySelectorAll('svg[data-chart]')].map(svgText)")
        self.assertGreaterEqual(len(texts), 8)
        for text in texts:
            self.assertNotIn("var(", text)
            self.assertTrue(text.startswith("<svg"))
        sizes = self.browser.run_async("""const done = arguments[arguments.length - 1];
            Promise.all([...document.querySelectorAll('svg[data-chart]')].map(pngBlob))
              .then((blobs) => done(blobs.map((blob) => [blob.type, blob.size])), (error) => done(String(error)))""")
        for kind, size in sizes:
            self.assertEqual(kind, "image/png")
            self.assertGreater(size, 1500)

    def test_several_reports_can_be_chosen(self):
        self.show("machines")
        names = self.browser.run("""
            return [...document.querySelector("select[name=report]").options].map((option) => option.value)""")
        self.assertEqual([name.split(",")[0] for name in names], ["1. First", "2. Second", "3. Third"])

    def test_texts_can_be_read_on_what_is_behind_them(self):
        for dark in (False, True):
            self.browser.prefer(dark)
            self.show("whole")
            low = self.browser.run(CONTRASTS)
            self.assertEqual(low, [], "dark" if dark else "light")
        self.browser.prefer(False)


    def test_colours_differ_for_colour_blind_readers(self):
        ramp = [f"--s{i}" for i in range(7)]
        groups = (["--s0", "--s2", "--s4", "--s6", "--full"], ["--one", "--two", "--full", "--dots"])
        together = [(a, b, 11) for group in groups for i, a in enumerate(group) for b in group[i + 1:]]
        together += [(a, b, 9) for a, b in zip(ramp, ramp[1:])]  # neighbours, whose lines differ in their dashes too
        for theme in ("light", "dark"):
            self.show("one_cell", "#theme=" + theme)
            colour = self.browser.run("""const style = getComputedStyle(document.documentElement);
                return Object.fromEntries(arguments[0].map((name) => [name, style.getPropertyValue(name).trim()]))""",
                                      sorted({name for a, b, _ in together for name in (a, b)}))
            for eyes, matrix in VISION.items():
                for a, b, least in together:
                    apart = math.dist(lab(colour[a], matrix), lab(colour[b], matrix))
                    self.assertGreater(apart, least, f"{theme}, {eyes}: {a} and {b}")

    def test_an_accessibility_checker_finds_nothing_serious(self):
        text, missing = axe()
        if missing:
            print(f"SKIPPED: the accessibility checker: {missing}", file=sys.stderr)
            self.skipTest(missing)
        for name, dark in (("whole", False), ("diverged", True)):
            with self.subTest(page=name, dark=dark):
                self.browser.prefer(dark)
                self.show(name)
                self.browser.run("for (const d of document.querySelectorAll('details')) d.open = true")
                self.browser.run(text)
                found = self.browser.run_async("""const done = arguments[arguments.length - 1];
                    axe.run(document).then((result) => done({passed: result.passes.length, found: result.violations
                      .filter((one) => ["serious", "critical"].includes(one.impact))
                      .map((one) => [one.id, one.help, one.nodes.slice(0, 3).map((node) => node.html.slice(0, 99))])}));""")
                self.assertEqual(found["found"], [])
                self.assertGreater(found["passed"], 15)
        self.browser.prefer(False)


if __name__ == "__main__":
    if webdriver.missing():
        sys.exit(webdriver.missing())
    unittest.main(verbosity=2)
