"""An institution's order is entered row by row: found, judged field by field, kept once."""

import re
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select, update

from market.accounts.models import AuditEvent
from market.accounts.rules import Role
from market.campaigns.institutions.models import InstitutionLine, InstitutionOrder
from market.campaigns.institutions.queries import get_order
from market.campaigns.institutions.rules import MOST_LINES
from market.campaigns.ordering.forms import day_of
from market.campaigns.ordering.queries import goods_meant
from market.campaigns.ordering.sheet import rows_of
from market.catalogue.models import Product
from market.catalogue.search_index import refresh_search
from market.clock import bangkok_date, utc_now
from market.db import db, transaction
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.campaigns import make_bulk
from tests.factories.catalogue import make_group, make_offer, make_product
from tests.factories.places import make_tambon
from tests.factories.races import together
from tests.factories.shop import statements

DAY = bangkok_date(utc_now()) + timedelta(days=40)


def make_rice(session):
    """Rice that a group sells."""
    make_tambon(session, "980101")
    product = make_product(session, name="ข้าวหอมมะลิ ถุงใหญ่")
    make_offer(session, make_group(session), product)
    refresh_search(session)
    return session.get_one(Product, product)


def make_desk(session, app, rice):
    """Somebody of the marketing desk with two browsers at an institution's order, and its draft
    of one line.
    """
    user = make_user(session)
    make_grant(session, user, Role.MARKETING, area="")
    institution, order = make_bulk(session, rice.id)
    browsers = [browser_of(app, user, language="en") for _ in range(2)]
    return browsers, f"/market/institutions/{institution}/order", order


@pytest.fixture
def rice(session):
    return make_rice(session)


@pytest.fixture
def desk(session, app, rice):
    browsers, path, order = make_desk(session, app, rice)
    return browsers[0], path, order


def rows(*typed, **more):
    """A posted form: goods, units, price and day of each row."""
    form = {"row": [f"{n}" for n, _row in enumerate(typed)], "key": "new", "version": "0"}
    for n, cells in enumerate(typed):
        form |= {f"{name}-{n}": str(cell) for name, cell in zip(
            ("goods", "units", "price", "day"), cells, strict=False)}  # fmt: skip
    return form | more


def mistakes(page: str) -> dict[str, str]:
    """What stands beside the fields of a page, by field."""
    found = re.findall(r'id="f-([\w-]+)-error">.*?<span>(.*?)</span>', page)
    return dict(found)


def test_rows_are_kept_once_with_thai_digits_and_the_day_of_the_row_above(session, desk, rice):
    browser, path, _draft = desk
    other = session.get_one(Product, make_product(session, name="ข้าวเหนียว"))
    form = rows(
        (rice.name_th, "๑,๐๐๐", "๖๘.๕๐", DAY), ("", "", "", ""),
        (f" {other.code.lower()} ", "5", "70", ""), po_number="PO-๗",
    )  # fmt: skip

    first, again = (browser.post(path, data=form) for _tap in range(2))

    assert first.status_code == again.status_code == 303
    assert first.location == again.location
    kept = get_order(session, int(first.location.rsplit("/", 1)[1]))
    assert {(one.product_id, one.units, one.price_satang) for one in kept.lines} == {
        (rice.id, 1000, 6850), (other.id, 5, 7000),
    }  # fmt: skip
    assert {one.needed_on for one in kept.lines} == {DAY}
    assert kept.po_number == "PO-๗"


def test_every_mistake_stands_at_its_field_and_nothing_typed_is_lost(session, desk, rice):
    browser, path, _draft = desk
    today = bangkok_date(utc_now())
    typed = (
        ("มะลิ", "0", "<b>", "31/2/2569"), ("zzzzzz", "999999999999", "99999999", ""),
        (rice.code, "5", "68", today), (rice.code, "5", "68", today + timedelta(days=9999)),
        (rice.code, "5", "68", DAY), (rice.code, "6", "68", DAY), (rice.code,),
    )  # fmt: skip

    page = browser.post(path, data=rows(*typed, po_number="PO-9"))

    assert page.status_code == 422
    wrong = mistakes(page.text)
    assert {name[0] for name in wrong} == {"g", "u", "p", "d"}
    assert Counter(name.split("-")[1] for name in wrong) == {
        "0": 4, "1": 4, "2": 1, "3": 1, "5": 1, "6": 3,
    }  # fmt: skip
    assert f'value="pick:0:{rice.code}"' in page.text
    assert "or later" in wrong["day-2"]
    assert "or sooner" in wrong["day-3"]
    assert "stand above already" in wrong["goods-5"]
    for value in ("มะลิ", "&lt;b&gt;", "31/2/2569", "999999999999", "zzzzzz", "PO-9"):
        assert f'value="{value}"' in page.text, value
    assert session.scalar(select(func.count(InstitutionOrder.id))) == 1


def test_without_scripts_buttons_find_add_drop_and_paste_and_keep_nothing(session, desk, rice):
    browser, path, _draft = desk
    form = rows(("มะลิ", "5", "68", DAY))
    seen = browser.post(path, data=form | {"do": "see"}).text
    assert f"pick:0:{rice.code}" in seen
    assert ">฿340<" in seen, "the sum is known before the goods are"
    picked = browser.post(path, data=form | {"do": f"pick:0:{rice.code}"}).text
    assert f'name="code-0" value="{rice.code}"' in picked
    assert f'value="{rice.name_en}"' in picked
    assert not mistakes(picked)
    more = browser.post(path, data=form | {"do": "add"}).text
    assert more.count('name="row"') == 4
    assert more.count(f'value="{DAY}"') == 4, "new rows are for the day of the last"
    assert browser.post(path, data=form | {"do": "drop:0"}).text.count('name="row"') == 0
    sheet = f"สินค้า\tจำนวน\tบาท\tวันที่\n{rice.code}\t๓๐๐\t68.50\t25/12/2569\nไม่มี\tx\t\t\n"
    pasted = browser.post(path, data=form | {"do": "paste", "sheet": sheet}).text
    assert pasted.count('name="row"') == 3
    assert 'value="๓๐๐"' in pasted
    assert set(value for name, value in mistakes(pasted).items() if name.startswith("units")) == {
        "A whole number from 1 to 100000"
    }
    assert session.scalar(select(func.count(InstitutionOrder.id))) == 1


def test_too_many_pasted_rows_stay_in_their_box_and_are_never_cut(desk, rice):
    browser, path, _draft = desk
    line = f"{rice.code}, 1, 68, 25/12/2569"
    for sheet in ("\n".join([line] * (MOST_LINES + 1)), line * 999):
        page = browser.post(path, data=rows(("",), sheet=sheet))
        assert page.status_code == 422
        assert sheet in page.text
        assert list(mistakes(page.text)) == ["sheet"]


def test_with_scripts_a_button_gets_only_its_part(desk, rice):
    browser, path, _draft = desk
    form, htmx = rows(("มะลิ", "5", "68", DAY)), {"HX-Request": "true"}
    parts = {
        do: browser.post(path, data=form | {"do": do}, headers=htmx).text
        for do in ("see", "add", f"pick:0:{rice.code}", "paste")
    }
    fields = {do: part.count("<fieldset") for do, part in parts.items()}
    assert fields == {"see": 0, "add": 1, f"pick:0:{rice.code}": 1, "paste": 1}
    assert all('id="sum"' in part and "<html" not in part for part in parts.values())
    assert re.search(r'id="f-units-0"[^>]* autofocus', parts[f"pick:0:{rice.code}"])
    found = browser.get(path.replace("order", "goods"), query_string={"row": "7", "goods-7": "มะลิ"})
    assert f'value="pick:7:{rice.code}"' in found.text


def test_a_draft_is_changed_by_one_person_at_a_time(session, desk, rice):
    browser, path, draft = desk
    shown = browser.get(path, query_string={"key": "bulk"}).text
    assert f'value="{rice.name_en}"' in shown
    line = (rice.code, "20", "70", DAY)

    mine = browser.post(path, data=rows(line, key="bulk", version="1"))
    theirs = browser.post(path, data=rows((rice.code, "30", "70", DAY), key="bulk", version="1"))

    assert mine.status_code == 303
    assert theirs.status_code == 409
    assert "Somebody else changed this order" in theirs.text
    assert 'value="30"' in theirs.text
    assert session.scalars(select(InstitutionLine.units)).all() == [20]
    session.execute(update(InstitutionOrder).values(
        state="quoted", quote_number=9, quoted_at=utc_now(), valid_until=DAY))  # fmt: skip
    assert browser.get(path, query_string={"key": "bulk"}).location == f"/market/bulk/{draft}"
    assert browser.post(path, data=rows(line, key="bulk", version="2")).status_code == 409


def test_a_double_tap_makes_one_order_and_of_two_officers_at_once_one_wins(committed):
    with transaction() as session:
        rice = make_rice(session)
        code = rice.code
        browsers, path, draft = make_desk(session, committed, rice)
    db.session.remove()

    def both(*forms):
        posts = zip(browsers, forms, strict=True)
        return together(committed, *[partial(one.post, path, data=form) for one, form in posts])

    tap = rows((code, "5", "68", DAY))
    taps = both(tap, tap)
    changes = both(*[rows((code, n, "70", DAY), key="bulk", version="1") for n in ("20", "30")])

    assert [one.status_code for one in taps] == [303, 303]
    assert taps[0].location == taps[1].location
    won, lost = sorted(changes, key=lambda one: one.status_code)
    assert (won.status_code, lost.status_code) == (303, 409)
    assert "Somebody else changed this order" in lost.text
    theirs = 20 if changes[0] is won else 30
    assert f'value="{50 - theirs}"' in lost.text, "what the other typed is still there"
    with transaction() as session:
        units = dict(session.execute(select(InstitutionLine.order_id, InstitutionLine.units)).all())
        written = session.scalar(select(func.count()).where(AuditEvent.event == "bulk.written"))
    made = int(taps[0].location.rsplit("/", 1)[1])
    assert units == {draft: theirs, made: 5}
    assert written == 3  # both orders, and the change that won


def test_goods_with_one_name_are_asked_back_and_what_was_chosen_counts(session, desk, rice):
    browser, path, _draft = desk
    twin = session.get_one(Product, make_product(session, name=rice.name_th))
    unclear = browser.post(path, data=rows((rice.name_th, "5", "68", DAY)))
    assert "Several goods are called this" in mistakes(unclear.text)["goods-0"]
    chosen = rows((rice.name_th, "5", "68", DAY), **{"code-0": twin.code})
    made = browser.post(path, data=chosen)
    assert [one.product_id for one in get_order(session, int(made.location[13:])).lines] == [
        twin.id
    ]
    session.execute(update(Product).where(Product.id == twin.id).values(active=False))
    gone = browser.post(path, data=rows((twin.code, "5", "68", DAY), key="other"))
    assert list(mistakes(gone.text)) == ["goods-0"]


def test_sixty_names_are_looked_up_in_as_many_statements_as_one(session, rice):
    with statements() as one:
        goods_meant(session, ["มะลิ"])
    with statements() as sixty:
        found = goods_meant(session, [f"มะลิ {n}%_\\" for n in range(59)] + [rice.code])
    assert len(sixty) == len(one) == 2
    assert found[rice.code].called[0].low_satang is not None
    assert found["มะลิ 7%_\\"].called == ()


def test_a_sheet_s_rows_keep_every_cell_as_it_was_typed():
    typed = 'P001\t๓๐๐\t68.50\t25/12/2569\textra\n\n"ข้าว, หอม", 5, 10, 2026-12-25\nP003'
    assert [list(row.values()) for row in rows_of(typed)] == [
        ["P001", "๓๐๐", "68.50", "25/12/2569"], ["ข้าว, หอม", "5", "10", "2026-12-25"],
        ["P003", "", "", ""],
    ]  # fmt: skip
    assert rows_of("สินค้า\tจำนวน\tราคา\nP001\t1\t2\n")[0]["goods"] == "P001"
    assert rows_of("ข้าว\n")[0]["goods"] == "ข้าว"
    assert {day_of(text).isoformat() for text in ("25/12/69", "25/12/2569", "2026-12-25")} == {
        "2026-12-25"
    }
