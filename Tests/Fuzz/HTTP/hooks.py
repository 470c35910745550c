"""Rules of the HTTP API that OpenAPI cannot express."""

import hashlib

import schemathesis
from hypothesis import strategies as st
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import EnsureResourceAvailability, RejectedPositiveData, UseAfterFree

# The length of an id is limited in bytes. It contains no control characters (there are 65), `*` or `#`.
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
    """Adapts a request to the current state."""
    headers, query = case.headers or {}, case.query or {}
    # A key belongs to one request: a valid key is made unique per body, and the same for the same body.
    key = headers.get("Idempotency-Key")
    if isinstance(key, str) and is_valid(case, ParameterLocation.HEADER):
        body = hashlib.sha256(repr(case.body).encode(errors="replace")).hexdigest()[:16]
        headers["Idempotency-Key"] = f"{body}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
    # The server did not issue this cursor: it is sent sometimes, to be refused, and mostly left out, to get a page.
    cursor = query.get("cursor")
    if isinstance(cursor, str) and is_valid(case, ParameterLocation.QUERY) and len(cursor) % 4:
        del query["cursor"]


def is_valid(case, place):
    """Whether this part of the request conforms to the document."""
    return case.meta is not None and not case.meta.is_negative_at(place)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """False for a response that a check reports as a failure but that the contract requires."""
    return not is_required(failure, case, problem(response))


def is_required(failure, case, problem):
    match failure:
        # Only a cursor from an earlier response is valid; any other is malformed. And the host of a callback must exist.
        case RejectedPositiveData():
            is_foreign_cursor = problem.get("code") == "malformed" and "cursor" in (case.query or {})
            return is_foreign_cursor or problem.get("code") == "callback_url_refused"
        # DELETE cancels: the application remains visible.
        case UseAfterFree():
            return True
        # A volunteer who declines without having accepted leaves no response.
        case EnsureResourceAvailability():
            return case.operation.definition.raw.get("operationId") == "getResponse"
    return False


def problem(response):
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
