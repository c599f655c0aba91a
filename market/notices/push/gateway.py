"""Notices on a browser's own screen (Web Push, RFC 8030, 8291 and 8292), by pywebpush."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pywebpush import WebPushException, webpush
from requests import RequestException

from market.errors import Refused, Unavailable
from market.notices.rules import Letter, Screen

TIMEOUT_SECONDS = 10
KEPT_SECONDS = 12 * 3600  # the push service tries a phone without signal for this long
_GONE = frozenset({404, 410})
#: Refused for this browser, by a key that is not its own any more or an address that is none; or,
#: for all browsers of a service, because of ourselves: so that only the fifth one counts.
_REFUSED = frozenset({400, 403})
#: Says something of the service or of our own signature (401), not of this one browser.
_OF_ALL = frozenset({401, 408, 425, 429})
TEXT_LENGTH = 300


@dataclass(frozen=True)
class PushCarrier:
    """Sends to every browser of a person; a browser that is gone is forgotten, one that is
    refused again and again in the end, too.
    """

    private_key: str
    contact: str  # mailto: of the market, for the push services
    screens: Callable[[str], Sequence[Screen]]
    forget: Callable[[str], None]
    refused: Callable[[str], None]
    took: Callable[[str], None]

    def send(self, letter: Letter) -> None:
        """To all screens; one that takes it is enough.

        Raises Unavailable where none took it now, Refused where none is left.
        """
        shown = {
            "title": letter.subject, "body": letter.text[:TEXT_LENGTH], "url": letter.link,
            "tag": letter.key,
        }  # fmt: skip
        took = [self._show(screen, json.dumps(shown)) for screen in self.screens(letter.to)]
        if not any(took):
            if None in took:
                raise Unavailable("push_not_sent", reason="push service")
            raise Refused("push_no_screen")

    def _show(self, screen: Screen, shown: str) -> bool | None:
        """True: taken; False: not to this browser; None: not now.

        What a service refuses about one browser (a key of its own, a text it finds too long) says
        nothing of the others, so that it is no failure of the channel.
        """
        keys = {"p256dh": screen.p256dh, "auth": screen.auth}
        try:
            webpush(
                {"endpoint": screen.endpoint, "keys": keys}, shown, timeout=TIMEOUT_SECONDS,
                vapid_private_key=self.private_key, vapid_claims={"sub": self.contact},
                ttl=KEPT_SECONDS,
            )  # fmt: skip
        except WebPushException as failure:
            status = failure.response.status_code if failure.response is not None else 0
            if status in _GONE:
                self.forget(screen.endpoint)
            elif status in _REFUSED:
                self.refused(screen.endpoint)
            return False if 400 <= status < 500 and status not in _OF_ALL else None
        except RequestException:
            return None
        except (ValueError, LookupError, TypeError):  # keys that are none: nothing can reach it
            self.forget(screen.endpoint)
            return False
        if screen.refused:
            self.took(screen.endpoint)
        return True
