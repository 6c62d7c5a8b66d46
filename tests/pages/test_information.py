"""The data-processing inequality on the block page."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from resnet_edu.measure.information import LAYERS, SEEDS, InformationSetting, Numbers, information
from resnet_edu.nets.cifar import Family
from resnet_edu.nets.fully_connected import LinearStart
from resnet_edu.ui.text.language import LANGUAGES

from .conftest import Open

WIDE = {"cube_width": "16", "cube_start": "he", "cube_numbers": "bfloat16"}


def curves(at: AppTest) -> dict[str, dict[str, Any]]:
    protos = [each.proto for each in at.get("bidi_component")]
    [data] = [json.loads(proto.json) for proto in protos if proto.component_name.endswith("information")]
    assert data["layers"] == list(LAYERS)
    return {curve["family"]: curve for curve in data["curves"]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentence_and_the_figure_show_what_is_measured(open_page: Open, language: str) -> None:
    at = open_page("block", lang=language, **WIDE)
    setting = InformationSetting(16, LinearStart.HE, Numbers.BRAIN)
    drawn = curves(at)
    for family in (Family.PLAIN, Family.RESIDUAL):
        nets = information(setting, family)
        assert len(nets) == len(SEEDS) >= 10
        for line, net in zip(drawn[family]["nets"], nets, strict=True):
            assert line == pytest.approx(net.bits, abs=1e-3)
        counts = sorted(net.distinct[-1] for net in nets)
        assert any(f" ({counts[0]}–{counts[-1]})**" in text.value for text in at.markdown)


def test_a_choice_goes_into_the_address(open_page: Open) -> None:
    at = open_page("block")
    next(each for each in at.button_group if each.key == "cube_start").set_value("he").run()
    assert at.query_params["cube_start"] == "he"
    assert not at.exception
