"""Which addresses a browser may name for its notices."""

from __future__ import annotations

from urllib.parse import urlsplit

#: The push services of the browsers. A browser names its own; nothing else is ever asked.
PUSH_HOSTS = (
    ".googleapis.com", ".push.services.mozilla.com", ".push.apple.com",
    ".notify.windows.com",
)  # fmt: skip


def is_push_service(address: str) -> bool:
    """Whether an address, as a browser gave it, is one of a push service."""
    try:
        parts = urlsplit(address)
        usual = parts.scheme == "https" and parts.port is None and "@" not in parts.netloc
    except ValueError:
        return False
    return usual and (parts.hostname or "").endswith(PUSH_HOSTS)
