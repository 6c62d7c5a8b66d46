"""Take the README's pictures of the running app: ``python -m docs.take_pictures``."""

from pathlib import Path

from resnet_edu.bench.browser import browser, serve, wait_for_health
from resnet_edu.paths import PROJECT

FOLDER = Path(__file__).parent / "pictures"
DESKTOP = {"width": 1366, "height": 768}
PICTURES = {
    "home-light": ("/", DESKTOP, "light", "en-GB"),
    "gradients-light": ("/gradients", DESKTOP, "light", "en-GB"),
    "block-dark-backward": ("/block?block=dashed&backward=True", DESKTOP, "dark", "en-GB"),
    "parameters-light": ("/parameters", DESKTOP, "light", "en-GB"),
    "inference-light": ("/inference", DESKTOP, "light", "en-GB"),
    "inference-dark-zh": ("/inference?sample=rocket", DESKTOP, "dark", "zh-CN"),
}


def main() -> None:
    """Take every picture."""
    FOLDER.mkdir(exist_ok=True)
    with browser() as chromium, serve(PROJECT / "app.py") as address:
        wait_for_health(address)
        for name, (path, size, theme, locale) in PICTURES.items():
            page = chromium.new_page(viewport=size, color_scheme=theme, locale=locale, reduced_motion="reduce")
            page.goto(address + path)
            page.locator("footer.lesson").wait_for()
            page.wait_for_load_state("networkidle")
            page.screenshot(path=FOLDER / f"{name}.png")
            page.close()


if __name__ == "__main__":
    main()
