"""Where a community lies: a window on the country's outlines with a gold knot in it."""

from market.weave.drafts import Svg
from market.weave.thailand import CENTRES, HIGH, WIDE

SIDE = 300  # of the window, in units of the map
#: Degrees to units of the map, fitted to the centres of 27 provinces: off by 8 units (12 km) on
#: average, which a knot of 20 covers.
_X, _X0 = 68.9, -6716.1
_Y, _Y0 = -69.36, 1424.1


def spot(lat: float | None, lon: float | None, province_code: str) -> tuple[int, int] | None:
    """Where a place lies on the map; its province's centre where it has no coordinates."""
    if lat is None or lon is None:
        return CENTRES.get(province_code)
    return round(_X * lon + _X0), round(_Y * lat + _Y0)


def place_map(spot_at: tuple[int, int], outlines: str, title: str) -> Svg:
    """The window around a spot. outlines: address of the drawing's file."""
    x, y = spot_at
    left = min(max(x - SIDE // 2, 0), WIDE - SIDE)
    top = min(max(y - SIDE // 2, 0), HIGH - SIDE)
    return Svg(
        f'<svg class="place-map" viewBox="{left} {top} {SIDE} {SIDE}" role="img" focusable="false">'
        f"<title>{title}</title>"
        f'<use href="{outlines}#thailand" class="land"/>'
        f'<path class="knot-ring" d="M{x} {y - 17}l17 17-17 17-17-17z"/>'
        f'<path class="knot" d="M{x} {y - 10}l10 10-10 10-10-10z"/></svg>'
    )
