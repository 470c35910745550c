"""Decides volunteers' responses as ApplicationService does, written as the documentation of FastStream and sqlite3
shows it: one subscriber, and for each message one transaction, one publish with its confirm, and one ack. FastStream
begins the next message while it waits for a confirm. SQLite syncs each commit, as ours do.

usage: relay.py AMQP_URL FILE IN OUT
"""

import asyncio
import datetime
import logging
import sqlite3
import sys
from typing import Annotated, Literal

import pydantic
from faststream import AckPolicy, FastStream
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitMessage, RabbitQueue

PREFETCH = 1024

SCHEMA = """
CREATE TABLE IF NOT EXISTS application (
    id TEXT PRIMARY KEY,
    spots INTEGER NOT NULL,
    taken INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS response (
    application_id TEXT NOT NULL,
    volunteer_id TEXT NOT NULL,
    status TEXT NOT NULL,
    message_id TEXT NOT NULL,
    PRIMARY KEY (application_id, volunteer_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS processed (
    message_id TEXT PRIMARY KEY,
    outcome TEXT NOT NULL
) WITHOUT ROWID;
"""


class Application(pydantic.BaseModel):
    volunteer_application_id: str
    available_spots: int


class Response(pydantic.BaseModel):
    volunteer_id: int | str
    volunteer_application_id: str
    status: str


class CreateMessage(pydantic.BaseModel):
    action: Literal["create_volunteer_application"]
    data: Application


class ResponseMessage(pydantic.BaseModel):
    action: Literal["volunteer_response"]
    data: Response


Message = Annotated[CreateMessage | ResponseMessage, pydantic.Field(discriminator="action")]


class Outcome(pydantic.BaseModel):
    application_id: str
    user_id: int | str
    status: str
    timestamp: datetime.datetime


def open_file(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level="IMMEDIATE")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(SCHEMA)
    return connection


def create(connection: sqlite3.Connection, application: Application) -> None:
    with connection:
        connection.execute(
            "INSERT OR IGNORE INTO application (id, spots) VALUES (?, ?)",
            (application.volunteer_application_id, application.available_spots))


def decide(connection: sqlite3.Connection, response: Response, message_id: str) -> str:
    """Stores the response and what was decided. Of a message that was decided before it returns the same outcome."""
    with connection:
        before = connection.execute("SELECT outcome FROM processed WHERE message_id = ?", (message_id,)).fetchone()
        if before:
            return before[0]
        taken = connection.execute(
            "UPDATE application SET taken = taken + 1 WHERE id = ? AND taken < spots",
            (response.volunteer_application_id,))
        outcome = Outcome(
            application_id=response.volunteer_application_id, user_id=response.volunteer_id,
            status="подтверждено" if taken.rowcount else "в листе ожидания",
            timestamp=datetime.datetime.now(datetime.UTC))
        connection.execute(
            "INSERT INTO response (application_id, volunteer_id, status, message_id) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET status = excluded.status, message_id = excluded.message_id",
            (outcome.application_id, str(outcome.user_id), outcome.status, message_id))
        text = outcome.model_dump_json()
        connection.execute("INSERT INTO processed (message_id, outcome) VALUES (?, ?)", (message_id, text))
        return text


def application(url: str, file: str, source: str, target: str) -> FastStream:
    connection = open_file(file)
    # Publishing fails if the broker nacks a message or returns it, and then the delivery goes back to its queue.
    # Otherwise it would log two lines for each message.
    broker = RabbitBroker(
        url, default_channel=Channel(prefetch_count=PREFETCH, on_return_raises=True), log_level=logging.DEBUG)
    publisher = broker.publisher(
        RabbitQueue(target, durable=True, queue_type=QueueType.QUORUM), persist=True, mandatory=True)

    @broker.subscriber(
        RabbitQueue(source, durable=True, queue_type=QueueType.QUORUM), ack_policy=AckPolicy.NACK_ON_ERROR)
    async def handle(body: Message, message: RabbitMessage) -> None:
        if isinstance(body, CreateMessage):
            create(connection, body.data)
        else:
            outcome = decide(connection, body.data, message.message_id)
            await publisher.publish(outcome.encode(), content_type="application/json", message_id=message.message_id)

    return FastStream(broker, logger=None)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit("usage: relay.py AMQP_URL FILE IN OUT")
    asyncio.run(application(*sys.argv[1:]).run())
