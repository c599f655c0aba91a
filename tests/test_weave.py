"""The drawings: right at the edges, safe under the content policy, light enough for a phone."""

from __future__ import annotations

import csv
import gzip
import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market import weave
from market.weave.thailand import CENTRES, HIGH, WIDE

TEMPLATES = Path(__file__).parent.parent / "templates"
# letters are read in mail programs, which know no style sheet and no policy of ours
#: Not sent as pages: letters, and the archive that people open from their own disk.
ALONE = ("mail", "my_data/archive.html")
PAGES = [
    path
    for path in sorted(TEMPLATES.rglob("*.html"))
    if not str(path.relative_to(TEMPLATES)).startswith(ALONE)
]
#: A script block of JSON-LD is data: no browser runs it, and the policy lets it stand.
FORBIDDEN = re.compile(
    r"\sstyle\s*=|\son[a-z]+\s*=|<style|<script(?! type=\"application/ld\+json\">)(?![^>]*\ssrc=)",
    re.IGNORECASE,
)
SHARES = [
    weave.Share("surplus", "left", 2271, "surplus"),
    weave.Share("labour", "labour", 1892, "labour"),
    weave.Share("transport", "transport", 756, "stripe"),
]


@dataclass(frozen=True)
class Flow:
    """Units between two provinces."""

    mode: str
    from_province: str
    to_province: str
    units: int


FLOWS = [
    Flow("lane", "32", "32", 600),
    Flow("post", "32", "10", 400),
    Flow("post", "90", "10", 100),
    Flow("post", "98", "10", 7),  # no such province
]


def drawings() -> dict[str, weave.Svg]:
    """One drawing of each kind, by name."""
    return {
        "defs": weave.defs(),
        "band": weave.band_svg(204, 260, 40, "certain", 30),
        "parts": weave.parts_bar(SHARES),
        "bracket": weave.bracket(SHARES),
        "gain": weave.compare_bar(4729, 7000, 7000),
        "loss": weave.compare_bar(4729, 3990, 7000),
        "match": weave.match_bar(64, 136, 260, 40, 260),
        "share": weave.share_bar(420, 1200, 350),
        "shares": weave.share_columns([0, 420, 1300], 350),
        "pair": weave.pair_bar(40, 60, 100),
        "map": weave.flow_map(FLOWS, "map.svg", "a title", "a description"),
        "hem": weave.hem(),
        "loom": weave.resting_loom(),
        "mark": weave.mark_svg(),
        "face": weave.face_svg("1"),
        "narrow": weave.big_cloth(50, "narrow"),
        "wide": weave.big_cloth(50, "wide"),
        **{f"goods {key}": weave.goods_svg(key) for key in weave.GOODS},
        **{f"region {code}": weave.region_band(code) for code in ("N", "NE", "C", "S")},
    }


@pytest.mark.parametrize("name", drawings())
def test_a_drawing_is_whole_and_obeys_the_content_policy(name: str) -> None:
    drawing = drawings()[name]
    ElementTree.fromstring(drawing)  # noqa: S314 - our own drawing
    assert not FORBIDDEN.search(drawing)
    assert 'aria-hidden="true"' in drawing or 'role="img"><title>' in drawing.replace(
        ' focusable="false"', ""
    )


@pytest.mark.parametrize("name", drawings())
def test_a_drawing_refers_only_to_what_the_page_holds(name: str) -> None:
    drawing = drawings()[name]
    held = set(re.findall(r'id="([^"]+)"', weave.defs() + drawing))
    wanted = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', drawing))
    assert wanted <= held


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_template_breaks_the_content_policy(path: Path) -> None:
    written = re.sub(r"{[%#{].*?[%#}]}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not FORBIDDEN.search(written)


@given(
    st.integers(-10, 10_000),
    st.integers(0, 5_000),
    st.none() | st.integers(0, 9_000),
    st.sampled_from(("open", "certain", "part")),
)
def test_a_band_never_leaves_its_track(
    value: int, maximum: int, minimum: int | None, kind: str
) -> None:
    drawing = weave.band_svg(value, maximum, minimum, kind)
    ElementTree.fromstring(drawing)  # noqa: S314 - our own drawing
    assert all(0 <= float(x) <= 100 for x in re.findall(r'"(-?[\d.]+)%"', drawing))


def test_nothing_ordered_draws_bare_threads_only() -> None:
    drawing = weave.band_svg(0, 40)
    assert "w-warp" in drawing
    assert "w-open" not in drawing


def test_shares_of_a_price_fill_the_whole_bar() -> None:
    widths = re.findall(r'width="([\d.]+)%" height="100%" fill', weave.parts_bar(SHARES))
    assert sum(map(float, widths)) == pytest.approx(100, abs=0.2)


def test_the_bracket_spans_what_stays_with_the_makers() -> None:
    assert 'width="84.6%"' in weave.bracket(SHARES)


def test_a_price_below_cost_leaves_an_open_gap() -> None:
    assert 'class="loss"' in weave.compare_bar(4729, 3990, 7000)
    assert "w-surplus" not in weave.compare_bar(4729, 3990, 7000)


def test_every_sample_product_has_a_drawing_of_its_own() -> None:
    table = Path(__file__).parent.parent / "market" / "sample" / "products.csv"
    with table.open(encoding="utf-8", newline="") as rows:
        codes = {row["product_code"] for row in csv.DictReader(rows)}
    assert codes <= set(weave.GOODS_BY_PRODUCT)


def test_no_two_products_and_no_two_crafts_share_a_drawing() -> None:
    folder = Path("market/sample")
    products, crafts = (
        list(csv.DictReader((folder / name).read_text("utf-8-sig").splitlines()))
        for name in ("products.csv", "group_types.csv")
    )

    assert len({weave.goods_svg(row["product_code"]) for row in products}) == len(products) == 75
    assert len({weave.craft_key(row["en"]) for row in crafts}) == len(crafts) == 30


def test_faces_of_a_list_are_of_many_kinds() -> None:
    assert len({weave.face_svg(f"G{n:06d}") for n in range(200)}) > 190


def test_drawings_are_many_and_all_in_use() -> None:
    assert set(weave.GOODS_BY_PRODUCT.values()) == set(weave.GOODS)
    assert len(weave.GOODS) >= 26


def test_an_unknown_product_falls_back_to_its_category() -> None:
    assert weave.goods_key("P999", "textile") == "indigo-cloth"
    assert weave.goods_key("P999", "unheard of") == "rice"
    assert weave.goods_svg("textile") == weave.goods_svg("indigo-cloth")


def test_the_same_seed_draws_the_same_face() -> None:
    assert weave.face_svg("42") == weave.face_svg("42")
    assert len({weave.face_svg(str(seed)) for seed in range(40)}) > 8


@pytest.mark.parametrize("percent", [0, 1, 50, 52, 53, 99, 100])
@pytest.mark.parametrize("kind", ["narrow", "wide"])
def test_the_boat_stays_in_sight(percent: int, kind: str) -> None:
    boat = re.search(r'<svg x="(-?\d+)%" y="\d+" viewBox[^>]* width="(\d+)%"',
                     weave.big_cloth(percent, kind))  # fmt: skip
    assert boat is not None
    left, wide = map(int, boat.groups())
    assert left >= -1
    assert left + wide <= 101


def test_drawings_are_light_enough_for_a_phone() -> None:
    def weight(text: str) -> int:
        return len(gzip.compress(text.encode(), 9))

    assert weight(weave.big_cloth(50, "wide") + weave.big_cloth(50, "narrow")) < 7_000
    assert weight(weave.defs()) < 2_000
    assert max(weight(weave.goods_svg(key)) for key in weave.GOODS) < 1_000


def test_the_map_draws_a_bow_a_flow_as_wide_as_its_units_and_a_dot_for_what_stays():
    drawn = str(drawings()["map"])

    widths = [float(width) for width in re.findall(r'class="bow" stroke-width="([\d.]+)"', drawn)]
    assert len(widths) == 2
    assert widths[0] == pytest.approx(4 * widths[1], rel=0.05)
    assert drawn.count('class="flow dot-lane"') == 1
    assert "<title>a title</title><desc>a description</desc>" in drawn


def test_every_province_of_the_market_is_on_the_map():
    with (Path(weave.__file__).parent.parent / "places" / "data" / "provinces.csv").open() as file:
        codes = {row["code"] for row in csv.DictReader(file)}

    assert codes == set(CENTRES)
    assert all(0 < x < WIDE and 0 < y < HIGH for x, y in CENTRES.values())


def test_the_outlines_are_light_and_credit_their_makers():
    drawing = Path("static/img/thailand.svg")
    text = (TEMPLATES.parent / drawing).read_text()

    assert len(gzip.compress(text.encode())) < 10_000
    assert "CC BY 4.0" in text
    assert 'id="thailand"' in text


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=100), st.integers(0, 3000))
def test_columns_and_their_line_stay_inside_the_picture(permilles, level):
    drawn = str(weave.share_columns(permilles, level))

    heights = [float(h) for h in re.findall(r'height="([\d.]+)%" fill="url\(#w-open', drawn)]
    assert len(heights) == len(permilles)
    assert all(0 <= height <= 100 for height in heights)
    line = re.search(r'class="level"[^>]* y1="([\d.]+)%"', drawn)
    assert 0 <= float(line[1]) <= 100
