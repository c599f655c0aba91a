"""Papers of the delivery day: trucks, parcels, pick-up."""

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
    local,
    money,
    units,
)
from market.reports.rules import Column, Job, Report, Source, Stage

_GROUP = Column(key="group_name", title=_("Producer group"), width=26)
_PRODUCT = Column(key="product", title=_("Goods"), width=28)
_UNIT = Column(key="unit", title=_("Unit"), width=8)
_ON = Column(key="delivery_on", title=_("Delivery"), kind="date", width=14)
_POINT = Column(key="point", title=_("Pick-up point"), width=28)
_NUMBER = Column(key="number", title=_("Order no."), width=10)
_CODE = Column(key="pickup_code", title=_("Code"), kind="code", width=9)
_NAME = Column(key="buyer", title=_("Name"), kind="name", width=20)
_PHONE = Column(key="phone", title=_("Phone"), kind="phone", width=14)
_WEIGHT = Column(key="weight_g", title=_("kg"), kind="weight", width=9, total=True)
_HEAVY = "sum(l.given_units * p.weight_g)::bigint AS weight_g"

REPORTS = (
    Report(
        key="pickup", title=_("Pick-up list"),
        about=_("Who fetches what at each point, with the code and the cash to take."),
        right="report.orders", job=Job.DELIVERY, source=Source.FROZEN, since=Stage.PAYING,
        people=True,
        columns=(
            _POINT, _ON, _CODE, _NUMBER, _NAME, _PHONE, _PRODUCT, units("given_units", _("Gets")),
            _UNIT, money("cash_satang", _("Cash to take")),
        ),
        group="point",
        sql=f"""SELECT {local("t")} AS point, o.delivery_on, o.pickup_code, o.number, o.buyer,
               o.phone, {PRODUCT} AS product, l.given_units, {UNIT} AS unit,
               CASE WHEN o.pay_method = 'cash' THEN l.amount_satang
                    + CASE WHEN row_number() OVER (PARTITION BY o.order_id
                                                   ORDER BY l.line_id, l.batch_id) = 1
                           THEN o.fee_satang ELSE 0 END ELSE 0 END AS cash_satang
               {LINES} AND l.batch_id > 0 AND t.ref_id IS NOT NULL AND {PLACE}
               ORDER BY t.code, o.delivery_on, o.order_id, l.line_id, l.batch_id""",
    ),
    Report(
        key="parcels", title=_("Delivery sheet (parcels)"),
        about=_("Addresses for the parcels that each group sends."),
        right="report.shipping", job=Job.DELIVERY, source=Source.FROZEN, since=Stage.PAYING,
        people=True,
        columns=(
            _GROUP, _ON, _NUMBER, _NAME, _PHONE,
            Column(key="address", title=_("Address"), width=44),
            Column(key="place", title=_("Place"), width=34), _PRODUCT,
            units("given_units", _("To pack")), _UNIT, _WEIGHT,
        ),
        group="group_name",
        sql=f"""SELECT {GROUP} AS group_name, o.delivery_on, o.number, o.buyer, o.phone, o.address,
               {local("o", "place")} AS place, {PRODUCT} AS product, l.given_units,
               {UNIT} AS unit, l.given_units * p.weight_g AS weight_g
               {LINES} AND l.batch_id > 0 AND o.point_id IS NULL AND {MAKERS}
               ORDER BY g.code, o.delivery_on, o.order_id, p.code, l.batch_id""",
    ),
    Report(
        key="truck", title=_("Truck sheet"),
        about=_("What is loaded at which group for which point, with its weight."),
        right="report.orders", job=Job.DELIVERY, source=Source.FROZEN, since=Stage.PAYING,
        columns=(
            _POINT, Column(key="place", title=_("Place"), width=26), _ON, _GROUP, _PRODUCT,
            units("given_units", _("Load")), _UNIT, _WEIGHT,
        ),
        group="point",
        sql=f"""SELECT {local("t")} AS point, {local("t", "place")} AS place, o.delivery_on,
               {GROUP} AS group_name, {PRODUCT} AS product,
               sum(l.given_units)::bigint AS given_units, {UNIT} AS unit, {_HEAVY}
               {LINES} AND l.batch_id > 0 AND t.ref_id IS NOT NULL AND {EITHER}
               GROUP BY t.snapshot_id, t.kind, t.ref_id, g.snapshot_id, g.kind, g.ref_id,
                        p.snapshot_id, p.kind, p.ref_id, o.delivery_on
               ORDER BY t.code, o.delivery_on, g.area_code, g.code, p.code""",
    ),
    Report(
        key="gather", title=_("Gathering sheet"),
        about=_("What is fetched at each group, in order of their places."),
        right="report.making", job=Job.DELIVERY, source=Source.FROZEN, since=Stage.PAYING,
        columns=(
            Column(key="place", title=_("Place"), width=26), _GROUP, _ON, _PRODUCT,
            units("given_units", _("Fetch")), _UNIT, _WEIGHT,
        ),
        group="group_name",
        sql=f"""SELECT {local("g", "place")} AS place, {GROUP} AS group_name, o.delivery_on,
               {PRODUCT} AS product, sum(l.given_units)::bigint AS given_units, {UNIT} AS unit,
               {_HEAVY}
               {LINES} AND l.batch_id > 0 AND {MAKERS}
               GROUP BY g.snapshot_id, g.kind, g.ref_id, p.snapshot_id, p.kind, p.ref_id,
                        o.delivery_on
               ORDER BY g.area_code, g.code, o.delivery_on, p.code""",
    ),
)  # fmt: skip
