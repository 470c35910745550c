"""A page of another origin shows a volunteer's notifications as they come, also after the connection was lost."""

import http.server
import json
import os
import threading
import urllib.request

from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

BASE = os.environ["BASE"]
PAGE = f"""<!doctype html><meta charset="utf-8"><title>Notifications</title><ul></ul><script>
{open(os.environ["SCRIPT"], encoding="utf-8").read()}
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
showNotifications({json.dumps(BASE)}, "789", {json.dumps(os.environ["VOLUNTEER_TOKEN"])}, show)
  .catch((error) => {{ document.title = "failed: " + error.message; }});
</script>"""


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = PAGE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def post(path, body, method="POST"):
    request = urllib.request.Request(
        BASE + path, json.dumps(body).encode(), method=method,
        headers={"Authorization": f"Bearer {os.environ['TOKEN']}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def create(number):
    post("/v1/applications", {
        "volunteer_application_id": number, "fund_id": 123, "available_spots": 1, "application_name": "Park",
        "application_description": "", "application_date": "2030-12-09", "application_starttime": "14:00:00",
        "application_endtime": "18:00:00"})


def respond(volunteer, number):
    post(f"/v1/applications/{number}/responses", {"volunteer_id": volunteer, "status": "accepted"})


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PAGE_PORT"])), Page)
threading.Thread(target=server.serve_forever, daemon=True).start()
options = webdriver.ChromeOptions()
options.binary_location = "/usr/bin/chromium"
for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"]:
    options.add_argument(argument)
driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
try:
    driver.get(f"http://127.0.0.1:{os.environ['PAGE_PORT']}/")

    def shown():
        assert driver.title == "Notifications", driver.title
        return [line.split() for line in driver.execute_script(
            "return [...document.querySelectorAll('li')].map((item) => item.textContent)")]

    def wait(what, condition):
        WebDriverWait(driver, 60).until(lambda _: condition(), what)

    wait("the stream is open", lambda: driver.execute_script("return streams.length") == 1)
    for number in [1, 2]:
        create(number)
    respond(789, 1)
    wait("a notification is shown", lambda: [kind for _, kind in shown()] == ["confirmed"])
    # While the connection is lost, another notification comes.
    driver.execute_script("streams[0].close(); streams[0].onerror(new Event('error'))")
    respond(789, 2)
    wait("the next one is shown too", lambda: len(shown()) == 2)
    post("/v1/applications/2", {"application_name": "Forest"}, "PATCH")
    wait("and the one after it", lambda: len(shown()) == 3)
    ids = [int(number) for number, _ in shown()]
    assert [kind for _, kind in shown()] == ["confirmed", "confirmed", "changed"], shown()
    assert ids == sorted(set(ids)), ids
    assert driver.execute_script("return streams.length") == 2
finally:
    driver.quit()
    server.shutdown()
print("Chromium showed 3 notifications over 2 streams, each once")
