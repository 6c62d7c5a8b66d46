"""The panel of the data-processing inequality on the block page."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from resnet_edu.measure.information import LAYERS, SEEDS, InformationSetting, Numbers, information
from resnet_edu.nets.cifar import Family
from resnet_edu.nets.fully_connected import LinearStart
from resnet_edu.ui.language import LANGUAGES

from .conftest import Open

WIDE = {"cube_width": "16", "cube_start": "he", "cube_numbers": "bfloat16"}


def plot(at: AppTest) -> dict:
    [found] = [json.loads(each.proto.spec) for each in at.get("plotly_chart") if each.proto.id.endswith("information")]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentence_and_the_figure_show_what_is_measured(open_page: Open, language: str) -> None:
    at = open_page("block", lang=language, **WIDE)
    setting = InformationSetting(16, LinearStart.HE, Numbers.BRAIN)
    drawn = {len(line["x"]): line for line in plot(at)["data"]}
    assert set(drawn) == {len(LAYERS), len(SEEDS) * (len(LAYERS) + 1)}
    for family in (Family.PLAIN, Family.RESIDUAL):
        counts = sorted(net.distinct[-1] for net in information(setting, family))
        assert any(f" ({counts[0]}–{counts[-1]})**" in text.value for text in at.markdown)


def test_a_choice_goes_into_the_address(open_page: Open) -> None:
    at = open_page("block")
    next(each for each in at.button_group if each.key == "cube_start").set_value("he").run()
    assert at.query_params["cube_start"] == "he"
    assert not at.exception
