"""Checks every page in every state and language, as files that the tests of Pages have written, in Chromium.

Usage: gallery.py FOLDER SCREENSHOTS

FOLDER has `<language>/<page>-<state>.html` and the files that these load, SCREENSHOTS gets pictures. Before that,
planted faults prove that the checks find what they are there for. Prints one line per fault; exits 1 if there are any.
"""

import pathlib
import re
import sys
import time

from selenium.webdriver.chrome.webdriver import WebDriver

import source_checks
from browser_checks import browser_faults, open_page
from browser_pool import BrowserPool
from gallery_server import GalleryServer
from planted_faults import FAULTS, Fault
from screenshots import take_screenshots, write_index

LANGUAGES = ["en", "ru"]


def source_faults(page: bytes, server: GalleryServer) -> list[str]:
    """What the checks without a browser find."""
    return source_checks.markup_faults(page) + source_checks.weight_faults(page, server.content)


def expected_files(page: bytes) -> set[str]:
    """What a browser may ask for when it opens the page."""
    return {"/favicon.ico", *source_checks.files_of(page)}


def check(path: str, driver: WebDriver, server: GalleryServer, screenshots: pathlib.Path) -> list[str]:
    """All faults of the page at the path; its pictures are taken too."""
    page = server.content(path)
    assert page is not None, path
    open_page(driver, server.base + path)
    # Before the keyboard has moved the focus.
    take_screenshots(driver, screenshots, path.strip("/").removesuffix(".html").replace("/", "-"))
    return [f"{path}: {fault}" for fault in source_faults(page, server) + browser_faults(driver)]


def missed(fault: Fault, path: str, driver: WebDriver, server: GalleryServer) -> list[str]:
    """Plants the fault into the page at the path; empty if the checks find it."""
    page = server.content(path)
    assert page is not None, path
    source = page.decode()
    style = next(file for file in source_checks.files_of(page) if file.endswith(".css"))
    rules = (server.content(style) or b"").decode()
    # Another address for each fault, since browsers keep what they know.
    name = fault.name.replace(" ", "-")
    planted_style = style.replace(".css", f"-{name}.css")
    planted_page = path.replace(".html", f"-{name}.html")
    server.planted[planted_style] = fault.style(rules).encode()
    server.planted[planted_page] = fault.page(source).replace(style, planted_style).encode()
    open_page(driver, server.base + planted_page)
    faults = source_faults(server.planted[planted_page], server) + browser_faults(driver)
    if any(re.match(fault.found_by, each) for each in faults):
        return []
    return [f"planted: {fault.name}: not found: {faults}"]


def main(folder: pathlib.Path, screenshots: pathlib.Path) -> int:
    """Checks all pages of the folder."""
    begin = time.monotonic()
    screenshots.mkdir(parents=True, exist_ok=True)
    paths = []
    for language in LANGUAGES:
        pages = sorted((folder / language).glob("*.html"))
        assert pages, f"there are no pages in {folder / language}"
        paths += [f"/{page.relative_to(folder)}" for page in pages]
    with GalleryServer(folder) as server, BrowserPool() as pool:
        sample = planting_ground(paths, server)
        faults = pool.faults(lambda driver, fault: missed(fault, sample, driver, server), FAULTS)
        server.requested.clear()
        faults += pool.faults(lambda driver, path: check(path, driver, server, screenshots), paths)
        allowed = set(paths).union(*(expected_files(server.content(path) or b"") for path in paths))
        faults += [f"{path}: was asked for, and no page names it" for path in sorted(set(server.requested) - allowed)]
        weight, heaviest = max((weight_of(path, server), path) for path in paths)
    write_index(screenshots)
    for fault in faults:
        print(fault)
    print(f"{len(paths)} pages in {time.monotonic() - begin:.0f} s, the heaviest of {weight} bytes ({heaviest}): "
          f"{len(faults)} faults; {len(FAULTS)} planted faults")
    return 1 if faults else 0


def weight_of(path: str, server: GalleryServer) -> int:
    """The compressed bytes of the page at the path, with everything that it loads."""
    return source_checks.weight(server.content(path) or b"", server.content)


def planting_ground(paths: list[str], server: GalleryServer) -> str:
    """The page to plant faults into: the first one in English that has a heading and a button."""
    for path in paths:
        page = server.content(path) or b""
        if path.startswith("/en/") and b"<h1" in page and b"<button" in page:
            return path
    raise AssertionError("no page can bear planted faults")


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
