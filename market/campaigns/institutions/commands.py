"""Institutions and their orders: written, quoted, asked of the groups line by line."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, delete, insert, select
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.campaigns.institutions.models import Institution, InstitutionLine, InstitutionOrder
from market.campaigns.institutions.rules import MOST_LINES, BulkState
from market.catalogue.models import Product
from market.clock import bangkok_date
from market.db import lock
from market.errors import Conflict, Refused
from market.made_to_order.asking import Sender, Terms, send_request, vouch_request
from market.made_to_order.drafting import check_day, start_draft
from market.made_to_order.rules import BuyerKind

#: A quotation's number is the order's, and which version of it.
VERSIONS = 1000
#: Stands where a phone number stood whose owner has left.
FORGOTTEN = "–"


@dataclass(frozen=True, kw_only=True)
class NewInstitution:
    """All that is said of an institution; a point or an address, never both."""

    name: str
    contact: str
    phone: str
    billing_words: str
    tambon_code: str
    tax_id: str | None = None
    branch: str | None = None
    email: str | None = None
    point_id: int | None = None
    address: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewLine:
    """Goods wanted on a day at a price a unit."""

    product_id: int
    units: int
    price_satang: int
    needed_on: date


def write_institution(
    session: Session, new: NewInstitution, *, actor: str, now: datetime,
    institution_id: int | None = None, version: int = 0,
) -> int:  # fmt: skip
    """Keep an institution; Conflict where somebody else wrote it meanwhile."""
    if institution_id is None:
        found = Institution(created_at=now)
    else:
        found = lock(session, Institution, institution_id)
        if found.version != version:
            raise Conflict("institution_was_changed")
        found.version += 1
    for name, value in asdict(new).items():
        setattr(found, name, value)
    session.add(found)
    session.flush()
    record(
        session, actor=actor, subject=f"institution:{found.id}", event="institution.written", at=now
    )
    return found.id


def write_order(
    session: Session, institution_id: int, po_number: str | None, lines: Sequence[NewLine], *,
    key: str, actor: str, now: datetime, version: int = 0,
) -> int:  # fmt: skip
    """A draft order, once for each key; its lines are written over while it is a draft.

    version: the one that was changed, 0 for a new order. Refused for no lines, too many, or the
    same goods twice on a day. Conflict where another version stands there and says otherwise.
    """
    if not 0 < len(lines) <= MOST_LINES:
        raise Refused("bulk_lines", most=MOST_LINES)
    if len({(line.product_id, line.needed_on) for line in lines}) < len(lines):
        raise Refused("bulk_line_twice")
    order = _draft(session, institution_id, key, now)
    if order.version != version:
        if order.po_number == po_number and _lines_of(session, order.id) == set(lines):
            return order.id  # sent twice
        raise Conflict("bulk_was_changed")
    order.po_number = po_number
    order.version += 1
    session.flush()
    session.execute(delete(InstitutionLine).where(InstitutionLine.order_id == order.id))
    session.execute(insert(InstitutionLine), [{"order_id": order.id, **asdict(x)} for x in lines])
    _trail(session, order, "bulk.written", actor, now)
    return order.id


def _draft(session: Session, institution_id: int, key: str, now: datetime) -> InstitutionOrder:
    """The order of this key, made where there is none. Conflict where it is no draft of theirs."""
    lock(session, Institution, institution_id)
    order = session.scalar(
        select(InstitutionOrder).where(InstitutionOrder.key == key).with_for_update()
    )
    if order is None:
        order = InstitutionOrder(
            institution_id=institution_id, key=key, state=BulkState.DRAFT, version=0, created_at=now
        )
        session.add(order)
    if order.institution_id != institution_id or order.state is not BulkState.DRAFT:
        raise Conflict("bulk_moved_on")
    return order


def _lines_of(session: Session, order_id: int) -> set[NewLine]:
    rows = session.execute(
        select(
            InstitutionLine.product_id, InstitutionLine.units, InstitutionLine.price_satang,
            InstitutionLine.needed_on,
        ).where(InstitutionLine.order_id == order_id)
    )  # fmt: skip
    return {NewLine(**row._mapping) for row in rows}


def quote(session: Session, order_id: int, days: int, *, actor: str, now: datetime) -> int:
    """Give a quotation that stands for so many days; its number. Again: the same one."""
    order = lock(session, InstitutionOrder, order_id)
    if order.state is BulkState.QUOTED and order.quote_number is not None:
        return order.quote_number
    if order.state is not BulkState.DRAFT:
        raise Conflict("bulk_moved_on")
    number = order.id * VERSIONS + order.version  # never given twice, not even when taken back
    order.quote_number, order.quoted_at = number, now
    order.valid_until = bangkok_date(now) + timedelta(days=days)
    order.state = BulkState.QUOTED
    session.flush()
    _trail(session, order, "bulk.quoted", actor, now)
    return number


def take_back(session: Session, order_id: int, *, actor: str, now: datetime) -> None:
    """A quotation becomes a draft again; its number is not used for another."""
    order = lock(session, InstitutionOrder, order_id)
    if order.state is BulkState.DRAFT:
        return
    if order.state is not BulkState.QUOTED:
        raise Conflict("bulk_moved_on")
    order.state, order.quote_number, order.quoted_at = BulkState.DRAFT, None, None
    order.valid_until = None
    order.version += 1
    session.flush()
    _trail(session, order, "bulk.taken_back", actor, now)


def accept(
    session: Session, order_id: int, *, answer_hours: int, actor: str, now: datetime
) -> None:
    """The institution takes the quotation. Refused when it has run out, a day is too near, or
    whoever was to be called has been forgotten.
    """
    order = lock(session, InstitutionOrder, order_id)
    if session.get_one(Institution, order.institution_id).phone == FORGOTTEN:
        raise Refused("institution_has_no_contact")
    if order.state is BulkState.ASKED:
        return
    if order.state is not BulkState.QUOTED or order.valid_until is None:
        raise Refused("bulk_not_quoted")
    if order.valid_until < bangkok_date(now):
        raise Refused("quotation_ran_out")
    days = select(InstitutionLine.needed_on).where(InstitutionLine.order_id == order_id)
    for day in set(session.scalars(days)):
        check_day(day, answer_hours=answer_hours, now=now)
    order.state, order.asked_at = BulkState.ASKED, now
    session.flush()
    _trail(session, order, "bulk.asked", actor, now)


def ask_next(
    session: Session, order_id: int, terms: Terms, *, actor: str, now: datetime,
    chosen: Mapping[int, Collection[int]] | None = None,
) -> int | None:  # fmt: skip
    """Ask the groups for one more line of an accepted order; None where none is left.

    chosen: by line, whom a person ticked; a line that is not named is asked of those who fit
    best. The line is known by its row, so asking twice asks once.
    """
    order = lock(session, InstitutionOrder, order_id)
    if order.state is not BulkState.ASKED:
        return None
    line = session.scalar(_waiting(order_id).limit(1))
    if line is None:
        return None
    request_id, _token = start_draft(session, _wish(session, order, line), now=now)
    vouch_request(session, request_id)
    line.request_id = request_id
    session.flush()
    send_request(
        session, request_id, Sender(actor=actor), terms, now=now, among=(chosen or {}).get(line.id)
    )  # fmt: skip
    return request_id


def _waiting(order_id: int) -> Select[InstitutionLine]:
    """The lines that are still to be asked, the soonest first."""
    lines = select(InstitutionLine).where(InstitutionLine.order_id == order_id)
    return lines.where(InstitutionLine.request_id.is_(None)).order_by(
        InstitutionLine.needed_on, InstitutionLine.id
    )


def _wish(session: Session, order: InstitutionOrder, line: InstitutionLine) -> dict[str, object]:
    who = session.get_one(Institution, order.institution_id)
    goods = session.get_one(Product, line.product_id)
    return {
        "words": goods.name_th, "category_key": goods.category_key, "product_id": goods.id,
        "units": line.units, "unit_th": goods.unit_th, "unit_en": goods.unit_en,
        "ship_weight_g": max(1, goods.ship_weight_g), "needed_on": line.needed_on,
        "point_id": who.point_id, "tambon_code": who.tambon_code, "address": who.address,
        "max_price_satang": line.price_satang, "buyer_kind": BuyerKind.OTHER,
        "org_name": who.name, "tax_id": who.tax_id, "name": who.contact, "phone": who.phone,
        "email": who.email,
    }  # fmt: skip


def _trail(
    session: Session, order: InstitutionOrder, event: str, actor: str, now: datetime
) -> None:
    record(
        session, actor=actor, subject=f"institution_order:{order.id}", event=event, at=now,
        to_state=order.state, data={"quote_number": order.quote_number},
    )  # fmt: skip
