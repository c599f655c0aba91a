"""What orders keeps about a person."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.personal import Hold, Personal, Told

_RUNNING = """
    SELECT count(*) FROM orders o JOIN round r ON r.id = o.round_id
     WHERE o.buyer_id IN (TABLE my_buyers) AND o.state = 'placed'
       AND r.state NOT IN ('completed', 'cancelled')
"""

PERSONAL = Personal(
    told=(
        Told(
            "orders",
            _("Orders"),
            """
            SELECT o.number, r.name_th AS round, o.state, o.placed_at, o.cancelled_at,
                   o.pay_method, p.name_th AS pick_up_point, o.recipient, o.phone, o.address,
                   o.address_note, o.tambon_code, o.pickup_code,
                   o.delivery_fee_satang / 100.0 AS delivery_baht
              FROM orders o JOIN round r ON r.id = o.round_id
              LEFT JOIN pickup_point p ON p.id = o.point_id
             WHERE o.buyer_id IN (TABLE my_buyers) ORDER BY o.id
            """,
        ),
        Told(
            "order_lines",
            _("What was ordered"),
            """
            SELECT o.number, p.code, p.name_th AS product, l.units, p.unit_th AS unit,
                   g.name_th AS group_name, l.maker, l.shortage,
                   l.ceiling_satang / 100.0 AS ceiling_baht
              FROM order_line l JOIN orders o ON o.id = l.order_id
              JOIN product p ON p.id = l.product_id
              LEFT JOIN producer_group g ON g.id = l.group_id
             WHERE o.buyer_id IN (TABLE my_buyers) ORDER BY l.id
            """,
        ),
        Told(
            "cart",
            _("Cart"),
            "SELECT p.code, p.name_th AS product, l.units FROM cart c"
            " JOIN cart_line l ON l.cart_id = c.id JOIN product p ON p.id = l.product_id"
            " WHERE c.user_id = :user_id ORDER BY l.id",
        ),
        Told(
            "addresses",
            _("Addresses"),
            "SELECT recipient, phone, house_no, moo, village, soi, road, tambon_code, note,"
            " created_at FROM saved_address WHERE user_id = :user_id ORDER BY id",
        ),
        Told(
            "standing_orders",
            _("Standing orders"),
            "SELECT s.state, s.cycle, s.every, s.pay_method, s.recipient, s.phone, s.address,"
            " s.address_note, s.created_at, s.ended_at,"
            " string_agg(p.name_th || ' x ' || l.units, ', ' ORDER BY l.id) AS goods"
            " FROM standing_order s LEFT JOIN standing_line l ON l.standing_id = s.id"
            " LEFT JOIN product p ON p.id = l.product_id"
            " WHERE s.user_id = :user_id OR s.buyer_id IN (TABLE my_buyers) GROUP BY s.id ORDER"
            " BY s.id",
        ),
        Told(
            "gifts",
            _("Words on gifts"),
            "SELECT o.number, g.words FROM gift g JOIN orders o ON o.id = g.order_id"
            " WHERE o.buyer_id IN (TABLE my_buyers) ORDER BY o.id",
        ),
        Told(
            "shared_baskets",
            _("Baskets shared with friends"),
            "SELECT host_name, state, created_at FROM shared_basket WHERE user_id = :user_id"
            " ORDER BY id",
        ),
    ),
    forgets=(
        "DELETE FROM cart_line WHERE cart_id IN (SELECT id FROM cart WHERE user_id = :user_id)",
        "DELETE FROM cart WHERE user_id = :user_id",
        "DELETE FROM saved_address WHERE user_id = :user_id",
        "UPDATE gift SET words = '' WHERE order_id IN (TABLE my_orders)",
        "UPDATE shared_friend SET name = '–' WHERE basket_id IN"
        " (SELECT id FROM shared_basket WHERE user_id = :user_id)",
        "UPDATE shared_basket SET host_name = '–',"
        " state = CASE state WHEN 'open' THEN 'closed' ELSE state END WHERE user_id = :user_id",
        "UPDATE standing_order SET state = 'ended', recipient = '–',"
        " phone = '–', address_note = NULL, ended_at = coalesce(ended_at, :now),"
        " address = CASE WHEN address IS NOT NULL THEN '–' END WHERE (user_id = :user_id OR"
        " buyer_id IN (TABLE my_buyers))",
        "UPDATE orders SET phone = NULL, address_note = NULL,"
        " recipient = CASE WHEN recipient IS NOT NULL THEN '–' END,"
        " address = CASE WHEN address IS NOT NULL THEN '–' END"
        " WHERE buyer_id IN (TABLE my_buyers)",
    ),
    holds=(Hold("leaving_order_runs", _RUNNING),),
    keeps={
        "orders": "stay for the books, without name, number and address",
        "order_line": "goods and amounts",
        "cart": "deleted",
        "saved_address": "deleted",
        "standing_order": "ended, without name, number and address",
        "standing_run": "which round it ordered in",
        "gift": "the words are deleted",
        "shared_basket": "closed, without names",
        "shared_friend": "without the name",
    },
)
