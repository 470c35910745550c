"""A person at a browser."""

import contextlib
import os
import pathlib
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

import platform_api
from chromium import open_browser, wait

HAS_SUBMITTED = "return document.readyState === 'complete' && !window.isBeforeSubmission"


class Visitor:
    """Somebody who is signed in, in a browser of their own."""

    def __init__(self, driver: WebDriver, name: str, number: int, *, javascript: bool) -> None:
        self.driver = driver
        self.name = name
        self.number = number
        self.javascript = javascript

    # --- Going somewhere

    def open(self, path: str) -> None:
        """Types an address of the page."""
        self.driver.get(platform_api.BASE + path)

    @property
    def path(self) -> str:
        """The path of the address, without its query."""
        return urllib.parse.urlsplit(self.driver.current_url).path

    def follow(self, path: str) -> None:
        """Clicks the link with this address."""
        self._submit(self.find(f'//a[@href="{path}"]'))

    # --- Reading

    @property
    def text(self) -> str:
        """What the page shows, on one line."""
        return " ".join(self.driver.find_element(By.TAG_NAME, "main").text.split())

    def find(self, xpath: str) -> WebElement:
        """The first visible element, as soon as there is one."""
        def visible() -> WebElement | None:
            return next((each for each in self.driver.find_elements(By.XPATH, xpath) if each.is_displayed()), None)
        try:
            found: WebElement = wait(self.driver, xpath, visible)
        except AssertionError:
            raise AssertionError(f"{self.name} finds no {xpath} at {self.path}: {self.text}") from None
        return found

    def sees(self, *patterns: str) -> None:
        """Waits until the page shows all of this, whatever the case of its letters. With JavaScript the page changes of
        itself; without it, the person reloads."""
        def shown() -> bool:
            return all(re.search(pattern, self.text, re.IGNORECASE) for pattern in patterns)

        def reloaded() -> bool:
            if shown():
                return True
            self.driver.refresh()
            return shown()
        try:
            wait(self.driver, "", shown if self.javascript else reloaded)
        except AssertionError:
            raise AssertionError(f"{self.name} at {self.path} does not see {patterns}: {self.text}") from None

    # --- Acting

    def press(self, xpath: str) -> None:
        """Clicks a button, and waits for the page that it leads to."""
        self._submit(self.find(xpath))

    def press_response(self, status: str) -> None:
        """Presses the button that accepts (a call or an offer) or declines, after what the page says about that."""
        button = response_button(status)
        if not any(each.is_displayed() for each in self.driver.find_elements(By.XPATH, button)):
            self.find("//main//summary").click()
        self.press(button)

    def double_click(self, xpath: str) -> None:
        """Clicks a button twice, as quickly as a finger that trembles."""
        self.find(xpath)
        ActionChains(self.driver).double_click(self.find(xpath)).perform()

    def fill(self, name: str, value: str) -> None:
        """Types into a field of a form instead of what it contains."""
        field = self.find(f'//main//*[@name="{name}"]')
        # What is typed into these fields depends on the browser's language, so the value is set.
        if field.get_attribute("type") in ("date", "time"):
            self.driver.execute_script("arguments[0].value = arguments[1]", field, value)
        else:
            field.clear()
            field.send_keys(value)

    def choose(self, name: str, value: str) -> None:
        """Chooses an option of a field."""
        Select(self.find(f'//main//select[@name="{name}"]')).select_by_value(value)

    def value(self, name: str) -> str:
        """What a field of a form contains."""
        return self.find(f'//main//*[@name="{name}"]').get_attribute("value") or ""

    def form(self, button: str) -> dict[str, str]:
        """The fields that a button sends, by their names."""
        form = self.find(f"({button})/ancestor::form")
        fields: dict[str, str] = self.driver.execute_script(
            "return Object.fromEntries(new FormData(arguments[0]))", form)
        return fields

    def send(self, path: str, fields: dict[str, str]) -> str:
        """Sends a form as this browser would, without showing the answer: the address to which it leads."""
        request = urllib.request.Request(
            platform_api.BASE + path, urllib.parse.urlencode(fields).encode(),
            headers={"Cookie": self.session, "Sec-Fetch-Site": "same-origin", "Accept": "text/html"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            address: str = answer.url
        return address

    @property
    def session(self) -> str:
        """The field `Cookie` of this visitor's requests."""
        cookie = self.driver.get_cookie("__Host-session")
        assert cookie is not None, f"{self.name} has no session"
        return f"{cookie['name']}={cookie['value']}"

    def _submit(self, element: WebElement) -> None:
        # A new document does not have the mark.
        self.driver.execute_script("window.isBeforeSubmission = true")
        element.click()
        wait(self.driver, f"{self.name} comes to another page", lambda: self.driver.execute_script(HAS_SUBMITTED))


def response_button(status: str) -> str:
    """The XPath of the button that responds to a call with this status, in either way of writing such a form."""
    return (f'//button[@name="status"][@value="{status}"]'
            f' | //form[.//input[@name="status"][@value="{status}"]]//button')


@contextlib.contextmanager
def visitor(role: str, number: int, *, name: str = "", javascript: bool = True, return_to: str | None = None
            ) -> Iterator[Visitor]:
    """Somebody whom the platform lets in, in a browser of their own."""
    with open_browser(javascript=javascript) as driver:
        person = Visitor(driver, name or f"{role} {number}", number, javascript=javascript)
        driver.get(platform_api.entry(role, number, return_to))
        try:
            yield person
        except Exception:
            name = re.sub(r"\W+", "-", f"failed {person.name} at {person.path}")
            driver.save_screenshot(str(pathlib.Path(os.environ["SCREENSHOTS"]) / f"{name}.png"))
            raise
