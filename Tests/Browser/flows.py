"""People use the page of the running services in Chromium, several at once.

Usage: flows.py [NAME…]

Environment: BASE, the page's address; ADMIN, that of the metrics; TOKEN, a service's token; DATA, the folder of
ApplicationService's files; TEXTS, the English texts of the page; SCREENSHOTS, a folder for pictures of what failed.
Prints one line per flow; exits 1 if one failed. With names, runs only the flows whose names begin like that.
"""

import sys
import time
import traceback
from collections.abc import Callable

import flow_keyboard
import flow_live
import flow_safety
import flow_settings
import flow_story

FLOWS: dict[str, Callable[[], str]] = {
    "story": lambda: flow_story.run(javascript=True, first=700),
    "story without JavaScript": lambda: flow_story.run(javascript=False, first=800),
    "keyboard": flow_keyboard.run,
    "focus": flow_live.focus,
    "tabs": flow_live.tabs,
    "double click": flow_live.double_click,
    "cross-site forms": flow_safety.cross_site,
    "settings": flow_settings.run,
    "entry": flow_safety.entry,
    "headers": flow_safety.headers,
    "latency": flow_live.latency,
}


def main(names: list[str]) -> int:
    """Runs the flows one after the other."""
    chosen = {name: flow for name, flow in FLOWS.items() if not names or name.startswith(tuple(names))}
    assert chosen, f"no flow is called {names}"
    failed = []
    for name, flow in chosen.items():
        begin = time.monotonic()
        try:
            outcome = flow()
        except Exception:
            failed.append(name)
            outcome = f"failed\n{traceback.format_exc()}"
        print(f"{name} ({time.monotonic() - begin:.0f} s): {outcome}", flush=True)
    print(f"{len(chosen)} flows, {len(failed)} failed{': ' if failed else ''}{', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
