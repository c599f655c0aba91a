"""How well it went, what is offered, whose papers end, and whom one may write to."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.reports.kinds.parts import (
    EITHER,
    LINES,
    PRODUCT,
    UNIT,
    local,
    money,
    of_group,
    units,
)
from market.reports.rules import Column, Job, Report, Source, Stage

_GROUP = Column(key="group_name", title=_("Producer group"), width=26)
_PLACE = Column(key="place", title=_("Place"), width=26)
_PRODUCT = Column(key="product", title=_("Goods"), width=28)
_UNIT = Column(key="unit", title=_("Unit"), width=8)
_WHERE = f"{local('t')} || ' ' || {local('v')}"
_OF_GROUPS = """JOIN tambon t ON t.code = g.tambon_code
               JOIN province v ON v.code = t.province_code"""

REPORTS = (
    Report(
        key="fill", title=_("Fill"),
        about=_("How much of what was ordered is made, by product."),
        right="report.orders", job=Job.LEARNING, source=Source.FROZEN, since=Stage.CONFIRMING,
        columns=(
            _PRODUCT, units("wanted_units", _("Ordered")), units("given_units", _("Gets")), _UNIT,
            Column(key="fill", title=_("Fill"), kind="percent", width=8),
            Column(key="orders", title=_("Orders"), kind="units", width=9),
            money("amount_satang", _("Baht")),
        ),
        sql=f"""SELECT {PRODUCT} AS product, sum(l.wanted_units)::bigint AS wanted_units,
               sum(l.given_units)::bigint AS given_units, {UNIT} AS unit,
               (10000 * sum(l.given_units) / sum(l.wanted_units))::bigint AS fill,
               count(DISTINCT l.order_id) AS orders, sum(l.amount_satang)::bigint AS amount_satang
               {LINES} AND {EITHER}
               GROUP BY p.snapshot_id, p.kind, p.ref_id ORDER BY p.code""",
        landscape=False,
    ),
    Report(
        key="fairness", title=_("Fairness"),
        about=_("What each group was due, what it got, and what is carried to the next round."),
        right="report.making", job=Job.LEARNING, source=Source.ROUND, since=Stage.PAYING,
        columns=(
            _GROUP, _PLACE, money("due_satang", _("Due")), money("got_satang", _("Got")),
            Column(key="share", title=_("Share"), kind="percent", width=8),
            money("carried_satang", _("Carried on")),
        ),
        sql=f"""SELECT {local("g")} AS group_name, {_WHERE} AS place, d.due_satang, d.got_satang,
               CASE WHEN d.due_satang > 0 THEN 10000 * d.got_satang / d.due_satang END AS share,
               d.carried_satang
               FROM group_deficit d JOIN producer_group g ON g.id = d.group_id {_OF_GROUPS}
               WHERE d.round_id = :round_id AND {of_group("g.tambon_code", "g.id")}
               ORDER BY g.code""",
    ),
    Report(
        key="catalogue", title=_("Catalogue"),
        about=_("What each group offers in the round, at what price and how much of it."),
        right="report.catalogue", job=Job.CUT_OFF, source=Source.ROUND,
        columns=(
            _GROUP, _PLACE, _PRODUCT, Column(key="pack", title=_("Size"), kind="pack", width=12),
            Column(key="price_satang", title=_("Price"), kind="money", width=10), _UNIT,
            units("capacity_units", _("Can make")), units("min_batch_units", _("Smallest batch")),
            Column(key="lead_days", title=_("Days to make"), kind="number", width=10),
            Column(key="papers", title=_("Papers"), kind="papers", width=26),
            Column(key="allergens", title=_("Allergens"), kind="allergens", width=22),
        ),
        group="group_name",
        sql=f"""SELECT {local("g")} AS group_name, {_WHERE} AS place, {local("p")} AS product,
               p.pack, f.price_satang, {local("p", "unit")} AS unit, f.capacity_units,
               f.min_batch_units, f.lead_days,
               (SELECT string_agg(c.kind, ', ' ORDER BY c.kind) FROM certificate c
                 WHERE c.offer_id = f.offer_id AND c.checked_at IS NOT NULL
                   AND (c.expires_on IS NULL OR c.expires_on >= CAST(:as_of AS date))) AS papers,
               array_to_string(p.allergens, ', ') AS allergens
               FROM round_offer f JOIN producer_group g ON g.id = f.group_id {_OF_GROUPS}
               JOIN product p ON p.id = f.product_id
               WHERE f.round_id = :round_id AND {of_group("g.tambon_code", "g.id")}
               ORDER BY g.code, p.code""",
    ),
    Report(
        key="certificates", title=_("Certificates due"),
        about=_("Papers that have ended, or end within 90 days, as they are now."),
        right="report.making", job=Job.LEARNING, source=Source.NOW,
        columns=(
            Column(key="expires_on", title=_("Ends on"), kind="date", width=14),
            Column(key="days_left", title=_("Days left"), kind="number", width=9), _GROUP, _PLACE,
            _PRODUCT, Column(key="kind", title=_("Paper"), kind="certificate", width=24),
            Column(key="paper_number", title=_("No."), width=18),
        ),
        sql=f"""SELECT c.expires_on, c.expires_on - CAST(:as_of AS date) AS days_left,
               {local("g")} AS group_name, {_WHERE} AS place, {local("p")} AS product, c.kind,
               c.number AS paper_number
               FROM certificate c JOIN offer f ON f.id = c.offer_id AND f.active
               JOIN producer_group g ON g.id = f.group_id AND g.active {_OF_GROUPS}
               JOIN product p ON p.id = f.product_id
               WHERE c.expires_on < CAST(:as_of AS date) + 90
                 AND {of_group("g.tambon_code", "g.id")}
               ORDER BY c.expires_on, g.code, p.code, c.id""",
    ),
    Report(
        key="contacts", title=_("Buyers and contacts"),
        about=_(
            "Only buyers who agree to get news today. Whoever takes it back is gone at once."
        ),
        right="report.contacts", job=Job.LEARNING, source=Source.NOW, people=True, country=True,
        columns=(
            Column(key="buyer", title=_("Name"), kind="name", width=22),
            Column(key="phone", title=_("Phone"), kind="phone", width=14),
            Column(key="email", title=_("E-mail"), width=28),
            Column(key="province", title=_("Province"), width=16),
            Column(key="orders", title=_("Orders"), kind="units", width=9, total=True),
            Column(key="last_at", title=_("Last order"), kind="moment", width=18),
            Column(key="agreed_at", title=_("Agreed on"), kind="moment", width=18),
        ),
        sql=f"""SELECT b.name AS buyer, b.phone, b.email, {local("v")} AS province, k.orders,
               k.last_at, a.at AS agreed_at
               FROM consent_now a JOIN buyer b ON b.user_id = a.user_id
               LEFT JOIN LATERAL (
                   SELECT count(*) AS orders, max(o.placed_at) AS last_at,
                          (array_agg(left(o.tambon_code, 2) ORDER BY o.id DESC))[1] AS code
                     FROM orders o WHERE o.buyer_id = b.id AND o.state = 'placed') k ON true
               LEFT JOIN province v ON v.code = k.code
               WHERE a.kind = 'news' AND a.given AND a.at <= :as_of AND b.forgotten_at IS NULL
               ORDER BY b.id""",
    ),
)  # fmt: skip
