"""Faults that are planted into a page, to show that the checks find them."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

Change = Callable[[str], str]


@dataclass(frozen=True)
class Fault:
    """A fault, and how the check that must find it begins its line."""

    name: str
    found_by: str
    page: Change = lambda source: source
    style: Change = lambda source: source


def _replacing(pattern: str, replacement: str) -> Change:
    def change(source: str) -> str:
        changed, count = re.subn(pattern, lambda _: replacement, source, count=1)
        assert count == 1, f"the page has nothing like {pattern}"
        return changed
    return change


def _before_end(markup: str) -> Change:
    return _replacing("</main>", markup + "</main>")


def _adding(rule: str) -> Change:
    return lambda source: source + rule


FAULTS = [
    Fault("no language", "axe .*html-has-lang", page=_replacing(r'<html lang="[a-z]+"', "<html")),
    Fault("no title", "axe .*document-title", page=_replacing(r"<title>[^<]*</title>", "")),
    Fault("no main landmark", "axe .*landmark-one-main", page=lambda source: source.replace("<main", "<div").replace(
        "</main>", "</div>")),
    Fault("no first heading", "axe .*page-has-heading-one|axe .*heading-order", page=lambda source: source.replace(
        "<h1", "<h4").replace("</h1>", "</h4>")),
    Fault("a button without a name", "axe .*button-name", page=_before_end("<button></button>")),
    Fault("a field without a label", "axe .*label", page=_before_end('<input name="planted">')),
    Fault("zoom forbidden", "axe .*meta-viewport", page=_replacing(
        r"width=device-width[^\"]*", "width=device-width,user-scalable=no")),
    Fault("weak contrast", "axe .*color-contrast", style=_adding("h1{color:#777;background:#888}")),
    Fault("weak contrast in the dark", r"axe \(dark.*color-contrast", style=_adding(
        "@media(prefers-color-scheme:dark){h1{color:#333;background:#222}}")),
    Fault("a fixed width", "reflow .320 px", style=_adding("main{min-width:700px}")),
    Fault("text that does not grow", "reflow: text", style=_adding("html,body{font-size:16px}")),
    Fault("no visible focus", "keyboard: .*shows no focus", style=_adding("*:focus-visible{outline:none!important}")),
    Fault("an unreachable button", "keyboard: .*is not a stop", page=_before_end(
        '<button tabindex="-1">Planted</button>')),
    Fault("an unreachable link", "keyboard: .*cannot be reached", page=_before_end(
        '<p inert><a href="/planted">Planted</a></p>')),
    Fault("a hidden element that is shown", "hidden: ", page=_before_end('<p class="planted" hidden>Planted</p>'),
          style=_adding(".planted{display:flex!important}")),
    Fault("a small target", "target: ", page=_before_end('<button class="planted">Planted</button>'), style=_adding(
        ".planted{all:unset;font-size:1rem}")),
    Fault("an inline script", "log: .*script-src", page=_before_end("<script>window.planted = 1</script>")),
    Fault("an inline style", "log: .*style-src", page=_before_end('<p style="color:red">Planted</p>')),
    Fault("a picture from elsewhere", "log: .*img-src", page=_before_end(
        '<img alt="" src="https://example.org/planted.png">')),
    Fault("a script in the markup", "markup: inline script", page=_before_end("<script>window.planted = 1</script>")),
    Fault("an element that is not closed", "markup: ", page=_before_end("<div>")),
    Fault("a page that reloads itself", "markup: the page reloads", page=_replacing(
        "</head>", '<noscript><meta http-equiv="refresh" content="30"></noscript></head>')),
    Fault("a form for elsewhere", "markup: a form", page=_before_end(
        '<form action="https://example.org/"><button>Planted</button></form>')),
    Fault("a fifth request", "weight: .*requests", page=_before_end(
        "".join(f'<img alt="" src="/assets/planted-{number}.svg">' for number in range(4)))),
    Fault("too many bytes", "weight: .*bytes compressed", page=lambda source: source.replace(
        "</main>", "".join(hashlib.sha256(bytes([number])).hexdigest() for number in range(256)) + "</main>")),
]
