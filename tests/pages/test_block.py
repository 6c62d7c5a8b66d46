"""The block page: presets, valid and invalid links, repairs, the residual turned down, orders, code, stacks."""

import base64
import json
import re
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from resnet_edu.nets.block_errors import ORDER_ERRORS, SHORTCUT_ERRORS
from resnet_edu.nets.block_options import Order
from resnet_edu.nets.block_presets import PRESETS
from resnet_edu.nets.kinds import KINDS, graph_of
from resnet_edu.nets.source_keras import keras_source
from resnet_edu.nets.source_pytorch import pytorch_source
from resnet_edu.nets.stack_presets import BY_NAME
from resnet_edu.ui.shared.engines import engine
from resnet_edu.ui.text.language import LANGUAGES

from .conftest import Open, control, corrected


def of_component(at: AppTest, name: str) -> dict[str, Any]:
    """Return the data of the only component of that name, or an empty dict."""
    protos = [element.proto for element in at.get("bidi_component")]
    return next((json.loads(proto.json) for proto in protos if proto.component_name.endswith(name)), {})


def floats(text: str) -> torch.Tensor:
    return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.float32)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_a_preset_is_drawn_with_every_operation_and_shape(open_page: Open, preset: Any, language: str) -> None:
    at = open_page("block", block=preset.id, lang=language)
    data = of_component(at, "block_diagram")
    graph = graph_of(preset.spec)
    assert [node["id"] for node in data["nodes"]] == ["x", *(each.name for each in graph.operations), "y"]
    assert data["fault"] is None
    shapes = graph.predict(preset.shape).shapes
    assert all(node["shape"] == "×".join(map(str, shapes[node["id"]])) for node in data["nodes"][:-1])
    cited = LANGUAGES[language].marks.cited(preset.citation)
    assert any(cited in text.value and f"{graph.parameters:,}" in text.value for text in at.markdown)
    assert all(node["sentence"] for node in data["nodes"])
    assert set(data["backward"]["nodes"]) == {node["id"] for node in data["nodes"]}
    assert not at.exception


def test_projections_are_dashed_and_identities_solid(open_page: Open) -> None:
    dashed = of_component(open_page("block", block="dashed"), "block_diagram")
    assert dashed["shortcut"] is None
    assert [node["id"] for node in dashed["nodes"] if node["dashed"]] == ["shortcut.0", "shortcut.1"]
    solid = of_component(open_page("block", block="basic"), "block_diagram")
    assert not solid["shortcut"]["dashed"]
    assert not any(node["dashed"] for node in solid["nodes"])


@pytest.mark.parametrize(
    ("block", "sum_"),
    [
        ("basic", "∂L/∂x = ∂L/∂s · (1 + ∂F/∂x)"),
        ("v2", "∂L/∂x = ∂L/∂y · (∂S/∂x + ∂F/∂x)"),
        ("highway", "∂L/∂x = ∂L/∂y · (1 − T + T · ∂H/∂x + (H − x) · ∂T/∂x)"),
        ("dense", "∂L/∂x = ∂L/∂y₁ + ∂L/∂y₂ · ∂F/∂x"),
    ],
)
def test_the_gradient_comes_back_by_all_its_ways(open_page: Open, block: str, sum_: str) -> None:
    backward = of_component(open_page("block", block=block, backward="True"), "block_diagram")["backward"]
    assert backward["at"]
    assert backward["sum"] == sum_
    assert len(backward["edges"]) == {"basic": 2, "v2": 2, "highway": 3, "dense": 2}[block]


def test_a_bad_link_is_mended_and_says_so(open_page: Open) -> None:
    at = open_page(
        "block", block="own", kind="magic", channels_in="-3", channels_out="1e12", stride="3", groups="nan",
        order="sideways", size="0", share="400", place="9-9", backward="perhaps",
    )  # fmt: skip
    assert not at.exception
    assert corrected(at)
    assert not {"kind", "groups", "order", "backward"} & at.query_params.keys()
    assert at.query_params["channels_out"] == "4096"
    assert at.number_input(key="channels_out").value == 4096
    assert of_component(at, "turned_down")["share"] == 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_impossible_addition_is_shown_where_it_fails_and_can_be_repaired(open_page: Open, language: str) -> None:
    at = open_page("block", block="own", channels_in="64", channels_out="128", stride="2", lang=language)
    fault = of_component(at, "block_diagram")["fault"]
    assert fault["node"] == "add"
    assert "128×28×28" in fault["message"]
    assert "64×56×56" in fault["message"]
    repairs = [button for button in at.button if button.key and button.key.startswith("repair-")]
    assert len(repairs) == 4
    repairs[0].click().run()
    assert at.query_params["shortcut"] == "B"
    assert of_component(at, "block_diagram")["fault"] is None
    assert not [button for button in at.button if button.key and button.key.startswith("repair-")]


def test_numbers_that_exclude_each_other_are_explained_and_can_be_repaired(open_page: Open) -> None:
    at = open_page(
        "block", block="own", kind="resnext", channels_in="80", channels_out="80", expansion="2", groups="32"
    )
    assert "32 groups" in at.error[0].value
    assert not of_component(at, "block_diagram")
    at.button(key="repair-0").click().run()
    assert not at.error
    assert of_component(at, "block_diagram")["fault"] is None


def test_changing_a_detail_makes_the_block_ones_own_and_keeps_the_rest(open_page: Open) -> None:
    at = open_page("block", block="bottleneck")
    at.selectbox(key="order").set_value(Order.FULL_PRE_ACTIVATION).run()
    assert at.query_params["block"] == "own"
    assert at.query_params["channels_in"] == "256"
    nodes = of_component(at, "block_diagram")["nodes"]
    assert nodes[1]["id"] == "bn1"
    control(at.button_group, "block").set_value("basic").run()
    assert "channels_in" not in at.query_params


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_a_kind_uses_is_offered(open_page: Open, kind: str) -> None:
    at = open_page("block", block="own", kind=kind, channels_in="64", channels_out="96")
    offered = {box.key for box in at.selectbox}
    for name in ("stride", "shortcut", "order", "expansion", "groups", "stride_on"):
        assert (name in offered) == (name in KINDS[kind].uses)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_maps_of_a_picture_go_through_the_block(open_page: Open, language: str) -> None:
    at = open_page("block", block="basic", sample="horse", place="2-1", share="30", lang=language)
    data = of_component(at, "turned_down")
    assert (data["shape"], data["share"], data["tail"]) == ([32, 16, 16], 30, ["relu"])
    shortcut, residual = floats(data["shortcut"]), floats(data["residual"])
    assert len(shortcut) == len(residual) == 32 * 16 * 16
    assert shortcut.min() >= 0  # it comes out of a ReLU
    unit = {"en": r"[\d.]+ ms, measured$", "zh": r"实测 [\d.]+ 毫秒$"}[language]
    assert any(re.search(unit, caption.value) for caption in at.caption)
    other = of_component(open_page("block", block="basic", sample="cat", place="2-1"), "turned_down")
    assert other["shortcut"] != data["shortcut"]


@pytest.mark.parametrize("block", ["highway", "dense"])
def test_a_block_that_does_not_add_is_replaced_and_the_page_says_so(open_page: Open, block: str) -> None:
    at = open_page("block", block=block)
    assert any("nothing to turn down" in note.value for note in at.info)
    assert of_component(at, "turned_down")["tail"] == ["relu"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_orders_are_shown_with_their_published_errors(open_page: Open, language: str) -> None:
    at = open_page("block", lang=language)
    html = " ".join(element.proto.body for element in at.get("html"))
    for published in ORDER_ERRORS:
        assert f"{published.resnet_110:.2f}%" in html
        assert f"{published.resnet_164:.2f}%" in html
    assert any("12.86%" in text.value for text in at.markdown)


def test_the_code_to_take_home_is_that_of_the_block(open_page: Open) -> None:
    at = open_page("block", block="dashed")
    preset = next(preset for preset in PRESETS if preset.id == "dashed")
    sources = {source(preset.spec, preset.shape).rstrip() for source in (pytorch_source, keras_source)}
    assert sources < {code.value for code in at.code}


@pytest.mark.parametrize("name", BY_NAME)
def test_every_published_net_can_be_stacked(open_page: Open, name: str) -> None:
    at = open_page("block", net=name)
    data = of_component(at, "stack")
    stack = BY_NAME[name].spec.stack()
    assert sum(part["parameters"] for part in data["parts"]) == stack.graph.parameters
    assert [len(part["blocks"]) for part in data["parts"] if "blocks" in part] == [len(s.blocks) for s in stack.stages]
    assert any(f"{stack.graph.parameters:,}" in text.value for text in at.markdown)
    assert not at.exception


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_can_stack_ones_own_net(open_page: Open, language: str) -> None:
    at = open_page("block", net="residual-20", lang=language)
    assert any("**20**" in text.value and "**269,722**" in text.value for text in at.markdown)
    at.number_input(key="blocks_3").set_value(9).run()
    assert at.query_params["net"] == "own"
    assert at.query_params["blocks_1"] == "3"
    assert any("**32**" in text.value for text in at.markdown)
    blocks = [part["blocks"] for part in of_component(at, "stack")["parts"] if "blocks" in part]
    assert [len(each) for each in blocks] == [3, 3, 9]
    assert len(set(blocks[2])) == 2  # the first block changes the shape; the others are equal and sent once


def test_a_full_queue_or_a_fault_of_ours_leaves_the_rest_of_the_page(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A different place each time, so that no cached result is returned."""
    monkeypatch.setattr("resnet_edu.vision.turned_down.enter", lambda *args: 1 / 0)
    at = open_page("block", place="3-2", sample="galaxies")
    assert "our side" in at.error[0].value
    assert at.code
    assert of_component(at, "stack")
    monkeypatch.setattr(engine(), "_capacity", 0)
    at = open_page("block", place="3-1", sample="galaxies")
    assert "queue is full" in at.info[0].value
    assert at.code


def test_the_shortcuts_that_failed_are_in_the_table(open_page: Open) -> None:
    """He16 table 1: fail stands for a test error above 20%."""
    [table] = [text.value for text in open_page("block").markdown if "Shortcut of ResNet-110" in text.value]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]
    errors = {tuple(row[:3]): row[3] for row in rows}
    assert len(errors) == len(SHORTCUT_ERRORS)
    assert errors["constant scaling of both", "0.5", "0.5"] == "12.35%"
    failed = {title for (title, *_), error in errors.items() if error == "failed: above 20%"}
    assert failed == {
        "exclusive gating, gate bias 0 to −5",
        "constant scaling of the shortcut",
        "dropout on the shortcut",
        "no shortcut (a plain net)",
    }
