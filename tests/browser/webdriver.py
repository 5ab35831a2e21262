"""A headless Chromium for the tests, driven through chromium-driver by the W3C's WebDriver protocol.

Source: https://www.w3.org/TR/webdriver2/ (sections 8, 10 to 13, 17); logs by Chromium's own command `se/log`.
"""
import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of a reference to an element (WebDriver, section 12.1)


def missing():
    """A sentence that names the programs that are not installed; "" if none is missing."""
    absent = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    return f"not installed: {', '.join(absent)} (packages chromium, chromium-driver)" if absent else ""


class BrowserError(Exception):
    """The browser failed: it has ended, takes too long, or refuses a command."""


class Browser:
    """One browser window. `dark`: whether the system asks for dark colours. Sizes are in CSS pixels."""

    def __init__(self, width=1440, height=900, dark=False, scale=1):
        self.profile = tempfile.mkdtemp(prefix="descent-browser-")
        self.driver = subprocess.Popen([shutil.which("chromedriver"), "--port=0"], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True)
        self.session = None
        port = None
        for line in self.driver.stdout:
            if "successfully on port" in line:
                port = line.split("port")[1].strip(" .\n")
                break
        self.base = f"http://127.0.0.1:{port}"
        arguments = ["--headless=new", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage",
                     "--disable-background-networking", "--no-first-run", "--force-prefers-reduced-motion",
                     f"--user-data-dir={self.profile}", f"--force-device-scale-factor={scale}",
                     f"--window-size={width},{height}"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")  # as root, Chromium does not start with its sandbox
        options = {"args": arguments, "binary": shutil.which("chromium")}
        made = self._send("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "timeouts": {"script": 120_000, "pageLoad": 120_000},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})
        self.session = made["sessionId"]
        self.resize(width, height)
        self.prefer(dark)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        try:
            if self.session:
                self._send("DELETE", f"/session/{self.session}")
        except BrowserError:
            pass  # the browser has ended already
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.driver.stdout.close()
            shutil.rmtree(self.profile, ignore_errors=True)

    def _send(self, method, path, body=None):
        data = None if method != "POST" else json.dumps(body or {}).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=150) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise BrowserError(f"{method} {path}: {json.load(error)['value']['message'][:2000]}") from None
        except OSError as error:
            raise BrowserError(f"{method} {path}: {error}") from None

    def _call(self, method, path, body=None):
        return self._send(method, f"/session/{self.session}{path}", body)

    def devtools(self, command, **parameters):
        """Sends a command of the Chrome DevTools protocol, and returns the answer."""
        return self._call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def resize(self, width, height):
        """Sets the size of the viewport itself, since a window cannot be as narrow as a phone."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=0,
                      mobile=width < 600)

    def prefer(self, dark):
        self.devtools("Emulation.setEmulatedMedia",
                      features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def open(self, path):
        self._call("POST", "/url", {"url": path if ":" in path else "file://" + os.path.abspath(path)})

    def run(self, script, *arguments):
        """The value of `script`, the body of a JavaScript function with these arguments."""
        return self._call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script, *arguments):
        """The same for a body that passes the value to its last argument, which is a function."""
        return self._call("POST", "/execute/async", {"script": script, "args": list(arguments)})

    def until(self, script, *arguments):
        """Runs `script` until its value is true, or for 10 seconds, and returns the last value."""
        end = time.monotonic() + 10
        while not (value := self.run(script, *arguments)) and time.monotonic() < end:
            time.sleep(0.05)
        return value

    def find(self, selector):
        return self._call("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self._call("POST", f"/element/{self.find(selector)}/click")

    def press(self, *keys):
        """Presses keys of WebDriver's table (section 17.4.2), one after the other, where the focus is."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def console(self):
        """All messages of the console since the last call."""
        return [entry["message"] for entry in self._call("POST", "/se/log", {"type": "browser"})]

    def requests(self):
        """The addresses that the page asked for since the last call."""
        found = []
        for entry in self._call("POST", "/se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return found

    def picture(self, path, whole=False):
        """Writes a PNG of the viewport, or of the whole page."""
        image = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **(
            {"clip": {**self.run("const e = document.documentElement; return {x: 0, y: 0, width: e.scrollWidth, "
                                 "height: e.scrollHeight}"), "scale": 1}} if whole else {}))
        with open(path, "wb") as out:
            out.write(base64.b64decode(image["data"]))


TAB, ENTER, SPACE, LEFT, UP, RIGHT, DOWN = "\ue004", "\ue007", " ", "\ue012", "\ue013", "\ue014", "\ue015"
