"""Headless Chromium, driven over its DevTools protocol through a pipe: no driver and no port."""

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
         "--no-first-run", "--disable-background-networking", "--hide-scrollbars"]  # fmt: skip
PATIENCE = 120  # seconds: a first start, from a disk that others read too, has taken more than 30


class Browser:
    """One tab."""

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read, self._last, self._buffer, self._session = write, read, 0, b"", ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.requested: list[str] = []
        self.said: list[str] = []  # on the console, and what no script caught
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command of the protocol, and its result."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            found = self._message()
            if found.get("id") == self._last:
                assert "error" not in found, found
                return found["result"]
            what, about = found.get("method"), found.get("params", {})
            if what == "Network.requestWillBeSent":
                self.requested.append(about["request"]["url"])
            elif what in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.said.append(json.dumps(about))

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            assert select.select([self._read], [], [], PATIENCE)[0], "the browser is silent"
            read = os.read(self._read, 1 << 20)
            assert read, "the browser has ended"
            self._buffer += read
        text, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(text)

    def open(self, address: str, width: int = 1200, height: int = 900, dark: bool = False, touch: bool = False) -> None:
        """Show a page in a window of this size, once it is complete."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": touch}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Page.navigate", url=address)
        self.until("document.readyState === 'complete' && location.protocol.startsWith('http')")

    def value(self, script: str) -> Any:
        """What a script evaluates to on the page."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, script: str) -> None:
        """Wait until a script is true."""
        deadline = time.monotonic() + PATIENCE
        while not self.value(f"Boolean({script})"):
            assert time.monotonic() < deadline, f"never: {script}"
            time.sleep(0.05)

    def place(self, selector: str) -> dict[str, float]:
        """The middle of an element, after scrolling to it; a click finds it there once that is drawn."""
        script = f"""(async () => {{ const it = document.querySelector({json.dumps(selector)});
            it.scrollIntoView({{block: "center", behavior: "instant"}});
            await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
            const box = it.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()"""
        x, y = self.value(script)
        return {"x": x, "y": y}

    def point(self, selector: str) -> None:
        """Move the pointer to the middle of an element."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", **self.place(selector))

    def click(self, selector: str) -> None:
        """As with a mouse, in the middle of an element."""
        place = self.place(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)

    def screenshot(self, path: Path, selector: str = "body") -> None:
        """The whole of an element as PNG."""
        box = self.value(f"""(() => {{
            const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect();
            return [box.x + scrollX, box.y + scrollY, box.width, box.height]; }})()""")
        clip = dict(zip(("x", "y", "width", "height"), box, strict=True)) | {"scale": 1}
        found = self.call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(found["data"]))


@contextlib.contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser that was never here: its profile is this folder."""
    assert CHROMIUM is not None
    (to_it, write), (read, from_it) = os.pipe(), os.pipe()
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}"]
    places = ["bash", "-c", f'exec "$@" 3<&{to_it} 4>&{from_it}', "bash", *command]  # it takes these two numbers
    process = subprocess.Popen(places, pass_fds=(to_it, from_it), stderr=subprocess.DEVNULL)
    os.close(to_it)
    os.close(from_it)
    try:
        yield Browser(write, read)
    finally:
        os.close(write)  # it ends by itself
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(read)
