"""Detection on the page about what came after, in both languages."""

import json

import pytest

from resnet_edu.measure.backbones import NETS, levels, weighed
from resnet_edu.ui.beyond.detection import LEVELS_CODE, SIDE, WEIGHED_CODE
from resnet_edu.ui.text.language import LANGUAGES

from .conftest import Open, control


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_grid_is_the_chosen_maps_and_the_bars_are_counted(open_page: Open, language: str) -> None:
    at = open_page("beyond", lang=language, level="C3")
    for name in ("C3", "C5"):
        control(at.button_group, "level").set_value(name).run()
        assert not at.exception
        level = next(each for each in levels() if each.name == name)
        (grid,) = [each for each in at.get("plotly_chart") if "detection-levels" in each.proto.id]
        shapes = json.loads(grid.proto.spec)["layout"]["shapes"]
        assert sum(each["type"] == "line" for each in shapes) == 2 * (level.side(SIDE) + 1)
        assert str(level.field.size) in grid.proto.alt
    (bars,) = [each for each in at.get("plotly_chart") if "detection-weights" in each.proto.id]
    assert all(f"{weighed(name).share:.0%}" in bars.proto.alt for name in NETS)


def test_the_python_behind_them_prints_every_map_and_net(capsys: pytest.CaptureFixture[str]) -> None:
    exec(LEVELS_CODE, {})
    exec(WEIGHED_CODE, {})
    printed = capsys.readouterr().out
    assert all(each.name in printed for each in levels())
    assert all(title in printed for title in NETS.values())
