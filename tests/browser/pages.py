"""Pages in a browser, for the checks of page_checks.py and picture_checks.py."""
import json
import os
import sys
import unittest

from webdriver import Browser

FOLDER = sys.argv.pop(1)


def path(name):
    return os.path.join(FOLDER, name + ".html")


def report(name):
    with open(os.path.join(FOLDER, name + ".json"), encoding="utf-8") as text:
        return json.load(text)


class PageTest(unittest.TestCase):
    """All tests of a class use one browser. If it fails, run_tests() starts a new one."""

    browser = None

    @classmethod
    def tearDownClass(cls):
        if cls.browser:
            cls.browser.__exit__()
        cls.browser = None

    def setUp(self):
        if not self.browser:
            type(self).browser = Browser(1280, 900)
        self.browser.resize(1280, 900)
        self.browser.open("about:blank")
        self.browser.console()
        self.browser.requests()

    def show(self, name, fragment=""):
        """Opens a page, and waits until it is drawn in the width of the window."""
        self.browser.open("about:blank")
        self.browser.open("file://" + path(name) + fragment)
        self.wait_until_drawn()

    def wait_until_drawn(self):
        self.assertTrue(self.browser.until("""return document.documentElement.dataset.drawn &&
            drawnWidth === document.documentElement.clientWidth"""), "the page is not drawn")


def run_tests():
    """Runs the tests of the program, and ends it. If the browser itself dies or hangs, this says nothing about the
    page: such tests are run once more, each in a new browser. A page that is wrong fails at once."""
    result = unittest.main(verbosity=2, exit=False).result
    again = [test for test, text in result.errors if "BrowserError" in text]
    if not again or result.failures or len(again) < len(result.errors):
        sys.exit(not result.wasSuccessful())
    tests = {getattr(test, "test_case", test) for test in again}  # a test with subtests is run as a whole
    print(f"the browser failed, not the page; runs {len(tests)} of the tests again", file=sys.stderr)
    for test in tests:
        type(test).tearDownClass()
        second = unittest.TextTestRunner(verbosity=2).run(type(test)(test.id().rpartition(".")[2]))
        type(test).tearDownClass()
        if not second.wasSuccessful():
            sys.exit(1)
