"""Why a buyer's line is not made, or not whole: a group's word, and what stopped the others."""

from __future__ import annotations

from typing import Protocol

from flask_babel import gettext as _

from market.filters import local
from market.matching.shortfalls import stopped_sentence


class Short(Protocol):
    """What the order's page knows of a line that fell short."""

    @property
    def reason(self) -> str | None: ...
    @property
    def reason_data(self) -> dict[str, int] | None: ...
    @property
    def declined_answer(self) -> str | None: ...
    @property
    def declined_reason(self) -> str | None: ...
    @property
    def declined_th(self) -> str | None: ...
    @property
    def declined_en(self) -> str | None: ...


def why_short(line: Short) -> str:
    """The reasons in one line, the group's own word first; empty where none is known."""
    said = [_declined(line)] if line.declined_answer else []
    if line.reason:
        said.append(stopped_sentence(line.reason, line.reason_data or {}))
    return " · ".join(said)


def _declined(line: Short) -> str:
    group = local(line, "declined")
    if line.declined_answer == "silent":
        return str(_("%(group)s did not answer in time", group=group))
    causes = {
        "rain": _("%(group)s could not make it all because of rain", group=group),
        "people": _("%(group)s could not make it all, people were missing", group=group),
        "material": _("%(group)s could not make it all, material was missing", group=group),
        "machine": _("%(group)s could not make it all, a machine broke", group=group),
    }
    plain = _("%(group)s could not make it all in time", group=group)
    return str(causes.get(line.declined_reason or "", plain))
