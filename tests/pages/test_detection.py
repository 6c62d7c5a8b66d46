"""Detection on the page about what came after, in both languages."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from resnet_edu.measure.backbones import levels, pyramid_sums, weighed
from resnet_edu.nets.detectors import NETS
from resnet_edu.ui.beyond.detection import LEVELS_CODE, PYRAMID_CODE, SIDE, WEIGHED_CODE
from resnet_edu.ui.text.language import LANGUAGES

from .conftest import Open, control
from .test_pages import html_of


@pytest.mark.parametrize("language", LANGUAGES)
def test_maps_and_pyramid_are_drawn_and_said_as_they_are_counted(open_page: Open, language: str) -> None:
    at = open_page("beyond", lang=language, level="C3")
    for name in ("C3", "C5"):
        control(at.button_group, "level").set_value(name).run()
        assert not at.exception
        level = next(each for each in levels() if each.name == name)
        drawn = data_of(at, "levels")
        assert (drawn["name"], drawn["stride"], drawn["field"]) == (name, level.field.stride, level.field.size)
        assert str(level.field.size) in drawn["labels"]["field"]
        assert all(
            str(pixels) in label for pixels, label in zip(drawn["objects"], drawn["labels"]["objects"], strict=True)
        )
        assert f'class="chosen">{name}<' in html_of(at)
    shown = html_of(at)
    for level in levels():
        assert all(f"{level.covered(pixels):g}²<" in shown for pixels in (16, 64, 256))
    rows = data_of(at, "pyramid")["rows"]
    sums = pyramid_sums(SIDE)
    assert [f"P{row['from'][0][1:]}" for row in rows] == [row["to"][0] for row in rows] == ["P5", *sums]
    assert [row["additions"].split(" ")[0] for row in rows] == ["", *(f"{count:,}" for count in sums.values())]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bars_are_counted_in_the_unit_of_the_language(open_page: Open, language: str) -> None:
    (bars,) = [each for each in open_page("beyond", lang=language).get("plotly_chart") if "weights" in each.proto.id]
    assert all(f"{weighed(name).share:.0%}" in bars.proto.alt for name in NETS)
    first = json.loads(bars.proto.spec)["data"][0]
    assert first["text"] == [f"{weighed(name).share:.0%}" for name in NETS]
    unit = {"en": 1e6, "zh": 1e4}[language]
    assert first["x"] == pytest.approx([weighed(name).backbone / unit for name in NETS])


def data_of(at: AppTest, name: str) -> Any:
    (found,) = [each for each in at.get("bidi_component") if each.proto.component_name == f"resnet_edu.{name}"]
    return json.loads(found.proto.json)


def test_the_python_behind_them_prints_every_map_and_net(capsys: pytest.CaptureFixture[str]) -> None:
    exec(LEVELS_CODE, {})
    exec(PYRAMID_CODE, {})
    exec(WEIGHED_CODE, {})
    printed = capsys.readouterr().out
    assert all(each.name in printed for each in levels())
    assert all(f"{name}: " in printed for name in pyramid_sums(SIDE))
    assert all(spec.title in printed for spec in NETS.values())
