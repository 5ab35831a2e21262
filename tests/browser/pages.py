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
    """One browser for all tests of a class."""

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
