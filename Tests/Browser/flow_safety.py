"""What visitors, and pages of other origins, cannot do."""

import http.server
import threading
import urllib.error
import urllib.request
from email.message import Message

import platform_api
from chromium import wait
from gallery_server import HEADERS
from visitor import visitor
from words import words


class OtherOrigin(http.server.BaseHTTPRequestHandler):
    """A page that sends a form to the page of a call as soon as it is pressed."""

    target = ""

    def do_GET(self) -> None:
        """Answers every path with the form."""
        body = (f'<!doctype html><title>Elsewhere</title><form method="post" action="{self.target}">'
                '<input name="key" value="planted"><input name="status" value="accepted"><button>Win</button></form>'
                ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keeps quiet."""


def cross_site() -> str:
    """A form of another site, and one of another port of this machine, which gets the cookie, are refused."""
    platform_api.create(401)
    OtherOrigin.target = f"{platform_api.BASE}/applications/401/response"
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), OtherOrigin)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    try:
        with visitor("volunteer", 401, return_to="/applications/401") as person:
            for host in ["127.0.0.1", "localhost"]:
                person.driver.get(f"http://{host}:{port}/")
                person.find("//button").click()
                wait(person.driver, "the form is sent", lambda: person.driver.current_url == OtherOrigin.target)
                assert platform_api.response(401, 401) is None, f"{host} has responded for the volunteer"
                person.sees(words("account.errors.byStatus.403.title"))
            # The same form works on the page itself.
            person.open("/applications/401")
            person.press_response("accepted")
            person.sees(words("states.confirmed.title"))
    finally:
        server.shutdown()
        server.server_close()
    return "a form of another site and one of another port changed nothing"


def entry() -> str:
    """A link lets in once, and signing out ends the session."""
    platform_api.create(402)
    link = platform_api.entry("volunteer", 402, "/applications/402")
    with visitor("volunteer", 403) as other, visitor("volunteer", 404) as person:
        person.driver.get(link)
        assert person.path == "/applications/402", person.path
        person.press_response("accepted")
        person.sees(words("states.confirmed.title"))
        assert platform_api.response(402, 402)["state"] == "confirmed", "the link has let in somebody else"
        cookie = person.driver.get_cookie("__Host-session")
        assert cookie is not None
        flags = (cookie["httpOnly"], cookie["secure"], cookie["sameSite"], cookie["path"])
        assert flags == (True, True, "Lax", "/"), cookie
        assert person.driver.execute_script("return document.cookie") == "", "scripts can read a cookie"
        other.driver.get(link)
        other.sees(words("account.signIn.linkTitle"))
        other.open("/applications/402")
        other.press_response("accepted")
        other.sees(words("states.waitingFirst.title"))
        person.press('//form[@action="/leave"]//button')
        person.sees(words("account.signIn.outTitle"))
        assert person.driver.get_cookie("__Host-session") is None, "the cookie is still there"
        person.open("/mine")
        person.sees(words("account.signIn.title"))
    return "a link lets in once, and a visitor who has signed out is out"


def headers() -> str:
    """The page's headers are those with which the gallery is checked."""
    def answer(path: str, **fields: str) -> Message:
        request = urllib.request.Request(platform_api.BASE + path, headers=fields)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                found: Message = response.headers
                return found
        except urllib.error.HTTPError as error:
            return error.headers

    with visitor("volunteer", 405) as person:
        session = person.session
        for path in ["/", "/mine", "/mine/messages", "/settings", "/applications/none", "/calls"]:
            for fields in [{}, {"Cookie": session}]:
                sent = answer(path, Accept="text/html", **fields)
                found = {name: sent[name] for name in HEADERS}
                assert found == HEADERS, f"{path}: {found}"
                assert sent["Cache-Control"] == "no-store", f"{path}: {sent['Cache-Control']}"
        # The API does not take the cookie.
        request = urllib.request.Request(f"{platform_api.BASE}/v1/applications", headers={"Cookie": session})
        try:
            urllib.request.urlopen(request, timeout=30)
            raise AssertionError("the API takes the page's cookie")
        except urllib.error.HTTPError as error:
            assert error.code == 401, error.code
    return "the policy and the other headers are those of the gallery, and the API takes no cookie"
