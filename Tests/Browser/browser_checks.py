"""Checks of a page as a browser shows it: axe, narrow windows, large text, the keyboard, and what the browser logs."""

from selenium.webdriver.chrome.webdriver import WebDriver

import axe
from chromium import command, complaints, evaluate, press_tab, set_size, set_theme

PHONE = 360
DESKTOP = 1280
# The narrowest window without horizontal scrolling (WCAG 1.4.10).
NARROW = 320
# A browser's own size of text, in pixels, and twice that (WCAG 1.4.4).
TEXT = 16
LARGE_TEXT = 32
# What can be pressed is at least that high, in CSS pixels.
TARGET = 44

OVERFLOW = """
const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
if (wide <= 0) return null;
const out = [...document.body.querySelectorAll("*")].filter((element) =>
  element.checkVisibility() && element.getBoundingClientRect().right > document.documentElement.clientWidth + 1);
const name = (element) => element.tagName.toLowerCase() + (element.className ? "." + element.className : "");
return `${wide} px wider than the window: ${out.slice(-3).map(name).join(", ")}`;
"""

CONTROLS = """
const isStop = (element) => element.tabIndex >= 0 && !element.disabled && element.type !== "hidden" &&
  element.checkVisibility({visibilityProperty: true});
window.controls = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter(isStop);
"""
# Each stop of the focus is recorded with how it is shown.
FOLLOW_FOCUS = CONTROLS + """
window.stops = new Map();
document.activeElement.blur();
addEventListener("focusin", ({target}) => {
  const {outlineStyle, outlineWidth, outlineColor} = getComputedStyle(target);
  const isClear = /^rgba\\(.*, 0\\)$/.test(outlineColor);
  stops.set(target, outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && !isClear);
});
"""
UNREACHED = """
const name = (element) => `${element.tagName.toLowerCase()} ${element.name ?? ""} ` +
  `"${(element.textContent || element.value || "").trim().slice(0, 30)}"`;
const isReached = (element) => stops.has(element) ||
  (element.type === "radio" && controls.some((other) => other.name === element.name && stops.has(other)));
return [
  ...controls.filter((element) => !isReached(element)).map((element) => `${name(element)} cannot be reached`),
  ...[...stops].filter(([, isShown]) => !isShown).map(([element]) => `${name(element)} shows no focus`)];
"""
# All buttons that are shown must be reached, also those that no one can reach by their own markup.
COUNT = """
return [controls.length, [...document.querySelectorAll("button")].filter((button) =>
  !button.disabled && button.checkVisibility() && button.tabIndex < 0).map((button) => button.textContent.trim())];
"""
SMALL = """
const isBox = (element) => !["checkbox", "radio", "hidden"].includes(element.type);
return [...document.querySelectorAll("button, input, select, textarea")]
  .filter((element) => element.checkVisibility() && isBox(element))
  .map((element) => [element.getBoundingClientRect().height, element.name || element.textContent.trim()])
  .filter(([height]) => height < arguments[0])
  .map(([height, name]) => `"${name}" is ${Math.round(height)} px high`);
"""
SHOWN = """
return [...document.querySelectorAll("[hidden]")].filter((element) => element.checkVisibility())
  .map((element) => `"${element.textContent.trim()}" is shown`);
"""


def axe_faults(driver: WebDriver) -> list[str]:
    """What axe finds at the size of a phone in the light theme, and at that of a desktop in the dark one and the light
    one: colours differ by theme, and tables by size."""
    axe.load_axe(driver)
    faults = []
    for theme, width in [("light", PHONE), ("light", DESKTOP), ("dark", DESKTOP)]:
        set_theme(driver, theme)
        set_size(driver, width)
        faults += [f"axe ({theme}, {width} px): {fault}" for fault in axe.faults(driver)]
    set_theme(driver, "light")
    return faults


def reflow_faults(driver: WebDriver) -> list[str]:
    """Whether the page must be scrolled sideways in a narrow window, or with text of twice the size."""
    faults = []
    set_size(driver, NARROW)
    if wide := driver.execute_script(OVERFLOW):
        faults.append(f"reflow ({NARROW} px): {wide}")
    small = driver.execute_script("return parseFloat(getComputedStyle(document.body).fontSize)")
    _set_text(driver, LARGE_TEXT)
    try:
        for width in [PHONE, DESKTOP]:
            set_size(driver, width)
            if wide := driver.execute_script(OVERFLOW):
                faults.append(f"reflow ({width} px, text of 200 %): {wide}")
        large = driver.execute_script("return parseFloat(getComputedStyle(document.body).fontSize)")
        if large < 2 * small:
            faults.append(f"reflow: text of {small} px becomes {large} px when the browser's own is doubled")
    finally:
        _set_text(driver, TEXT)
    return faults


def _set_text(driver: WebDriver, size: int) -> None:
    command(driver, "Page.setFontSizes", fontSizes={"standard": size, "fixed": size})


def keyboard_faults(driver: WebDriver) -> list[str]:
    """Whether the tabulator key reaches everything that can be pressed or typed into, and shows where the focus is; and
    whether that is large enough for a finger."""
    set_size(driver, PHONE)
    evaluate(driver, FOLLOW_FOCUS)
    count, hidden = driver.execute_script(COUNT)
    # A field for a date or a time has several stops, so there are more than controls.
    faults = [f"keyboard: button \"{name}\" is not a stop" for name in hidden]
    unreached: list[str] = []
    for _ in range(8):
        for _ in range(count):
            press_tab(driver)
        unreached = driver.execute_script(UNREACHED)
        if not any(fault.endswith("cannot be reached") for fault in unreached):
            break
    faults += [f"keyboard: {fault}" for fault in unreached]
    return faults + [f"target: {fault}" for fault in driver.execute_script(SMALL, TARGET)]


def open_page(driver: WebDriver, address: str) -> None:
    """Opens the page for its checks, and forgets what the browser has logged before."""
    complaints(driver)
    driver.get(address)


def browser_faults(driver: WebDriver) -> list[str]:
    """Checks everything that a browser can tell about the page that it has opened with `open_page`."""
    faults = [f"hidden: {fault}" for fault in driver.execute_script(SHOWN)]
    faults += axe_faults(driver) + reflow_faults(driver) + keyboard_faults(driver)
    return faults + [f"log: {complaint}" for complaint in complaints(driver)]
