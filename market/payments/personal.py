"""What payments keeps about a person. Amounts, dates and bank references stay for the books."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.personal import Hold, Personal, Told

_CREDIT = """
    SELECT count(*) FROM (SELECT owner FROM posting WHERE kind = 'credit' AND owner IN
           (SELECT 'buyer:' || id FROM buyer WHERE id IN (TABLE my_buyers))
     GROUP BY owner HAVING sum(amount_satang) <> 0) there
"""

PERSONAL = Personal(
    told=(
        Told(
            "payments",
            _("Payments"),
            """
            SELECT o.number, c.method, c.amount_satang / 100.0 AS baht, c.state, c.raised_at,
                   c.paid_at, r.amount_satang / 100.0 AS received_baht, r.bank_reference,
                   r.recorded_at
              FROM charge c JOIN orders o ON o.id = c.order_id
              LEFT JOIN receipt r ON r.charge_id = c.id
             WHERE o.buyer_id IN (TABLE my_buyers) ORDER BY c.id, r.id
            """,
        ),
        Told(
            "refunds",
            _("Refunds"),
            """
            SELECT o.number, f.amount_satang / 100.0 AS baht, f.state, f.way, f.to_promptpay,
                   f.to_name, f.due_at, f.paid_at, f.bank_reference
              FROM refund f JOIN orders o ON o.id = f.order_id
             WHERE o.buyer_id IN (TABLE my_buyers) ORDER BY f.id
            """,
        ),
        Told(
            "slips",
            _("Transfer slips"),
            "SELECT file_hash, bank_code, trans_ref, state, sent_at FROM slip"
            " WHERE charge_id IN (SELECT id FROM charge WHERE order_id IN (TABLE my_orders))"
            " ORDER BY id",
        ),
        Told(
            "papers",
            _("Receipts"),
            "SELECT number, kind, issued_at, content FROM paper"
            " WHERE order_id IN (TABLE my_orders) ORDER BY id",
        ),
        Told(
            "cards",
            _("Cards kept at the payment provider"),
            "SELECT brand, last4, state, created_at, dropped_at FROM saved_card"
            " WHERE buyer_id IN (TABLE my_buyers) ORDER BY id",
        ),
        Told(
            "problems",
            _("Problems reported"),
            "SELECT o.number, p.kind, p.words, p.state, p.answer,"
            " p.amount_satang / 100.0 AS baht, p.reported_at, p.decided_at"
            " FROM problem_report p JOIN orders o ON o.id = p.order_id"
            " WHERE o.buyer_id IN (TABLE my_buyers) ORDER BY p.id",
        ),
    ),
    forgets=(
        "UPDATE refund SET to_promptpay = NULL, to_name = NULL WHERE order_id IN (TABLE my_orders)",
        "UPDATE problem_report SET words = '–', call_note = NULL,"
        " answer = CASE WHEN answer IS NOT NULL THEN '–' END WHERE order_id IN (TABLE my_orders)",
        # The provider is asked by the sweep to drop cards that are gone.
        "UPDATE saved_card SET state = 'gone', brand = NULL, last4 = NULL"
        " WHERE buyer_id IN (TABLE my_buyers)",
        "UPDATE payment_attempt SET asked = jsonb_set(asked, '{email}', 'null', false)"
        " WHERE charge_id IN (SELECT id FROM charge WHERE order_id IN (TABLE my_orders)) AND"
        " asked->>'email' IS NOT NULL",
        "UPDATE bank_line SET payer = '', memo = '' WHERE receipt_id IN"
        " (SELECT id FROM receipt WHERE charge_id IN (SELECT id FROM charge WHERE order_id"
        " IN (TABLE my_orders)))",
        # The only change that a paper's trigger lets through.
        """UPDATE paper SET content = jsonb_set(content, '{buyer}', '"–"', false)
            WHERE order_id IN (TABLE my_orders) AND content->>'buyer' <> '–'""",
    ),
    holds=(
        Hold(
            "leaving_refund_open",
            "SELECT count(*) FROM refund WHERE state <> 'paid' AND order_id IN (TABLE my_orders)",
        ),
        Hold(
            "leaving_problem_open",
            "SELECT count(*) FROM problem_report WHERE state = 'open'"
            " AND order_id IN (TABLE my_orders)",
        ),
        Hold("leaving_credit_left", _CREDIT),
    ),
    keeps={
        "refund": "amount and dates stay, the account it went to is deleted",
        "problem_report": "kind, state and amount stay, words are deleted",
        "saved_card": "dropped at the provider, brand and digits deleted",
        "gateway_customer": "the provider's number of a customer, for its books",
        "payment_attempt": "the e-mail is deleted",
        "bank_line": "payer and memo of the person's transfers are deleted",
        "paper": "the buyer's name is deleted, amounts stay five years",
        "slip": "the picture stays with the books five years",
        "group_account": "a group's account, on the group's behalf",
        "member_share": "a group's members, on the group's behalf",
        "money_case": "amounts and numbers",
        "bank_statement": "file name and hash",
    },
)
