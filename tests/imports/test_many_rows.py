"""Ten thousand rows: a fixed number of statements, a small page, a whole sheet of errors."""

from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import event, func, select

from market.accounts.rules import Role
from market.catalogue.models import Product
from market.clock import utc_now
from market.db import db
from market.files import store_of
from market.imports.flows import work
from market.imports.keeping import end_old
from market.imports.models import SheetImport, SheetRow
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.catalogue import make_product
from tests.factories.sheets import carry_out, counts, csv_text, send, stands
from tests.imports.test_importing import HEADS, NEW


@pytest.fixture
def marketing(session, app):
    user = make_user(session)
    make_grant(session, user, Role.MARKETING, area="")
    make_product(session)
    return browser_of(app, user)


def products(n, **changed):
    """New products, n of them."""
    row = [changed.get(head, cell) for head, cell in zip(HEADS, NEW, strict=False)]
    return csv_text(HEADS, *([f"N{at}", *row[1:]] for at in range(n))).encode()


def run(app, import_id):
    """What a worker does; returns how many statements it took."""
    said = []

    def note(_connection, _cursor, statement, *_rest):
        said.append(statement)

    engine = db.session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        work(import_id, store_of(app.extensions["market_config"]), utc_now)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len([one for one in said if "SAVEPOINT" not in one])


def test_a_worker_takes_the_same_statements_for_ten_rows_and_for_many(session, app, marketing):
    took = {}
    for many in (5, 1030):
        import_id = send(marketing, "products", products(many), name="x.csv")
        if many == 5:  # small ones are done while their sender waits
            marketing.post(f"/imports/{import_id}/check")
            found = stands(session, import_id)
            found.state = "checking"
            session.commit()
        assert stands(session, import_id).state == "checking"
        took[many, "check"] = run(app, import_id)
        version = stands(session, import_id).version
        if many == 5:
            found.state = "applying"
            session.commit()
        else:
            carry_out(marketing, import_id, version)
        assert stands(session, import_id).state == "applying"
        took[many, "apply"] = run(app, import_id)
        assert stands(session, import_id).state == "applied"
        found = stands(session, import_id)
        found.state = "undoing"
        session.commit()
        took[many, "undo"] = run(app, import_id)
        assert stands(session, import_id).state == "undone"

    assert {name: took[5, name] for name in ("check", "apply", "undo")} == {
        name: took[1030, name] for name in ("check", "apply", "undo")
    }
    assert max(took.values()) < 40
    assert session.scalar(select(func.count()).select_from(Product)) == 1


def test_thousands_of_wrong_rows_make_a_small_page_and_a_whole_sheet(session, app, marketing):
    evil = '=HYPERLINK("http://evil.example")'
    data = products(1030, **{"ชื่ออังกฤษ": evil, "ราคาต่ำสุด (บาท)": "ฟรี", "การเก็บ": "ที่ร่ม"})
    import_id = send(marketing, "products", data, name="x.csv")
    run(app, import_id)
    assert counts(session, import_id) == ("checked", 0, 0, 0, 1030)

    page = marketing.get(f"/imports/{import_id}").get_data(as_text=True)
    assert len(page) < 90_000
    assert "1,030" in page
    book = load_workbook(BytesIO(marketing.get(f"/imports/{import_id}/errors.xlsx").data))
    sheet = book.worksheets[0]
    assert sheet.max_row == 1031
    assert "ราคาต่ำสุด" in sheet["B2"].value
    assert sheet["E2"].value == f"'{evil}"
    assert {cell.data_type for row in sheet.iter_rows(max_row=20) for cell in row} <= {"s", "n"}
    assert carry_out(marketing, import_id, good_only=1).status_code == 422


def test_the_sheet_of_errors_can_be_mended_and_sent_again(session, app, marketing):
    rows = [["N1", *NEW[1:9], "ฟรี", *NEW[10:]], ["N2", "+66 ก", *NEW[2:]]]
    import_id = send(marketing, "products", csv_text(HEADS, *rows).encode(), name="x.csv")
    book = load_workbook(BytesIO(marketing.get(f"/imports/{import_id}/errors.xlsx").data))
    page = book.worksheets[0]
    assert page.cell(2, 12).fill.fgColor.rgb == "FFF9E0E3"
    page.cell(2, 12).value = "60"
    mended = BytesIO()
    book.save(mended)

    again = send(marketing, "products", mended.getvalue())
    assert counts(session, again) == ("checked", 2, 0, 0, 0)
    carry_out(marketing, again)
    names = session.scalars(select(Product.name_th).where(Product.code.in_(["N1", "N2"])))
    assert set(names) == {"กล้วยตาก", "+66 ก"}


def test_columns_that_nobody_knows_are_matched_by_a_person(session, app, marketing):
    data = csv_text(["ของ", "ราคาพื้น", "โน้ต"], [session.scalar(select(Product.code)), "65", "x"])
    import_id = send(marketing, "products", data.encode("cp874"), name="x.csv")
    assert stands(session, import_id).state == "matching"

    missing = marketing.post(
        f"/imports/{import_id}/columns",
        data={"column-1": "band_low_satang", "column-99": "code", "column-" + "9" * 5000: "code"},
    )
    assert missing.status_code == 422
    marketing.post(
        f"/imports/{import_id}/columns", data={"column-0": "code", "column-1": "band_low_satang"}
    )
    assert counts(session, import_id) == ("checked", 0, 1, 0, 0)


def test_files_and_rows_go_when_their_time_is_over(session, app, marketing):
    import_id = send(marketing, "products", products(3), name="x.csv")
    store = store_of(app.extensions["market_config"])
    found = stands(session, import_id)
    kept = found.kept_file
    assert store.get(kept)

    assert end_old(store, utc_now()) == 0
    assert end_old(store, found.expires_at) == 1

    assert store.get(kept) is None
    assert session.scalars(select(SheetRow.row_no)).all() == []
    assert stands(session, import_id).state == "dropped"
    assert session.scalars(select(SheetImport.kept_file)).all() == [None]
    assert marketing.get(f"/imports/{import_id}").status_code == 200
