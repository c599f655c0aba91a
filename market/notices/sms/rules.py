"""Reports of text-message services, read. Pure."""

from __future__ import annotations

from collections.abc import Mapping

MOST_REF = 200
#: Words of services for a message that reached the phone, and for one that never will.
_ARRIVED = frozenset({"delivered", "delivrd", "success"})
_LOST = frozenset({
    "undelivered", "undeliverable", "undeliv", "failed", "fail", "expired", "rejected", "rejectd",
    "unknown number", "deleted",
})  # fmt: skip


def storable(name: str) -> bool:
    """Can the database hold it? JSON can say NUL and halves of letters; its text can not."""
    return "\0" not in name and not any("\ud800" <= letter <= "\udfff" for letter in name)


def delivery_told(sent: object) -> tuple[str, bool | None] | None:
    """A service's report: which message, and whether it arrived (None: not known yet).

    None where it is no report.
    """
    if not isinstance(sent, Mapping):
        return None
    ref = str(sent.get("message_id") or sent.get("Transaction") or "")
    status = str(sent.get("status") or sent.get("Status") or "").strip().lower()
    if not (ref and status) or len(ref) > MOST_REF or not storable(ref):
        return None
    return ref, True if status in _ARRIVED else False if status in _LOST else None
