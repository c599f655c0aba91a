"""The slip service over HTTP: what the bank knows of a transfer, by its slip's code.

The answer is that of EasySlip's ``POST /v2/verify/bank`` (document.easyslip.com): ``data`` with
``amountInSlip``, ``matchedAccount`` (null: the receiver is none of our accounts) and
``rawSlip.transRef``; refusals carry ``error.code``.
"""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request

from market.clock import BANGKOK
from market.errors import Unavailable
from market.money import SATANG_PER_BAHT
from market.outward import ask
from market.payments.slip_flows import SlipFacts

TIMEOUT_SECONDS = 8
MOST_BYTES = 100_000
MOST_SATANG = 10**11
#: Refusals that are an answer about the slip; all others are the service's own trouble.
NO_SUCH = {"SLIP_NOT_FOUND", "INVALID_PAYLOAD"}
LATER = {"SLIP_PENDING"}


class HttpSlipService:
    """Asks one address with one key."""

    name = "easyslip"

    def __init__(self, url: str, key: str) -> None:
        self._url, self._key = url, key

    def verify(self, payload: str) -> SlipFacts:
        """Raises Unavailable when it does not answer, or not in the way it promises."""
        answer = self._ask({"payload": payload, "matchAccount": True})
        code = str((answer.get("error") or {}).get("code", ""))
        if code in NO_SUCH:
            return SlipFacts(found=False)
        data = answer.get("data")
        if answer.get("success") is not True or not isinstance(data, dict):
            raise Unavailable("slip_service_away", said=code[:40])
        return SlipFacts(
            found=True,
            ours=data.get("matchedAccount") is not None,
            amount_satang=_satang(data.get("amountInSlip")),
            trans_ref=str(_raw(data).get("transRef", "")).upper(),
            sent_at=_moment(_raw(data).get("date")),
        )

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        request = Request(self._url, json.dumps(question).encode(), headers)  # noqa: S310  https: config
        try:
            with ask(request, seconds=TIMEOUT_SECONDS) as answer:
                return _json(answer.read(MOST_BYTES))
        except HTTPError as refused:
            return _json(refused.read(MOST_BYTES))
        except OSError as failure:
            raise Unavailable("slip_service_away", said=type(failure).__name__) from failure


def _json(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body, parse_float=Decimal)
    except ValueError as broken:
        raise Unavailable("slip_service_away", said="no JSON") from broken
    if not isinstance(answer, dict):
        raise Unavailable("slip_service_away", said="no object")
    return answer


def _raw(data: dict[str, Any]) -> dict[str, Any]:
    raw = data.get("rawSlip")
    return raw if isinstance(raw, dict) else {}


def _moment(written: Any) -> datetime | None:
    """``2026-11-23T09:41:00+07:00``; without a zone it is Thailand's. None for anything else."""
    try:
        found = datetime.fromisoformat(str(written))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=BANGKOK)


def _satang(baht: Any) -> int:
    try:
        amount = Decimal(str(baht)) * SATANG_PER_BAHT
        whole = 0 < amount <= MOST_SATANG and amount == amount.to_integral_value()
    except InvalidOperation as broken:  # also NaN
        raise Unavailable("slip_service_away", said="no amount") from broken
    if not whole:
        raise Unavailable("slip_service_away", said="no amount")
    return int(amount)
