"""The feature-map view: both languages, every kind of net, valid and invalid links."""

import base64
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest

from resnet_edu.nets.architecture import Architecture
from resnet_edu.nets.card import card_path
from resnet_edu.nets.cifar import CifarSpec, Family
from resnet_edu.nets.imagenet import ImagenetSpec
from resnet_edu.nets.outline import places
from resnet_edu.paths import WEIGHTS
from resnet_edu.seeding import seeded
from resnet_edu.ui.text.language import LANGUAGES
from resnet_edu.vision.catalogue import catalogue

from .conftest import Open, corrected

NET = "cifar10-residual-20"
OURS = catalogue().nets[NET].architecture


def names(at: AppTest) -> list[str]:
    """Return the keys of all components."""
    return [element.proto.id.rpartition("-")[2] for element in at.get("bidi_component")]


def of_component(at: AppTest, name: str) -> dict[str, Any]:
    """Return the data of the only component of that name, or an empty dict."""
    for _ in range(60):  # the engine may still be at work
        protos = [element.proto for element in at.get("bidi_component")]
        data = [json.loads(proto.json) for proto in protos if proto.component_name == f"resnet_edu.{name}"]
        if data and (name != "feature_maps" or data[0]["effective"]):
            return data[0]
        at.run()
    return {}


def layers(at: AppTest) -> list[dict[str, Any]]:
    return [layer for stage in of_component(at, "journey")["stages"] for layer in stage["layers"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_view_shows_the_whole_net_maps_block_and_chart(open_page: Open, language: str) -> None:
    at = open_page("inference", net=NET, view="maps", layer="layer2.0", lang=language)
    data = of_component(at, "feature_maps")
    assert [layer["name"] for layer in layers(at)] == [place.name for place in places(OURS)]
    assert f"{data['field']['size']} × {data['field']['size']}" in data["effective"]["text"]
    picture = Image.open(io.BytesIO(base64.b64decode(data["picture"])))
    assert picture.size == (6 * 16, 6 * 16)
    assert data["shape"] == [32, 16, 16]
    assert data["effective"]["unit"][0] == data["unit"]["channel"]
    assert set(of_component(at, "inside_block")["labels"]) == {"shortcut", "residual", "sum", "output", "legend"}
    chart = of_component(at, "responses")
    assert chart["chosen"] == "layer2.0"
    assert [len(each["values"]) for each in chart["series"]] == [9, 9, 9]  # F, x, and the plain twin's F
    ratios = json.loads(at.get("bidi_component")[[*names(at)].index("ratios")].proto.json)["series"]
    assert [len(each["values"]) for each in ratios] == [9]
    assert not at.info
    assert not at.error
    told = " ".join(caption.value for caption in at.caption)
    one, every, plain = {
        "en": (
            r"Forward pass up to here [\d.]+ ms",
            r"All layers in one forward pass: [\d.]+ ms",
            r"the plain net: [\d.]+ ms",
        ),
        "zh": (
            r"前向传播到这里实测 [\d.]+ 毫秒",
            r"一次前向传播得到所有层，实测 [\d.]+ 毫秒",
            r"普通网络：[\d.]+ 毫秒",
        ),
    }[language]
    assert len(re.findall(one, told)) == 3  # of the arithmetic, of the maps and inside the block
    assert len(re.findall(every, told)) == 2  # under the whole net and under the chart
    assert len(re.findall(plain, told)) == 1


def test_at_the_stem_the_first_block_is_taken_apart(open_page: Open) -> None:
    at = open_page("inference", view="maps", layer="stem", channel="3")
    assert "layer1.0" in of_component(at, "inside_block")["key"]
    assert any("The stem has no shortcut" in text.value for text in at.markdown)
    assert of_component(at, "journey")["chosen"] == "stem"


def test_the_whole_net_ends_in_its_answer_and_shows_what_is_switched_off(open_page: Open) -> None:
    at = open_page("inference", net=NET, sample="cat", layer="layer2.1", off="layer1.1")
    data = of_component(at, "journey")
    assert [layer["name"] for layer in layers(at) if layer["off"]] == ["layer1.1"]
    assert [layer["arc"] for layer in layers(at)] == ["", *3 * ["solid"], *2 * ["dashed", "solid", "solid"]]
    assert [stage["side"] for stage in data["stages"]] == [32, 32, 16, 8]
    sizes = [stage["size"] for stage in data["stages"]]
    assert sizes == sorted(sizes)
    assert len(data["top"]) == 5
    assert any("Switched off here: 1" in caption.value for caption in at.caption)


def test_an_operation_opens_its_arithmetic(open_page: Open) -> None:
    at = open_page("inference", net=NET, layer="layer2.0", operation="layer2.0.conv2", unit="5,2,3")
    data = of_component(at, "arithmetic")
    assert (data["chosen"], data["unit"]) == ("layer2.0.conv2", [5, 2, 3])
    window, kernel = (
        torch.frombuffer(bytearray(base64.b64decode(data["terms"][name])), dtype=torch.float32)
        for name in ("window", "kernel")
    )
    assert len(window) == 9 * 32
    assert float(window @ kernel) == pytest.approx(data["value"], rel=1e-4)
    at = open_page("inference", net=NET, layer="layer2.0", operation="layer1.0.conv2", unit="999,1,1")
    data = of_component(at, "arithmetic")
    assert data["chosen"] == "layer2.0.add"
    assert data["unit"] == [32, 1, 1]
    assert "operation" not in at.query_params
    assert at.query_params["unit"] == "32,1,1"


def test_the_plain_twin_stands_beside_where_we_ship_one(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = WEIGHTS / f"{NET}.safetensors"
    twin = tmp_path / "cifar10-plain-20.safetensors"  # a plain net's weights have the same names and shapes
    for source, path in ((own, tmp_path / own.name), (own, twin)):
        shutil.copy(source, path)
        shutil.copy(card_path(source), card_path(path))
    card = json.loads(card_path(twin).read_text())
    card["name"], card["architecture"]["family"] = twin.stem, "plain"
    card_path(twin).write_text(json.dumps(card))
    monkeypatch.setattr("resnet_edu.vision.catalogue.WEIGHTS", tmp_path)
    at = open_page("inference", net=NET, layer="layer3.0", sample="coffee")
    for _ in range(60):
        series = {each["name"]: each["values"] for each in of_component(at, "responses")["series"]}
        if "plain" in series:
            break
        at.run()
    assert {name: len(values) for name, values in series.items()} == {"residual": 9, "shortcut": 9, "plain": 9}
    assert series["plain"] != series["residual"]
    at = open_page("inference", net=twin.stem)
    assert of_component(at, "journey")["family"] == "plain"
    assert [each["name"] for each in of_component(at, "responses")["series"]] == ["plain"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bad_link_is_mended_and_says_so(open_page: Open, language: str) -> None:
    at = open_page(
        "inference", net=NET, lang=language, view="maps", layer="layer9.9", channel="1e9", at="99-1", strength="<b>",
        sort="colour", scale="-1",
    )  # fmt: skip
    data = of_component(at, "feature_maps")
    assert corrected(at)
    assert not {"layer", "at", "strength", "sort", "scale"} & at.query_params.keys()
    assert data["unit"] == {"channel": 16, "at": None}
    assert (data["sort"], data["scale"], data["strength"]) == ("index", "channel", 70)
    assert of_component(at, "journey")["chosen"] == "stem"


def test_a_link_gives_its_unit_sort_and_scale(open_page: Open) -> None:
    at = open_page(
        "inference", net=NET, layer="layer3.2", channel="5", at="2-8", sort="variance", scale="net", strength="0"
    )
    data = of_component(at, "feature_maps")
    assert data["unit"] == {"channel": 5, "at": [2, 8]}
    assert data["effective"]["unit"] == [5, 2, 8]
    assert (data["sort"], data["scale"], data["strength"]) == ("variance", "net", 0)
    assert data["ranges"]["net"][1] >= data["ranges"]["layer"][1]


def test_sorting_and_scaling_go_into_the_url(open_page: Open) -> None:
    at = open_page("inference", net=NET)
    of_component(at, "feature_maps")
    at.button_group(key="sort").set_value("mean").run()
    at.button_group(key="scale").set_value("layer").run()
    assert (at.query_params["sort"], at.query_params["scale"]) == ("mean", "layer")


@pytest.mark.parametrize(
    ("architecture", "adds"),
    [
        (CifarSpec(Family.PLAIN, 14), False),
        (CifarSpec(depth=14), True),
        (ImagenetSpec("resnet18"), True),
        (ImagenetSpec("resnext50_32x4d"), True),
        (ImagenetSpec("wide_resnet50_2"), True),
        (ImagenetSpec("densenet121"), False),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_every_kind_of_net_can_be_looked_into(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, architecture: Architecture, adds: bool
) -> None:
    with seeded(0):
        save_file(architecture.build().state_dict(), tmp_path / f"{architecture.name}.safetensors")
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(tmp_path))
    torch.set_num_threads(1)
    name = places(architecture)[-1].name
    at = open_page("inference", net=f"file-{architecture.name}.safetensors", view="maps", layer=name)
    data = of_component(at, "feature_maps")
    assert [layer["name"] for layer in layers(at)] == [place.name for place in places(architecture)]
    assert of_component(at, "journey")["chosen"] == name
    assert data["effective"]["unit"]
    kinds = {element.proto.component_name for element in at.get("bidi_component")}
    assert ("resnet_edu.inside_block" in kinds) is adds
    assert ("resnet_edu.arithmetic" in kinds) is (architecture.name != "densenet121")
    assert ("resnet_edu.responses" in kinds) is (adds or isinstance(architecture, CifarSpec))
    assert not at.error
