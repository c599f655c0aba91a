"""The weave drafts of the market and the SVG patterns drawn from them.

One character is one thread, `#` is a figure thread. A draft becomes one `<path>` of
rectangles inside a `<pattern>`; every band on a page refers to the same patterns, so a
page pays for a weave once. Only presentation attributes are used: the content security
policy forbids inline style.
"""

from dataclasses import dataclass
from functools import lru_cache


class Svg(str):
    """Markup drawn here; templates print it unescaped, so never put visitors' words in it."""

    __slots__ = ()

    def __html__(self) -> str:
        """Tell Jinja that this text is markup already."""
        return str(self)


DRAFTS: dict[str, tuple[str, ...]] = {
    "khit": (
        ".....##.....",
        "....####....",
        "...##..##...",
        "..##....##..",
        ".##..##..##.",
        "##..####..##",
        "##..####..##",
        ".##..##..##.",
        "..##....##..",
        "...##..##...",
        "....####....",
        ".....##.....",
    ),
    "yok": (
        "....##......",
        ".##.##.##...",
        ".########...",
        "...####.....",
        "########....",
        "########....",
        "...####.....",
        ".########...",
        ".##.##.##...",
        "....##....##",
        "..........##",
        "............",
    ),
    "jok": (
        "..#....#....#...",
        ".###...#...###..",
        "##.##..#..##.##.",
        "#...##...##...##",
        "..#..##.##..#..#",
        ".###..###..###..",
        "..#..##.##..#..#",
        "#...##...##...##",
        "##.##..#..##.##.",
        ".###...#...###..",
        "..#....#....#...",
        "................",
    ),
    "mi": (
        "##....##",
        ".##..##.",
        "..####..",
        "...##...",
        "........",
        "...##...",
        "..####..",
        ".##..##.",
    ),
    "hem": (
        "...#.......#...#....",
        "..###....#...#...#..",
        ".#####.....#...#....",
        "..###....#...#...#..",
        "...#.......#...#....",
        "....................",
        "....................",
        "....................",
    ),
}


@dataclass(frozen=True)
class Weave:
    """A draft in two colours, `thread` pixels to a thread."""

    draft: str
    ground: str
    figure: str
    thread: float = 2


WEAVES: dict[str, Weave] = {
    "open": Weave("mi", "#20407A", "#8FB4D2", 1.5),
    "certain": Weave("mi", "#2E6E3E", "#A9D3A6", 1.5),
    "part": Weave("mi", "#C67A0C", "#FCE8C4", 1.5),
    "asked": Weave("khit", "#20407A", "#FFF8E8"),
    "surplus": Weave("khit", "#B97E10", "#F8D98C"),
    "labour": Weave("mi", "#20407A", "#7FA6CC"),
    "material": Weave("yok", "#2E6E3E", "#9CC68F"),
    "khit": Weave("khit", "#20407A", "#FFF8E8", 1),
    "jok": Weave("jok", "#A3213F", "#F0C25C", 1),
    "yok": Weave("yok", "#2E6E3E", "#FFF8E8", 1),
    "mi": Weave("mi", "#20407A", "#8FB4D2", 1),
    "hem": Weave("hem", "#20407A", "#FFF8E8", 1),
}
"""Pattern `#w-<name>` of every key stands in `defs()`."""

_STRIPED = (
    # packing, labels, checks: a check of thin lines on lac
    '<pattern id="w-check" width="10" height="10" patternUnits="userSpaceOnUse">'
    '<path class="wg" fill="#A3213F" d="M0 0h10v10H0z"/>'
    '<path class="wf" fill="#FFF" fill-opacity=".33" d="M0 4h10v2H0zM4 0h2v10H4z"/></pattern>'
    # transport and co-ordination: stripes
    '<pattern id="w-stripe" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<path class="wg" fill="#A9BDCB" d="M0 0h6v6H0z"/>'
    '<path class="wf" fill="#7A90A4" d="M0 0h3v6H0z"/></pattern>'
    # loincloth of the central plain: stripes of lac 6, indigo 2, cotton 1, indigo 3
    '<pattern id="w-khaoma" width="12" height="12" patternUnits="userSpaceOnUse">'
    '<path class="wg" fill="#A3213F" d="M0 0h6v12H0z"/>'
    '<path class="wf" fill="#20407A" d="M6 0h6v12H6z"/>'
    '<path class="wg" fill="#FFF8E8" d="M8 0h1v12H8z"/></pattern>'
    # checked loincloth, as a sash or a label round a thing
    '<pattern id="w-plaid" width="12" height="12" patternUnits="userSpaceOnUse">'
    '<path class="wg" fill="#A8284A" d="M0 0h12v12H0z"/>'
    '<path fill="#23457F" fill-opacity=".75" d="M0 6h12v5H0zM6 0h5v12H6z"/>'
    '<path fill="#FFF8E8" d="M0 2h12v1H0zM2 0h1v12H2z"/></pattern>'
    '<pattern id="w-basket" width="4" height="4" patternUnits="userSpaceOnUse">'
    '<path class="wg" fill="#C99A55" d="M0 0h4v4H0z"/>'
    '<path class="wf" fill="#B58342" d="M0 0h2v2H0zM2 2h2v2H2z"/></pattern>'
    # the label sheet is black only
    '<pattern id="w-print" width="16" height="16" patternUnits="userSpaceOnUse">'
    '<path fill="none" stroke="#000" stroke-width="1.6" d="M8 1l7 7-7 7-7-7z"/>'
    '<path d="M8 5l3 3-3 3-3-3zM0 5l3 3-3 3zM16 5l-3 3 3 3z"/></pattern>'
    # bare warp threads waiting for an order
    '<pattern id="w-warp" width="5" height="5" patternUnits="userSpaceOnUse">'
    '<path class="warp" d="M0 1.5h5v1.5H0z"/></pattern>'
)


def draft_path(draft: str, thread: float) -> str:
    """Path data of the figure threads, one rectangle a run, `thread` pixels a thread."""
    runs: list[str] = []
    for row, threads in enumerate(DRAFTS[draft]):
        start = threads.find("#")
        while start >= 0:
            stop = threads.find(".", start)
            stop = len(threads) if stop < 0 else stop
            wide = (stop - start) * thread
            runs.append(f"M{start * thread:g} {row * thread:g}h{wide:g}v{thread:g}h-{wide:g}z")
            start = threads.find("#", stop)
    return "".join(runs)


def pattern(name: str, weave: Weave) -> str:
    """An SVG `<pattern id="w-name">` of a draft; classes let the print sheet turn it black."""
    draft = DRAFTS[weave.draft]
    wide, high = len(draft[0]) * weave.thread, len(draft) * weave.thread
    return (
        f'<pattern id="w-{name}" width="{wide:g}" height="{high:g}" patternUnits="userSpaceOnUse">'
        f'<path class="wg" fill="{weave.ground}" d="M0 0h{wide:g}v{high:g}H0z"/>'
        f'<path class="wf" fill="{weave.figure}" shape-rendering="crispEdges"'
        f' d="{draft_path(weave.draft, weave.thread)}"/></pattern>'
    )


@lru_cache(maxsize=1)
def defs() -> Svg:
    """All shared patterns, once a page and before anything that refers to them."""
    patterns = "".join(pattern(name, weave) for name, weave in WEAVES.items())
    return Svg(
        '<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>'
        f"{patterns}{_STRIPED}</defs></svg>"
    )
