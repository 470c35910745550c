#!/usr/bin/python3
"""Validates recorded message bodies against the schemas of their actions.

Usage: validate.py SCHEMAS_DIR [RECORDING.jsonl...]

Every schema in SCHEMAS_DIR (*.schema.json) must be a valid JSON Schema 2020-12, and its examples must validate. Each line
of a recording is {"action": "<type>", "exchange": "...", "routingKey": "...", "body": "<raw text>"}. Prints one line per
invalid message (never its values, which may be personal data) and a final count; exits 1 if anything is invalid or a
recording is empty, 64 for wrong use. Needs python3-jsonschema 4.10 or later (Debian 12).
"""

import json
import pathlib
import sys

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError


def refuse_constant(name):
    """Python reads NaN and Infinity, which are not JSON."""
    raise ValueError(name)


def parse(text):
    return json.loads(text, parse_constant=refuse_constant)


def pointer(path):
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path) or "(the whole)"


def complaints(validator, value):
    """Where and which rule, without the value."""
    errors = sorted(validator.iter_errors(value), key=lambda error: [str(part) for part in error.absolute_path])
    return [f"{pointer(error.absolute_path)}: {error.validator}" for error in errors]


def load_schemas(directory):
    """The validators by action, and how many schemas or examples are wrong."""
    validators, wrong = {}, 0
    for path in sorted(directory.glob("*.schema.json")):
        try:
            schema = parse(path.read_text(encoding="utf-8"))
            Draft202012Validator.check_schema(schema)
        except (ValueError, SchemaError) as error:
            print(f"{path.name}: not a JSON Schema 2020-12: {getattr(error, 'message', error)}")
            wrong += 1
            continue
        validator = Draft202012Validator(schema, format_checker=FormatChecker())
        validators[path.name.removesuffix(".schema.json")] = validator
        if not schema.get("examples"):
            print(f"{path.name}: has no examples")
            wrong += 1
        for number, example in enumerate(schema.get("examples", [])):
            for complaint in complaints(validator, example):
                print(f"{path.name}: example {number}: {complaint}")
                wrong += 1
    return validators, wrong


def check_line(validators, line):
    """What is wrong with one line of a recording."""
    try:
        record = parse(line)
        action, body = record["action"], record["body"]
    except (ValueError, KeyError, TypeError):
        return ["not a line of a recording"]
    if not isinstance(action, str) or action not in validators:
        return ["no schema for this action"]
    try:
        value = parse(body)
    except (ValueError, TypeError, RecursionError):
        return [f"{action}: the body is not JSON"]
    where = record.get("routingKey", "")
    return [f"{action} ({where}): {complaint}" for complaint in complaints(validators[action], value)]


def main(arguments):
    if not arguments or not pathlib.Path(arguments[0]).is_dir():
        print(__doc__, file=sys.stderr)
        return 64
    validators, wrong = load_schemas(pathlib.Path(arguments[0]))
    if not validators:
        print("no schemas")
        return 1
    failed = wrong > 0
    total = invalid = 0
    for name in arguments[1:]:
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
                found = check_line(validators, line)
                if found:
                    invalid += 1
                    print(f"{name}:{number}: {'; '.join(found)}")
        if count == 0:
            print(f"{name}: empty")
            failed = True
        total += count
    print(f"{len(validators)} schemas, {wrong} wrong; {total} messages, {invalid} invalid")
    return 1 if failed or invalid else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
