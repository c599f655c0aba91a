"""Another product for lines that nobody makes: offered, and taken only with the buyer's yes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.matching.resolving.alternatives import PAIRS, pairs_given
from market.matching.resolving.asking import Wish
from market.matching.resolving.models import InsteadOffer, ShortfallStep
from market.matching.resolving.queries import get_short
from market.matching.resolving.rows import MADE, PROMISED
from market.matching.resolving.rules import (
    OfferState,
    StepKind,
    ask_until,
)
from market.matching.resolving.steps import lock_round, new_step, write_step
from market.matching.resolving.telling import tell_buyers_of
from market.orders.models import Order, OrderLine
from market.orders.rules import MakerChoice, ShortageChoice
from market.rounds.models import Round
from market.rounds.rules import RoundState

_INSERT = text(
    f"""{PAIRS}, offered AS (
        INSERT INTO instead_offer (step_id, round_id, line_id, round_offer_id, units, price_satang,
                                   state, offered_at, answer_by)
        SELECT :step_id, :round_id, line_id, round_offer_id, units, price_satang, 'open', :now,
               :answer_by
          FROM pairs WHERE upto <= room ORDER BY line_id
        RETURNING id, line_id, units, price_satang
    )
    SELECT i.id, i.units, (i.units * i.price_satang)::bigint AS amount_satang,
           CAST(:until AS text) AS answer_by, o.id AS order_id, o.number, o.buyer_id,
           p.name_th AS was_th, p.name_en AS was_en, q.name_th, q.name_en, q.unit_th, q.unit_en
      FROM offered i JOIN order_line l ON l.id = i.line_id JOIN orders o ON o.id = l.order_id
      JOIN product p ON p.id = l.product_id
      JOIN round_offer f ON f.id = :offer_id JOIN product q ON q.id = f.product_id
     ORDER BY i.id
    """  # noqa: S608  our own words
)
_COUNT = text(
    f"{PAIRS} SELECT coalesce(sum(units), 0)::bigint FROM pairs WHERE upto <= room"  # noqa: S608
)


def offer_instead(
    session: Session, wish: Wish, areas: Sequence[str], *, actor: str, now: datetime
) -> ShortfallStep:
    """Offer goods of a group of these areas to every buyer whose line nobody makes, as far as
    there is room.

    Who says nothing keeps the refund. Raises Refused where no match is left that could serve a
    yes, or nobody could take it; Conflict where somebody acted meanwhile.
    """
    round_ = lock_round(session, wish.round_id, wish.product_id, wish.number)
    get_short(session, wish.round_id, wish.product_id, areas, now=now)  # is it theirs?
    if round_.rematches >= round_.rematch_limit:
        raise Refused("resolve_no_rematch")
    until = ask_until(round_.answer_by, round_.pay_by, now)
    given = pairs_given(round_.id, wish.product_id, areas, wish.round_offer_id)
    units = session.scalar(_COUNT, given) or 0
    if not units:
        raise Refused("resolve_nobody_instead")
    step = new_step(
        round_, wish.product_id, wish.number, StepKind.INSTEAD, units, wish.round_offer_id
    )
    write_step(session, step, words=wish.words, actor=actor, now=now)
    given |= {"step_id": step.id, "now": now, "answer_by": until, "until": until.isoformat()}
    rows = session.execute(_INSERT, given).mappings().all()
    tell_buyers_of(session, round_, "order.instead", rows, now)
    return step


@dataclass(frozen=True, kw_only=True)
class InsteadView:
    """What a buyer is offered in the place of a line of the order.

    state: lapsed where the goods themselves are made after all, ``made_units`` of ``wanted_units``.
    group_asked: a group is asked for the goods themselves, so that a yes has to wait.
    """

    id: int
    was_code: str
    was_th: str
    was_en: str
    product_code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    group_th: str
    group_en: str
    units: int
    price_satang: int
    was_satang: int  # what the line would have cost at most
    state: str
    answer_by: datetime
    wanted_units: int
    made_units: int
    group_asked: bool
    was_unit_th: str
    was_unit_en: str


#: Of those that are over, the ones that were taken back before their time.
_OF_ORDER = text(
    f"""
    SELECT i.id, p.code AS was_code, p.name_th AS was_th, p.name_en AS was_en,
           q.code AS product_code, q.name_th, q.name_en, q.unit_th, q.unit_en,
           g.craft_th AS group_th, g.craft_en AS group_en,
           i.units, i.price_satang, (l.units * l.ceiling_satang)::bigint AS was_satang, i.state,
           i.answer_by, l.units AS wanted_units, {MADE} AS made_units,
           {PROMISED} > 0 AS group_asked, p.unit_th AS was_unit_th, p.unit_en AS was_unit_en
      FROM orders o JOIN order_line l ON l.order_id = o.id
      JOIN instead_offer i ON i.line_id = l.id
                          AND (i.state <> 'lapsed' OR i.answered_at < i.answer_by AND {MADE} > 0)
      JOIN product p ON p.id = l.product_id
      JOIN round_offer f ON f.id = i.round_offer_id
      JOIN product q ON q.id = f.product_id JOIN producer_group g ON g.id = f.group_id
     WHERE o.number = :number AND o.state = 'placed' ORDER BY i.id
    """  # noqa: S608  our own words
)


def instead_of_order(session: Session, number: str) -> tuple[InsteadView, ...]:
    """What was offered for lines of an order. 1 statement."""
    found = session.execute(_OF_ORDER, {"number": number})
    return tuple(InsteadView(**row._mapping) for row in found)


def answer_instead(
    session: Session, number: str, offer_id: int, *, accept: bool, actor: str, now: datetime
) -> InsteadOffer:
    """A buyer's word. Yes: the new line takes the old one's place and the next match serves it.

    The same word again changes nothing. Raises NotFound for another order's offer, Conflict where
    another word was given, Refused after its time or where the goods are being made after all.
    """
    round_, offer, line = _locked(session, number, offer_id)
    wanted = OfferState.ACCEPTED if accept else OfferState.DECLINED
    if offer.state is wanted:
        return offer
    _check_open(session, round_, offer, line, now)
    if accept:
        offer.new_line_id = _replace(session, offer, line, now)
    offer.state, offer.answered_by, offer.answered_at = wanted, actor, now
    session.flush()
    record(
        session, actor=actor, subject=f"line:{line.id}", event=f"line.instead_{wanted}", at=now,
        from_state=OfferState.OPEN, to_state=wanted,
        data={"offer": offer.id, "units": offer.units, "new_line": offer.new_line_id},
    )  # fmt: skip
    return offer


def _locked(session: Session, number: str, offer_id: int) -> tuple[Round, InsteadOffer, OrderLine]:
    """The offer with its round (shared) and the line it is for, in the order of locks."""
    found = session.execute(
        select(InsteadOffer.round_id, OrderLine.id)
        .join(OrderLine, OrderLine.id == InsteadOffer.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(InsteadOffer.id == offer_id, Order.number == number)
    ).one_or_none()
    if found is None:
        raise NotFound("not_found", what="offer")
    round_ = session.scalars(
        select(Round).where(Round.id == found.round_id).with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).one()  # fmt: skip
    return round_, lock(session, InsteadOffer, offer_id), lock(session, OrderLine, found.id)


def _check_open(
    session: Session, round_: Round, offer: InsteadOffer, line: OrderLine, now: datetime
) -> None:
    if offer.state in (OfferState.ACCEPTED, OfferState.DECLINED):
        raise Conflict("instead_answered")
    made, promised = _standing(session, line.id)
    if made:
        raise Refused("instead_not_needed")
    over = offer.state is OfferState.LAPSED or now >= offer.answer_by
    if over or round_.state is not RoundState.CONFIRMING or line.released_at is not None:
        raise Refused("instead_too_late")
    if promised:
        raise Refused("instead_group_asked")


_STANDING = text(
    f"SELECT {MADE} AS made, {PROMISED} AS promised FROM order_line l WHERE l.id = :id"  # noqa: S608
)


def _standing(session: Session, line_id: int) -> tuple[int, int]:
    """Units of a line that groups have said yes to, and those with what they are asked for."""
    row = session.execute(_STANDING, {"id": line_id}).one()
    return row.made, row.promised


_UNSERVED = text(
    """
    INSERT INTO unserved_line (run_id, line_id, units, reason)
    SELECT max(id), :line_id, :units, 'instead' FROM match_run
     WHERE round_id = :round_id AND state = 'published'
    """
)


def _replace(session: Session, offer: InsteadOffer, line: OrderLine, now: datetime) -> int:
    product = text("SELECT product_id, group_id FROM round_offer WHERE id = :id")
    chosen = session.execute(product, {"id": offer.round_offer_id}).one()
    line.released_at, line.released_reason = now, "instead"
    new = OrderLine(
        order_id=line.order_id, round_id=line.round_id, product_id=chosen.product_id,
        group_id=chosen.group_id, maker=MakerChoice.ONLY, shortage=ShortageChoice.FEWER,
        units=offer.units, ceiling_satang=offer.price_satang, priority=line.priority,
    )  # fmt: skip
    session.add(new)
    session.flush()
    values = {"line_id": new.id, "units": new.units, "round_id": new.round_id}
    session.execute(_UNSERVED, values)
    return new.id
