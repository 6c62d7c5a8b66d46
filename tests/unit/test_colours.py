"""Every colour is defined once: in Streamlit's configuration or in colours.py."""

import re
from pathlib import Path

import pytest

from resnet_edu import colours
from resnet_edu.paths import PROJECT

SOURCES = [
    path
    for folder in (PROJECT / "resnet_edu", PROJECT / "pages")
    for path in sorted(folder.rglob("*"))
    if path.suffix in {".py", ".js", ".css", ".html"}
]
HEX = r"#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3,4})\b"
COLOUR = re.compile(HEX + r"|\b(?:rgb|hsl|hwb|lab|lch|oklab|oklch)a?\(\s*\d")


@pytest.mark.parametrize("colour", ["#0072B2", "#fff", "#11223344", "rgb(128 128 128 / .35)", "rgba(0,0,0,0)"])
def test_a_colour_is_found_wherever_it_is_written(colour: str) -> None:
    assert COLOUR.search(f"border: 1px solid {colour};")


def test_no_other_file_writes_a_colour_down() -> None:
    """Black, white and gray have names; the cividis map is a table of numbers in colours.js."""
    assert len(SOURCES) > 200
    found = {
        str(path.relative_to(PROJECT)): COLOUR.findall(path.read_text(encoding="utf-8"))
        for path in SOURCES
        if path != Path(colours.__file__)
    }
    assert {name: written for name, written in found.items() if written} == {}


@pytest.mark.parametrize("name", ["BLUE", "ORANGE"])
def test_the_ends_of_signed_maps_are_the_palettes(name: str) -> None:
    text = (PROJECT / "resnet_edu/ui/components/colours.js").read_text(encoding="utf-8")
    (written,) = re.findall(rf"^const {name} = \[(\d+), (\d+), (\d+)\];", text, re.MULTILINE)
    assert bytes(map(int, written)) == bytes.fromhex(getattr(colours, name)[1:])


def test_style_sheets_use_only_variables_that_are_set() -> None:
    """Streamlit defines its own variables."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    used = {name for name in re.findall(r"var\((--[\w-]+)\)", text) if not name.startswith("--st-")}
    assert used - set(re.findall(r"(--[\w-]+)\"?[:,]", text + colours.variables())) == set()
