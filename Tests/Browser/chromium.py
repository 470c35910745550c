"""Chromium without a window, driven by Selenium."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

# Not /usr/bin/chromium-headless-shell: that is a script which starts the browser as its child, and a driver that ends
# the script leaves the browser behind.
BINARY = "/usr/lib/chromium/chromium-headless-shell"
DRIVER = "/usr/bin/chromedriver"
# How long a condition may take on a busy machine. Nothing is slow on purpose.
PATIENCE = 60


@contextlib.contextmanager
def open_browser(*, javascript: bool = True, language: str = "en") -> Iterator[WebDriver]:
    """A browser with cookies of its own, which ends with the block."""
    options = webdriver.ChromeOptions()
    options.binary_location = BINARY
    for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"]:
        options.add_argument(argument)
    preferences: dict[str, Any] = {"intl.accept_languages": language}
    if not javascript:
        preferences["profile.managed_default_content_settings.javascript"] = 2
    options.add_experimental_option("prefs", preferences)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        driver.set_page_load_timeout(PATIENCE)
        yield driver
    finally:
        driver.quit()


def wait(driver: WebDriver, what: str, condition: Callable[[], Any]) -> Any:
    """The condition's value as soon as it is true. A page may change under the condition: then it is asked again."""
    try:
        return WebDriverWait(driver, PATIENCE, 0.02, [WebDriverException]).until(lambda _: condition())
    except TimeoutException:
        # The driver's own message is long and says nothing.
        raise AssertionError(f"not within {PATIENCE} s: {what}") from None


def command(driver: WebDriver, name: str, **parameters: Any) -> Any:
    """Sends a command of the Chrome DevTools Protocol."""
    return driver.execute_cdp_cmd(name, parameters)


def evaluate(driver: WebDriver, script: str) -> None:
    """Runs a script as the developer tools do: the page's content security policy stays as strict as it is."""
    answer = command(driver, "Runtime.evaluate", expression=script)
    assert "exceptionDetails" not in answer, answer["exceptionDetails"]


def set_theme(driver: WebDriver, theme: str) -> None:
    """Emulates a visitor who prefers `light` or `dark`."""
    command(driver, "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])


def set_size(driver: WebDriver, width: int, height: int = 800) -> None:
    """The size of the window in CSS pixels."""
    command(driver, "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)


def press_tab(driver: WebDriver) -> None:
    """Presses the tabulator key, as a keyboard does: a driver's `send_keys` would choose the element itself."""
    for kind in ["rawKeyDown", "keyUp"]:
        command(driver, "Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)


def complaints(driver: WebDriver) -> list[str]:
    """The errors that the browser has logged since the last call: of scripts, refusals of the content security policy,
    files that could not be loaded. Not its warnings, such as that of a date that does not exist."""
    entries = driver.get_log("browser")  # type: ignore[no-untyped-call]
    return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

