"""What an order is measured against: Flask, and the same guarded inserts without anything else."""

from __future__ import annotations

import os
import secrets
from itertools import count

from flask import Flask, Response, request
from sqlalchemy import create_engine, text

app = Flask(__name__)
engine = create_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"),
    pool_size=4,
)
codes = count(secrets.randbelow(10**6))  # no two alike in a process, hardly in two
ROUND = text("SELECT state, closes_at > now() FROM round WHERE id = :round_id FOR SHARE")
ORDER = text(
    "INSERT INTO orders (number, round_id, buyer_id, state, idempotency_key, pay_method, point_id,"
    " tambon_code, delivery_index, delivery_fee_satang, pickup_code, placed_at)"
    " VALUES (:key, :round_id, :buyer_id, 'placed', :key, 'promptpay', :point_id, :tambon_code,"
    " 0, 0, :pickup_code, now()) RETURNING id"
)
LINE = text(
    "INSERT INTO order_line (order_id, round_id, product_id, maker, shortage, units,"
    " ceiling_satang) VALUES (:order_id, :round_id, :product_id, 'any', 'fewer', 1, 7000)"
    " RETURNING id"
)
TAKE = text(
    "UPDATE round_offer SET reserved_units = reserved_units + 1"
    " WHERE id = :offer_id AND reserved_units < capacity_units"
)
HOLD = text("INSERT INTO reservation (line_id, round_offer_id, units) VALUES (:line, :offer, 1)")


@app.get("/")
def ready() -> str:
    """The server answers."""
    return "ready"


@app.post("/order")
def order() -> Response:
    """One unit of one offer, sold once."""
    sent = {name: value for name, value in request.form.items()}
    values = {name: int(value) for name, value in sent.items() if name.endswith("_id")}
    with engine.begin() as connection:
        if connection.execute(ROUND, values).one()[0] != "open":
            return Response(status=422)
        extra = {
            "key": secrets.token_hex(16),
            "pickup_code": f"{next(codes) % 10**6:06d}",
            "tambon_code": sent["tambon_code"],
        }
        order_id = connection.execute(ORDER, values | extra).scalar_one()
        line = connection.execute(LINE, values | {"order_id": order_id}).scalar_one()
        if not connection.execute(TAKE, values).rowcount:
            connection.rollback()
            return Response(status=422)
        connection.execute(HOLD, {"line": line, "offer": values["offer_id"]})
    return Response(status=303)
