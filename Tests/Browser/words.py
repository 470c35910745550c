"""The texts of the page in English, by their keys in Sources/Pages/Texts/en.json: a text can be rewritten without a
change of the tests that look for it."""

import json
import os
import pathlib
import re
from typing import Any

TEXTS = json.loads(pathlib.Path(os.environ["TEXTS"]).read_text(encoding="utf-8"))


def words(key: str, **values: object) -> str:
    """A regular expression that finds the text with these values in its placeholders, and anything in the others. The
    value `n` also chooses the form of the plural."""
    text: Any = TEXTS
    for part in key.split("."):
        text = text[part]
    if isinstance(text, dict):
        text = text["one" if values["n"] == 1 else "other"]
    pieces = re.split(r"\{(\w+)\}", text)
    return "".join(
        re.escape(piece) if index % 2 == 0 else
        (re.escape(str(values[piece])) if piece in values else ".*?")
        for index, piece in enumerate(pieces))
