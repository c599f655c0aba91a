"""Which addresses a browser may name for its notices."""

from __future__ import annotations

import re

#: The push services of the browsers. A browser names its own; nothing else is ever asked.
PUSH_HOSTS = ("googleapis.com", "push.services.mozilla.com", "push.apple.com", "notify.windows.com")
#: The host in plain letters up to the first slash, without a port or a name: readers of addresses
#: differ in what a backslash or a tab before it means.
_ADDRESS = re.compile(
    r"https://([a-z0-9-]+\.)+(" + "|".join(map(re.escape, PUSH_HOSTS)) + r")/[!-\[\]-~]*",
    re.IGNORECASE,
)


def is_push_service(address: str) -> bool:
    """Whether an address, as a browser gave it, is one of a push service."""
    return _ADDRESS.fullmatch(address) is not None
