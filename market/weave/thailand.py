"""The map of Thailand with what flows between its provinces.

The outlines (`static/img/thailand.svg`, loaded once and kept by the browser) and the centres are
from @svg-maps/thailand 2.0.0 by Tae Noppakun Wongsrinoppakun and Victor Cazanave, CC BY 4.0,
https://creativecommons.org/licenses/by/4.0/. Changes: corners within 1.1 of its 1025 units left
out, all outlines in one path, the lake of Songkhla and islets left out.
"""

from collections.abc import Sequence
from math import atan, degrees, exp, hypot, log, pi, radians, sqrt, tan
from typing import Protocol

from market.weave.drafts import Svg

WIDE, HIGH = 560, 1025
WIDEST_ARC, THINNEST_ARC = 18.0, 1.6
LARGEST_DOT, SMALLEST_DOT = 24.0, 4.0
BEND = 0.18  # how far an arc leaves the straight line, as a share of its length

WEST, NORTH = 97.344, 20.465  # where the drawing begins, degrees
UNITS_A_DEGREE = 67.2  # it is a Mercator projection: so fit its edges and the centres

#: Centre of each province on the map, by its code.
CENTRES = {
    "10": (221, 470), "11": (227, 482), "12": (206, 459), "13": (225, 449), "14": (215, 430),
    "15": (203, 411), "16": (240, 378), "17": (203, 391), "18": (181, 376), "19": (248, 410),
    "20": (260, 510), "21": (275, 533), "22": (323, 531), "23": (350, 566), "24": (276, 481),
    "25": (290, 450), "26": (258, 439), "27": (336, 469), "30": (321, 388), "31": (379, 397),
    "32": (426, 393), "33": (474, 395), "34": (524, 372), "35": (472, 322), "36": (302, 313),
    "37": (499, 323), "38": (429, 165), "39": (335, 233), "40": (353, 287), "41": (372, 216),
    "42": (289, 217), "43": (370, 179), "44": (393, 315), "45": (436, 321), "46": (423, 272),
    "47": (437, 218), "48": (478, 218), "49": (484, 276), "50": (94, 119), "51": (109, 167),
    "52": (146, 152), "53": (214, 193), "54": (184, 161), "55": (234, 112), "56": (192, 88),
    "57": (170, 44), "58": (47, 118), "60": (189, 337), "61": (144, 360), "62": (148, 292),
    "63": (98, 265), "64": (160, 227), "65": (216, 247), "66": (202, 297), "67": (257, 297),
    "70": (151, 486), "71": (115, 414), "72": (172, 412), "73": (186, 459), "74": (194, 484),
    "75": (176, 496), "76": (154, 526), "77": (155, 595), "80": (165, 838), "81": (113, 851),
    "82": (73, 818), "83": (68, 865), "84": (116, 793), "85": (92, 730), "86": (116, 704),
    "90": (219, 944), "91": (177, 941), "92": (153, 895), "93": (181, 896), "94": (270, 949),
    "95": (262, 985), "96": (295, 986),
}  # fmt: skip


def on_map(lat: float, lon: float) -> tuple[float, float]:
    """A place given in degrees as x and y of the drawing, right to about 5 units (8 km)."""
    x = 0.5 + (lon - WEST) * UNITS_A_DEGREE
    return x, 0.5 + (_stretched(NORTH) - _stretched(lat)) * UNITS_A_DEGREE


def located(x: float, y: float) -> tuple[float, float]:
    """``on_map`` the other way: latitude and longitude in degrees."""
    stretched = radians(_stretched(NORTH) - (y - 0.5) / UNITS_A_DEGREE)
    return degrees(2 * atan(exp(stretched)) - pi / 2), WEST + (x - 0.5) / UNITS_A_DEGREE


def _stretched(lat: float) -> float:
    """Mercator's latitude, in degrees of the equator."""
    return degrees(log(tan(pi / 4 + radians(lat) / 2)))


class Flow(Protocol):
    """Units from a province to another by own lane or by post (mode ``lane``, ``post``)."""

    @property
    def mode(self) -> str:
        """By which way."""

    @property
    def from_province(self) -> str:
        """Code of the makers' province."""

    @property
    def to_province(self) -> str:
        """Code of the buyers' province."""

    @property
    def units(self) -> int:
        """How much."""


def flow_map(flows: Sequence[Flow], outlines: str, title: str, description: str) -> Svg:
    """The country with an arc a flow, wide by its units; goods that stay are a dot, by area.

    outlines: address of the drawing's file. The words beside it carry the numbers.
    """
    known = [f for f in flows if f.from_province in CENTRES and f.to_province in CENTRES]
    away = [flow for flow in known if flow.from_province != flow.to_province]
    stay = [flow for flow in known if flow.from_province == flow.to_province]
    far = max((flow.units for flow in away), default=1)
    near = max((flow.units for flow in stay), default=1)
    arcs = "".join(_arc(flow, far) for flow in sorted(away, key=lambda flow: -flow.units))
    dots = "".join(_dot(flow, near) for flow in sorted(stay, key=lambda flow: -flow.units))
    return Svg(
        f'<svg class="flow-map" viewBox="0 0 {WIDE} {HIGH}" role="img" focusable="false">'
        f"<title>{title}</title><desc>{description}</desc>"
        f'<use href="{outlines}#thailand" class="land"/>{arcs}{dots}</svg>'
    )


def _arc(flow: Flow, most: int) -> str:
    """A bow from the makers to the buyers, with a small head where it arrives."""
    (x1, y1), (x2, y2) = CENTRES[flow.from_province], CENTRES[flow.to_province]
    bow_x, bow_y = (x1 + x2) / 2 - (y2 - y1) * BEND, (y1 + y2) / 2 + (x2 - x1) * BEND
    width = max(THINNEST_ARC, WIDEST_ARC * flow.units / most)
    length = hypot(x2 - bow_x, y2 - bow_y) or 1
    # The arc ends where its head begins, or a wide one would stick out of the point.
    back = min(width + 8, 0.5 * length)
    end_x, end_y = x2 - (x2 - bow_x) / length * back, y2 - (y2 - bow_y) / length * back
    side_x, side_y = (
        (y2 - bow_y) / length * (0.8 * width + 3.5),
        -(x2 - bow_x) / length * (0.8 * width + 3.5),
    )
    return (
        f'<g class="flow flow-{flow.mode}">'
        f'<path class="bow" stroke-width="{width:.1f}"'
        f' d="M{x1} {y1}Q{bow_x:.0f} {bow_y:.0f} {end_x:.0f} {end_y:.0f}"/>'
        f'<path class="head" d="M{x2} {y2}L{end_x + side_x:.0f} {end_y + side_y:.0f}'
        f'L{end_x - side_x:.0f} {end_y - side_y:.0f}z"/></g>'
    )


def _dot(flow: Flow, most: int) -> str:
    x, y = CENTRES[flow.from_province]
    radius = max(SMALLEST_DOT, LARGEST_DOT * sqrt(flow.units / most))
    return f'<circle class="flow dot-{flow.mode}" cx="{x}" cy="{y}" r="{radius:.1f}"/>'
