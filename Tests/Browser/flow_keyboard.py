"""Responding and leaving with the keyboard alone."""

import platform_api
from chromium import press_tab
from selenium.webdriver.common.keys import Keys
from visitor import Visitor, response_button, visitor
from words import words

OUTLINE = """
const {outlineStyle, outlineWidth} = getComputedStyle(document.activeElement);
return outlineStyle === "none" ? 0 : parseFloat(outlineWidth);
"""
# No page has so many stops before its main action.
LIMIT = 40


def run() -> str:
    """Responds to a call, and leaves it again."""
    platform_api.create(501)
    with visitor("volunteer", 501, return_to="/applications/501") as person:
        stops = go_to(person, response_button("accepted"))
        enter(person)
        person.sees(words("states.confirmed.title"))
        go_to(person, "//main//summary")
        enter(person)
        go_to(person, response_button("declined"))
        enter(person)
        person.sees(words("states.declined.title"))
    return f"responded after {stops} stops, and left"


def go_to(person: Visitor, xpath: str) -> int:
    """Presses the tabulator key until the element has the focus, and shows it: the number of stops."""
    target = person.find(xpath)
    for stop in range(1, LIMIT):
        press_tab(person.driver)
        if person.driver.switch_to.active_element == target:
            assert person.driver.execute_script(OUTLINE) >= 2, f"{xpath} shows no focus"
            return stop
    raise AssertionError(f"the keyboard does not reach {xpath}")


def enter(person: Visitor) -> None:
    """Presses the Enter key."""
    person.driver.switch_to.active_element.send_keys(Keys.ENTER)
