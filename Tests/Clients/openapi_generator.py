"""A round trip with the client that openapi-generator makes for Python."""

import datetime
import json
import os
import sys

sys.path.insert(0, sys.argv[1])
import openapi_client as api  # noqa: E402

configuration = api.Configuration(host=os.environ["BASE"], access_token=os.environ["TOKEN"])
with api.ApiClient(configuration) as client:
    applications = api.ApplicationsApi(client)
    responses = api.ResponsesApi(client)
    operations = api.OperationsApi(client)

    created = applications.create_application(
        api.CreateApplication(
            volunteer_application_id=api.Id("python"), fund_id=api.Id(123), available_spots=1,
            application_name="Уборка", application_description="", application_date=datetime.date(2030, 12, 9),
            application_starttime="14:00:00", application_endtime="18:00:00"),
        idempotency_key="python-1")
    assert created.status == "succeeded", created

    first = responses.respond("python", api.Respond(volunteer_id=api.Id(789), status="accepted"))
    assert first.result.outcome == "confirmed", first
    second = responses.respond("python", api.Respond(volunteer_id=api.Id(1011), status="accepted"))
    polled = operations.get_operation(second.id, prefer="wait=20")
    assert polled.result.position == 1, polled

    page = responses.list_responses("python")
    assert {item.state for item in page.items} == {"waiting", "confirmed"}, page
    assert applications.get_application("python").available_spots == 1
    try:
        applications.get_application("nowhere")
        raise AssertionError("an application that does not exist")
    except api.exceptions.NotFoundException as error:
        assert json.loads(error.body)["code"] == "not_found", error
