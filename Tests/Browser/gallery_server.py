"""Serves a folder of pages on loopback with the headers that ApplicationService sends."""

import http.server
import mimetypes
import pathlib
import threading
import urllib.parse

# The test of the flows compares it with what ApplicationService sends.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
LIVE = "/live"


class GalleryServer:
    """A server for as long as a `with` block runs."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder.resolve()
        # Contents served instead of the folder's, by path.
        self.planted: dict[str, bytes] = {}
        # The paths that were asked for, without those of the live stream.
        self.requested: list[str] = []

        class Handler(_Handler):
            gallery = self

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "GalleryServer":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def content(self, path: str) -> bytes | None:
        """What is served at the path, or None if there is nothing."""
        if path in self.planted:
            return self.planted[path]
        file = (self.folder / path.lstrip("/")).resolve()
        return file.read_bytes() if file.is_relative_to(self.folder) and file.is_file() else None


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    gallery: GalleryServer

    def do_GET(self) -> None:
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        if path == LIVE:
            self._stay_silent()
            return
        self.gallery.requested.append(path)
        body = self.gallery.content(path)
        self.send_response(404 if body is None else 200)
        kind = mimetypes.guess_type(path)[0] or "text/html"
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body or b"")))
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body or b"")

    def _stay_silent(self) -> None:
        """A live stream in which nothing happens: a page's script connects to it, and it ends when the page does."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.flush()
        self.rfile.read(1)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass
