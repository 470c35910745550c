"""Several browsers that share the work, so that no core is idle."""

import concurrent.futures
import contextlib
import os
import queue
from collections.abc import Callable, Iterable
from typing import TypeVar

from selenium.webdriver.chrome.webdriver import WebDriver

from chromium import open_browser

Item = TypeVar("Item")


class BrowserPool:
    """A browser for each core, at most two, for as long as a `with` block runs."""

    def __init__(self) -> None:
        self._resources = contextlib.ExitStack()
        self._idle: queue.SimpleQueue[WebDriver] = queue.SimpleQueue()

    def __enter__(self) -> "BrowserPool":
        with contextlib.ExitStack() as resources:
            count = min(2, os.cpu_count() or 1)
            for _ in range(count):
                self._idle.put(resources.enter_context(open_browser()))
            self._threads = resources.enter_context(concurrent.futures.ThreadPoolExecutor(count))
            self._resources = resources.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    def faults(self, check: Callable[[WebDriver, Item], list[str]], items: Iterable[Item]) -> list[str]:
        """What the check finds in all items, in their order."""
        return [fault for found in self._threads.map(lambda item: self._run(check, item), items) for fault in found]

    def _run(self, check: Callable[[WebDriver, Item], list[str]], item: Item) -> list[str]:
        driver = self._idle.get()
        try:
            return check(driver, item)
        finally:
            self._idle.put(driver)
