"""Money on its way back to buyers: what a person has to send, the oldest promise first."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading
from market.doorbell import SEND_NOTICES
from market.errors import MarketError, NotFound
from market.payments import refunding
from market.payments.causes import REFUND_CAUSES
from market.payments.promptpay import promptpay_payload
from market.payments.qr import qr_png
from market.payments.queries.refunds import group_with_money, refund_owed, refunds_owed
from market.payments.references import checked_reference
from market.web import (
    allow,
    carry_out,
    national,
    page,
    principal,
    see_other,
    sentence,
    status_of,
)

bp = Blueprint("refunds", __name__)


@bp.get("/money/refunds")
@allow("money.see", national)
def desk() -> Response:
    """What is owed back, since when, and where to."""
    return _desk_page()


@bp.get("/money/refunds/<int:refund_id>/qr.png")
@allow("refund.record", national)
def qr(refund_id: int) -> Response:
    """The PromptPay QR by which the treasurer's phone pays the buyer back."""
    with reading() as session:
        owed = refund_owed(session, refund_id)
    if owed.to_promptpay is None:
        raise NotFound("not_found", what="account")
    picture = qr_png(promptpay_payload(owed.to_promptpay, owed.amount_satang))
    return Response(picture, mimetype="image/png")


@bp.post("/money/refunds/<int:refund_id>/paid")
@allow("refund.record", national)
def paid(refund_id: int) -> Response:
    """It was sent, by the market's treasurer or by the group that had the money."""

    def act(session: Any) -> str:
        reference = checked_reference(request.form.get("bank_reference", ""))
        refunding.mark_refunded(
            session, refund_id, bank_reference=reference,
            group_id=group_with_money(session, refund_id),
            actor=principal().actor(), now=utc_now(),
        )  # fmt: skip
        return str(_("Refund recorded. The buyer is told."))

    return carry_out(act, then=see_other("refunds.desk"), again=_desk_page, bells=[SEND_NOTICES])


def _desk_page(refusal: MarketError | None = None) -> Response:
    with reading() as session:
        owed = refunds_owed(session)
    return page(
        "payments/refunds.html",
        refunds=owed,
        causes=REFUND_CAUSES,
        now=utc_now(),
        typed=request.form if refusal else {},
        error=sentence(refusal),
        status=status_of(refusal),
    )
