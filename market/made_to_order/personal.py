"""What made to order keeps about a person."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.personal import Hold, Personal, Told

PERSONAL = Personal(
    told=(
        Told(
            "requests",
            _("Requests for goods made for you"),
            "SELECT state, org_name, tax_id, name, phone, email, words, units, unit_th,"
            " max_price_satang / 100.0 AS most_baht, needed_on, address, address_note, asked_at,"
            " closed_at FROM goods_request WHERE buyer_id IN (TABLE my_buyers) ORDER BY id",
        ),
        Told(
            "request_questions",
            _("Questions about them and your answers"),
            "SELECT x.question, x.asked_at, x.answer, x.answered_at FROM request_question x"
            " JOIN request_invite i ON i.id = x.invite_id"
            " JOIN goods_request q ON q.id = i.request_id"
            " WHERE q.buyer_id IN (TABLE my_buyers) ORDER BY x.id",
        ),
    ),
    forgets=(
        "UPDATE request_question SET answer = '–' WHERE answer IS NOT NULL AND invite_id IN"
        " (SELECT i.id FROM request_invite i JOIN goods_request q ON q.id = i.request_id"
        " WHERE q.buyer_id IN (TABLE my_buyers))",
        "UPDATE round SET name_th = 'สั่งทำ', name_en = 'Made to order' WHERE id IN"
        " (SELECT round_id FROM goods_request WHERE buyer_id IN (TABLE my_buyers))",
        "UPDATE product SET name_th = 'สินค้าสั่งทำ', name_en = 'Made to order', search = '',"
        " sort_key = '' WHERE NOT active AND code IN (SELECT 'MTO-' || id FROM goods_request"
        " WHERE buyer_id IN (TABLE my_buyers))",
        "UPDATE goods_request SET name = '–', phone = '–', email = NULL,"
        " org_name = NULL, tax_id = NULL, address_note = NULL, words = '–',"
        " picture_hash = NULL,"
        " address = CASE WHEN address IS NOT NULL THEN '–' END"
        " WHERE buyer_id IN (TABLE my_buyers)",
    ),
    files=(
        "SELECT picture_hash FROM goods_request WHERE picture_hash IS NOT NULL"
        " AND buyer_id IN (TABLE my_buyers)",
    ),
    holds=(
        Hold(
            "leaving_request_open",
            "SELECT count(*) FROM goods_request WHERE state = 'asked'"
            " AND buyer_id IN (TABLE my_buyers)",
        ),
    ),
    keeps={
        "goods_request": "goods, amounts and dates stay, everything of the person is deleted",
        "request_invite": "a group's answer",
        "request_question": "what a group asked about goods; the buyer's words are deleted",
    },
)
