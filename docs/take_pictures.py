"""Take the README's pictures of the running app: ``python -m docs.take_pictures``, or only the named ones."""

import sys
from dataclasses import dataclass
from pathlib import Path

from resnet_edu.bench.browser import WAIT
from resnet_edu.bench.chromium import browser
from resnet_edu.bench.server import serve, wait_for_health
from resnet_edu.paths import PROJECT

FOLDER = Path(__file__).parent / "pictures"
WIDTH = 1366
HEADER = 76
"""Pixels at the top that the app's header covers."""

SCROLL = """(heading, header) => {
    heading.closest("[data-testid=stMain]").scrollBy(0, heading.getBoundingClientRect().top - header);
}"""


@dataclass(frozen=True)
class Shot:
    """A page as its link opens it; ``drawn`` has to be there, and ``heading``, if any, stands at the top."""

    path: str
    theme: str = "light"
    locale: str = "en-GB"
    height: int = 768
    drawn: str = "footer.lesson"
    heading: str = ""


PICTURES = {
    "home-light": Shot("/", drawn="main .katex >> nth=0"),
    "depth-light": Shot("/depth?nets=both"),
    "gradients-light": Shot("/gradients"),
    "block-dark-backward": Shot("/block?block=dashed&backward=True", "dark"),
    "parameters-light": Shot("/parameters"),
    "inference-light": Shot("/inference"),
    "teach-light": Shot("/teach", height=900, drawn=".st-key-doubtful canvas >> nth=7"),
    "inference-dark-zh": Shot("/inference?sample=galaxies", "dark", "zh-CN"),
    "attributions-dark": Shot(
        "/inference?view=attributions&methods=saliency,guided-backprop,grad-cam,occlusion&check=False",
        "dark",
        height=980,
        drawn=".st-key-attributions section[data-maps='4']",
        heading="h2.section >> nth=0",
    ),
}


def main() -> None:
    """Take every picture that is asked for."""
    FOLDER.mkdir(exist_ok=True)
    with browser() as chromium, serve(PROJECT / "app.py") as address:
        wait_for_health(address)
        for name in sys.argv[1:] or PICTURES:
            shot = PICTURES[name]
            size = {"width": WIDTH, "height": shot.height}
            page = chromium.new_page(
                viewport=size, color_scheme=shot.theme, locale=shot.locale, reduced_motion="reduce"
            )
            page.goto(address + shot.path)
            page.locator("footer.lesson").wait_for(timeout=WAIT)
            page.locator(shot.drawn).wait_for(timeout=WAIT)
            page.wait_for_load_state("networkidle")
            if shot.heading:
                page.locator(shot.heading).evaluate(SCROLL, HEADER)
            page.screenshot(path=FOLDER / f"{name}.png")
            page.close()


if __name__ == "__main__":
    main()
