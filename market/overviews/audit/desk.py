"""What must always hold of slips, statements, bank files, shares and papers."""

from __future__ import annotations

#: name -> SELECT of one text column naming each row that breaks the promise.
DESK_CHECKS: dict[str, str] = {
    "papers are numbered without a gap": """
        SELECT kind || ' ' || year FROM paper
         GROUP BY kind, year HAVING max(serial) <> count(*) OR min(serial) <> 1""",
    "a receipt's lines add up to its sum": """
        SELECT 'paper ' || p.number FROM paper p
         WHERE p.kind = 'receipt' AND jsonb_array_length(p.content -> 'lines') > 0
           AND (p.content ->> 'amount_satang')::bigint <> (p.content ->> 'fee_satang')::bigint
             + (SELECT sum((l ->> 'units')::bigint * (l ->> 'price_satang')::bigint)
                  FROM jsonb_array_elements(p.content -> 'lines') l)""",
    "a statement's lines add up to what was paid out": """
        SELECT 'paper ' || p.number FROM paper p
         WHERE p.kind = 'statement'
           AND (p.content ->> 'amount_satang')::bigint <> coalesce((
               SELECT sum((l ->> 'satang')::bigint)
                 FROM jsonb_array_elements(p.content -> 'lines') l), 0)""",
    "an accepted slip is one receipt of its charge": """
        SELECT 'slip ' || s.id FROM slip s JOIN receipt x ON x.id = s.receipt_id
         WHERE x.charge_id <> s.charge_id OR x.group_id IS DISTINCT FROM s.group_id""",
    "a matched bank line is a receipt of the same amount": """
        SELECT 'bank_line ' || l.id FROM bank_line l JOIN receipt x ON x.id = l.receipt_id
         WHERE x.amount_satang <> l.amount_satang""",
    "a bank file is as it was made, and holds its payouts": """
        SELECT 'bank_file ' || f.id FROM bank_file f
          LEFT JOIN payout y ON y.bank_file_id = f.id
         GROUP BY f.id
        HAVING f.sha256 <> encode(sha256(convert_to(f.content, 'UTF8')), 'hex')
            OR (f.state = 'made' AND (sum(y.amount_satang) IS DISTINCT FROM f.amount_satang
                                      OR count(y.id) <> f.payouts))""",
    "confirmed shares of members add up to the payout": """
        SELECT 'payout ' || y.id FROM payout y
          LEFT JOIN member_share m ON m.payout_id = y.id
         WHERE y.shared_at IS NOT NULL
         GROUP BY y.id HAVING sum(m.amount_satang) IS DISTINCT FROM y.amount_satang""",
    "what was agreed about bad goods is owed back": """
        SELECT 'problem_report ' || min(r.id) FROM problem_report r WHERE r.state = 'agreed'
         GROUP BY r.order_id, r.line_id, r.batch_id
        HAVING sum(r.amount_satang) > coalesce((
               SELECT sum(f.amount_satang) FROM refund f WHERE f.line_id = r.line_id
                  AND f.cause LIKE 'problem:batch:' || r.batch_id || ':order:' || r.order_id
                                   || ':%'), 0)""",
    "no payout went to an account that one person alone wrote down": """
        SELECT 'payout ' || y.id FROM payout y JOIN group_account a ON a.id = y.account_id
         WHERE a.confirmed_by IS NULL OR a.confirmed_by = a.entered_by
            OR a.group_id <> y.group_id""",
}
