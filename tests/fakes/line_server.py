"""A LINE Login over HTTP for tests and for trying the market out; nothing leaves the machine.

    python -m tests.fakes.line_server 12121

It speaks what LINE Login 2.1 documents: the authorization page, the token endpoint with the
channel's secret, single-use codes and PKCE, ID tokens signed with HS256 (web channels) or ES256
(keys at /oauth2/v2.1/certs), errors as OAuth names them, and outages on demand.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import sys
import threading
import time
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

CHANNEL = "1657000000"
SECRET = "0123456789abcdef0123456789abcdef"
ISSUER = "https://access.line.me"
KEY_ID = "line-key-1"


class FakeLine:
    """The server in a thread. What it says of the person, and how it lies, can be set."""

    def __init__(self, port: int = 0) -> None:
        self.subject, self.name = "U" + "1" * 32, "มาลี LINE"
        self.algorithm = "HS256"
        self.claims: dict[str, Any] = {}  # these replace what a true token says
        self.secret = SECRET  # what tokens are signed with
        self.down = False
        self.refuses = False  # the person presses cancel
        self.asked: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._key = ECKey.generate_key("P-256", {"kid": KEY_ID, "use": "sig", "alg": "ES256"})
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", port), type("Handler", (_Handler,), {"line": self})
        )
        self._server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """No more answers."""
        self._server.shutdown()
        self._server.server_close()

    def agree(self, url: str) -> str:
        """What the person's browser is sent to after the page at ``url``: the callback."""
        asked = dict(parse_qsl(urlsplit(url).query))
        self.asked.append(asked)
        if self.refuses:
            answer = {"error": "access_denied", "error_description": "The resource owner denied"}
        else:
            answer = {"code": secrets.token_urlsafe(12)}
            self._codes[answer["code"]] = asked
        return f"{asked['redirect_uri']}?{urlencode({**answer, 'state': asked['state']})}"

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The token endpoint: a code, once, from whoever knows the secret and the verifier."""
        asked = self._codes.pop(form.get("code", ""), None)
        if (form.get("client_id"), form.get("client_secret")) != (CHANNEL, SECRET):
            return 401, {"error": "invalid_client"}
        if asked is None or form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant", "error_description": "invalid code"}
        if asked["code_challenge"] != _s256(form.get("code_verifier", "")):
            return 400, {"error": "invalid_grant", "error_description": "code_verifier"}
        return 200, {
            "access_token": secrets.token_urlsafe(24), "token_type": "Bearer",
            "expires_in": 2592000, "refresh_token": secrets.token_urlsafe(12),
            "scope": "openid profile", "id_token": self._id_token(asked["nonce"]),
        }  # fmt: skip

    def certs(self) -> dict[str, Any]:
        """Public keys as a JWK set."""
        return {"keys": [self._key.as_dict(private=False)]}

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER, "sub": self.subject, "aud": CHANNEL, "exp": now + 3600, "iat": now,
            "nonce": nonce, "amr": ["linesso"], "name": self.name,
            "picture": "https://profile.line-scdn.net/none",
        } | self.claims  # fmt: skip
        if self.algorithm == "HS256":
            key: Any = OctKey.import_key(self.secret)
            return jwt.encode({"typ": "JWT", "alg": "HS256"}, claims, key)
        header = {"typ": "JWT", "alg": "ES256", "kid": KEY_ID}
        return jwt.encode(header, claims, self._key)


def _s256(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class _Handler(BaseHTTPRequestHandler):
    """Answers for ``line``, which a subclass of each server holds."""

    line: FakeLine

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if self.line.down:
            self._json(503, {"message": "maintenance"})
        elif url.path == "/oauth2/v2.1/certs":
            self._json(200, self.line.certs())
        elif url.path == "/oauth2/v2.1/authorize":
            words = f"<a href='/agree?{escape(url.query)}'>Allow {escape(self.line.name)}</a>"
            self._send(200, "text/html; charset=utf-8", f"<h1>LINE (fake)</h1>{words}".encode())
        elif url.path == "/agree":
            self.send_response(302)
            self.send_header("Location", self.line.agree(self.path))
            self.end_headers()
        else:
            self._json(404, {"message": "not here"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.line.down:
            self._json(503, {"message": "maintenance"})
        else:
            self._json(*self.line.token(dict(parse_qsl(body))))

    def _json(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(body).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: Any) -> None:
        """Quiet."""


if __name__ == "__main__":
    fake = FakeLine(int(sys.argv[1]) if len(sys.argv) > 1 else 12121)
    print(f"LINE_LOGIN_CHANNEL_ID={CHANNEL} LINE_LOGIN_CHANNEL_SECRET={SECRET}")
    print(f"LINE_LOGIN_ACCESS_BASE={fake.base} LINE_LOGIN_API_BASE={fake.base}", flush=True)
    threading.Event().wait()
