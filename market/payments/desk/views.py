"""The treasurer's pages: what came in, what went out, and books that add up."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.accounts.trail import note_taken
from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import MONEY_RECORDED
from market.errors import MarketError, NotFound, Refused
from market.money import format_baht
from market.payments import cases, commands, exports, queries
from market.payments.causes import REFUND_CAUSES
from market.payments.forms import typed_id, typed_satang
from market.payments.queries import closing
from market.payments.queries.cases import open_cases
from market.principals import Thing
from market.rounds.queries import get_round
from market.thai import normalise
from market.web import (
    allow,
    carry_out,
    is_htmx,
    live,
    national,
    page,
    principal,
    see_other,
    sentence,
    status_of,
)

bp = Blueprint("money", __name__)
FIND_LENGTH = 60
PIECE_BYTES = 64 * 1024
#: Refusals that a person who has looked at the bank twice may overrule.
MONEY_IS_THERE = ("amount_differs", "charge_expired")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def round_thing(session: Any, round_id: int, table: str = "") -> Thing:
    """A round's money concerns the whole country. Raises NotFound for a round that is not."""
    get_round(session, round_id)
    return Thing(area="")


@bp.get("/money")
@allow("money.see", national)
def index() -> Response:
    """What waits for somebody, and rounds with money in them. Renews itself by polling."""
    with reading() as session:
        rounds, todo = queries.list_rounds(session), closing.todo(session, now=utc_now())
    template = "payments/_index_live.html" if is_htmx() else "payments/index.html"
    return live(partial(page, template, rounds=rounds, todo=todo), (rounds, todo))


@bp.get("/money/<int:round_id>")
@allow("money.see", national)
def round_money(round_id: int) -> Response:
    """A round's money: charges, refunds, payouts, and books that add up."""
    return _round_page(round_id)


@bp.get("/money/<int:round_id>/<table>.csv")
@allow("money.see", round_thing)
def export_csv(round_id: int, table: str) -> Response:
    """One table of a round's books."""
    if table not in exports.TABLES:
        raise NotFound("not_found", what="table")
    # Into a file first: a slow reader must not hold a connection of the database.
    file = tempfile.TemporaryFile()  # noqa: SIM115  sent later
    with reading() as session:
        file.writelines(line.encode() for line in exports.csv_of(session, table, round_id))
    _note_taken(round_id, table)
    file.seek(0)
    answer = Response(_pieces(file), mimetype="text/csv")
    name = f"round-{round_id}-{table}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@bp.get("/money/<int:round_id>/books.xlsx")
@allow("money.see", round_thing)
def export_workbook(round_id: int) -> Response:
    """All tables of a round's books, written row by row and sent in pieces."""
    file = tempfile.NamedTemporaryFile(prefix="books-", suffix=".xlsx")  # noqa: SIM115  sent later
    with reading() as session:
        exports.write_workbook(session, round_id, Path(file.name))
    _note_taken(round_id, "books")
    answer = Response(_pieces(file), mimetype=XLSX)
    answer.headers["Content-Disposition"] = f'attachment; filename="round-{round_id}.xlsx"'
    return answer


def _note_taken(round_id: int, table: str) -> None:
    with transaction() as session:
        note_taken(session, f"money:{round_id}:{table}", actor=principal().actor(), now=utc_now())


def _pieces(file: Any) -> Iterator[bytes]:
    """The file in pieces; closing it takes it off the disk."""
    with file:
        while piece := file.read(PIECE_BYTES):
            yield piece


@bp.get("/money/cases")
@allow("money.see", national)
def case_list() -> Response:
    """Money that does not fit, and what can be done about it."""
    return _cases_page()


@bp.post("/money/cases/<int:case_id>")
@allow("payout.record", national)
def remedy_case(case_id: int) -> Response:
    """Somebody decided about a case."""
    typed = request.form.get("remedy", "")

    def act(session: Any) -> str:
        if typed not in set(cases.Remedy):
            raise Refused("case_other_remedy")
        cases.remedy(
            session, case_id, cases.Remedy(typed), actor=principal().actor(), now=utc_now()
        )
        return str(_("Done. If it still does not fit, it comes back."))

    return carry_out(act, then=see_other("money.case_list"), again=_cases_page)


def _cases_page(refusal: MarketError | None = None) -> Response:
    with reading() as session:
        found, closed = open_cases(session), closing.closed_cases(session)
    return page(
        "payments/cases.html",
        cases=found,
        closed=closed,
        error=sentence(refusal),
        status=status_of(refusal),
    )


@bp.post("/money/<int:round_id>/receipts")
@allow("receipt.record", national)
def record_receipt(round_id: int) -> Response:
    """A transfer was seen in the bank; ``sure``: also late, or another amount than is due."""
    sure = request.form.get("sure") == "1"

    def act(session: Any) -> str:
        amount = typed_satang(request.form.get("amount", ""))
        commands.record_receipt(
            session, _own(session, round_id, "charge"), bank_reference=_reference(),
            amount_satang=amount, actor=principal().actor(), now=utc_now(),
            sure=sure,
        )  # fmt: skip
        if sure:
            return str(
                _(
                    "%(amount)s recorded. What is too much goes back to the buyer.",
                    amount=format_baht(amount),
                )
            )
        return str(_("%(amount)s received.", amount=format_baht(amount)))

    return _record(round_id, act)


@bp.post("/money/<int:round_id>/refunds")
@allow("refund.record", national)
def record_refund(round_id: int) -> Response:
    """Money was sent back to a buyer."""

    def act(session: Any) -> str:
        commands.record_refund(
            session, _own(session, round_id, "refund"), bank_reference=_reference(),
            actor=principal().actor(), now=utc_now(),
        )  # fmt: skip
        return str(_("Refund recorded. The buyer is told."))

    return _record(round_id, act)


@bp.post("/money/<int:round_id>/payouts")
@allow("payout.record", national)
def record_payout(round_id: int) -> Response:
    """Money was sent to a group."""

    def act(session: Any) -> str:
        commands.record_payout(
            session, _own(session, round_id, "payout"), bank_reference=_reference(),
            actor=principal().actor(), now=utc_now(),
        )  # fmt: skip
        return str(_("Payout recorded. The group is told."))

    return _record(round_id, act)


@bp.post("/money/<int:round_id>/deposits")
@allow("payout.record", national)
def record_deposit(round_id: int) -> Response:
    """Cash of a pick-up point was brought to the bank."""

    def act(session: Any) -> str:
        amount = typed_satang(request.form.get("amount", ""))
        commands.deposit_cash(
            session, point_id=typed_id(request.form.get("id")), amount_satang=amount,
            bank_reference=_reference(), actor=principal().actor(), now=utc_now(),
        )  # fmt: skip
        return str(_("%(amount)s brought to the bank.", amount=format_baht(amount)))

    return _record(round_id, act)


def _record(round_id: int, act: Callable[[Any], str]) -> Response:
    """Do it and go back to the page, or show the page again with what is wrong."""
    then = see_other("money.round_money", round_id=round_id, find=request.form.get("find"))
    again = partial(_round_page, round_id)
    return carry_out(act, then=then, again=again, bells=MONEY_RECORDED)


def _round_page(round_id: int, refusal: MarketError | None = None) -> Response:
    find = normalise(request.values.get("find", "")[:FIND_LENGTH].replace("\0", ""))
    with reading() as session:
        money = queries.get_round_money(session, round_id, find)
        books = closing.closing_of(session, round_id, now=utc_now())
    show = partial(
        page,
        "payments/_round_live.html" if is_htmx() else "payments/round.html",
        money=money,
        closing=books,
        causes=REFUND_CAUSES,
        find=find,
        error=sentence(refusal),
        may_insist=refusal is not None and refusal.code in MONEY_IS_THERE,
        typed=request.form if refusal else {},
    )
    return show(status=status_of(refusal)) if refusal else live(show, (money, books))


def _own(session: Any, round_id: int, what: str) -> int:
    """The id in the form, when it is of this round. NotFound for any other."""
    row_id = typed_id(request.form.get("id"))
    if queries.round_of(session, what, row_id) != round_id:
        raise NotFound("not_found", what=what)
    return row_id


def _reference() -> str:
    return request.form.get("bank_reference", "")
