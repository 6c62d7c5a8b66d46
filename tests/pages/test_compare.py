"""Pin and compare: two pictures, or two nets, side by side in every view."""

import json
from collections import Counter
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from resnet_edu.ui.components.pane import SECOND
from resnet_edu.ui.inference.views import VIEWS
from resnet_edu.ui.text.language import LANGUAGES
from resnet_edu.vision.catalogue import catalogue

from .conftest import Open, control

RESIDUAL, PLAIN = "cifar10-residual-20", "cifar10-plain-20"
HEART = {"maps": ".feature_maps", "attributions": ".attributions", "knockout": ".switches"}
"""The component without which a view isn't there."""


def drawn(at: AppTest, name: str) -> list[dict[str, Any]]:
    protos = [element.proto for element in at.get("bidi_component")]
    return [json.loads(proto.json) for proto in protos if proto.component_name.endswith(name)]


def settled(at: AppTest, name: str, count: int = 2) -> list[dict[str, Any]]:
    for _ in range(60):
        if len(drawn(at, name)) == count:
            break
        at.run()
    return drawn(at, name)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_stands_beside_that_of_the_pinned_net_and_picture(open_page: Open, view: str) -> None:
    at = open_page(
        "inference", view=view, net=RESIDUAL, sample="cat", pinned="horse", pinned_net=PLAIN,
        methods="saliency", check="False",
    )  # fmt: skip
    assert not at.exception
    said = [text.value for text in at.markdown]
    nets = catalogue().nets
    assert f"**Chosen: {nets[RESIDUAL].title}**" in said
    assert f"**Pinned: {nets[PLAIN].title}**" in said
    if view in HEART:
        assert len(settled(at, HEART[view])) == 2
    else:
        assert Counter(button.label for button in at.button)["Measure"] == 2
    if view == "knockout":  # the pinned net takes the place of the plain one
        assert len(settled(at, ".bars", 1 + 2 + 2)) == 1 + 2 + 2
    assert not at.exception


@pytest.mark.parametrize("language", LANGUAGES)
def test_pinning_keeps_what_is_there_beside_what_is_chosen_next(open_page: Open, language: str) -> None:
    at = open_page(
        "inference", view="attributions", net=RESIDUAL, sample="cat", methods="saliency", check="False", lang=language
    )
    at.button(key="pin").click().run()
    assert (at.query_params["pinned"], at.query_params["pinned_net"]) == ("cat", RESIDUAL)
    at.query_params["sample"] = "horse"
    at.run()
    first, second = settled(at, ".attributions")
    assert first["picture"] != second["picture"]
    code = [block.value for block in at.code if "Attribute(" in block.value]
    assert [name in each for name, each in zip(("horse", "cat"), code, strict=True)] == [True, True]
    control(at.button_group, f"methods{SECOND}").set_value(["saliency", "grad-cam"]).run()  # either side moves both
    assert [len(each["maps"]) for each in settled(at, ".attributions")] == [2, 2]
    at.button(key="unpin").click().run()
    assert "pinned" not in at.query_params
    assert len(drawn(at, ".attributions")) == 1


def test_a_link_to_anothers_own_picture_shows_the_chosen_one_alone(open_page: Open) -> None:
    at = open_page(
        "inference", view="attributions", net=RESIDUAL, sample="cat", methods="saliency", check="False", pinned="own"
    )
    assert not at.exception
    assert len(drawn(at, ".attributions")) == 1
    assert at.button(key="pin")
