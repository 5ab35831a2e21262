#!/usr/bin/env python3
"""Prints how many milliseconds a page takes to draw all its pictures: the median of 5 tries, and all of them.

    tests/browser/draw_time.py PAGE..."""
import statistics
import sys

import webdriver

if webdriver.missing():
    sys.exit(webdriver.missing())
with webdriver.Browser(1440, 900) as browser:
    for page in sys.argv[1:]:
        times = []
        for _ in range(5):
            browser.open("about:blank")
            browser.open(page)
            times.append(float(browser.run_async("""
                const done = arguments[arguments.length - 1];
                const look = () => document.documentElement.dataset.drawn ? done(document.documentElement.dataset.drawn)
                  : setTimeout(look, 20);
                look();""")))
        print(f"{page}: {statistics.median(times):.0f} of {', '.join(f'{time:.0f}' for time in times)}")
