"""The story of a call: it is published, filled, changed and cancelled, with three volunteers and a waiting list."""

import csv
import io
import re
import urllib.request

import platform_api
from visitor import Visitor, visitor
from words import words

CONFIRMED = words("states.confirmed.title")
FIRST = words("states.waitingFirst.title")
SECOND = words("states.waiting.title", position=2)
AHEAD = words("states.waiting.text")
OFFERED = words("states.offered.title")
NOT_CHOSEN = words("states.notChosen.title")
STAYS_FIRST = words("states.stayingFirst")
DECLINED = words("states.declined.title")
DETAILS = "Apples & pears <all day>"
REASON = "A driver's licence is required"
CANCEL_REASON = "A storm is coming"


def run(javascript: bool, first: int) -> str:
    """Plays the story with volunteers whose numbers begin at `first`, and a fund of the same number."""
    with (visitor("fund", first, name="the fund", javascript=javascript) as fund,
          visitor("volunteer", first, name="A", javascript=javascript) as a,
          visitor("volunteer", first + 1, name="B", javascript=javascript) as b,
          visitor("volunteer", first + 2, name="C", javascript=javascript) as c):
        call = publish(fund, f"Orchard {first}")
        fund.open(f"/calls/{call}/people")
        line_up(call, f"Orchard {first}", a, b, c)
        fund.sees(listed(a, "confirmed"), listed(b, "waiting"), listed(c, "waiting"))
        move_up(call, a, b, c)
        fund.sees(listed(a, "declined"), listed(b, "confirmed"), listed(c, "waiting"))
        enlarge(fund, call, c)
        remove(fund, call, b)
        download(fund, call, a, b, c)
        cancel(fund, call, a, b, c)
    return "a call was published, filled, enlarged and cancelled"


def publish(fund: Visitor, name: str) -> str:
    """Publishes a call with one spot, at the second attempt: its number."""
    assert fund.path == "/calls", fund.path
    fund.follow("/calls/new")
    typed = {
        "name": name, "details": DETAILS, "date": platform_api.DATE, "start": "14:00", "end": "18:00",
        "time_zone": "Europe/Nowhere", "spots": "1"}
    for field, value in typed.items():
        fund.fill(field, value)
    fund.press('//main//form[@method="post"]//button')
    fund.sees(words("form.summary"))
    zone = fund.find('//main//*[@name="time_zone"]')
    assert zone.get_attribute("aria-invalid") == "true", "the wrong field is not marked"
    description = fund.driver.execute_script(
        "return arguments[0].getAttribute('aria-describedby').split(' ').map((id) => document.getElementById(id)"
        ".textContent).join(' ')", zone)
    assert re.search(words("form.errors.unknown_zone"), description), description
    kept = {field: fund.value(field) for field in typed}
    assert kept == typed, kept
    fund.fill("time_zone", "Europe/Berlin")
    fund.press('//main//form[@method="post"]//button')
    match = re.fullmatch(r"/calls/([^/]+)", fund.path)
    assert match and match[1] != "new", f"{fund.path}: {fund.text}"
    fund.sees(re.escape(name))
    return match[1]


def listed(person: Visitor, state: str) -> str:
    """The row of a volunteer in the fund's list."""
    return rf"\b{person.number} {words(f'fund.states.{state}')}"


def line_up(call: str, name: str, a: Visitor, b: Visitor, c: Visitor) -> None:
    """The first volunteer finds the call in the list and gets the spot, the others wait in line."""
    a.open("/")
    a.sees(re.escape(name))
    a.follow(f"/applications/{call}")
    a.sees(re.escape(DETAILS))
    a.press_response("accepted")
    a.sees(CONFIRMED)
    for person in [b, c]:
        person.open(f"/applications/{call}")
        person.press_response("accepted")
    b.sees(FIRST)
    c.sees(SECOND, AHEAD)


def move_up(call: str, a: Visitor, b: Visitor, c: Visitor) -> None:
    """The first volunteer leaves; the spot is offered to the others, of whom the second accepts it first; the third moves
    up. The pages of the others change without a click."""
    a.press_response("declined")
    a.sees(DECLINED)
    b.sees(OFFERED)
    c.sees(OFFERED)
    b.press_response("accepted")
    b.sees(CONFIRMED)
    c.sees(NOT_CHOSEN, STAYS_FIRST)
    states = [platform_api.response(person.number, call)["state"] for person in [a, b, c]]
    assert states == ["declined", "confirmed", "waiting"], states


def enlarge(fund: Visitor, call: str, c: Visitor) -> None:
    """The fund reads what a change will do before it makes it; those who wait are offered the new spots."""
    fund.open(f"/calls/{call}")
    fund.fill("spots", "3")
    fund.press('//main//form[@method="post"][.//*[@name="spots"]]//button')
    assert spots(call) == 1, "the call was changed before the fund confirmed it"
    fund.sees(words("fund.review.offered.one") + "|" + words("fund.review.offered.other"))
    fund.press('//main//form[.//input[@name="confirmed"]]//button')
    assert spots(call) == 3, fund.text
    c.sees(OFFERED)
    c.press_response("accepted")
    c.sees(CONFIRMED)


def spots(call: str) -> int:
    """How many spots the call has."""
    count: int = platform_api.call("GET", f"/v1/applications/{call}")["available_spots"]
    return count


def remove(fund: Visitor, call: str, b: Visitor) -> None:
    """The fund removes somebody, who reads why on the page of the call and in the messages."""
    fund.open(f"/calls/{call}/people")
    fund.follow(f"/calls/{call}/people/{b.number}")
    fund.fill("reason", REASON)
    fund.press('//main//form[.//*[@name="reason"]]//button')
    b.sees(words("states.removedBecause.title"), re.escape(REASON))
    b.open("/mine/messages")
    b.sees(re.escape(REASON))


def download(fund: Visitor, call: str, a: Visitor, b: Visitor, c: Visitor) -> None:
    """The list of people, as a table for other programs."""
    fund.open(f"/calls/{call}/people")
    address = fund.find(f'//a[contains(@href, "/calls/{call}/people.csv")]').get_attribute("href")
    assert address is not None
    request = urllib.request.Request(address, headers={"Cookie": fund.session})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.headers["Content-Type"].startswith("text/csv"), answer.headers["Content-Type"]
        assert answer.headers["Content-Disposition"].startswith("attachment"), answer.headers["Content-Disposition"]
        rows = list(csv.DictReader(io.StringIO(answer.read().decode("utf-8-sig"), newline="")))
    found = {row["volunteer_id"]: row["state"] for row in rows}
    assert found == {str(a.number): "declined", str(b.number): "declined", str(c.number): "confirmed"}, found


def cancel(fund: Visitor, call: str, a: Visitor, b: Visitor, c: Visitor) -> None:
    """The fund cancels the call, and everybody's page says so."""
    for person in [a, b, c]:
        person.open(f"/applications/{call}")
    fund.open(f"/calls/{call}")
    fund.follow(f"/calls/{call}/cancellation")
    fund.sees(words("fund.groups.confirmed", n=1))
    fund.fill("reason", CANCEL_REASON)
    fund.press('//main//form[.//*[@name="reason"]]//button')
    fund.sees(words("fund.call.cancelled"), re.escape(CANCEL_REASON))
    for person in [a, b, c]:
        person.sees(words("states.cancelledBecause.badge"), re.escape(CANCEL_REASON))
    c.open("/mine/messages")
    c.sees(re.escape(CANCEL_REASON))
