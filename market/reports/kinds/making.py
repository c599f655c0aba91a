"""What groups make and pack, and why the match gave them so many."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.reports.kinds.parts import (
    GROUP,
    LINES,
    MAKERS,
    PRODUCT,
    UNIT,
    WHERE_TO,
    local,
    of_group,
    units,
)
from market.reports.rules import Column, Job, Report, Source, Stage

_GROUP = Column(key="group_name", title=_("Producer group"), width=26)
_PRODUCT = Column(key="product", title=_("Goods"), width=28)
_UNIT = Column(key="unit", title=_("Unit"), width=8)
_ON = Column(key="delivery_on", title=_("Delivery"), kind="date", width=14)
_TO = Column(key="goes_to", title=_("Goes to"), width=30)
_ORDERS = Column(key="orders", title=_("Orders"), kind="units", width=9)

REPORTS = (
    Report(
        key="make_list", title=_("Make list"),
        about=_("How many of what each group makes for which day."),
        right="report.making", job=Job.MAKING, source=Source.FROZEN, since=Stage.CONFIRMING,
        columns=(
            _GROUP, Column(key="place", title=_("Place"), width=24), _PRODUCT, _ON,
            units("given_units", _("To make")), _UNIT, _ORDERS,
        ),
        group="group_name",
        sql=f"""SELECT {GROUP} AS group_name, {local("g", "place")} AS place,
               {PRODUCT} AS product, o.delivery_on, sum(l.given_units)::bigint AS given_units,
               {UNIT} AS unit, count(DISTINCT l.order_id) AS orders
               {LINES} AND l.batch_id > 0 AND {MAKERS}
               GROUP BY g.snapshot_id, g.kind, g.ref_id, p.snapshot_id, p.kind, p.ref_id,
                        o.delivery_on
               ORDER BY g.code, p.code, o.delivery_on""",
    ),
    Report(
        key="packing_by_buyer", title=_("Packing by buyer"),
        about=_("Bag by bag: each order's share of what a group packs, with its pick-up code."),
        right="report.making", job=Job.MAKING, source=Source.FROZEN, since=Stage.PAYING,
        columns=(
            _GROUP, _TO, _ON, Column(key="number", title=_("Order no."), width=10),
            Column(key="pickup_code", title=_("Code"), kind="code", width=9),
            Column(key="buyer", title=_("Buyer"), kind="short", width=16), _PRODUCT,
            units("given_units", _("To pack")), _UNIT,
        ),
        group="group_name",
        sql=f"""SELECT {GROUP} AS group_name, {WHERE_TO} AS goes_to, o.delivery_on, o.number,
               o.pickup_code, o.buyer, {PRODUCT} AS product, l.given_units, {UNIT} AS unit
               {LINES} AND l.batch_id > 0 AND {MAKERS}
               ORDER BY g.code, o.delivery_on, t.code NULLS LAST, o.order_id, p.code,
                        l.batch_id""",
    ),
    Report(
        key="packing_by_group", title=_("Packing by group"),
        about=_("How much of what goes into the boxes of each destination."),
        right="report.making", job=Job.MAKING, source=Source.FROZEN, since=Stage.PAYING,
        columns=(_GROUP, _ON, _TO, _PRODUCT, units("given_units", _("To pack")), _UNIT, _ORDERS),
        group="group_name",
        sql=f"""SELECT {GROUP} AS group_name, o.delivery_on,
               CASE WHEN t.ref_id IS NULL THEN :parcel ELSE {local("t")} END AS goes_to,
               {PRODUCT} AS product, sum(l.given_units)::bigint AS given_units, {UNIT} AS unit,
               count(DISTINCT l.order_id) AS orders
               {LINES} AND l.batch_id > 0 AND {MAKERS}
               GROUP BY g.snapshot_id, g.kind, g.ref_id, p.snapshot_id, p.kind, p.ref_id,
                        t.snapshot_id, t.kind, t.ref_id, o.delivery_on
               ORDER BY g.code, o.delivery_on, t.code NULLS LAST, p.code""",
    ),
    Report(
        key="allocation", title=_("Allocation with reasons"),
        about=_("What the published match gave each group, and the one reason why so many."),
        right="report.making", job=Job.MAKING, source=Source.ROUND, since=Stage.CONFIRMING,
        columns=(
            _GROUP, _PRODUCT, units("capacity_units", _("Can make")),
            units("insisted_units", _("Asked by name")), units("units", _("Gets")), _UNIT,
            Column(key="reason", title=_("Why"), kind="allocation", width=50),
        ),
        group="group_name",
        sql=f"""SELECT {local("g")} AS group_name, {local("p")} AS product, f.capacity_units,
               x.insisted_units, x.units, {local("p", "unit")} AS unit,
               jsonb_build_object('reason', x.reason, 'data', x.data, 'units', x.units,
                   'insisted_units', x.insisted_units, 'unit', {local("p", "unit")}) AS reason
               FROM offer_result x JOIN round_offer f ON f.id = x.round_offer_id
               JOIN producer_group g ON g.id = f.group_id JOIN product p ON p.id = f.product_id
               WHERE x.run_id = (SELECT max(id) FROM match_run WHERE round_id = :round_id
                                    AND published_at <= :as_of AND input_hash IS NOT NULL)
                 AND {of_group("g.tambon_code", "g.id")} ORDER BY g.code, p.code""",
    ),
)  # fmt: skip
