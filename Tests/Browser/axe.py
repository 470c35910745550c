"""Judges the page that a browser shows by the rules of axe."""

import importlib.util
import pathlib

from selenium.webdriver.chrome.webdriver import WebDriver

from chromium import evaluate

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def _source() -> str:
    # The package is installed only for this file. Its Python code needs another driver.
    package = importlib.util.find_spec("axe_playwright_python")
    assert package is not None and package.origin is not None, "axe-playwright-python is not installed"
    return (pathlib.Path(package.origin).parent / "axe.min.js").read_text(encoding="utf-8")


SOURCE = _source()
RUN = """
const [rules, done] = arguments;
const listed = (results) => results.flatMap(({id, nodes}) =>
  nodes.map(({target, any, all, none}) => `${id}: ${target.join(" ")}: ` +
    [...any, ...all, ...none].map(({message}) => message).join("; ")));
axe.run(document, {runOnly: {type: "tag", values: rules}, resultTypes: ["violations", "incomplete"]}).then(
  ({violations, incomplete, passes}) =>
    done({violations: listed(violations), incomplete: listed(incomplete), passes: passes.length}),
  (error) => done({violations: ["axe failed: " + error], incomplete: [], passes: 0}));
"""


def load_axe(driver: WebDriver) -> None:
    """Loads axe into the page that the browser shows."""
    evaluate(driver, SOURCE)


def faults(driver: WebDriver) -> list[str]:
    """What axe finds in the page as it is now, and what it cannot decide. Needs `load_axe`."""
    result = driver.execute_async_script(RUN, RULES)
    found: list[str] = result["violations"] + [f"undecided: {fault}" for fault in result["incomplete"]]
    return found if result["passes"] else [*found, "axe checked nothing"]
