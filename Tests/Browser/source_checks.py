"""Checks of a page that need no browser: its markup, what it loads, and its weight."""

import gzip
import re
from collections.abc import Callable

import html5lib

NAMESPACE = "{http://www.w3.org/1999/xhtml}"
# Compressed HTML, styles and script, in bytes.
VOLUNTEER_LIMIT = 10_000
FUND_LIMIT = 20_000
SCRIPT_LIMIT = 2_000
REQUEST_LIMIT = 4

Content = Callable[[str], bytes | None]


def files_of(page: bytes) -> list[str]:
    """The addresses of the files that a browser loads for the page, each once."""
    root = html5lib.parse(page)
    files = []
    for element in root.iter():
        tag = str(element.tag).removeprefix(NAMESPACE)
        if tag == "link":
            files.append(element.get("href"))
        elif tag in ("script", "img", "iframe", "source", "video", "audio", "embed", "input"):
            files.append(element.get("src"))
    return [file for file in dict.fromkeys(files) if file]


def markup_faults(page: bytes) -> list[str]:
    """Errors of syntax, and what the content security policy or WCAG (failure F41) forbids."""
    try:
        html5lib.HTMLParser(strict=True).parse(page)
    except html5lib.html5parser.ParseError as error:
        return [f"markup: {error}"]
    faults = []
    for element in html5lib.parse(page).iter():
        tag = str(element.tag).removeprefix(NAMESPACE)
        faults += [f"markup: {tag} has {name}" for name in element.keys() if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and not element.get("src")):
            faults.append(f"markup: inline {tag}")
        if tag == "form" and not _is_local(element.get("action", "")):
            faults.append(f"markup: a form is sent to {element.get('action')}")
    # Also within <noscript>, where the rules of axe do not look.
    if re.search(rb"http-equiv\s*=\s*[\"']?refresh", page, re.IGNORECASE):
        faults.append("markup: the page reloads itself")
    return faults


def _is_local(address: str) -> bool:
    return not re.match(r"[a-z][a-z0-9+.-]*:|//", address, re.IGNORECASE)


def is_of_fund(page: bytes) -> bool:
    """Whether the page has the navigation of a fund."""
    links = (element.get("href") for element in html5lib.parse(page).iter(f"{NAMESPACE}a"))
    return "/calls" in links


def weight_faults(page: bytes, content: Content) -> list[str]:
    """Whether the page needs too many bytes or requests, with everything that it loads at first."""
    faults = []
    total = len(gzip.compress(page, mtime=0))
    files = files_of(page)
    for file in files:
        if not file.startswith("/") or file.startswith("//"):
            faults.append(f"weight: {file} comes from elsewhere")
            continue
        body = content(file)
        if body is None:
            faults.append(f"weight: {file} does not exist")
            continue
        size = len(gzip.compress(body, mtime=0))
        total += size
        if file.endswith(".js") and size > SCRIPT_LIMIT:
            faults.append(f"weight: {file} has {size} bytes compressed, over {SCRIPT_LIMIT}")
    limit = FUND_LIMIT if is_of_fund(page) else VOLUNTEER_LIMIT
    if total > limit:
        faults.append(f"weight: {total} bytes compressed, over {limit}")
    if 1 + len(files) > REQUEST_LIMIT:
        faults.append(f"weight: {1 + len(files)} requests, over {REQUEST_LIMIT}")
    return faults


def weight(page: bytes, content: Content) -> int:
    """The compressed bytes of the page and of everything that it loads."""
    return sum(len(gzip.compress(body, mtime=0)) for body in [page, *map(content, files_of(page))] if body)
