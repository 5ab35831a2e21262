#!/usr/bin/env python3
"""Opens the pages that page_test.cpp wrote, and checks what a reader sees of them.

    page_checks.py FOLDER [unittest's arguments]"""
import math
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import webdriver
from pages import FOLDER, PageTest, path, run_tests
from picture_checks import Pictures  # noqa: F401 (imported so that unittest finds it here)
from readable import CONTRASTS, VISION, lab

# A fragment that chooses everything differently from the defaults.
OTHERWISE = "#engine=eigen&loss_curves.x=steps&loss_curves.y=loss&theme=dark"
PAGES = sorted(name[:-5] for name in os.listdir(FOLDER) if name.endswith(".html"))


def axe():
    """The program text of axe-core, an accessibility checker (https://github.com/dequelabs/axe-core) that npm installs
    for the tests alone. If that fails, the text is empty and the second result says why."""
    if shutil.which("npm") is None:
        return "", "npm is not installed"
    with tempfile.TemporaryDirectory() as folder:
        try:
            subprocess.run(["npm", "install", "--silent", "--no-save", "--no-audit", "--prefix", folder, "axe-core@4.14.1"],
                           check=True, capture_output=True, timeout=90)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            return "", f"npm could not bring axe-core: {str(error)[:200]}"
        with open(os.path.join(folder, "node_modules", "axe-core", "axe.min.js"), encoding="utf-8") as text:
            return text.read(), ""


class Pages(PageTest):
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

    def test_choices_work_by_keyboard_and_stand_in_the_address(self):
        self.show("whole")
        before = self.browser.run("return document.querySelector('h1').textContent")
        self.browser.run("document.querySelector('select[name=loss]').focus()")
        self.browser.press(webdriver.DOWN)
        self.browser.until("return document.querySelector('h1').textContent !== arguments[0]", before)
        after = self.browser.run("return document.querySelector('h1').textContent")
        self.assertNotEqual(before, after)
        self.assertEqual(self.browser.run("return document.activeElement.name"), "loss")
        address = self.browser.run("return location.href")
        self.assertIn("loss=", address)
        self.browser.open("about:blank")
        self.browser.open(address)
        self.wait_until_drawn()
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
        self.assertIn("training time", self.browser.run(axis))
        self.browser.click('button[name="loss_curves.x"][value="epochs"]')
        self.browser.until(axis + ".includes('epochs')")
        self.assertIn("epochs", self.browser.run(axis))
        self.browser.run("document.querySelector('button[name=\"loss_curves.x\"][value=\"steps\"]').focus()")
        self.browser.press(webdriver.ENTER)
        self.browser.until(axis + ".includes('steps')")
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

    def test_paper_has_pictures_of_its_own_width_and_no_buttons(self):
        self.show("whole")
        widths = "return [...document.querySelectorAll('svg[data-chart]')].map((svg) => svg.width.baseVal.value)"
        screen = self.browser.run(widths)
        self.browser.run("dispatchEvent(new Event('beforeprint'))")
        self.browser.devtools("Emulation.setEmulatedMedia", media="print")
        paper = self.browser.run(widths)
        self.assertEqual(len(paper), len(screen))
        self.assertLess(max(paper), 700)  # A4 without its margins and those of a card
        shown = self.browser.run("""return [...document.querySelectorAll("main button, nav")]
            .filter((one) => one.offsetParent).map((one) => one.textContent)""")
        self.assertEqual(shown, [])
        self.browser.devtools("Emulation.setEmulatedMedia", media="")
        self.browser.run("dispatchEvent(new Event('afterprint'))")
        self.assertEqual(self.browser.run(widths), screen)

    def test_tables_stay_open_when_the_window_changes(self):
        self.show("whole")
        self.browser.click("#heat_map summary")
        self.browser.resize(900, 900)
        self.wait_until_drawn()
        self.assertTrue(self.browser.run("return document.querySelector('#heat_map details').open"))

    def test_several_reports_can_be_chosen(self):
        self.show("machines")
        names = self.browser.run("""
            return [...document.querySelector("select[name=report]").options].map((option) => option.value)""")
        self.assertEqual([name.split(",")[0] for name in names], ["1. First", "2. Second", "3. Third"])

    def test_texts_can_be_read_on_what_is_behind_them(self):
        for dark in (False, True):
            self.browser.prefer(dark)
            for name in ("whole", "landscape", "diverged", "machines"):
                self.show(name)
                self.assertEqual(self.browser.run(CONTRASTS), [], f"{name}, {'dark' if dark else 'light'}")
        self.browser.prefer(False)

    def test_colours_differ_for_colour_blind_readers(self):
        ramp = [f"--s{i}" for i in range(7)]
        groups = (["--s0", "--s2", "--s4", "--s6", "--full"], ["--one", "--two", "--full", "--dots"])
        together = [(a, b, 11) for group in groups for i, a in enumerate(group) for b in group[i + 1:]]
        # Neighbours may be closer: their lines also have different dashes.
        together += [(a, b, 9) for a, b in zip(ramp, ramp[1:])]
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
        for name, dark in (("whole", False), ("diverged", True), ("landscape", False)):
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
    run_tests()
