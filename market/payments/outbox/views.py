"""Money on its way to groups: files for the bank, single transfers, accounts to confirm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask_babel import gettext as _

from market.accounts.trail import note_taken
from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES
from market.errors import MarketError, NotFound
from market.payments import bank_files, group_accounts, payouts
from market.payments.banks import BANKS
from market.payments.forms import typed_id
from market.payments.layouts import BOM
from market.payments.promptpay import promptpay_payload
from market.payments.qr import qr_png
from market.payments.queries.payouts import bank_file_text, payout_desk, payout_due
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

bp = Blueprint("outbox", __name__)


@bp.get("/money/payouts")
@allow("money.see", national)
def desk() -> Response:
    """What is owed to groups, what may go today, what was sent to the bank."""
    return _desk_page()


@bp.post("/money/payouts/file")
@allow("payout.record", national)
def make_file() -> Response:
    """Put the chosen payouts into one file for the bank."""

    def act(session: Any) -> str:
        config: Any = current_app.extensions["market_config"]
        ids = {typed_id(typed) for typed in request.form.getlist("id")}
        bank_files.make_bank_file(
            session, ids, bank_files.Layout(columns=config.bank_file_columns),
            actor=principal().actor(), now=utc_now(),
        )  # fmt: skip
        return str(_("The file is ready. Download it and give it to the bank."))

    return _do(act)


@bp.get("/money/payouts/files/<int:file_id>.csv")
@allow("payout.record", national)
def download(file_id: int) -> Response:
    """The file as it was made: the same bytes however often it is asked for."""
    with transaction() as session:
        content = bank_file_text(session, file_id)
        note_taken(session, f"bank_file:{file_id}", actor=principal().actor(), now=utc_now())
    answer = Response((BOM + content).encode(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="payouts-{file_id}.csv"'
    return answer


@bp.post("/money/payouts/files/<int:file_id>/done")
@allow("payout.record", national)
def finish_file(file_id: int) -> Response:
    """The bank carried it out, perhaps all but some."""

    def act(session: Any) -> str:
        paid = bank_files.finish_bank_file(
            session, file_id, bank_reference=request.form.get("bank_reference", ""),
            failed=[typed_id(typed) for typed in request.form.getlist("failed")],
            actor=principal().actor(), now=utc_now(),
        )  # fmt: skip
        return str(_("%(n)s payouts recorded. The groups are told.", n=paid))

    return _do(act)


@bp.post("/money/payouts/<int:payout_id>/paid")
@allow("payout.record", national)
def paid(payout_id: int) -> Response:
    """One payout was sent by hand."""

    def act(session: Any) -> str:
        payouts.record_payout(
            session, payout_id, bank_reference=request.form.get("bank_reference", ""),
            actor=principal().actor(), now=utc_now(),
        )  # fmt: skip
        return str(_("Payout recorded. The group is told."))

    return _do(act)


@bp.get("/money/payouts/<int:payout_id>/qr.png")
@allow("payout.record", national)
def qr(payout_id: int) -> Response:
    """The PromptPay QR by which the treasurer's phone pays a group; of a confirmed account only."""
    with reading() as session:
        due = payout_due(session, payout_id)
    if due.promptpay_id is None or due.bank_file_id is not None:
        raise NotFound("not_found", what="account")
    picture = qr_png(promptpay_payload(due.promptpay_id, due.amount_satang))
    return Response(picture, mimetype="image/png")


@bp.post("/money/accounts/<int:account_id>/confirm")
@allow("account.confirm", national)
def confirm(account_id: int) -> Response:
    """A second person compared the account with the bank book."""

    def act(session: Any) -> str:
        actor = principal().actor()
        group_accounts.confirm_account(session, account_id, actor=actor, now=utc_now())
        return str(_("Account confirmed. Payouts of this group go there from now on."))

    return _do(act)


def _do(act: Callable[[Any], str]) -> Response:
    return carry_out(act, then=see_other("outbox.desk"), again=_desk_page, bells=[SEND_NOTICES])


def _desk_page(refusal: MarketError | None = None) -> Response:
    with reading() as session:
        view = payout_desk(session)
    return page(
        "payments/payouts.html",
        desk=view,
        banks=BANKS,
        me=principal().actor(),
        error=sentence(refusal),
        status=status_of(refusal),
    )
