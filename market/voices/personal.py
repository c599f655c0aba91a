"""What voices keeps about a person."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.personal import Personal, Told

PERSONAL = Personal(
    told=(
        Told(
            "reviews",
            _("Reviews"),
            "SELECT o.number, p.name_th AS product, v.score, v.words, v.show_name, v.sent_at,"
            " v.reply, v.replied_at FROM review v JOIN order_line l ON l.id = v.line_id"
            " JOIN orders o ON o.id = l.order_id JOIN product p ON p.id = v.product_id"
            " WHERE o.buyer_id IN (TABLE my_buyers) ORDER BY v.id",
        ),
        Told(
            "thanks",
            _("Thanks to the makers"),
            "SELECT o.number, g.name_th AS group_name, t.words, t.is_public, t.sent_at"
            " FROM thanks t JOIN orders o ON o.id = t.order_id"
            " JOIN producer_group g ON g.id = t.group_id"
            " WHERE o.buyer_id IN (TABLE my_buyers) ORDER BY t.id",
        ),
    ),
    files=(
        "SELECT file_hash FROM review_photo WHERE review_id IN (SELECT v.id FROM review v"
        " JOIN order_line l ON l.id = v.line_id WHERE l.order_id IN (TABLE my_orders))",
        "SELECT file_hash FROM thanks WHERE file_hash IS NOT NULL"
        " AND order_id IN (TABLE my_orders)",
    ),
    forgets=(
        "DELETE FROM review_photo WHERE review_id IN (SELECT v.id FROM review v JOIN"
        " order_line l ON l.id = v.line_id WHERE l.order_id IN (TABLE my_orders))",
        "UPDATE review SET show_name = false WHERE id IN (SELECT v.id FROM review v JOIN"
        " order_line l ON l.id = v.line_id WHERE l.order_id IN (TABLE my_orders))",
        "DELETE FROM thanks WHERE order_id IN (TABLE my_orders)",
        "DELETE FROM review_quiet WHERE buyer_id IN (TABLE my_buyers)",
    ),
    keeps={
        "review": "score and words stay for the next reader, without the name",
        "review_photo": "deleted with its picture",
        "review_report": "what somebody said about a review",
        "thanks": "deleted with its picture or voice",
        "review_quiet": "deleted",
        "promise": "a group's word",
        "batch_photo": "a group's picture",
    },
)
