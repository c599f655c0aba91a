"""A price as a stack of parts that adds up: what each part takes, the makers get the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.catalogue.models import Product
from market.errors import Refused
from market.money import split_by_weights
from market.rounds.joining import lock_draft
from market.rounds.models import PartRule, Round, RoundOffer, RoundOfferPart

WHOLE = 10_000  # basis points
MAKERS = "makers"
#: In the order in which they stand on a page; the makers' is what the others leave.
PARTS = (MAKERS, "packing", "transport", "coordination", "marketing", "payment")
#: What the group gets: it makes and it packs.
GROUP_PARTS = frozenset({MAKERS, "packing"})
EVERY_KIND = ""


@dataclass(frozen=True, kw_only=True)
class PartView:
    """A part of the price of a kind of goods ('': every kind), in basis points."""

    category: str
    part: str
    basis_points: int


def split_price(price_satang: int, basis_points: Mapping[str, int]) -> dict[str, int]:
    """The price by part, rounded once with the largest remainder; only parts above zero.

    Raises ValueError where the parts take more than the whole price.
    """
    taken = {part: basis_points.get(part, 0) for part in PARTS if part != MAKERS}
    weights = [WHOLE - sum(taken.values()), *taken.values()]
    amounts = split_by_weights(price_satang, weights)
    return {part: satang for part, satang in zip(PARTS, amounts, strict=True) if satang}


def rules_for(rules: Sequence[PartView], category: str) -> dict[str, int]:
    """The parts of one kind of goods: its own rule where it has one, else everybody's."""
    found: dict[str, int] = {}
    for kind in (EVERY_KIND, category):
        found |= {rule.part: rule.basis_points for rule in rules if rule.category == kind}
    return found


def part_rules(session: Session) -> tuple[PartView, ...]:
    """What the market takes for each kind of goods."""
    query = select(PartRule).order_by(PartRule.category, PartRule.part)
    return tuple(
        PartView(category=rule.category, part=rule.part, basis_points=rule.basis_points)
        for rule in session.scalars(query)
    )


def own_rules(parts: Mapping[str, Mapping[str, int]] | None) -> tuple[PartView, ...]:
    """The shares that a round or a template says itself."""
    return tuple(
        PartView(category=category, part=part, basis_points=points)
        for category, shares in (parts or {}).items()
        for part, points in shares.items()
    )


def round_rules(session: Session, round_id: int) -> tuple[PartView, ...]:
    """What a round takes of each price: its own shares where it says any, else the market's."""
    own = session.scalar(select(Round.parts).where(Round.id == round_id))
    return part_rules(session) if own is None else own_rules(own)


def set_round_parts(
    session: Session,
    round_id: int,
    shares: Mapping[str, int] | None,
    *,
    actor: str,
    now: datetime,
) -> None:
    """A draft's own shares for every kind of goods, in basis points; None: the market's again.

    Refused as ``set_part_rules``, Conflict once the round has opened.
    """
    round_ = lock_draft(session, round_id)
    if shares is not None:
        check_parts(shares)
    before, round_.parts = round_.parts, None if shares is None else {EVERY_KIND: dict(shares)}
    record(
        session, actor=actor, subject=f"round:{round_id}", event="round.parts", at=now,
        data={"before": before, "after": round_.parts},
    )  # fmt: skip


def check_parts(basis_points: Mapping[str, int]) -> None:
    """Refused for an unknown part, and where the makers would be left with less than half."""
    if not set(basis_points) <= set(PARTS) - {MAKERS} or min(basis_points.values(), default=0) < 0:
        raise Refused("part_unknown")
    if sum(basis_points.values()) > WHOLE // 2:
        raise Refused("parts_take_too_much")


def freeze_parts(session: Session, round_id: int) -> None:
    """Write what each part gets of one unit of every offer of a round. Three statements.

    From here on a change of the rules touches later rounds only.
    """
    rules = round_rules(session, round_id)
    if not rules:
        return
    offers = session.execute(
        select(RoundOffer.id, RoundOffer.price_satang, Product.category_key)
        .join(Product, Product.id == RoundOffer.product_id)
        .where(RoundOffer.round_id == round_id)
        .order_by(RoundOffer.id)
    ).all()
    stacks = {o.id: split_price(o.price_satang, rules_for(rules, o.category_key)) for o in offers}
    rows = [
        {"round_offer_id": offer, "part": part, "amount_satang": satang}
        for offer, stack in stacks.items()
        for part, satang in stack.items()
    ]
    session.execute(insert(RoundOfferPart), rows)
    _write_group_part(session, stacks)


def _write_group_part(session: Session, stacks: Mapping[int, Mapping[str, int]]) -> None:
    rows = [
        {
            "id": offer,
            "group_satang": sum(satang for part, satang in stack.items() if part in GROUP_PARTS),
        }
        for offer, stack in stacks.items()
    ]
    session.execute(update(RoundOffer), rows)


def set_part_rules(
    session: Session, category: str, basis_points: Mapping[str, int], *, actor: str, now: datetime
) -> None:
    """Say what each part gets for a kind of goods, for rounds that open from now on.

    Refused for an unknown part, and where the makers would be left with less than half.
    """
    check_parts(basis_points)
    before = {r.part: r.basis_points for r in part_rules(session) if r.category == category}
    session.execute(delete(PartRule).where(PartRule.category == category))
    rows = [
        {"category": category, "part": part, "basis_points": points}
        for part, points in basis_points.items()
    ]
    if rows:
        session.execute(insert(PartRule), rows)
    record(
        session, actor=actor, subject=f"part_rule:{category or 'every'}", event="parts.changed",
        at=now, data={"before": before, "after": dict(basis_points)},
    )  # fmt: skip
