"""Draw the home-screen icons from static/img/mark.svg: python tests/browser/make_icons.py"""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

IMG = Path(__file__).resolve().parents[2] / "static" / "img"
#: File, side in px, share of the side that the mark takes. A maskable icon may lose a fifth of
#: each side, so its mark is smaller and its ground fills the square.
ICONS = (("icon-192", 192, 0.96), ("icon-512", 512, 0.96), ("icon-maskable", 512, 0.64))


def main() -> None:
    """Write the three pictures; reduced to their few colours, they stay small."""
    from PIL import Image

    mark = (IMG / "mark.svg").read_text()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for name, side, share in ICONS:
            page = browser.new_page(viewport={"width": side, "height": side})
            page.set_content(
                f"<style>body{{margin:0;height:{side}px;display:grid;place-items:center;"
                f"background:#E3EEF4}}svg{{width:{side * share}px}}</style>{mark}"
            )
            page.screenshot(path=IMG / f"{name}.png")
            picture = Image.open(IMG / f"{name}.png").convert("RGB")
            picture.quantize(32).save(IMG / f"{name}.png", optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
