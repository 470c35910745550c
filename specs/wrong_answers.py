"""Self-check of validate_http.py: invalid responses that it must reject before it validates any recording.

Responses are made from the document's own examples, which must be accepted unchanged.
"""

import copy
import json

from validate import ABSENT, parse

# Single mutations of a response: of the `202` of a volunteer who was confirmed at once,
ACCEPTED = {
    "a status that is not described": {"status": 201},
    "a path that is not described": {"path": "/v1/application/456/responses"},
    "a path of another operation": {"path": "/v1/applications"},
    "a method that is not described": {"method": "PUT"},
    "HEAD with a body": {"method": "HEAD", "path": "/v1/applications", "status": 200},
    "no X-Request-Id": {"headers": {"X-Request-Id": ABSENT}},
    "no Location": {"headers": {"Location": ABSENT}},
    "a Location of nothing": {"headers": {"Location": "/v1/operations/1"}},
    "a Location of another operation": {"headers": {"Location": "/v1/operations/p00-" + 32 * "0"}},
    "no Retry-After": {"headers": {"Retry-After": ABSENT}},
    "a Retry-After that is a date": {"headers": {"Retry-After": "Sat, 21 Nov 2026 09:30:00 GMT"}},
    "a bad Idempotent-Replayed": {"headers": {"Idempotent-Replayed": "yes"}},
    "no media type": {"headers": {"Content-Type": ABSENT}},
    "another media type": {"headers": {"Content-Type": "text/html"}},
    "an unknown kind": {"body": {"kind": "nonsense"}},
    "the kind of another command": {"body": {"kind": "create_volunteer_application"}},
    "an id of no operation": {"body": {"id": "456"}},
    "a time without a zone": {"body": {"created_at": "2026-11-21T09:30:00"}},
    "a missing field": {"body": {"updated_at": ABSENT}},
    "a field too many": {"body": {"callback": {}}},
    "success without a result": {"body": {"result": ABSENT}},
    "a result before the end": {"body": {"status": "pending"}},
    "the result of another command": {"body": {"result": {"volunteer_application_id": 456}}},
    "a position of a volunteer who is not waiting": {"body": {"result": {"outcome": "confirmed", "position": 1}}},
}
# of the operation of a volunteer who is pending,
POLLED = {
    "no ETag": {"headers": {"ETag": ABSENT}},
    "a weak ETag": {"headers": {"ETag": 'W/"1"'}},
    "no Cache-Control": {"headers": {"Cache-Control": ABSENT}},
    "a Retry-After that is none of the steps": {"headers": {"Retry-After": "3"}},
    "no Retry-After while it runs": {"headers": {"Retry-After": ABSENT}},
    "a longer wait than there is": {"headers": {"Preference-Applied": "wait=21"}},
    "another operation": {"path": "/v1/operations/p00-" + 32 * "0"},
    "a Retry-After when it has ended": {"body": {"status": "succeeded", "result": {"outcome": "declined"}}},
    "failure without an error": {"body": {"status": "failed"}},
    "304 with a body": {"status": 304},
}
# of a volunteer who holds an offer,
WAITING = {
    "a number that is written as a string": {"body": {"volunteer_id": "1011"}},
    "an id that is too long": {"body": {"volunteer_id": 65 * "я"}},
    "a position of a confirmed volunteer": {"body": {"state": "confirmed", "offer_expires_at": ABSENT}},
    "an offer of a volunteer who declined": {"body": {"state": "declined", "position": ABSENT}},
    "the place 0": {"body": {"position": 0}},
}
# and of a `422`.
PROBLEM = {
    "a problem as application/json": {"headers": {"Content-Type": "application/json"}},
    "the problem of another status": {"status": 409},
    "an unknown code": {"body": {"code": "nonsense"}},
    "the type of another code": {"body": {"type": "urn:waiting-list:problem:malformed"}},
    "the status of another code": {"body": {"status": 400}},
    "a problem that does not belong there": {
        "body": {"code": "not_found", "status": 404, "type": "urn:waiting-list:problem:not_found"},
    },
    "no detail": {"body": {"detail": ABSENT}},
    "validation without errors": {"body": {"errors": ABSENT}},
    "an error without a place": {"body": {"errors": [{"code": "bad_value", "detail": "must be real"}]}},
    "a place that is no pointer": {"body": {"errors": [{"pointer": "a", "code": "bad_value", "detail": "must be"}]}},
    "an unknown code of a field": {"body": {"errors": [{"pointer": "/a", "code": "odd", "detail": "must be"}]}},
}
SUBJECTS = [
    (("POST", "/v1/applications/456/responses", 202, '"confirmed"'), ACCEPTED),
    (("GET", "/v1/operations/", 200, '"pending"'), POLLED),
    (("GET", "/v1/applications/456/responses/456", 200, '"offer_expires_at"'), WAITING),
    (("POST", "/v1/applications", 422, '"validation"'), PROBLEM),
]


def changed(record, change):
    record = copy.deepcopy(record)
    for part, value in change.items():
        if not isinstance(value, dict):
            record[part] = value
            continue
        whole = {**(parse(record[part]) if part == "body" else record[part]), **value}
        whole = {name: field for name, field in whole.items() if field is not ABSENT}
        record[part] = json.dumps(whole) if part == "body" else whole
    return record


def self_check(document):
    """Failures: a sample that is rejected, or a mutation that is accepted."""
    samples = list(document.samples())
    wrong = [f"self-check: {violation}" for sample in samples for violation in document.check(sample)]
    for (method, path, status, word), changes in SUBJECTS:
        subject = next(
            sample for sample in samples
            if (sample["method"], sample["status"]) == (method, status)
            and sample["path"].startswith(path) and word in sample["body"]
        )
        wrong += [
            f"self-check: {what} is not noticed"
            for what, change in changes.items() if not document.check(changed(subject, change))
        ]
    return wrong
