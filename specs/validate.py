#!/usr/bin/python3
"""Validates recorded messages against the AsyncAPI document.

Usage: validate.py asyncapi.yaml [RECORDING.jsonl...]

Each line of a recording is {"exchange", "routingKey", "properties", "headers", "body"}: AMQP's properties by their
names, and the raw body as text. The channel is found by exchange and routing key; the message, which the property
`type` names, must be one that the channel declares and that an operation of its sender, by `app_id`, sends there; its
headers, properties and payload must be valid. Before that, every schema in messages/ must be a JSON Schema 2020-12, its
examples and the document's must validate, and it is checked that the checks can fail.

Prints one line per invalid message (never its values, which may be personal data) and a final count; exits 1 if
anything is invalid or a recording is empty, 64 for wrong use. Needs python3-yaml and python3-jsonschema 4.10 or later
(Debian 12).
"""

import copy
import json
import pathlib
import re
import sys

import yaml
from jsonschema import Draft202012Validator, FormatChecker, RefResolver
from jsonschema.exceptions import SchemaError


def refuse_constant(name):
    """Python reads NaN and Infinity, which are not JSON."""
    raise ValueError(name)


def parse(text):
    return json.loads(text, parse_constant=refuse_constant)


def violations(validator, value, where):
    """Path and violated rule of each error, without the value."""
    found = []
    for error in validator.iter_errors(value):
        path = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in error.absolute_path)
        # This message names the missing field; other messages quote the value.
        rule = error.message if error.validator == "required" else error.validator
        found.append(f"{where}{path}: {rule}")
    return sorted(found)


class Channel:
    """An address on an exchange; the address of a queue is its name on the default exchange."""

    def __init__(self, key, channel, document):
        amqp = document.follow(channel["bindings"])["amqp"]
        self.key = key
        self.exchange = "" if amqp["is"] == "queue" else amqp["exchange"]["name"]
        self.messages = {name: document.messages[each["$ref"]] for name, each in channel.get("messages", {}).items()}
        # For each message, the tags of the operations that send it here.
        self.senders = {}
        for operation in document.root["operations"].values():
            if operation["action"] == "send" and operation["channel"]["$ref"] == f"#/channels/{key}":
                some = [each["$ref"].rsplit("/", 1)[1] for each in operation.get("messages", [])]
                for name in some or self.messages:
                    tags = {tag["name"] for tag in operation["tags"]}
                    self.senders.setdefault(self.messages[name], set()).update(tags)
        parameters = {name: document.follow(each) for name, each in channel.get("parameters", {}).items()}
        self.address = channel["address"]
        self.pattern = self.regex(parameters) if self.address is not None else None
        # The caller fills in the action.
        values = {"action": "{action}", "service": "application", "partition": "p00"}
        self.sample = re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], "789"), self.address or "")

    def regex(self, parameters):
        """The address with its parameters as named groups."""
        parts = re.split(r"\{(\w+)\}", self.address)
        parts[0::2] = [re.escape(part) for part in parts[0::2]]
        for index, name in enumerate(parts[1::2]):
            parameter = parameters[name]
            values = "|".join(re.escape(value) for value in parameter.get("enum", []))
            parts[2 * index + 1] = f"(?P<{name}>{values or parameter.get('x-pattern', '.+')})"
        return re.compile("".join(parts))

    def match(self, exchange, key):
        """The parameters' values, or None if the message went another way."""
        found = self.pattern.fullmatch(key) if self.pattern and exchange == self.exchange else None
        return found.groupdict() if found else None


class Message:
    """A message of the document, its traits merged in."""

    def __init__(self, key, message, document):
        fields = {}
        for trait in message.get("traits", []):
            fields.update(document.follow(trait))
        fields.update(message)
        self.key, self.name, self.examples = key, fields["name"], fields.get("examples", [])
        self.headers = document.validator(fields["headers"])
        self.properties = document.validator(fields["x-amqp-properties"])
        self.payload = document.validator(fields["payload"])

    def violations(self, record):
        return (
            violations(self.properties, record["properties"], "properties")
            + violations(self.headers, record["headers"], "headers")
            + violations(self.payload, record["payload"], "body")
        )


class Document:
    def __init__(self, path):
        # A date without quotes would not be the string that it looks like.
        self.root = parse(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8"))))
        self.schemas = {
            f"messages/{file.name}": parse(file.read_text(encoding="utf-8"))
            for file in sorted(path.parent.glob("messages/*.schema.json"))
        }
        # An absolute base, to which the paths and the schemas' own ids are joined alike.
        base = "http://document/"
        schemas = {base + name: schema for name, schema in self.schemas.items()}
        self.resolver = RefResolver(base + path.name, self.root, store=schemas)
        self.messages = {
            f"#/components/messages/{key}": Message(key, message, self)
            for key, message in self.root["components"]["messages"].items()
        }
        self.channels = [Channel(key, channel, self) for key, channel in self.root["channels"].items()]

    def follow(self, node):
        while "$ref" in node:
            node = self.resolver.resolve(node["$ref"])[1]
        return node

    def validator(self, schema):
        return Draft202012Validator(schema, resolver=self.resolver, format_checker=FormatChecker())

    def check(self, record):
        """What is wrong with a record, in the words of the way that suits it best."""
        ways = [(channel, channel.match(record["exchange"], record["routingKey"])) for channel in self.channels]
        ways = [(channel, values) for channel, values in ways if values is not None]
        if not ways:
            return ["no channel has this exchange and routing key"]
        name = record["properties"].get("type")
        sender = str(record["properties"].get("app_id", "world")).split(".")[0]
        found = [
            message.violations(record)
            for channel, values in ways
            for message, senders in channel.senders.items()
            if message.name == name and values.get("action", name) == name and sender in senders
        ]
        if not found:
            return [f"{' or '.join(channel.key for channel, _ in ways)} has no message of this type from this sender"]
        return min(found, key=len)

    def check_line(self, line):
        try:
            record = parse(line)
            parts = [record[part] for part in ("exchange", "routingKey", "properties", "headers", "body")]
            if [type(part) for part in parts] != [str, str, dict, dict, str]:
                return ["not a line of a recording"]
        except (ValueError, KeyError, TypeError):
            return ["not a line of a recording"]
        try:
            record["payload"] = parse(record["body"])
        except (ValueError, RecursionError):
            return ["the body is not JSON"]
        # A routing key may be a user's id.
        where = record["properties"].get("type", "without a type")
        return [f"{where}: {violation}" for violation in self.check(record)]

    def check_itself(self):
        """How many examples there are, and what is wrong with them and the schemas."""
        count, wrong = 0, []
        for path, schema in self.schemas.items():
            try:
                Draft202012Validator.check_schema(schema)
            except SchemaError as error:
                wrong.append(f"{path}: not a JSON Schema 2020-12: {error.message}")
                continue
            examples = schema.get("examples", [])
            if not examples:
                wrong.append(f"{path}: has no examples")
            for number, example in enumerate(examples):
                count += 1
                found = violations(self.validator({"$ref": path}), example, "")
                wrong += [f"{path}: example {number}: {violation}" for violation in found]
        for message in self.messages.values():
            for number, example in enumerate(message.examples):
                count += 1
                found = violations(message.payload, example["payload"], "payload")
                found += violations(message.headers, example.get("headers", {}), "headers")
                wrong += [f"{message.key}: example {number}: {violation}" for violation in found]
        return count, wrong


ABSENT = object()

# What may go wrong with a message, each on its own.
CHANGES = {
    "an unknown exchange": {"exchange": "elsewhere"},
    "another exchange": {"exchange": "volunteer_waiting_queue_exchange"},
    "an unknown routing key": {"routingKey": "nonsense"},
    "a routing key of another action": {"routingKey": "volunteer_response.notifier.p00"},
    "a routing key of no partition": {"routingKey": "spot_status.notifier.p0"},
    "a type of no message": {"properties": {"type": "nonsense"}},
    "a type of another message": {"properties": {"type": "volunteer_response"}},
    "no type": {"properties": {"type": ABSENT}},
    "no message_id": {"properties": {"message_id": ABSENT}},
    "no app_id": {"properties": {"app_id": ABSENT}},
    "an unknown app_id": {"properties": {"app_id": "stranger"}},
    "an app_id of another service": {"properties": {"app_id": "waitlist.p00"}},
    "an app_id of no partition": {"properties": {"app_id": "application"}},
    "a transient message": {"properties": {"delivery_mode": 1}},
    "another media type": {"properties": {"content_type": "text/plain"}},
    "no stream": {"headers": {"stream": ABSENT}},
    "a stream to nowhere": {"headers": {"stream": "application.p00>nowhere.p00"}},
    "no seq": {"headers": {"seq": ABSENT}},
    "a seq that is text": {"headers": {"seq": "1"}},
    "no traceparent": {"headers": {"traceparent": ABSENT}},
    "a field is missing": {"payload": {"status": ABSENT}},
    "a field has a bad value": {"payload": {"status": "nonsense"}},
}


def sample(channel, message, sender):
    """A record of a message's first example, as the sender would publish it."""
    example = message.examples[0]
    properties = {
        "message_id": "1", "type": message.name, "user_id": "guest", "timestamp": 1795253400,
        "content_type": "application/json", "delivery_mode": 2,
    }
    if channel.key == "requests":
        properties.update(correlation_id="1", reply_to="amq.rabbitmq.reply-to")
    if sender != "world":
        properties["app_id"] = f"{sender}.p00"
    return {
        "exchange": channel.exchange, "routingKey": channel.sample.replace("{action}", message.name),
        "properties": properties, "headers": example.get("headers", {}), "payload": example["payload"],
    }


def self_check(document):
    """What is wrong: a sample that is refused, or a change that is not noticed."""
    wrong, changed = [], None
    for channel in document.channels:
        for message, senders in channel.senders.items():
            for sender in senders:
                record = sample(channel, message, sender)
                wrong += [f"self-check: {channel.key}: {message.key}: {each}" for each in document.check(record)]
                if (channel.key, message.key) == ("toNotifier", "spot_status.streamed"):
                    changed = record
    for what, change in CHANGES.items():
        record = copy.deepcopy(changed)
        for part, value in change.items():
            if isinstance(value, dict):
                fields = {**record[part], **value}
                record[part] = {name: field for name, field in fields.items() if field is not ABSENT}
            else:
                record[part] = value
        if not document.check(record):
            wrong.append(f"self-check: {what} is not noticed")
    return wrong


def judge(document, names):
    """How many lines there are in the files, how many of them are invalid, and whether a file is missing or empty."""
    total, invalid, failed = 0, 0, False
    for name in names:
        count = 0
        try:
            lines = open(name, encoding="utf-8")
        except OSError as error:
            print(f"{name}: {error.strerror}")
            failed = True
            continue
        with lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                count += 1
                found = document.check_line(line)
                if found:
                    invalid += 1
                    print(f"{name}:{number}: {'; '.join(found)}")
        if count == 0:
            print(f"{name}: empty")
            failed = True
        total += count
    return total, invalid, failed


def main(arguments):
    if not arguments or not pathlib.Path(arguments[0]).is_file():
        print(__doc__, file=sys.stderr)
        return 64
    document = Document(pathlib.Path(arguments[0]))
    examples, wrong = document.check_itself()
    unnoticed = self_check(document)
    for violation in wrong + unnoticed:
        print(violation)
    total, invalid, failed = judge(document, arguments[1:])
    print(
        f"{len(document.channels)} channels, {len(document.messages)} messages, {len(document.schemas)} schemas, "
        f"{examples} examples, {len(wrong + unnoticed)} wrong; {total} recorded, {invalid} invalid"
    )
    return 1 if wrong or unnoticed or failed or invalid else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
