"""The bank's statement: brought as CSV, each line decided by a person."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading
from market.doorbell import MONEY_RECORDED
from market.errors import MarketError
from market.money import format_baht
from market.payments import bank_lines
from market.payments.forms import typed_id
from market.payments.queries.lines import waiting_lines
from market.payments.statements.rules import Statement, read_statement
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

bp = Blueprint("statements", __name__)


@bp.get("/money/lines")
@allow("money.see", national)
def lines() -> Response:
    """Lines that wait, each with what it most probably pays."""
    return _lines_page()


@bp.post("/money/lines")
@allow("receipt.record", national)
def bring() -> Response:
    """Read a statement; one wrong row, and nothing of it is kept."""
    sent = request.files.get("statement")
    data = sent.read() if sent else b""
    config: Any = current_app.extensions["market_config"]
    statement = read_statement(data, config.bank_import_columns)
    if statement.wrong:
        return _lines_page(statement=statement)

    def act(session: Any) -> str:
        found = bank_lines.import_statement(
            session, statement.lines, file_hash=hashlib.sha256(data).hexdigest(),
            name=(sent.filename or "") if sent else "", actor=principal().actor(), now=utc_now(),
        )  # fmt: skip
        return str(_("%(new)s new lines, %(known)s known before.", new=found.new,
                     known=found.known))  # fmt: skip

    return _do(act)


@bp.post("/money/lines/<int:line_id>/accept")
@allow("receipt.record", national)
def accept(line_id: int) -> Response:
    """It pays this order: the suggested one, or the one whose number was typed."""

    def act(session: Any) -> str:
        typed = request.form.get("number", "").strip()
        charge_id = (
            bank_lines.charge_of(session, typed) if typed else typed_id(request.form.get("charge"))
        )
        received = bank_lines.accept_line(
            session, line_id, charge_id, actor=principal().actor(), now=utc_now(),
            open_satang=None if typed else typed_id(request.form.get("open")),
        )  # fmt: skip
        return _words(received.outcome)

    return _do(act)


@bp.post("/money/lines/<int:line_id>/link")
@allow("receipt.record", national)
def link(line_id: int) -> Response:
    """Its money was recorded before."""

    def act(session: Any) -> str:
        receipt_id = typed_id(request.form.get("receipt"))
        actor = principal().actor()
        bank_lines.link_line(session, line_id, receipt_id, actor=actor, now=utc_now())
        return str(_("Noted: this money was recorded before."))

    return _do(act)


@bp.post("/money/lines/<int:line_id>/aside")
@allow("receipt.record", national)
def aside(line_id: int) -> Response:
    """It is no buyer's money."""

    def act(session: Any) -> str:
        bank_lines.set_aside(session, line_id, actor=principal().actor(), now=utc_now())
        return str(_("Set aside."))

    return _do(act)


@bp.post("/money/lines/certain")
@allow("receipt.record", national)
def accept_certain() -> Response:
    """Every line that a slip's reference or an order's number proves, to the satang."""

    def act(session: Any) -> str:
        done, satang = 0, 0
        for line in waiting_lines(session):
            if line.guess and line.guess.certain and line.guess.charge_id:
                bank_lines.accept_line(
                    session, line.id, line.guess.charge_id,
                    actor=principal().actor(), now=utc_now(),
                )  # fmt: skip
                done, satang = done + 1, satang + line.amount_satang
        return str(_("%(n)s lines accepted, %(amount)s.", n=done, amount=format_baht(satang)))

    return _do(act)


def _words(outcome: str) -> str:
    words = {
        "paid": _("Received. The order is paid."),
        "partly": _("Received. A part is still open."),
        "again": _("This transfer was recorded before. Nothing changed."),
        "excess": _("Received; the order could not take it, so it is owed back to the buyer."),
    }
    return str(words[outcome])


def _do(act: Callable[[Any], str]) -> Response:
    then = see_other("statements.lines")
    return carry_out(act, then=then, again=_lines_page, bells=MONEY_RECORDED)


def _lines_page(refusal: MarketError | None = None, statement: Statement | None = None) -> Response:
    with reading() as session:
        waiting = waiting_lines(session)
    wrong = statement is not None and bool(statement.wrong)
    return page(
        "payments/lines.html",
        lines=waiting,
        statement=statement,
        error=sentence(refusal),
        status=422 if wrong else status_of(refusal),
    )
