"""A group's own money: its account, its payouts, and what each member gets."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.errors import MarketError, Refused
from market.payments import group_accounts, member_shares
from market.payments.banks import BANKS
from market.payments.queries.payouts import group_money, group_thing, payout_thing
from market.payments.queries.shares import get_shares
from market.payments.states import ShareRule
from market.thai import arabic_digits
from market.web import allow, carry_out, page, principal, say, see_other, sentence, status_of

bp = Blueprint("sharing", __name__)
MINUTES = 60
SPARE_ROWS = 4


@bp.get("/group/<int:group_id>/money")
@allow("group.money", group_thing)
def money(group_id: int) -> Response:
    """What the group was paid, its papers, its account."""
    with reading() as session:
        view = group_money(session, group_id)
    return page("sharing/money.html", money=view, banks=BANKS)


@bp.get("/group/<int:group_id>/account")
@allow("account.enter", group_thing)
def account(group_id: int) -> Response:
    """Where the group's money is to go."""
    return _account_page(group_id)


@bp.post("/group/<int:group_id>/account")
@allow("account.enter", group_thing)
def enter_account(group_id: int) -> Response:
    """A new account, to be confirmed by somebody else."""
    typed = group_accounts.NewAccount(
        bank_code=request.form.get("bank_code", ""),
        account_number=request.form.get("account_number", ""),
        account_name=request.form.get("account_name", ""),
        promptpay_id=request.form.get("promptpay_id", ""),
    )
    try:
        with transaction() as session:
            group_accounts.enter_account(
                session, group_id, typed, actor=principal().actor(), now=utc_now()
            )
    except MarketError as refusal:
        return _account_page(group_id, refusal)
    say(_("Account written down. It is used when another person has confirmed it."))
    return see_other("sharing.account", group_id=group_id)


@bp.get("/payouts/<int:payout_id>/shares")
@allow("group.money", payout_thing)
def shares(payout_id: int) -> Response:
    """The one question that is open, or the list that was confirmed."""
    return _shares_page(payout_id)


@bp.post("/payouts/<int:payout_id>/shares/rule")
@allow("shares.decide", payout_thing)
def rule(payout_id: int) -> Response:
    """Equally, by units, or by hours."""
    typed = request.form.get("rule", "")

    def act(session: Any) -> None:
        if typed not in {str(one) for one in ShareRule}:
            raise Refused("share_rule_first")
        member_shares.choose_rule(
            session, payout_id, ShareRule(typed), actor=principal().actor(), now=utc_now()
        )

    return _do(payout_id, act)


@bp.post("/payouts/<int:payout_id>/shares/members")
@allow("shares.decide", payout_thing)
def members(payout_id: int) -> Response:
    """Who, and how much of the work."""

    def act(session: Any) -> None:
        by_hours = get_shares(session, payout_id).share_rule == ShareRule.HOURS
        names = request.form.getlist("name")
        weights = request.form.getlist("weight") or ["1"] * len(names)
        rows = [
            member_shares.Member(name=name, weight=_weight(weight, by_hours))
            for name, weight in zip(names, weights, strict=False)
            if name.strip()
        ]
        member_shares.set_members(
            session, payout_id, rows, actor=principal().actor(), now=utc_now()
        )

    return _do(payout_id, act)


@bp.post("/payouts/<int:payout_id>/shares/confirm")
@allow("shares.decide", payout_thing)
def confirm(payout_id: int) -> Response:
    """The treasurer stands by it."""

    def act(session: Any) -> None:
        member_shares.confirm_shares(session, payout_id, actor=principal().actor(), now=utc_now())

    return _do(payout_id, act)


def _weight(typed: str, by_hours: bool) -> int:
    """Units as they are, hours (``7.5``) in minutes; nothing typed is no work."""
    text = arabic_digits(typed[:12]).replace(",", "").strip() or "0"
    try:
        number = Decimal(text) * (MINUTES if by_hours else 1)
    except InvalidOperation as wrong:
        raise Refused("weight_wrong") from wrong
    if not number.is_finite() or not 0 <= number <= member_shares.MOST_WEIGHT:
        raise Refused("weight_wrong")
    if not by_hours and number != number.to_integral_value():
        raise Refused("weight_wrong")
    return int(number.to_integral_value())


def _do(payout_id: int, act: Callable[[Any], None]) -> Response:
    return carry_out(
        act,
        then=see_other("sharing.shares", payout_id=payout_id),
        again=partial(_shares_page, payout_id),
    )


def _shares_page(payout_id: int, refusal: MarketError | None = None) -> Response:
    with reading() as session:
        view = get_shares(session, payout_id)
    step = request.args.get("step", "")
    return page(
        "sharing/shares.html",
        view=view,
        step=step if step in ("rule", "members") and view.step == "confirm" else view.step,
        rows=_rows(view),
        error=sentence(refusal),
        status=status_of(refusal),
    )


def _rows(view: Any) -> list[tuple[str, str]]:
    """Name and weight as the form shows them: what was typed, what is known, some empty rows."""
    if request.method == "POST" and request.form.getlist("name"):
        weights = request.form.getlist("weight") or [""] * len(request.form.getlist("name"))
        return list(zip(request.form.getlist("name"), weights, strict=False))
    per = MINUTES if view.share_rule == ShareRule.HOURS else 1
    known = [(share.name, f"{share.weight / per:g}") for share in view.shares]
    known = known or [(name, "") for name in view.known]
    empty = SPARE_ROWS if known else max(SPARE_ROWS, min(view.members, 60))
    return known + [("", "")] * empty


def _account_page(group_id: int, refusal: MarketError | None = None) -> Response:
    with reading() as session:
        view = group_money(session, group_id)
    return page(
        "sharing/account.html",
        money=view,
        banks=BANKS,
        typed=request.form,
        error=sentence(refusal),
        status=status_of(refusal),
    )
