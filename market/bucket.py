"""Files in a bucket of an S3-compatible server, signed by AWS Signature Version 4.

Two requests are all we need, so this is forty lines instead of an SDK of thirty megabytes.
Source: "Authenticating Requests (AWS Signature Version 4)", with its published example as a test.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import Request

from market.clock import utc_now
from market.errors import Unavailable
from market.outward import ask

TIMEOUT_SECONDS = 20
MOST_BYTES = 32 * 1024 * 1024


class Bucket:
    """``url`` is https://host/bucket; names become keys below it."""

    def __init__(self, url: str, key: str, secret: str, region: str) -> None:
        self._url, self._key, self._secret, self._region = url.rstrip("/"), key, secret, region

    def put(self, name: str, data: bytes) -> None:
        """Raises Unavailable when the bucket does not take it."""
        self._send("PUT", name, data)

    def get(self, name: str) -> bytes | None:
        """None when there is no such key. Raises Unavailable when the bucket does not answer."""
        return self._send("GET", name, b"")

    def drop(self, name: str) -> None:
        """A key that is not there is as good. Raises Unavailable when nobody answers."""
        self._send("DELETE", name, b"")

    def _send(self, method: str, name: str, data: bytes) -> bytes | None:
        address = f"{self._url}/{quote(name)}"
        headers = signed_headers(
            method, address, data, key=self._key, secret=self._secret, region=self._region,
            now=utc_now(),
        )  # fmt: skip
        body = data if method == "PUT" else None
        request = Request(address, body, headers, method=method)  # noqa: S310  https: config
        try:
            with ask(request, seconds=TIMEOUT_SECONDS) as answer:
                found: bytes = answer.read(MOST_BYTES)
                return found
        except HTTPError as refused:
            with refused:
                if refused.code == 404 and method != "PUT":
                    return None
            raise Unavailable("file_is_gone", said=refused.code) from refused
        except OSError as failure:
            raise Unavailable("file_is_gone", said=type(failure).__name__) from failure


def signed_headers(
    method: str,
    address: str,
    data: bytes,
    *,
    key: str,
    secret: str,
    region: str,
    now: datetime,
    more: Mapping[str, str] | None = None,
    sha256: str | None = None,
) -> dict[str, str]:
    """The request's headers with its signature over method, address, headers and content.

    sha256: of a content that is streamed, and so not at hand as ``data``.
    """
    parts, moment = urlsplit(address), now.strftime("%Y%m%dT%H%M%SZ")
    content = sha256 or hashlib.sha256(data).hexdigest()
    headers = {"host": parts.netloc, "x-amz-content-sha256": content, "x-amz-date": moment}
    headers |= {name.lower(): value for name, value in (more or {}).items()}
    names = ";".join(sorted(headers))
    listed = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    asked = "\n".join((method, parts.path, parts.query, listed, names, content))
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    digest = hashlib.sha256(asked.encode()).hexdigest()
    to_sign = "\n".join(("AWS4-HMAC-SHA256", moment, scope, digest))
    signature = _hmac(_signing_key(secret, scope), to_sign).hex()
    return headers | {
        "authorization": f"AWS4-HMAC-SHA256 Credential={key}/{scope},"
        f"SignedHeaders={names},Signature={signature}"
    }


def _signing_key(secret: str, scope: str) -> bytes:
    step = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        step = _hmac(step, part)
    return step


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
