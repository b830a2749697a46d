"""Chromium, driven over its DevTools pipe: pages, real key presses, both colour schemes, any width."""

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ANSWER_S_MAX = 60.0
"""A browser answers in milliseconds; on a machine with ten times the work it can bear, in seconds."""

KEYS = {"Tab": ("Tab", 9, ""), "Enter": ("Enter", 13, "\r"), "Space": (" ", 32, " ")}

needs_chromium = pytest.mark.skipif(
    shutil.which("chromium") is None and "CI" not in os.environ, reason="no chromium: apt-get install chromium"
)


class Page:
    """The one page of a browser."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._buffer = b""
        self._number = 0
        self._session = ""
        target = self._say("Target.createTarget", {"url": "about:blank"})["targetId"]
        self._session = self._say("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        self._say("Page.enable")

    def open(self, url: str) -> None:
        """Go there; done when the page is complete."""
        self._say("Page.navigate", {"url": url})
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def looks(self, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """How wide the window is, and what colours its user prefers."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._say("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._say("Emulation.setEmulatedMedia", {"features": [scheme]})

    def ask(self, expression: str) -> Any:
        """What a piece of script comes to, a promise once it is kept."""
        said = {"expression": expression, "returnByValue": True, "awaitPromise": True}
        answer = self._say("Runtime.evaluate", said)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def until(self, expression: str) -> None:
        """Return when it is true; each question waits for the browser, nothing here sleeps."""
        ends_at = time.monotonic() + ANSWER_S_MAX
        while True:
            try:
                if self.ask(expression):
                    return
            except AssertionError:  # a page that is just being left has no answers
                pass
            assert time.monotonic() < ends_at, f"never true: {expression}"

    def press(self, key: str) -> None:
        """One key, down and up, as from a keyboard."""
        word, code, text = KEYS[key]
        told = {"key": word, "code": key, "windowsVirtualKeyCode": code, "nativeVirtualKeyCode": code}
        self._say("Input.dispatchKeyEvent", {"type": "keyDown", **told, **({"text": text} if text else {})})
        self._say("Input.dispatchKeyEvent", {"type": "keyUp", **told})

    def write(self, text: str) -> None:
        """Type into what has the focus."""
        self._say("Input.insertText", {"text": text})

    def picture(self) -> bytes:
        """The page as PNG."""
        return base64.b64decode(self._say("Page.captureScreenshot", {"captureBeyondViewport": True})["data"])

    def _say(self, method: str, params: Mapping[str, object] | None = None) -> dict[str, Any]:
        self._number += 1
        command = {"id": self._number, "method": method, "params": dict(params or {})}
        if self._session:
            command["sessionId"] = self._session
        os.write(self._to, json.dumps(command).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            read = os.read(self._from, 1 << 20)
            assert read, "the browser has ended"
            self._buffer += read
        one, _, self._buffer = self._buffer.partition(b"\0")
        answer: dict[str, Any] = json.loads(one)
        return answer


@contextmanager
def a_page(profile: Path) -> Iterator[Page]:
    """A browser that forgets everything at the end."""
    to_browser, from_us = os.pipe()[::-1], os.pipe()
    (writes, reads), (answers, says) = to_browser, from_us

    def wire() -> None:
        # The pipe is descriptors 3 and 4; higher ones first, in case ours have those numbers.
        for fd, place in ((os.dup(reads), 3), (os.dup(says), 4)):
            os.dup2(fd, place)

    options = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")
    browser = subprocess.Popen(
        ["chromium", *options, f"--user-data-dir={profile}", "--remote-debugging-pipe"],
        preexec_fn=wire,
        pass_fds=(3, 4, reads, says),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(reads)
    os.close(says)
    try:
        yield Page(writes, answers)
    finally:
        browser.terminate()
        browser.wait(30)
        os.close(writes)
        os.close(answers)
