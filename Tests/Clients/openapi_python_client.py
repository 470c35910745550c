"""A round trip with the client that openapi-python-client makes."""

import datetime
import os
import sys

sys.path.insert(0, sys.argv[1])
from api_client import AuthenticatedClient, models  # noqa: E402
from api_client.api.applications import create_application, get_application  # noqa: E402
from api_client.api.operations import get_operation  # noqa: E402
from api_client.api.responses import list_responses, respond  # noqa: E402

client = AuthenticatedClient(base_url=os.environ["BASE"], token=os.environ["TOKEN"], raise_on_unexpected_status=True)

created = create_application.sync(
    client=client, idempotency_key="python-2",
    body=models.ACallForVolunteers(
        volunteer_application_id="attrs", fund_id=123, available_spots=1, application_name="Уборка",
        application_description="", application_date=datetime.date(2030, 12, 9), application_starttime="14:00:00",
        application_endtime="18:00:00"))
assert created.status == models.AnOperationStatus.SUCCEEDED, created


def accept(volunteer):
    body = models.AVolunteersResponse(volunteer_id=volunteer, status=models.AVolunteersResponseStatus.ACCEPTED)
    return respond.sync("attrs", client=client, body=body)


assert accept(789).result.outcome == models.TheResultOfAnOperationOutcome.CONFIRMED
polled = get_operation.sync(accept(1011).id, client=client, prefer="wait=20")
assert polled.result.position == 1, polled

page = list_responses.sync("attrs", client=client)
assert {item.state.value for item in page.items} == {"waiting", "confirmed"}, page
missing = get_application.sync("nowhere", client=client)
assert missing.code == models.AProblemCode.NOT_FOUND, missing
