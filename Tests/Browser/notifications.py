"""A page of another origin shows a volunteer's notifications as they come, also after the connection was lost."""

import http.server
import json
import os
import pathlib
import threading

import platform_api
from chromium import open_browser, wait

VOLUNTEER = 789
PAGE = f"""<!doctype html><meta charset="utf-8"><title>Notifications</title><ul></ul><script>
{pathlib.Path(os.environ["SCRIPT"]).read_text(encoding="utf-8")}
const show = (notification) => {{
  const item = document.createElement("li");
  item.textContent = notification.id + " " + notification.kind;
  document.querySelector("ul").append(item);
}};
// Counts the streams, and lets the test lose the present one.
window.streams = [];
const Plain = window.EventSource;
window.EventSource = function (url) {{
  const stream = new Plain(url);
  stream.addEventListener("open", () => streams.push(stream));
  return stream;
}};
showNotifications({json.dumps(platform_api.BASE)}, "{VOLUNTEER}", {json.dumps(os.environ["VOLUNTEER_TOKEN"])}, show)
  .catch((error) => {{ document.title = "failed: " + error.message; }});
</script>"""


class Page(http.server.BaseHTTPRequestHandler):
    """Answers every path with the page."""

    def do_GET(self) -> None:
        """Sends the page."""
        body = PAGE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keeps quiet."""


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PAGE_PORT"])), Page)
threading.Thread(target=server.serve_forever, daemon=True).start()
with open_browser() as driver:
    driver.get(f"http://127.0.0.1:{os.environ['PAGE_PORT']}/")

    def shown() -> list[list[str]]:
        """The id and the kind of each notification on the page."""
        return [line.split() for line in driver.execute_script(
            "return [...document.querySelectorAll('li')].map((item) => item.textContent)")]

    def kinds_are(*kinds: str) -> bool:
        """Whether the page shows these kinds, in this order."""
        return [kind for _, kind in shown()] == list(kinds)

    def streams() -> int:
        """How many streams the page has opened."""
        count: int = driver.execute_script("return streams.length")
        return count

    wait(driver, "the stream is open", lambda: streams() == 1)
    for number in [1, 2]:
        platform_api.create(number)
    platform_api.respond(VOLUNTEER, 1)
    wait(driver, "a notification is shown", lambda: kinds_are("confirmed"))
    # While the connection is lost, another notification comes.
    driver.execute_script("streams[0].close(); streams[0].onerror(new Event('error'))")
    platform_api.respond(VOLUNTEER, 2)
    wait(driver, "the next one is shown too", lambda: kinds_are("confirmed", "confirmed"))
    platform_api.command("PATCH", "/v1/applications/2", {"application_name": "Forest"})
    wait(driver, "and the one after it", lambda: kinds_are("confirmed", "confirmed", "changed"))
    ids = [int(number) for number, _ in shown()]
    assert ids == sorted(set(ids)), ids
    assert streams() == 2, streams()
    assert driver.title == "Notifications", driver.title
server.shutdown()
print("Chromium showed 3 notifications over 2 streams, each once")
