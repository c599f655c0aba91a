"""A small country: as many provinces, amphoe, tambons and points as a test asks for."""

from itertools import count

from sqlalchemy.orm import Session

from market import thai
from market.places.models import (
    Amphoe,
    DeliveryTariff,
    Lane,
    PickupPoint,
    PostRate,
    Province,
    Tambon,
)

_serial = count(1)


def make_tambon(
    session: Session,
    code: str = "320502",
    *,
    name: str = "ทมอ",
    region: str = "NE",
    readiness: int | None = 2,
    postcode: str = "32140",
) -> str:
    """A tambon with its amphoe and province; the one that exists already is kept."""
    if session.get(Tambon, code):
        return code
    if not session.get(Province, code[:2]):
        session.add(
            Province(
                code=code[:2], name_th=f"จังหวัด{code[:2]}", name_en=f"Province {code[:2]}",
                region_code=region, sort_key=code[:2],
            )
        )  # fmt: skip
        session.flush()
    if not session.get(Amphoe, code[:4]):
        session.add(
            Amphoe(
                code=code[:4], province_code=code[:2], name_th=f"อำเภอ{code[:4]}",
                name_en=f"Amphoe {code[:4]}",
            )
        )  # fmt: skip
        session.flush()
    session.add(
        Tambon(
            code=code, amphoe_code=code[:4], province_code=code[:2], name_th=name,
            name_en=f"Tambon {code}", postcode=postcode, lat=14.6, lon=103.4,
            readiness=readiness, sort_key=thai.sort_key(name),
            search=thai.search_text(f"{name}|อำเภอ{code[:4]}|จังหวัด{code[:2]}|{postcode}"),
        )
    )  # fmt: skip
    session.flush()
    return code


def make_point(
    session: Session,
    *,
    tambon_code: str | None = None,
    weekday: int | None = None,
    group_id: int | None = None,
    name: str = "จุดรับลาดยาว",
) -> int:
    """A pick-up point; with group_id it is that group's own place."""
    point = PickupPoint(
        code=f"U{next(_serial):05d}",
        name_th=name,
        name_en="Point",
        tambon_code=tambon_code or make_tambon(session),
        lat=14.6,
        lon=103.4,
        weekday=weekday,
        hours="16:00-19:00",
        capacity_boxes=60,
        group_id=group_id,
    )
    session.add(point)
    session.flush()
    return point.id


def make_lane(
    session: Session,
    group_id: int,
    point_id: int,
    *,
    satang_per_kg: int = 50,
    max_weight_g: int = 0,
) -> None:
    """A group's own way to a point."""
    session.add(
        Lane(
            group_id=group_id, point_id=point_id, distance_m=1000,
            cost_satang_per_kg=satang_per_kg, fixed_cost_satang=0, max_weight_g=max_weight_g,
        )
    )  # fmt: skip
    session.flush()


def make_post(session: Session, from_region: str = "NE", to_region: str = "NE") -> None:
    """A post rate between two regions, and the tariff a buyer pays into the second."""
    if not session.get(PostRate, (from_region, to_region)):
        session.add(
            PostRate(
                from_region=from_region, to_region=to_region, first_kg_satang=3500,
                extra_kg_satang=800, days=2,
            )
        )  # fmt: skip
    if not session.get(DeliveryTariff, to_region):
        session.add(DeliveryTariff(to_region=to_region, first_kg_satang=4500, extra_kg_satang=1200))
    session.flush()
