"""Orders, four ways round. Cancelled ones are in none of them; ``fallen`` lists those."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.reports.kinds.parts import (
    EITHER,
    GROUP,
    LINES,
    MAKERS,
    PLACE,
    PRODUCT,
    UNIT,
    WHERE_TO,
    money,
    units,
)
from market.reports.rules import Column, Job, Report, Source, Stage

_NUMBER = Column(key="number", title=_("Order no."), width=10)
_PRODUCT = Column(key="product", title=_("Goods"), width=28)
_UNIT = Column(key="unit", title=_("Unit"), width=8)
_GROUP = Column(key="group_name", title=_("Producer group"), width=26)
_TO = Column(key="goes_to", title=_("Goes to"), width=30)
_ON = Column(key="delivery_on", title=_("Delivery"), kind="date", width=14)
_SHORT = Column(key="buyer", title=_("Buyer"), kind="short", width=16)
_AMOUNTS = (
    units("wanted_units", _("Ordered")),
    units("given_units", _("Gets")),
    _UNIT,
    money("amount_satang", _("Baht")),
)
_VALUES = f"l.wanted_units, l.given_units, {UNIT} AS unit, l.amount_satang"

REPORTS = (
    Report(
        key="orders_by_buyer", title=_("Orders by buyer"),
        about=_("Each order with its goods: who asked for what, and gets how many."),
        right="report.orders", job=Job.CUT_OFF, source=Source.FROZEN, people=True,
        columns=(
            _NUMBER, Column(key="buyer", title=_("Buyer"), kind="name", width=20),
            Column(key="phone", title=_("Phone"), kind="phone", width=14), _TO, _ON, _PRODUCT,
            _GROUP, *_AMOUNTS,
        ),
        group="number",
        sql=f"""SELECT o.number, o.buyer, o.phone, {WHERE_TO} AS goes_to, o.delivery_on,
               {PRODUCT} AS product, {GROUP} AS group_name, {_VALUES}
               {LINES} AND {PLACE} ORDER BY o.order_id, l.line_id, l.batch_id""",
    ),
    Report(
        key="orders_by_product", title=_("Orders by product"),
        about=_("Each kind of goods with its orders."),
        right="report.orders", job=Job.CUT_OFF, source=Source.FROZEN,
        columns=(_PRODUCT, _NUMBER, _SHORT, _TO, _ON, _GROUP, *_AMOUNTS), group="product",
        sql=f"""SELECT {PRODUCT} AS product, o.number, o.buyer, {WHERE_TO} AS goes_to,
               o.delivery_on, {GROUP} AS group_name, {_VALUES}
               {LINES} AND {EITHER} ORDER BY p.code, o.order_id, l.line_id, l.batch_id""",
    ),
    Report(
        key="orders_by_group", title=_("Orders by group"),
        about=_("What buyers get from each group; before the match, whom they asked by name."),
        right="report.making", job=Job.CUT_OFF, source=Source.FROZEN,
        columns=(_GROUP, _PRODUCT, _NUMBER, _SHORT, _TO, _ON, *_AMOUNTS), group="group_name",
        sql=f"""SELECT {GROUP} AS group_name, {PRODUCT} AS product, o.number, o.buyer,
               {WHERE_TO} AS goes_to, o.delivery_on, {_VALUES}
               {LINES} AND l.group_id IS NOT NULL AND {MAKERS}
               ORDER BY g.code, p.code, o.order_id, l.line_id, l.batch_id""",
    ),
    Report(
        key="orders_by_point", title=_("Orders by pick-up point"),
        about=_("What goes to each point, order by order; parcels come last."),
        right="report.orders", job=Job.CUT_OFF, source=Source.FROZEN,
        columns=(_TO, _ON, _NUMBER, _SHORT, _PRODUCT, _GROUP, *_AMOUNTS), group="goes_to",
        sql=f"""SELECT {WHERE_TO} AS goes_to, o.delivery_on, o.number, o.buyer,
               {PRODUCT} AS product, {GROUP} AS group_name, {_VALUES}
               {LINES} AND {PLACE}
               ORDER BY t.code NULLS LAST, o.tambon_code, o.order_id, l.line_id, l.batch_id""",
    ),
    Report(
        key="unmet", title=_("What was not met"),
        about=_("Units that nobody makes, and which rule stopped it."),
        right="report.orders", job=Job.LEARNING, source=Source.FROZEN, since=Stage.CONFIRMING,
        columns=(
            _PRODUCT, _TO, _NUMBER, Column(key="asked_group", title=_("Asked by name"), width=26),
            units("unmet_units", _("Not made")), _UNIT,
            Column(key="reason", title=_("Why"), kind="unmet", width=40),
        ),
        group="product",
        sql=f"""SELECT {PRODUCT} AS product, {WHERE_TO} AS goes_to, o.number,
               {GROUP} AS asked_group, l.wanted_units - l.given_units AS unmet_units,
               {UNIT} AS unit, l.reason
               {LINES} AND l.batch_id = 0 AND {EITHER}
               ORDER BY p.code, o.order_id, l.line_id""",
    ),
    Report(
        key="fallen", title=_("Cancelled orders"),
        about=_("Only these are cancelled; they are in no other list of orders."),
        right="report.orders", job=Job.CUT_OFF, source=Source.ROUND,
        columns=(
            _NUMBER, _SHORT, _TO, Column(key="placed_at", title=_("Ordered on"), kind="moment"),
            Column(key="cancelled_at", title=_("Cancelled on"), kind="moment"),
        ),
        sql=f"""SELECT o.number, b.name AS buyer,
               coalesce(CASE WHEN :th THEN s.name_th ELSE s.name_en END,
                        CASE WHEN :th THEN d.name_th ELSE d.name_en END) AS goes_to,
               o.placed_at, o.cancelled_at
               FROM orders o JOIN buyer b ON b.id = o.buyer_id
               JOIN tambon d ON d.code = o.tambon_code
               LEFT JOIN pickup_point s ON s.id = o.point_id
               WHERE o.round_id = :round_id AND o.state = 'cancelled'
                 AND o.cancelled_at <= :as_of AND {PLACE} ORDER BY o.id""",
    ),
)  # fmt: skip
