"""What must always hold of money: rows and ledger tell the same story, and nothing is lost."""

from __future__ import annotations

#: name -> SELECT of one text column naming each row that breaks the promise.
MONEY_CHECKS: dict[str, str] = {
    "every ledger entry balances": """
        SELECT 'ledger_entry ' || entry_id FROM posting
         GROUP BY entry_id HAVING sum(amount_satang) <> 0""",
    "no account is below zero that may not": """
        SELECT kind || ' ' || owner FROM posting
         WHERE kind NOT IN ('provider', 'delivery', 'fees', 'loss')
         GROUP BY kind, owner
        HAVING CASE WHEN kind IN ('bank', 'cash', 'with_group', 'disputed')
                    THEN sum(amount_satang) < 0 ELSE sum(amount_satang) > 0 END""",
    "a receipt is in the ledger once, with its amount": """
        SELECT 'receipt ' || v.id FROM receipt v JOIN charge c ON c.id = v.charge_id
          LEFT JOIN ledger_entry e ON e.cause = 'receipt:' || v.id
          LEFT JOIN posting p ON p.entry_id = e.id
         GROUP BY v.id, c.id
        HAVING coalesce(sum(p.amount_satang) FILTER (WHERE p.amount_satang > 0), 0)
                   <> v.amount_satang
            OR coalesce(sum(p.amount_satang) FILTER (WHERE p.kind = 'held'), 0)
                   <> v.excess_satang - v.amount_satang""",
    # Of what was paid for an order: live units and their fee, or given back. A batch that is
    # delivered has earned, so the held account of a finished order is empty.
    "what was paid for an order is for its goods or paid back": """
        SELECT 'order ' || c.order_id FROM charge c
          LEFT JOIN (SELECT charge_id, sum(amount_satang - excess_satang) AS satang
                       FROM receipt GROUP BY charge_id) v ON v.charge_id = c.id
          LEFT JOIN (SELECT order_id, sum(amount_satang) AS satang FROM refund
                      WHERE cause NOT LIKE 'excess:%' AND cause NOT LIKE 'problem:%'
                        AND cause NOT LIKE 'outside:%' AND cause NOT LIKE 'bounced:%'
                      GROUP BY order_id) f ON f.order_id = c.order_id
          LEFT JOIN (SELECT l.order_id, sum(a.live_units * a.price_satang) AS satang
                       FROM assignment a JOIN order_line l ON l.id = a.line_id
                      WHERE a.live_units > 0 GROUP BY l.order_id) g ON g.order_id = c.order_id
         WHERE c.settled_at IS NOT NULL
           AND (c.state <> 'due' OR coalesce(f.satang, 0) > 0)
           AND coalesce(v.satang, 0) - coalesce(f.satang, 0) <> CASE c.state
               WHEN 'paid' THEN coalesce(g.satang + c.fee_satang, 0)
               WHEN 'due' THEN c.received_satang ELSE 0 END""",
    "what is held for an order is what it has not earned or paid back": """
        SELECT 'order ' || c.order_id FROM charge c
          JOIN posting p ON p.kind = 'held' AND p.owner = 'order:' || c.order_id
         WHERE c.settled_at IS NOT NULL AND c.state IN ('expired', 'void')
         GROUP BY c.id HAVING sum(p.amount_satang) <> 0""",
    "what is owed back to a buyer is what the refunds say": """
        SELECT 'order ' || coalesce(f.order_id::text, p.owner)
          FROM (SELECT order_id, sum(amount_satang) AS satang FROM refund
                 WHERE state <> 'paid' GROUP BY order_id) f
          FULL JOIN (SELECT owner, -sum(amount_satang) AS satang FROM posting
                      WHERE kind = 'refund' GROUP BY owner HAVING sum(amount_satang) <> 0) p
            ON p.owner = 'order:' || f.order_id
         WHERE coalesce(f.satang, 0) <> coalesce(p.satang, 0)""",
    "a refund is sent once, and only when the books say so": """
        SELECT 'refund ' || f.id FROM refund f
          LEFT JOIN (SELECT CAST(split_part(cause, ':', 2) AS bigint) AS id, count(*) AS n
                       FROM ledger_entry WHERE cause LIKE 'refund-paid:%' GROUP BY 1) e
            ON e.id = f.id
         WHERE (f.state = 'paid') <> (coalesce(e.n, 0) % 2 = 1)""",
    "no more goes back by a receipt than came in by it": """
        SELECT 'receipt ' || v.id FROM receipt v
          JOIN refund f ON f.receipt_id = v.id AND f.cause NOT LIKE 'bounced:%'
         GROUP BY v.id HAVING sum(f.amount_satang) > v.amount_satang""",
    "the shares of a charge add up to it": """
        SELECT 'charge ' || c.id FROM charge c JOIN charge_share s ON s.charge_id = c.id
         GROUP BY c.id
        HAVING sum(s.amount_satang) <> c.amount_satang
            OR (c.state = 'due' AND sum(s.received_satang) <> c.received_satang)""",
    "delivered goods have earned what their parts say": """
        SELECT 'batch ' || b.id FROM batch b
          JOIN assignment a ON a.batch_id = b.id AND a.live_units > 0
          JOIN order_line l ON l.id = a.line_id
          JOIN charge c ON c.order_id = l.order_id AND c.state = 'paid'
          JOIN price_part x ON x.assignment_id = a.id
         WHERE b.state IN ('delivered', 'paid_out')
         GROUP BY b.id
        HAVING sum(x.amount_satang) FILTER (WHERE x.part IN ('makers', 'packing'))
               - coalesce((SELECT sum(f.amount_satang) FROM refund f
                            WHERE f.batch_id = b.id AND f.cause LIKE 'problem:%'), 0)
            <> coalesce((SELECT -sum(p.amount_satang) FROM posting p
                          JOIN ledger_entry e ON e.id = p.entry_id
                         WHERE e.cause = 'delivered:batch:' || b.id AND p.kind = 'group'), 0)""",
    # in = out + what lies in the accounts; cost of a way to pay and of disputes included
    "captured is held, earned, parts, fees, refunded, owed, credit or disputed": """
        SELECT 'ledger' FROM (
            SELECT (SELECT coalesce(sum(amount_satang), 0) FROM receipt WHERE method <> 'credit')
                 - (SELECT coalesce(sum(amount_satang), 0) FROM payout WHERE state = 'paid')
                 - (SELECT coalesce(sum(amount_satang), 0) FROM refund
                     WHERE state = 'paid' AND way <> 'credit')
                 + (SELECT coalesce(sum(amount_satang), 0) FROM refund
                     WHERE cause LIKE 'bounced:%')
                 - (SELECT coalesce(sum(p.amount_satang), 0) FROM posting p
                      JOIN ledger_entry e ON e.id = p.entry_id
                     WHERE (p.kind = 'group' AND e.cause LIKE 'direct:%')
                        OR (p.kind = 'overpaid' AND e.cause LIKE 'unknown%')
                        OR (p.kind = 'loss' AND e.cause LIKE 'dispute%')) AS should,
                   (SELECT coalesce(sum(amount_satang), 0) FROM posting
                     WHERE kind IN ('bank', 'cash', 'provider', 'with_group', 'fees', 'disputed'))
                   AS there) s
         WHERE should <> there""",
    "a payment the provider took has its receipt, and no other has": """
        SELECT 'payment_attempt ' || a.id FROM payment_attempt a
          LEFT JOIN receipt v ON v.attempt_id = a.id
         WHERE (a.state = 'succeeded') <> (v.id IS NOT NULL)""",
    "what the provider kept is in the ledger": """
        SELECT 'receipt ' || v.id FROM receipt v
          LEFT JOIN ledger_entry e ON e.cause = 'fee:receipt:' || v.id
          LEFT JOIN posting p ON p.entry_id = e.id AND p.kind = 'fees'
         GROUP BY v.id
        HAVING coalesce(v.gateway_fee_satang, 0) <> coalesce(sum(p.amount_satang), 0)""",
    "no message of the provider is forgotten": """
        SELECT 'gateway_event ' || id FROM gateway_event
         WHERE done_at IS NULL AND try_at < now() - interval '1 day'""",
}
