"""Money, from rows of the books up to a moment: what comes later is in a later report."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.payments.models import TOLD_REFERENCE
from market.reports.kinds.parts import local, money, of_group
from market.reports.rules import Column, Job, Report, Source, Stage

_NUMBER = Column(key="number", title=_("Order no."), width=10)
_SHORT = Column(key="buyer", title=_("Buyer"), kind="short", width=16)
_GROUP = Column(key="group_name", title=_("Producer group"), width=26)
_AT = Column(key="at", title=_("When"), kind="moment", width=18)
_REFERENCE = Column(key="reference", title=_("Reference"), kind="entry", width=20)
_METHOD = Column(key="method", title=_("Way"), kind="method", width=16)
_LEDGER_COLUMNS = (
    Column(key="entry", title=_("Entry"), kind="number", width=9), _AT,
    Column(key="cause", title=_("Cause"), kind="entry", width=26),
    Column(key="memo", title=_("Memo"), kind="memo", width=26),
    Column(key="account", title=_("Account"), kind="account", width=22),
    Column(key="owner", title=_("Whose"), kind="owner", width=22),
    money("debit_satang", _("Debit")), money("credit_satang", _("Credit")),
)  # fmt: skip


def _id_of(kind: str) -> str:
    """The id in an owner such as ``order:12``, where it is one of that kind."""
    return f"CASE WHEN p.owner ~ '^{kind}[:][0-9]+$' THEN split_part(p.owner, ':', 2)::bigint END"


#: Whose an account is: the number of the order, the name of the group or of the point.
_OWNER = f"""coalesce(o.number, {local("g")}, {local("t")}, p.owner)"""
_LEDGER = f"""SELECT e.id AS entry, e.at, e.cause, e.memo, p.kind AS account, {_OWNER} AS owner,
       greatest(p.amount_satang, 0) AS debit_satang, greatest(-p.amount_satang, 0) AS credit_satang
  FROM posting p JOIN ledger_entry e ON e.id = p.entry_id
  LEFT JOIN orders o ON o.id = {_id_of("order")}
  LEFT JOIN producer_group g ON g.id = {_id_of("group")}
  LEFT JOIN pickup_point t ON t.id = {_id_of("point")}
 WHERE e.at <= :as_of AND {{which}} ORDER BY e.id, p.id"""
_OF_ROUND = "e.round_id = :round_id"
_OF_MONTH = "e.at >= :month_from AND e.at < :month_to"
#: What the parts of prices, delivery fees and the provider came to.
_FEES = """SELECT p.kind AS account, p.owner, -sum(p.amount_satang)::bigint AS amount_satang
  FROM posting p JOIN ledger_entry e ON e.id = p.entry_id
 WHERE e.at <= :as_of AND {which} AND p.kind IN ('part', 'delivery', 'fees', 'loss')
 GROUP BY p.kind, p.owner ORDER BY p.kind, p.owner"""
_FEES_COLUMNS = (
    Column(key="account", title=_("Account"), kind="account", width=30),
    Column(key="owner", title=_("Part of the price"), kind="part", width=24),
    money("amount_satang", _("Baht")),
)
_PAYOUTS = f"""SELECT {local("g")} AS group_name, r.number AS round_number,
       CASE WHEN y.paid_at <= :as_of THEN 'paid' ELSE 'due' END AS state, y.due_at,
       CASE WHEN y.paid_at <= :as_of THEN y.paid_at END AS at,
       CASE WHEN y.paid_at <= :as_of THEN y.bank_reference END AS reference, y.amount_satang
  FROM payout y JOIN producer_group g ON g.id = y.group_id JOIN round r ON r.id = y.round_id
 WHERE {{which}} AND {of_group("g.tambon_code", "g.id")} ORDER BY g.code, y.id"""
_PAYOUT_COLUMNS = (
    _GROUP, Column(key="round_number", title=_("Round"), kind="number", width=8),
    Column(key="state", title=_("State"), kind="state", width=12),
    Column(key="due_at", title=_("Due on"), kind="moment", width=18),
    Column(key="at", title=_("Paid on"), kind="moment", width=18), _REFERENCE,
    money("amount_satang", _("Baht")),
)  # fmt: skip

REPORTS = (
    Report(
        key="payments", title=_("Payments"),
        about=_("All money that came in for the round, as it was booked."),
        right="report.money", job=Job.MONEY, source=Source.BOOKS, country=True,
        columns=(
            _AT, _NUMBER, _SHORT, _METHOD, _REFERENCE,
            money("amount_satang", _("Came in")), money("excess_satang", _("Of this too much")),
        ),
        sql=f"""SELECT x.recorded_at AS at, o.number, b.name AS buyer, x.method,
               coalesce({TOLD_REFERENCE}, 'attempt:' || x.attempt_id) AS reference,
               x.amount_satang, x.excess_satang
               FROM receipt x JOIN charge c ON c.id = x.charge_id
               JOIN orders o ON o.id = c.order_id JOIN buyer b ON b.id = o.buyer_id
               WHERE c.round_id = :round_id AND x.recorded_at <= :as_of ORDER BY x.id""",
    ),
    Report(
        key="refunds", title=_("Refunds"),
        about=_("What buyers get back, why, and whether it has gone."),
        right="report.money", job=Job.MONEY, source=Source.BOOKS, country=True,
        columns=(
            Column(key="due_at", title=_("Owed since"), kind="moment", width=18), _NUMBER, _SHORT,
            Column(key="cause", title=_("Why"), kind="cause", width=26),
            Column(key="state", title=_("State"), kind="state", width=12),
            Column(key="at", title=_("Paid back on"), kind="moment", width=18), _REFERENCE,
            money("amount_satang", _("Baht")),
        ),
        sql="""SELECT f.due_at, o.number, b.name AS buyer, split_part(f.cause, ':', 1) AS cause,
               CASE WHEN f.paid_at <= :as_of THEN 'paid' ELSE 'due' END AS state,
               CASE WHEN f.paid_at <= :as_of THEN f.paid_at END AS at,
               CASE WHEN f.paid_at <= :as_of
                    THEN coalesce(f.bank_reference, f.gateway_refund_id) END AS reference,
               f.amount_satang
               FROM refund f JOIN orders o ON o.id = f.order_id JOIN buyer b ON b.id = o.buyer_id
               WHERE o.round_id = :round_id AND f.due_at <= :as_of ORDER BY f.id""",
    ),
    Report(
        key="payouts", title=_("Payouts"),
        about=_("What groups are owed for the round and what they were paid."),
        right="report.payouts", job=Job.MONEY, source=Source.BOOKS, since=Stage.DELIVERING,
        columns=_PAYOUT_COLUMNS,
        sql=_PAYOUTS.format(which="y.round_id = :round_id AND y.due_at <= :as_of"),
    ),
    Report(
        key="fees", title=_("Fees and parts of the price"),
        about=_("What coordination, transport, payment and delivery came to."),
        right="report.money", job=Job.MONEY, source=Source.BOOKS, country=True,
        columns=_FEES_COLUMNS, sql=_FEES.format(which=_OF_ROUND), landscape=False,
    ),
    Report(
        key="ledger", title=_("Ledger"),
        about=_("Every entry of the round's books. Debit and credit are the same sum."),
        right="report.money", job=Job.MONEY, source=Source.BOOKS, country=True,
        columns=_LEDGER_COLUMNS, sql=_LEDGER.format(which=_OF_ROUND),
    ),
    Report(
        key="ledger_month", title=_("Ledger of a month"),
        about=_("Every entry of last month, all rounds together."),
        right="report.money", job=Job.MONEY, source=Source.MONTH, country=True,
        columns=_LEDGER_COLUMNS, sql=_LEDGER.format(which=_OF_MONTH),
    ),
    Report(
        key="payouts_month", title=_("Payouts of a month"),
        about=_("What was paid out to groups last month."),
        right="report.payouts", job=Job.MONEY, source=Source.MONTH, columns=_PAYOUT_COLUMNS,
        sql=_PAYOUTS.format(
            which="y.paid_at >= :month_from AND y.paid_at < :month_to AND y.paid_at <= :as_of"
        ),
    ),
    Report(
        key="fees_month", title=_("Fees of a month"),
        about=_("What coordination, transport, payment and delivery came to last month."),
        right="report.money", job=Job.MONEY, source=Source.MONTH, country=True,
        columns=_FEES_COLUMNS, sql=_FEES.format(which=_OF_MONTH), landscape=False,
    ),
)  # fmt: skip
