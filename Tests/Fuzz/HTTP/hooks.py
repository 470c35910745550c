"""What the contract says of the HTTP door and OpenAPI has no words for."""

import hashlib

import schemathesis
from hypothesis import strategies as st
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import EnsureResourceAvailability, RejectedPositiveData, UseAfterFree

# The limit of an id is in bytes. Control characters, of which there are 65, `*` and `#` do not belong in one.
schemathesis.openapi.format(
    "waiting-list-id",
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="*#"), min_size=1)
    .filter(lambda text: len(text.encode()) <= 128),
)
schemathesis.openapi.format(
    "iana-time-zone", st.sampled_from(["UTC", "Europe/Moscow", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia"])
)


@schemathesis.hook
def before_call(context, case, kwargs):
    """What only the moment knows."""
    headers, query = case.headers or {}, case.query or {}
    # A key is for one request: where it is a good one, it becomes another for each body, and the same for the same.
    key = headers.get("Idempotency-Key")
    if isinstance(key, str) and is_good(case, ParameterLocation.HEADER):
        body = hashlib.sha256(repr(case.body).encode(errors="replace")).hexdigest()[:16]
        headers["Idempotency-Key"] = f"{body}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
    # Nobody gave this cursor: it is sent now and then, to be refused, and mostly left out, for there to be a page.
    cursor = query.get("cursor")
    if isinstance(cursor, str) and is_good(case, ParameterLocation.QUERY) and len(cursor) % 4:
        del query["cursor"]


def is_good(case, place):
    """Whether all that is said there is as the document wants it."""
    return case.meta is not None and not case.meta.is_negative_at(place)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """False for what a check takes for a failure and the contract for the right answer."""
    return not is_right(failure, case, problem(response))


def is_right(failure, case, problem):
    match failure:
        # A cursor is good only if an answer gave it: any other is malformed.
        case RejectedPositiveData():
            return problem.get("code") == "malformed" and "cursor" in (case.query or {})
        # DELETE cancels: the application stays, for all whom it concerned.
        case UseAfterFree():
            return True
        # Who declines without having accepted leaves no response.
        case EnsureResourceAvailability():
            return case.operation.definition.raw.get("operationId") == "getResponse"
    return False


def problem(response):
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
