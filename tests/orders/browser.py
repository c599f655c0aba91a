"""A small browser for bursts: keeps cookies and one connection, sends forms, runs no scripts."""

from __future__ import annotations

import http.client
import re
from http.cookies import SimpleCookie
from urllib.parse import urlencode

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
GUEST = {"name": "ผู้ซื้อ", "phone": "0812345678", "email": "", "pay": "promptpay"}


class Browser:
    """One buyer at ``host:port``."""

    def __init__(self, host: str, port: int) -> None:
        self.connection = http.client.HTTPConnection(host, port, timeout=60)
        self.cookies: dict[str, str] = {}

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.connection.close()

    def send(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and body; a redirect is not followed."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return answer.status, answer.read().decode()

    def fields(self, path: str) -> dict[str, str]:
        """The hidden fields of a page."""
        return dict(HIDDEN.findall(self.send("GET", path)[1]))

    def order(self, round_id: int, product_id: int, point_id: int, units: int = 1) -> int:
        """Put goods in the basket and order them; the status of the last post."""
        wish = {"round_id": str(round_id), "product_id": str(product_id), "maker": "any",
                "units": str(units)}  # fmt: skip
        status, _ = self.send("POST", "/cart/lines", wish)
        if status != 303:
            return status
        path = f"/checkout/{round_id}"
        hidden = self.fields(f"{path}?point={point_id}")
        return self.send("POST", path, GUEST | hidden)[0]
