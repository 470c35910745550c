#!/usr/bin/python3
"""Validates recorded HTTP responses against the OpenAPI document.

Usage: validate_http.py openapi.yaml [JOURNAL.jsonl...]

Each line of a journal is {"method", "path", "status", "headers", "body"}: the requested path with its query; the
response headers by their names, and the raw body as text. The status must be documented for the path and the method; the
headers must be present and valid, and the body must match the media type and the schema. Rules that OpenAPI cannot
express are checked too: `HEAD` is `GET` without a body, `Location` names the operation, `Retry-After` is present while
it runs. Before that, every example in the document must validate, and a self-check proves that the checks can fail.

Prints one line per invalid response (never its values, which may be personal data) and a final count; exits 1 if anything
is invalid or a journal is empty, 64 for wrong use. Needs python3-yaml and python3-jsonschema 4.10 or later (Debian 12).
"""

import json
import pathlib
import re
import sys

import yaml
from jsonschema import Draft202012Validator, FormatChecker, RefResolver
from jsonschema.exceptions import SchemaError

# Keeps this folder free of compiled files.
sys.dont_write_bytecode = True
from validate import violations, judge, parse  # noqa: E402
from wrong_answers import self_check  # noqa: E402

FORMATS = FormatChecker()
METHODS = ("get", "post", "put", "patch", "delete")


@FORMATS.checks("waiting-list-id")
def is_short_enough(value):
    return not isinstance(value, str) or len(value.encode()) <= 128


def media_type(headers):
    return headers.get("content-type", "").split(";")[0].strip().lower()


class Document:
    def __init__(self, path):
        # A date without quotes would not be the string that it looks like.
        self.root = parse(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8"))))
        problem = self.root["components"]["schemas"]["Problem"]
        problem["oneOf"] = problem.pop("x-one-of")
        self.resolver = RefResolver(path.resolve().as_uri(), self.root)
        self.undescribed = self.root["x-undescribed"]
        # By pattern; what has no parameters is looked at first.
        self.paths = [
            (re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))), template, item)
            for template, item in sorted(self.root["paths"].items(), key=lambda each: "{" in each[0])
        ]

    def follow(self, node):
        while isinstance(node, dict) and "$ref" in node:
            node = self.resolver.resolve(node["$ref"])[1]
        return node

    def validator(self, schema):
        return Draft202012Validator(schema, resolver=self.resolver, format_checker=FORMATS)

    def operations(self):
        for _, template, item in self.paths:
            for method in METHODS:
                if method in item:
                    yield template, method, item[method]

    def responses(self, method, path):
        """A name for what was asked, and the answers that it may have."""
        method = "get" if method == "HEAD" else method.lower()
        for pattern, template, item in self.paths:
            if pattern.fullmatch(path.split("?")[0]):
                if method in item:
                    return item[method]["operationId"], item[method]["responses"]
                return f"another method of {template}", self.undescribed["method"]
        return "another path", self.undescribed["path"]

    def check(self, record):
        """What is wrong with an answer."""
        name, responses = self.responses(record["method"], record["path"])
        where = f"{name} {record['status']}"
        status = str(record["status"])
        response = self.follow(responses.get(status) or self.undescribed["message"].get(status))
        if response is None:
            return [f"{where}: no such status"]
        headers = {header.lower(): value for header, value in record["headers"].items()}
        found = [] if headers.get("x-request-id") else ["X-Request-Id is missing"]
        found += self.check_headers(response, headers)
        found += self.check_body(response, headers, record)
        found = found or list(self.contradictions(headers, record))
        return [f"{where}: {violation}" for violation in found]

    def check_headers(self, response, headers):
        found = []
        for name, header in response.get("headers", {}).items():
            header = self.follow(header)
            value = headers.get(name.lower())
            if value is not None:
                if header["schema"].get("type") == "integer" and re.fullmatch("-?[0-9]+", value):
                    value = int(value)
                found += violations(self.validator(header["schema"]), value, name)
            elif header.get("required"):
                found.append(f"{name} is missing")
        return found

    def check_body(self, response, headers, record):
        content, text = response.get("content", {}), record["body"]
        if not content or record["method"] == "HEAD":
            return ["a body where none belongs"] if text else []
        kind = media_type(headers)
        if kind not in content:
            return ["another media type"]
        if not kind.endswith("json"):
            return violations(self.validator(content[kind]["schema"]), text, "body")
        try:
            body = parse(text)
        except (ValueError, RecursionError):
            return ["the body is not JSON"]
        found = violations(self.validator(content[kind]["schema"]), body, "body")
        return found or [
            f"body: another {field} than those of this answer"
            for field, values in content[kind].get("x-values", {}).items() if body[field] not in values
        ]

    def contradictions(self, headers, record):
        """Where the parts of an answer, each valid, do not fit together."""
        kind = media_type(headers)
        if not record["body"] or not kind.endswith("json"):
            return
        body = parse(record["body"])
        if kind == "application/problem+json" and body["status"] != record["status"]:
            yield "the problem has another status"
        location = headers.get("location")
        if record["status"] == 202 and location not in (None, f"/v1/operations/{body['id']}"):
            yield "Location is that of another operation"
        is_endpoint = record["status"] == 201 and record["path"].split("?")[0] == "/v1/webhook-endpoints"
        if is_endpoint and location != f"/v1/webhook-endpoints/{body['id']}":
            yield "Location is that of another endpoint"
        if record["status"] == 200 and record["path"].startswith("/v1/operations/"):
            if body["id"] != record["path"].split("?")[0].rsplit("/", 1)[1]:
                yield "another operation"
            if ("retry-after" in headers) != (body["status"] in ("pending", "running")):
                yield "Retry-After comes as long as the operation runs, and only then"

    def check_line(self, line):
        try:
            record = parse(line)
            parts = [record[part] for part in ("method", "path", "status", "headers", "body")]
            if [type(part) for part in parts] != [str, str, int, dict, str]:
                return ["not a line of a journal"]
            if not all(isinstance(value, str) for value in record["headers"].values()):
                return ["not a line of a journal"]
        except (ValueError, KeyError, TypeError):
            return ["not a line of a journal"]
        return self.check(record)

    def check_itself(self):
        """How many examples there are, and what is wrong with them and the schemas."""
        count, wrong = 0, []
        for where, schema, examples in self.examples():
            try:
                Draft202012Validator.check_schema(schema)
            except SchemaError as error:
                wrong.append(f"{where}: not a JSON Schema 2020-12: {error.message}")
                continue
            for example in examples:
                count += 1
                found = violations(self.validator(schema), example, "")
                wrong += [f"{where}: example: {violation}" for violation in found]
        return count, wrong

    def examples(self):
        """Every schema that has a place of its own, with what is given as an example of it."""
        components = self.root["components"]
        for name, schema in components["schemas"].items():
            yield name, schema, schema.get("examples", [])
        for kind in ("parameters", "headers"):
            for name, each in components[kind].items():
                yield name, each["schema"], self.values(each)
        for template, method, operation in self.operations():
            bodies = [operation["requestBody"]] if "requestBody" in operation else []
            for body in bodies + [self.follow(response) for response in operation["responses"].values()]:
                for media in body.get("content", {}).values():
                    yield f"{method} {template}", media["schema"], self.values(media)

    def values(self, node):
        """The examples of a parameter, a header or a body."""
        single = [node["example"]] if "example" in node else []
        return single + [self.follow(example)["value"] for example in node.get("examples", {}).values()]

    def samples(self):
        """An answer of every kind that the document describes, made of its examples."""
        answers = [
            (template, method.upper(), status, response)
            for template, method, operation in self.operations()
            for status, response in operation["responses"].items()
        ]
        for kind in ("message", "path"):
            answers += [("/nowhere", "GET", *each) for each in self.undescribed[kind].items()]
        answers += [("/v1/applications", "PUT", *each) for each in self.undescribed["method"].items()]
        for template, method, status, response in answers:
            response = self.follow(response)
            headers = {
                name: str(self.follow(header)["example"]) for name, header in response.get("headers", {}).items()
            }
            headers["X-Request-Id"] = "a1"
            path = re.sub(r"\{\w+\}", "456", template)
            if "content" not in response:
                yield {"method": method, "path": path, "status": int(status), "headers": headers, "body": ""}
            for kind, media in response.get("content", {}).items():
                for value in self.values(media):
                    text = value if kind.startswith("text/") else json.dumps(value)
                    record = {
                        "method": method, "path": path, "status": int(status),
                        "headers": {**headers, "Content-Type": f"{kind}; charset=utf-8"}, "body": text,
                    }
                    yield self.fitted(record, value)

    @staticmethod
    def fitted(record, value):
        """With the headers that this operation has, not those of the examples' first."""
        if record["status"] == 202 and "Location" in record["headers"]:
            record["headers"]["Location"] = f"/v1/operations/{value['id']}"
        if re.fullmatch("/v1/operations/[^/]+", record["path"]) and record["status"] == 200:
            record["path"] = f"/v1/operations/{value['id']}"
            if value["status"] not in ("pending", "running"):
                del record["headers"]["Retry-After"]
        return record


def main(arguments):
    if not arguments or not pathlib.Path(arguments[0]).is_file():
        print(__doc__, file=sys.stderr)
        return 64
    document = Document(pathlib.Path(arguments[0]))
    examples, wrong = document.check_itself()
    wrong += self_check(document)
    for violation in wrong:
        print(violation)
    total, invalid, failed = judge(document, arguments[1:])
    print(
        f"{sum(1 for _ in document.operations())} operations, {len(document.root['components']['schemas'])} schemas, "
        f"{examples} examples, {len(wrong)} wrong; {total} answers recorded, {invalid} invalid"
    )
    return 1 if wrong or failed or invalid else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
