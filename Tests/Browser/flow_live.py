"""What the live stream changes on a page while somebody uses it, in one tab and in ten, and how quickly."""

import concurrent.futures
import re
import statistics
import time

import platform_api
from chromium import wait
from visitor import Visitor, response_button, visitor
from words import words

WAITING = words("states.waiting.title", position=2)
FIRST = words("states.waitingFirst.title")
TABS = 10
CHANGES = 30
# Changes that follow each other more quickly are gathered, by the stream and by the page.
PAUSE = 1.2
# Notes the time of each change of the page's heading, which is the name of the call.
CLOCK = """
window.seen = {};
new MutationObserver(() => { seen[document.querySelector("h1").textContent.trim()] ??= Date.now(); })
  .observe(document.body, {subtree: true, childList: true, characterData: true});
"""


def focus() -> str:
    """The focus stays where it is when the page changes under it."""
    platform_api.create(301)
    for volunteer in [3010, 3011, 3012]:
        platform_api.respond(volunteer, 301)
    with visitor("volunteer", 3012, return_to="/applications/301") as person:
        person.sees(WAITING)
        summary = person.find("//main//summary")
        person.driver.execute_script("arguments[0].focus()", summary)
        before = focused(person)
        platform_api.respond(3011, 301, "declined")
        person.sees(FIRST)
        assert focused(person) == before != "", f"the focus moved from {before} to {focused(person)}"
        news = person.driver.find_element("xpath", '//*[@role="status"]').get_attribute("textContent") or ""
        assert re.search(FIRST, news), f"announced: {news}"
    return f"stayed on \"{before}\", and \"{news.strip()}\" was announced"


def focused(person: Visitor) -> str:
    """The text of the element that has the focus; empty for the page itself."""
    text: str = person.driver.execute_script(
        "return document.activeElement === document.body ? '' : document.activeElement.textContent.trim()")
    return text


def tabs() -> str:
    """Ten tabs of a browser share one stream, and all of them follow."""
    platform_api.create(302)
    for volunteer in [3020, 3021, 3022]:
        platform_api.respond(volunteer, 302)
    before = platform_api.open_streams()
    with visitor("volunteer", 3022, return_to="/applications/302") as person:
        for _ in range(TABS - 1):
            person.driver.switch_to.new_window("tab")
            person.open("/applications/302")
        wait(person.driver, "a stream is open", lambda: platform_api.open_streams() > before)
        platform_api.respond(3021, 302, "declined")
        handles = person.driver.window_handles
        assert len(handles) == TABS, handles
        for handle in handles:
            person.driver.switch_to.window(handle)
            person.sees(FIRST)
        streams = platform_api.open_streams() - before
        assert streams == 1, f"{streams} streams are open"
        # The stream belongs to a tab; when that is closed, another takes it over.
        person.driver.switch_to.window(handles[0])
        person.driver.close()
        person.driver.switch_to.window(handles[-1])
        wait(person.driver, "a stream is open again", lambda: platform_api.open_streams() > before)
        platform_api.command("PATCH", "/v1/applications/302", {"application_name": "Forest"})
        person.sees("Forest")
    return f"{TABS} tabs followed over 1 stream, and the others went on when the first was closed"


def latency() -> str:
    """How long it takes from a command to the change on another's screen. Nothing is asserted about the times."""
    platform_api.create(305, name="Before")
    times = []
    with visitor("volunteer", 305, return_to="/applications/305") as person:
        person.driver.execute_script(CLOCK)
        wait(person.driver, "a stream is open", lambda: platform_api.open_streams() > 0)
        for change in range(CHANGES):
            time.sleep(PAUSE)
            begin = time.time()
            platform_api.command("PATCH", "/v1/applications/305", {"application_name": f"After {change}"})
            times.append(time_of(person, f"After {change}") - 1000 * begin)
    times.sort()
    return (f"from a command to another's screen: p50 {statistics.median(times):.0f} ms, "
            f"p95 {times[round(0.95 * len(times)) - 1]:.0f} ms, {len(times)} changes")


def time_of(person: Visitor, name: str) -> float:
    """When the page showed the name as its heading, in milliseconds since 1970. Waits for it."""
    return float(wait(person.driver, f"{name} is shown", lambda: person.driver.execute_script(
        "return seen[arguments[0]]", name)))


def double_click() -> str:
    """A double click is one operation, also in a browser that sends the form twice."""
    click_twice(303, javascript=True)
    click_twice(304, javascript=False)
    return "a form is one operation, however often it is sent, with and without JavaScript"


def click_twice(number: int, *, javascript: bool) -> None:
    """Publishes a call, to which the volunteer of the same number responds."""
    platform_api.create(number)
    path = f"/applications/{number}"
    with visitor("volunteer", number, javascript=javascript, return_to=path) as person:
        fields = person.form(response_button("accepted"))
        person.double_click(response_button("accepted"))
        person.sees(words("states.confirmed.title"))
        assert platform_api.operations(number, number) == 1, "a double click is several operations"
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(lambda _: person.send(f"{path}/response", fields), range(4)))
        assert platform_api.operations(number, number) == 1, "a form that is sent again is another operation"
        # The count can see another operation.
        person.send(f"{path}/response", {**fields, "key": fields["key"] + "x"})
        assert platform_api.operations(number, number) == 2, "another form is no operation"
