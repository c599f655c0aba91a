"""Photos that groups send: what is kept, what is refused, and who sees it."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from market.accounts.models import AuditEvent
from market.accounts.rules import Role
from market.catalogue.models import Offer, Product
from market.catalogue.photos import commands
from market.catalogue.photos.models import Photo, PhotoFile
from market.catalogue.photos.queries import (
    card_photo,
    own_photo,
    photos_of_groups,
    photos_of_products,
    shown_photo,
)
from market.catalogue.photos.rules import MOST_PHOTOS, Purpose, Question, next_question
from market.catalogue.photos.sizes import MOST_BYTES, WIDTHS, read_photo
from market.errors import Refused
from market.files import StoredFile, store_of
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.catalogue import make_group, make_offer, make_product
from tests.factories.photos import jpeg, jpeg_claiming, make_photo
from tests.factories.shop import statements

NOW = datetime(2026, 11, 23, tzinfo=UTC)
WHO = {"actor": "user:1", "now": NOW}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def store(app):
    return store_of(app.extensions["market_config"])


@pytest.fixture
def group_id(session):
    return make_group(session)


@pytest.fixture
def leader(session, app, group_id):
    user = make_user(session)
    make_grant(session, user, Role.GROUP_LEADER, group=group_id)
    return browser_of(app, user)


def send(browser, group_id, data, name="photo.jpg"):
    return browser.post(f"/group/{group_id}/photos/new", data={"photo": (BytesIO(data), name)})


def kept(session):
    return [session.scalar(select(func.count()).select_from(t)) for t in (Photo, StoredFile)]


def test_a_photo_is_drawn_in_three_widths_within_their_weight():
    read = read_photo(BytesIO(jpeg(4000, 3000)))

    webp = {one.width: one.data for one in read.widths if one.ext == "webp"}
    assert tuple(webp) == WIDTHS
    assert all(len(webp[width]) <= MOST_BYTES[width] for width in WIDTHS)
    assert [Image.open(BytesIO(data)).size for data in webp.values()] == [
        (320, 240), (640, 480), (1280, 960),
    ]  # fmt: skip
    assert len(read.placeholder) < 400
    assert (read.width, read.height) == (1600, 1200)


def test_no_width_carries_what_the_sent_file_told():
    exif = Image.Exif()
    exif[0x010F] = "secret camera"
    sent = jpeg(2000, 1500, exif=exif, comment=b"secret", xmp=b"secret", icc_profile=b"secret" * 9)

    read = read_photo(BytesIO(sent))

    assert {drawn.ext for drawn in read.widths} == {"webp", "avif"}
    for data in (read.data, *(drawn.data for drawn in read.widths)):
        assert b"secret" not in data


def test_a_small_photo_is_not_blown_up():
    assert {one.width for one in read_photo(BytesIO(jpeg(700, 500))).widths} == {320, 640}


@pytest.mark.parametrize("size", [(319, 900), (6000, 100)])
def test_a_photo_too_small_to_show_is_refused(size):
    with pytest.raises(Refused, match="photo_too_small"):
        read_photo(BytesIO(jpeg(*size)))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (SVG, "ไม่ใช่รูป"),
        (b"%PDF-1.7", "ไม่ใช่รูป"),
        (jpeg()[:2000], "ไม่ใช่รูป"),
        (jpeg_claiming(9300, 6500), "50 ล้านจุด"),
        (jpeg(300, 300), "เล็กเกินไป"),
    ],
    ids=["svg", "pdf", "truncated", "60MP", "small"],
)
def test_what_cannot_be_shown_is_refused_in_words_and_leaves_no_trace(
    session, leader, group_id, data, words
):
    before = kept(session)

    answer = send(leader, group_id, data)

    assert answer.status_code == 422
    assert words in answer.text
    assert kept(session) == before


def test_no_file_and_too_large_a_file_are_refused_in_words(session, leader, group_id):
    assert leader.post(f"/group/{group_id}/photos/new", data={}).status_code == 422
    answer = leader.post(
        f"/group/{group_id}/photos/new",
        environ_overrides={"CONTENT_LENGTH": str(21 * 1024 * 1024)},
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413
    assert "20 MB" in answer.text
    assert session.scalar(select(func.count()).select_from(Photo)) == 0


def test_from_choosing_to_being_seen_by_everybody(session, client, leader, group_id):
    product_id = make_product(session)
    make_offer(session, group_id, product_id)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x8825] = {1: "N", 2: (7.0, 0.0, 0.0)}
    answer = send(leader, group_id, jpeg(1600, 1200, exif=exif, comment=b"secret"))
    photo = session.scalars(select(Photo)).one()
    address = f"/photos/{photo.sha256}-640.webp"
    base = f"/group/{group_id}/photos/{photo.id}"
    assert answer.location.endswith(f"{base}/about")
    assert (photo.width, photo.height) == (1200, 1600)
    assert client.get(address).status_code == 404

    answer = leader.post(f"{base}/about", data={"about": f"product:{product_id}"})
    assert answer.location.endswith("/words")
    answer = leader.post(f"{base}/words", data={"alt_th": "ชาวนาเกี่ยวข้าว", "caption": "ลุงมี"})
    assert answer.location.endswith("/people")
    refused = leader.post(f"{base}/people", data={"people": "yes"})
    assert refused.status_code == 422
    assert client.get(address).status_code == 404
    leader.post(f"{base}/people", data={"people": "yes", "agreed": "1"})

    seen = client.get(address)
    assert seen.status_code == 200
    assert seen.headers["Cache-Control"] == "public, max-age=604800, immutable"
    assert "Set-Cookie" not in seen.headers
    assert "Cookie" not in seen.headers.get("Vary", "")
    picture = Image.open(BytesIO(seen.data))
    assert picture.size == (640, 853)
    assert not dict(picture.getexif())
    assert b"secret" not in seen.data
    again = client.get(address, headers={"If-None-Match": seen.headers["ETag"]})
    assert again.status_code == 304

    leader.post(f"{base}/hide")
    assert client.get(address).status_code == 404
    assert leader.get(f"{base}/picture").status_code == 200
    events = session.scalars(
        select(AuditEvent.event).where(AuditEvent.subject == f"photo:{photo.id}")
    ).all()
    assert events == [
        "photo.sent", "photo.about", "photo.words", "photo.people", "photo.shown", "photo.hidden",
    ]  # fmt: skip


def test_the_same_photo_twice_is_one(session, leader, group_id):
    first, second = (send(leader, group_id, jpeg()) for _ in range(2))

    assert first.location == second.location
    assert session.scalar(select(func.count()).select_from(Photo)) == 1


def test_a_group_keeps_so_many_photos_and_no_more(session, store, group_id):
    read = read_photo(BytesIO(jpeg()))
    session.execute(
        text(
            "INSERT INTO stored_file SELECT md5(n::text) || md5(n::text), 'image/webp', 1, 'x',"
            " now() FROM generate_series(1, :most) n"
        ),
        {"most": MOST_PHOTOS},
    )
    session.execute(
        text(
            "INSERT INTO photo (sha256, group_id, position, width, height, placeholder,"
            " uploaded_by, uploaded_at) SELECT md5(n::text) || md5(n::text), :group_id, n, 400,"
            " 400, '', 'x', now() FROM generate_series(1, :most) n"
        ),
        {"most": MOST_PHOTOS, "group_id": group_id},
    )
    with pytest.raises(Refused, match="photos_full"):
        commands.add_photo(session, store, group_id, read, **WHO)
    assert session.scalar(select(func.count()).select_from(Photo)) == MOST_PHOTOS


def test_the_database_shows_no_photo_without_words_or_consent(session, store, group_id):
    photo = make_photo(session, store, group_id)
    for broken in ({"alt_th": ""}, {"purpose": None}, {"people_seen": True}):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(Photo.__table__.update().where(Photo.id == photo.id).values(**broken))


def test_goods_of_others_cannot_be_shown_as_ones_own(session, store, group_id):
    photo = make_photo(session, store, group_id, shown=False)
    with pytest.raises(Refused, match="photo_product_needed"):
        commands.say_about(session, photo.id, Purpose.PRODUCT, make_product(session), **WHO)
    assert photo.product_id is None


def test_photos_move_and_stay_in_the_row(session, store, group_id):
    ids = [make_photo(session, store, group_id, seed=n).id for n in range(3)]

    def order():
        session.expire_all()
        return list(session.scalars(select(Photo.id).order_by(Photo.position)))

    commands.move_photo(session, ids[2], first=True)
    session.flush()
    assert order() == [ids[0], ids[2], ids[1]]
    commands.move_photo(session, ids[0], first=True)
    commands.move_photo(session, ids[1], first=False)
    session.flush()
    assert order() == [ids[0], ids[2], ids[1]]


def test_only_a_hidden_photo_is_removed(session, store, group_id):
    photo = make_photo(session, store, group_id)
    with pytest.raises(Refused, match="photo_hide_first"):
        commands.remove_photo(session, photo.id, **WHO)
    commands.hide_photo(session, photo.id, **WHO)
    commands.remove_photo(session, photo.id, **WHO)
    assert session.scalar(select(func.count()).select_from(Photo)) == 0


def test_lists_of_photos_are_one_statement_and_hold_no_hidden_one(session, store, group_id):
    products = [make_product(session) for _ in range(5)]
    for n, product_id in enumerate(products):
        make_offer(session, group_id, product_id)
        make_photo(session, store, group_id, product_id=product_id, seed=n)
    make_photo(session, store, group_id, product_id=products[0], seed=90, shown=False)
    whole = make_photo(session, store, group_id, seed=91)
    with statements() as sent:
        found = photos_of_products(session, products)
        of_group = photos_of_groups(session, [group_id])
        rows = session.execute(select(Product.id, card_photo(Product.id).label("photo"))).all()
    assert len(sent) == 3
    assert set(found) == set(products)
    assert [len(photos) for photos in found.values()] == [1] * 5
    assert [photo.sha256 for photo in of_group[group_id]] == [whole.sha256]
    on_cards = {row.id: shown_photo(row.photo) for row in rows}
    assert on_cards == {product_id: photos[0] for product_id, photos in found.items()}


def test_questions_come_one_after_the_other():
    assert next_question(None, "", None) is Question.ABOUT
    assert next_question("group", "", None) is Question.WORDS
    assert next_question("group", "คนในกลุ่ม", None) is Question.PEOPLE
    assert next_question("group", "คนในกลุ่ม", False) is None


@pytest.mark.parametrize(
    "name",
    [
        "x",
        "0" * 64 + "-320.svg",
        "0" * 64 + "-999.webp",
        "../../etc/passwd",
        "0" * 64 + "-320.webp",
    ],
)
def test_addresses_of_nothing_are_not_found(client, name):
    assert client.get(f"/photos/{name}").status_code == 404


@pytest.mark.parametrize(
    ("question", "data"),
    [
        ("about", {}), ("about", {"about": "product:99999999999999999999"}),
        ("about", {"about": "product:x"}), ("about", {"about": "weapon"}),
        ("words", {"alt_th": "สั้น"}), ("words", {"alt_th": "ก" * 161}),
        ("words", {"alt_th": "ชาวนาเกี่ยวข้าว", "caption": "ก" * 161}),
        ("people", {}), ("people", {"people": "maybe"}),
    ],
)  # fmt: skip
def test_answers_that_make_no_sense_are_asked_again(
    session, store, leader, group_id, question, data
):
    photo = make_photo(session, store, group_id, shown=False)
    answer = leader.post(f"/group/{group_id}/photos/{photo.id}/{question}", data=data)
    assert answer.status_code == 422
    assert "field-error" in answer.text
    session.expire_all()
    assert own_photo(session, group_id, photo.id).picture.alt_th == "สมาชิกกำลังสีข้าวที่ลานหน้าบ้าน"


def test_a_photo_of_another_group_is_not_found(session, store, leader, group_id):
    other = make_photo(session, store, make_group(session))
    assert leader.post(f"/group/{group_id}/photos/{other.id}/hide").status_code == 404
    session.refresh(other)
    assert other.shown_at is not None


def test_files_of_a_photo_are_kept_once(session, store, group_id):
    make_photo(session, store, group_id)
    make_photo(session, store, make_group(session))
    assert session.scalar(select(func.count()).select_from(PhotoFile)) in (2, 4)
    assert session.scalar(select(func.count()).select_from(Offer)) == 0
