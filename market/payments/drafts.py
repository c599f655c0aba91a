"""What stands on receipts, statements and refund notes, read from the rows they are about.

A receipt (ใบเสร็จรับเงิน) is due when money is taken, so it follows the payment; what goes back
later has a note of its own that names the receipt. Sellers are the groups and the market signs
for them. Nobody here is registered for VAT: these are no tax invoices, and the note about a
refund is no credit note of the Revenue Code (s.86/10).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.money import baht_words
from market.payments.papers import Draft

# Charges that are paid and have no receipt; the earliest payment first, as numbers should run.
_RECEIPTS = text(
    """
    SELECT c.id, c.order_id, o.number AS order_number, b.name AS buyer, c.amount_satang,
           c.fee_satang, c.method, c.paid_at, r.number AS round, r.name_th AS round_th,
           r.name_en AS round_en,
           (SELECT string_agg(x.bank_reference, ', ' ORDER BY x.id) FROM receipt x
             WHERE x.charge_id = c.id) AS reference
      FROM charge c
      JOIN orders o ON o.id = c.order_id
      JOIN buyer b ON b.id = o.buyer_id
      JOIN round r ON r.id = c.round_id
     WHERE c.state = 'paid' AND c.amount_satang > 0
       AND NOT EXISTS (SELECT 1 FROM paper p
                        WHERE p.kind = 'receipt' AND p.subject = 'charge:' || c.id)
     ORDER BY c.paid_at, c.id LIMIT :limit
    """
)
# What was paid for: units that were confirmed, or, paid before the match, what was ordered.
_LINES = text(
    """
    SELECT l.order_id, a.units IS NOT NULL AS matched, p.name_th, p.name_en, p.unit_th, p.unit_en,
           coalesce(a.units, l.units)::bigint AS units,
           coalesce(a.price_satang, l.ceiling_satang) AS price_satang,
           g.name_th AS group_th, g.name_en AS group_en
      FROM order_line l
      JOIN product p ON p.id = l.product_id
      LEFT JOIN LATERAL (
           SELECT s.live_units AS units, s.price_satang, t.group_id
             FROM assignment s JOIN batch t ON t.id = s.batch_id
            WHERE s.line_id = l.id AND s.live_units > 0) a ON true
      LEFT JOIN producer_group g ON g.id = coalesce(a.group_id, l.group_id)
     WHERE l.order_id = ANY(:orders) ORDER BY l.order_id, l.id
    """
)
_REFUNDS = text(
    """
    SELECT f.id, f.order_id, o.number AS order_number, b.name AS buyer, f.amount_satang, f.cause,
           f.way, f.paid_at, coalesce(f.bank_reference, f.gateway_refund_id) AS reference,
           p.id AS receipt_paper, p.number AS receipt_number
      FROM refund f
      JOIN orders o ON o.id = f.order_id
      JOIN buyer b ON b.id = o.buyer_id
      LEFT JOIN charge c ON c.order_id = o.id
      LEFT JOIN paper p ON p.kind = 'receipt' AND p.subject = 'charge:' || c.id
     WHERE f.state = 'paid'
       AND NOT EXISTS (SELECT 1 FROM paper x
                        WHERE x.kind = 'credit_note' AND x.subject = 'refund:' || f.id)
     ORDER BY f.paid_at, f.id LIMIT :limit
    """
)
_STATEMENTS = text(
    """
    SELECT y.id, y.group_id, y.round_id, y.amount_satang, y.paid_at, y.bank_reference,
           g.name_th, g.name_en, e.name_th AS enterprise_th, e.name_en AS enterprise_en,
           r.number AS round, r.name_th AS round_th, r.name_en AS round_en,
           a.bank_code, a.account_name, right(a.account_number, 4) AS account_end
      FROM payout y
      JOIN producer_group g ON g.id = y.group_id
      JOIN enterprise e ON e.id = g.enterprise_id
      JOIN round r ON r.id = y.round_id
      LEFT JOIN group_account a ON a.id = y.account_id
     WHERE y.state = 'paid'
       AND NOT EXISTS (SELECT 1 FROM paper p
                        WHERE p.kind = 'statement' AND p.subject = 'payout:' || y.id)
     ORDER BY y.paid_at, y.id LIMIT :limit
    """
)
# A statement's lines are the group's own postings: what stands there is what the books say.
_EARNED = text(
    """
    SELECT y.id AS payout_id, e.cause, d.name_th, d.name_en, d.unit_th, d.unit_en,
           t.delivered AS units, -sum(q.amount_satang)::bigint AS satang
      FROM payout y
      JOIN ledger_entry e ON e.round_id = y.round_id
      JOIN posting q ON q.entry_id = e.id AND q.kind = 'group' AND q.owner = 'group:' || y.group_id
      LEFT JOIN LATERAL (
           SELECT b.product_id, (SELECT sum(s.live_units) FROM assignment s
                                  WHERE s.batch_id = b.id)::bigint AS delivered
             FROM batch b
            WHERE e.cause = 'delivered:batch:' || b.id AND b.round_id = y.round_id) t ON true
      LEFT JOIN product d ON d.id = t.product_id
     WHERE y.id = ANY(:ids) AND e.cause NOT LIKE 'payout:%'
     GROUP BY y.id, e.id, e.cause, d.id, t.delivered ORDER BY y.id, e.id
    """
)


def receipts_due(session: Session, limit: int) -> list[Draft]:
    """Receipts of paid charges that have none; two statements."""
    rows = session.execute(_RECEIPTS, {"limit": limit}).all()
    lines = _by(session, _LINES, {"orders": [row.order_id for row in rows]}, "order_id")
    return [
        Draft(
            subject=f"charge:{row.id}",
            order_id=row.order_id,
            content=_plain(row, "id", "order_id")
            | {"lines": _that_add_up(lines[row.order_id], row.amount_satang - row.fee_satang),
               "words": baht_words(row.amount_satang)},
        )
        for row in rows
    ]  # fmt: skip


def refund_notes_due(session: Session, limit: int) -> list[Draft]:
    """Notes of refunds that went back; one statement."""
    return [
        Draft(
            subject=f"refund:{row.id}",
            order_id=row.order_id,
            corrects_id=row.receipt_paper,
            content=_plain(row, "id", "order_id", "receipt_paper")
            | {"words": baht_words(row.amount_satang)},
        )
        for row in session.execute(_REFUNDS, {"limit": limit})
    ]


def statements_due(session: Session, limit: int) -> list[Draft]:
    """Statements of payouts that went out; two statements."""
    rows = session.execute(_STATEMENTS, {"limit": limit}).all()
    lines = _by(session, _EARNED, {"ids": [row.id for row in rows]}, "payout_id")
    return [
        Draft(
            subject=f"payout:{row.id}",
            group_id=row.group_id,
            content=_plain(row, "id", "group_id", "round_id")
            | {"lines": lines[row.id], "words": baht_words(row.amount_satang)},
        )
        for row in rows
    ]


def _by(session: Session, query: Any, wanted: dict[str, Any], key: str) -> Any:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in session.execute(query, wanted):
        found[getattr(row, key)].append(_plain(row, key))
    return found


def _that_add_up(lines: Sequence[dict[str, Any]], goods_satang: int) -> list[dict[str, Any]]:
    """The lines, when they are what was paid; else none: a receipt never shows a wrong sum."""
    matched = [line for line in lines if line["matched"]]
    for one in (matched, list(lines)):
        if sum(line["units"] * line["price_satang"] for line in one) == goods_satang:
            return one
    return []


def _plain(row: Any, *without: str) -> dict[str, Any]:
    """The row's values as JSON keeps them."""
    return {
        key: value.isoformat() if hasattr(value, "isoformat") else value
        for key, value in row._mapping.items()
        if key not in without
    }
