"""What our list is measured against: Flask, one indexed query, 24 items in a template."""

from __future__ import annotations

import os

from flask import Flask, render_template_string
from sqlalchemy import create_engine, text

app = Flask(__name__)
engine = create_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"),
    pool_size=4,
)
LIST = text("SELECT id, code, name_th, unit_th, reference_satang FROM product WHERE id <= 24")
PAGE = """<!doctype html>
<html lang="th"><head><meta charset="utf-8"><title>สินค้า</title></head><body><h1>สินค้า</h1>
<ul>{% for item in items %}
<li><a href="/goods/{{ item.code }}">{{ item.name_th }}</a>
<p>฿{{ "{:,.2f}".format(item.reference_satang / 100) }} / {{ item.unit_th }}</p></li>
{% endfor %}</ul></body></html>"""


@app.get("/")
def items() -> str:
    """24 products by primary key."""
    with engine.connect() as connection:
        return render_template_string(PAGE, items=connection.execute(LIST).all())
