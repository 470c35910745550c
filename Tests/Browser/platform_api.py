"""What the platform's back end does: it calls the API with a service's token, and lets its visitors in."""

import contextlib
import json
import os
import pathlib
import sqlite3
import urllib.error
import urllib.request
from typing import Any

BASE = os.environ["BASE"]
FUND = 123
DATE = "2030-12-09"


def call(method: str, path: str, body: Any = None, **headers: str) -> Any:
    """The answer's JSON; raises `HTTPError` unless it is a success."""
    request = urllib.request.Request(
        BASE + path, None if body is None else json.dumps(body).encode(), method=method,
        headers={"Authorization": f"Bearer {os.environ['TOKEN']}", "Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def command(method: str, path: str, body: Any = None) -> Any:
    """Carries out a command: the operation, after it has ended."""
    operation = call(method, path, body, Prefer="wait=20")
    assert operation["status"] == "succeeded", operation
    return operation


def create(number: int, *, spots: int = 1, name: str = "Park", fund: int = FUND) -> str:
    """Publishes an application, and returns its path in the API."""
    command("POST", "/v1/applications", {
        "volunteer_application_id": number, "fund_id": fund, "available_spots": spots, "application_name": name,
        "application_description": "Bring gloves.", "application_date": DATE, "application_starttime": "14:00:00",
        "application_endtime": "18:00:00"})
    return f"/v1/applications/{number}"


def respond(volunteer: int, number: int, status: str = "accepted") -> None:
    """Responds for a volunteer, or takes the response back with `declined`."""
    command("POST", f"/v1/applications/{number}/responses", {"volunteer_id": volunteer, "status": status})


def response(volunteer: int, number: str | int) -> Any:
    """The volunteer's response to an application, or None."""
    try:
        return call("GET", f"/v1/applications/{number}/responses/{volunteer}")
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise


def entry(role: str, number: int, return_to: str | None = None) -> str:
    """A link that lets a `volunteer` or a `fund` in once."""
    body: dict[str, Any] = {f"{role}_id": number}
    if return_to is not None:
        body["return_to"] = return_to
    url: str = call("POST", "/v1/entries", body)["url"]
    return url


def open_streams() -> int:
    """How many live streams ApplicationService has open."""
    with urllib.request.urlopen(f"{os.environ['ADMIN']}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    return int(float(next(line.split()[-1] for line in lines if line.startswith("waitlist_http_streams "))))


def operations(volunteer: int, number: int) -> int:
    """How many operations the volunteer has begun about an application: no answer of the API tells it."""
    count = 0
    for file in pathlib.Path(os.environ["DATA"]).glob("*.sqlite"):
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            query = "SELECT count(*) FROM operation WHERE caller = ? AND application = ?"
            count += database.execute(query, (f"volunteer:{volunteer}", str(number))).fetchone()[0]
    return count
