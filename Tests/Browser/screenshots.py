"""Pictures of pages, for people to look at."""

import base64
import html
import pathlib

from selenium.webdriver.chrome.webdriver import WebDriver

from browser_checks import DESKTOP, PHONE
from chromium import command, set_size, set_theme

# A list of many rows is cut there.
HIGHEST = 4_000


def take_screenshots(driver: WebDriver, folder: pathlib.Path, name: str) -> None:
    """Writes the whole page that the browser shows at two sizes and in both themes."""
    for width in [PHONE, DESKTOP]:
        for theme in ["light", "dark"]:
            set_theme(driver, theme)
            set_size(driver, width)
            height = driver.execute_script("return document.documentElement.scrollHeight")
            set_size(driver, width, min(max(height, 800), HIGHEST))
            picture = command(driver, "Page.captureScreenshot", format="png", optimizeForSpeed=True)
            (folder / f"{name}-{width}-{theme}.png").write_bytes(base64.b64decode(picture["data"]))
    set_theme(driver, "light")


def write_index(folder: pathlib.Path) -> None:
    """Writes `index.html`, which shows all pictures of the folder side by side."""
    pictures = sorted(path.name for path in folder.glob("*.png"))
    figures = "\n".join(
        f'<figure><a href="{html.escape(name)}"><img loading="lazy" src="{html.escape(name)}" alt=""></a>'
        f"<figcaption>{html.escape(name)}</figcaption></figure>" for name in pictures)
    (folder / "index.html").write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Pages</title><style>'
        "body{display:flex;flex-wrap:wrap;gap:1rem;font:.8rem sans-serif}figure{margin:0}img{max-height:30rem}"
        f"</style>\n{figures}\n", encoding="utf-8")
