"""LINE Login over HTTP: a code becomes an ID token, and the token is proved before it is believed.

The token endpoint answers over TLS with our secret, yet signature, issuer, audience, time and
nonce are checked all the same: web channels sign with HS256 and the channel's secret, native
ones with ES256 and the keys of ``/oauth2/v2.1/certs`` (LINE Login 2.1 API reference).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, KeySet, OctKey
from joserfc.jws import JWSRegistry

from market.accounts.line.rules import NAME_LENGTH, LinePerson
from market.errors import Refused, Unavailable
from market.outward import ask
from market.thai import normalise

ISSUER = "https://access.line.me"
ALGORITHMS = ["HS256", "ES256"]
TIMEOUT_SECONDS = 8
MOST_BYTES = 100_000
LEEWAY_SECONDS = 60


class LineLogin:
    """One channel of LINE Login."""

    def __init__(
        self, api_base: str, channel_id: str, secret: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._base, self._id, self._secret, self._clock = api_base, channel_id, secret, clock

    def person_of(self, code: str, *, callback: str, verifier: str, nonce: str) -> LinePerson:
        """Who came back with this code.

        Raises Unavailable where LINE does not answer as it promises, Refused where the code is
        spent or the token proves nothing.
        """
        answer = self._post(
            "/oauth2/v2.1/token",
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": callback,
                "client_id": self._id,
                "client_secret": self._secret,
                "code_verifier": verifier,
            },
        )
        claims = self._proved(str(answer.get("id_token", "")), nonce)
        name = normalise(str(claims.get("name") or ""))[:NAME_LENGTH]
        return LinePerson(subject=str(claims["sub"]), name=name)

    def _proved(self, token: str, nonce: str) -> dict[str, Any]:
        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        rules = jwt.JWTClaimsRegistry(
            now=lambda: int(self._clock()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": self._id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = jwt.decode(token, self._key, registry=registry).claims
            rules.validate(claims)
        except (JoseError, ValueError, TypeError) as wrong:
            raise Refused("line_not_proved") from wrong
        return dict(claims)

    def _key(self, token: GuestProtocol) -> Any:
        """By the algorithm: the secret never verifies what a public key should, or the reverse."""
        if token.headers()["alg"] == "HS256":
            return OctKey.import_key(self._secret)
        return KeySet.import_key_set(self._get("/oauth2/v2.1/certs"))

    def _post(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        request = Request(f"{self._base}{path}", urlencode(form).encode())  # noqa: S310  https: config
        request.add_header("Content-Type", "application/x-www-form-urlencoded")
        return self._answer(request)

    def _get(self, path: str) -> Any:
        return self._answer(Request(f"{self._base}{path}"))  # noqa: S310  https: config

    def _answer(self, request: Request) -> dict[str, Any]:
        try:
            with ask(request, seconds=TIMEOUT_SECONDS) as answer:
                found = json.loads(answer.read(MOST_BYTES))
        except HTTPError as refused:
            if refused.code == 400:
                raise Refused("line_code_spent") from refused
            raise Unavailable("line_away", said=str(refused.code)) from refused
        except (OSError, ValueError) as failure:
            raise Unavailable("line_away", said=type(failure).__name__) from failure
        if not isinstance(found, dict):
            raise Unavailable("line_away", said="no object")
        return found
