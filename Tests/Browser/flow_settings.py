"""Choosing the language and the time zone of the page."""

import re

from visitor import visitor
from words import words

SAVE = '//main//form[.//*[@name="language"]]//button'


def run() -> str:
    """A volunteer mistypes the time zone, then chooses Russian."""
    with visitor("volunteer", 601, javascript=False, return_to="/settings") as person:
        person.sees(words("account.settings.title"))
        person.fill("time_zone", "Europe/Moskow")
        person.press(SAVE)
        person.sees(words("form.summary"))
        assert person.value("time_zone") == "Europe/Moskow", "what was typed is not kept"
        person.fill("time_zone", "Europe/Moscow")
        person.choose("language", "ru")
        person.press(SAVE)
        for path in ["/", "/mine", "/mine/messages"]:
            person.open(path)
            language = person.driver.find_element("tag name", "html").get_attribute("lang")
            assert language == "ru" and re.search("[а-яё]", person.text), f"{path} is in {language}"
    return "a mistyped zone is explained, and the page speaks Russian"
