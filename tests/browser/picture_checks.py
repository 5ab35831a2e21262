"""Reads the numbers of every picture back from the page, and compares them with those of the report."""
import math
import re

from pages import PageTest, report


def dots(browser, chart):
    """The centres of the circles of a chart, in the order in which they are drawn."""
    return browser.run("""
        const svg = document.querySelector(`svg[data-chart="${arguments[0]}"]`);
        return [...svg.querySelectorAll("circle")]
          .map((dot) => dot.getBoundingClientRect()).map((box) => [box.x + box.width / 2, box.y + box.height / 2]);
        """, chart)


class Pictures(PageTest):
    def assertLinear(self, xs, ys):
        """Checks that the points lie on one line, to half a pixel."""
        self.assertGreater(len(xs), 1)
        first, last = min(range(len(xs)), key=lambda i: xs[i]), max(range(len(xs)), key=lambda i: xs[i])
        self.assertGreater(xs[last], xs[first])
        slope = (ys[last] - ys[first]) / (xs[last] - xs[first])
        for x, y in zip(xs, ys):
            self.assertLess(abs(ys[first] + slope * (x - xs[first]) - y), 0.5)

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

    def test_names_say_method_and_batch_and_no_two_lines_look_alike(self):
        self.show("whole")
        names = ["32", "full", "sgd 16", "gd full", "momentum(beta=0.9) full", "sgd 1,024 sqrt"]
        said, looks = self.browser.run("""
            const names = arguments[0], colours = seriesColours(names);
            return [names.map(batchName), names.map((name) => [colours.get(name), dashOf(names, name)])];""", names)
        self.assertEqual(said, ["batch 32", "full batch", "sgd, batch 16", "gd, full batch",
                                "momentum(beta=0.9), full batch", "sgd, batch 1,024, sqrt"])
        self.assertEqual(len({tuple(look) for look in looks}), len(names))

    def test_whole_batches_of_a_landscape_do_not_hide_the_name_of_batch_1(self):
        self.show("landscape")
        steps = self.browser.run("""
            const one = data.pictures[currentView().pictures.find((n) => data.pictures[n].name === "steps")];
            return rowsOf(one, "steps");""")
        self.assertIn(("full", 1), {(row["batch"], row["rows"]) for row in steps})
        reached = sorted(row["rows"] for row in steps if row["steps"])
        self.assertEqual(reached[0], 1)
        texts = self.browser.run("""return [...document.querySelectorAll('svg[data-chart="steps-1"] text')]
            .map((text) => text.textContent)""")
        self.assertIn("1", texts)
        self.assertFalse([text for text in texts if "full" in text])

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
        self.wait_until_drawn()
        tables = self.browser.run("""
            const tables = {};
            for (const number of currentView().pictures) for (const name of ["runs", "processes", "batches"]) {
              const one = data.pictures[number];
              if (["steps", "scaling", "variance"].includes(one.name) && tableOf(one, name)) tables[name] = rowsOf(one, name);
            }
            return tables;""")
        found = report("whole")
        workload = found["workloads"][0]["id"]
        # Every run reaches the target, so that the expected steps are their mean.
        for series in found["series"]:
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
        self.show("machines")  # they are 1, 1.5 and 3 times as fast in every cell
        points = sorted({round(x, 1) for x, _ in dots(self.browser, "comparison-1")})
        self.assertEqual(len(points), 2)
        one = self.browser.run("""
            return document.querySelector('svg[data-chart="comparison-1"] [data-mark="rule"] line')
              .getBoundingClientRect().x;""")
        self.assertLess(abs((points[1] - one) / (points[0] - one) - math.log(3) / math.log(1.5)), 0.03)
