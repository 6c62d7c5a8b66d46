"""The attribution view: defaults, valid and invalid links, choosing, the check, the Python."""

import base64
import io
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from resnet_edu.nets.imagenet import ImagenetSpec
from resnet_edu.paths import PROJECT
from resnet_edu.seeding import seeded
from resnet_edu.ui.inference.code import attribute_code, cams_code, faithfulness_code
from resnet_edu.ui.text.language import LANGUAGES
from resnet_edu.vision.attribution.faithfulness import RANDOM, Verify
from resnet_edu.vision.attribution.method import Options, correlation
from resnet_edu.vision.attribution.methods import METHODS
from resnet_edu.vision.attribution.task import DEFAULT_METHODS, STAGE_METHODS, Attribute
from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.samples import sample_picture

from .conftest import Open, control, corrected

See = Callable[..., AppTest]
NET = "cifar10-residual-20"


@pytest.fixture
def see(open_page: Open) -> Iterator[See]:
    torch.set_num_threads(1)
    yield lambda **parameters: open_page(
        "inference", view="attributions", **{"net": NET, "sample": "cat", "check": "False", **parameters}
    )


def of_component(at: AppTest, name: str) -> dict[str, Any]:
    protos = [element.proto for element in at.get("bidi_component")]
    return next((json.loads(proto.json) for proto in protos if proto.component_name.endswith(name)), {})


def maps(at: AppTest) -> dict[str, Any]:
    """Return the maps by method once all are there, rerunning the page as the browser would."""
    for _ in range(60):
        found = of_component(at, ".attributions")["maps"]
        if all(each["map"] for each in found):
            return {each["id"]: each for each in found}
        at.run()
    raise TimeoutError


def values(found: dict[str, Any]) -> torch.Tensor:
    levels = torch.frombuffer(bytearray(base64.b64decode(found["values"])), dtype=torch.int16)
    return levels * found["peak"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_four_methods_explain_the_most_probable_class_on_arrival(see: See, language: str) -> None:
    at = see(lang=language)
    found = maps(at)
    assert tuple(found) == DEFAULT_METHODS
    assert at.selectbox(key="any class").value == "3"
    assert at.button_group(key="top class").value == "3"
    for method, each in found.items():
        assert each["paper"] == METHODS[method].paper
        assert each["reading"]
        assert each["pitfall"]
        assert (each["reading"] == METHODS[method].reading) == (language == "en")
    assert "%" in found["integrated-gradients"]["complete"]
    assert not at.exception


def test_the_maps_are_the_methods_own(see: See) -> None:
    shown = maps(see(methods="input-x-gradient,grad-cam", cam_layer="layer2", **{"class": "5"}, sample="horse"))
    net = catalogue().nets[NET]
    loaded = Loaded(net, load(net), torch.device("cpu"))
    for method, each in shown.items():
        found = Attribute(net, sample_picture("horse"), method, 5, Options(layer="layer2")).run(loaded)
        assert torch.allclose(values(each["map"]), found.values.flatten(), atol=each["map"]["peak"])
        assert each["map"]["limit"] == pytest.approx(found.limit)
        assert each["map"]["signed"] == METHODS[method].signed


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bad_link_is_mended_and_says_so(see: See, language: str) -> None:
    at = see(
        methods="saliency,magic,lrp", cam_layer="nowhere", steps="7e9", overlay="-3", range="mine",
        lang=language, **{"class": "9999"},
    )  # fmt: skip
    assert corrected(at)
    assert {"lang": language, "methods": "saliency", "steps": "200", "overlay": "0"}.items() <= at.query_params.items()
    assert not {"cam_layer", "range", "class"} & at.query_params.keys()
    assert list(maps(at)) == ["saliency"]
    assert of_component(at, ".attributions")["overlay"] == 0


def test_a_fifth_method_takes_the_place_of_the_first(see: See) -> None:
    at = see()
    at.button_group(key="methods").set_value([*DEFAULT_METHODS, "deconvolution"]).run()
    assert at.query_params["methods"].split(",") == [*DEFAULT_METHODS[1:], "deconvolution"]
    assert list(maps(at)) == [*DEFAULT_METHODS[1:], "deconvolution"]
    at.button_group(key="methods").set_value([]).run()
    assert at.query_params["methods"].split(",") == [*DEFAULT_METHODS[1:], "deconvolution"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_class_can_be_held_against_another(see: See, language: str) -> None:
    at = see(methods="saliency", rather_than="5", lang=language)
    told = {"en": "**Why cat and not dog?**", "zh": "**为什么是猫而不是狗**？"}[language]
    assert any(text.value.startswith(told) for text in at.markdown)
    shown = values(maps(at)["saliency"]["map"])
    net = catalogue().nets[NET]
    found = Attribute(net, sample_picture("cat"), "saliency", 3, Options(against=5))
    expected = found.run(Loaded(net, load(net), torch.device("cpu"))).values.flatten()
    assert torch.allclose(shown, expected, atol=maps(at)["saliency"]["map"]["peak"])
    assert any("against=5" in block.value for block in at.code)
    control(at.button_group, "top class").set_value("5").run()  # then there is nothing to hold it against
    assert control(at.selectbox, "rather_than").value == "none"
    assert not any(text.value.startswith(told[:6]) for text in at.markdown)
    assert not corrected(at)


def test_any_class_can_be_asked_for(see: See) -> None:
    at = see(methods="saliency")
    first = maps(at)["saliency"]["map"]["values"]
    at.selectbox(key="any class").set_value("9").run()
    assert at.query_params["class"] == "9"
    assert maps(at)["saliency"]["map"]["values"] != first
    control(at.button_group, "top class").set_value("3").run()
    assert at.query_params["class"] == "3"
    assert maps(at)["saliency"]["map"]["values"] == first


@pytest.mark.parametrize("language", LANGUAGES)
def test_class_activation_maps_are_compared_at_every_stage(see: See, language: str) -> None:
    at = see(lang=language)
    for _ in range(20):
        strip = [json.loads(e.proto.json) for e in at.get("bidi_component") if "map_rows" in e.proto.component_name]
        if strip and len(strip[0]["rows"]) == len(STAGE_METHODS):
            break
        at.run()
    rows = strip[0]["rows"]
    assert [row["title"] for row in rows] == [METHODS[method].title for method in STAGE_METHODS]
    assert [row["chooses"] for row in rows] == [True] + 4 * [False]
    cells = rows[0]["cells"]
    assert len(strip[0]["titles"]) == len(cells) == 4
    assert strip[0]["layers"] == ["act1", "layer1", "layer2", "layer3"]
    assert strip[0]["chosen"] == "layer3"
    unit = {"en": "ms", "zh": "毫秒"}[language]
    times = [re.findall(rf"\d+ {unit}", caption.value) for caption in at.caption]
    assert len(STAGE_METHODS) in map(len, times)
    assert [row["cells"][-1]["note"] for row in rows[:2]] == ["r 1.00", "r 1.00"]  # what the lesson says
    assert all(row["cells"][-1]["note"] != "r 1.00" for row in rows[2:])
    assert rows[1]["cells"][0]["note"] != "r 1.00"
    assert any("arxiv.org/abs/2011.08891" in text.value for text in at.markdown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_randomisation_check_shows_every_step_of_forgetting(see: See, language: str) -> None:
    at = see(methods="saliency,guided-backprop", check="True", lang=language)
    for _ in range(60):
        found = [json.loads(e.proto.json) for e in at.get("bidi_component") if "map_rows" in e.proto.component_name]
        if found and len(found[-1]["rows"]) == 2:
            break
        at.run()
    rows = found[-1]["rows"]
    notes = [[cell["note"] for cell in row["cells"]] for row in rows]
    assert [len(row) for row in notes] == [6, 6]
    assert [row[0] for row in notes] == ["ρ 1.00", "ρ 1.00"]
    assert float(notes[1][2][2:]) > float(notes[0][2][2:])
    unit = {"en": "ms", "zh": "毫秒"}[language]
    assert all(re.fullmatch(rf"\d+ {unit}", row["facts"]) for row in rows)
    assert found[-1]["layers"] is None
    at.toggle(key="check").set_value(False).run()
    assert at.query_params["check"] == "False"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_maps_can_be_measured_beside_random_ones(see: See, language: str) -> None:
    at = see(methods="saliency,grad-cam", lang=language)
    assert not at.get("plotly_chart")
    control(at.toggle, "measures").set_value(True).run()
    assert at.query_params["measures"] == "True"
    for _ in range(60):
        charts = [json.loads(each.proto.spec) for each in at.get("plotly_chart")]
        if charts and len(charts[0]["data"]) == 4:
            break
        at.run()
    net = catalogue().nets[NET]
    loaded = Loaded(net, load(net), torch.device("cpu"))
    found = [Verify(net, sample_picture("cat"), name, 3).run(loaded) for name in (*RANDOM, "saliency", "grad-cam")]
    for chart, kind in zip(charts, ("deletion", "insertion"), strict=True):
        for trace, each in zip(chart["data"], found, strict=True):
            shown = trace["y"]
            if isinstance(shown, dict):
                shown = torch.frombuffer(bytearray(base64.b64decode(shown["bdata"])), dtype=torch.float64).tolist()
            expected = [100 * probability for probability in getattr(each, kind).probabilities]
            assert shown == pytest.approx(expected, abs=0.1)
    (table,) = [text.value for text in at.markdown if text.value.startswith("|  |")]
    assert len(table.splitlines()) == 6
    for each in found:
        assert f"| {each.deletion.area:.3f} | {each.insertion.area:.3f} |" in table
    assert not at.exception


def test_the_code_of_the_stages_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(cams_code(NET, "assets/samples/cat.jpg", 3, Options(against=5)), {"__name__": "stages"})
    lines = printed.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == list(STAGE_METHODS)
    assert lines[0].count(" 1.00'") == 4
    assert "layer3 1.00" in lines[1]


def test_the_code_of_the_measures_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    code = faithfulness_code(NET, "assets/samples/cat.jpg", ["saliency"], 3, Options())
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(code, "measure.py", "exec"), {"__name__": "measure"})
    assert [line.split()[0] for line in printed.getvalue().splitlines()] == [*RANDOM, "saliency"]


def test_torchvisions_net_says_why_deeplift_is_not_offered(
    see: See, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with seeded(0):
        torch.save(ImagenetSpec("resnet18").build().state_dict(), tmp_path / "random.pth")
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", os.fspath(tmp_path))
    at = see(net="file-random.pth", methods="deeplift,saliency,grad-cam")
    assert at.query_params["methods"] == "saliency,grad-cam"
    assert list(maps(at)) == ["saliency", "grad-cam"]
    assert any("DeepLift needs" in text.value for text in at.markdown)
    assert len(at.selectbox(key="any class").options) == 1000
    assert not at.exception


def test_layer_wise_relevance_is_left_out_with_the_reason(see: See) -> None:
    assert any("a rule chosen layer by layer" in text.value for text in see().markdown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_more_draws_can_be_asked_for_and_the_page_says_how_far_they_agree(see: See, language: str) -> None:
    found = []
    for draws in ("20", "100"):
        at = see(methods="gradient-shap", draws=draws, lang=language)
        for _ in range(20):
            if "gradient-shap" in maps(at):
                break
            at.run()
        said, *_default = re.findall(r"\d\.\d\d", maps(at)["gradient-shap"]["complete"])
        assert draws in maps(at)["gradient-shap"]["complete"]
        found.append(float(said))
    assert found[1] > found[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_changed_setting_stands_beside_the_default(see: See, language: str) -> None:
    at = see(methods="saliency,integrated-gradients", steps="8", lang=language)
    found = maps(at)
    assert list(found) == ["saliency", "integrated-gradients", "integrated-gradients default"]
    control(at.button_group, "steps").set_value(50).run()
    assert list(maps(at)) == ["saliency", "integrated-gradients"]
    default = maps(at)["integrated-gradients"]["map"]
    control(at.button_group, "baseline").set_value("black").run()
    assert at.query_params["baseline"] == "black"
    found = maps(at)
    assert found["integrated-gradients default"]["map"] == default
    assert found["integrated-gradients default"]["layer"] == {"en": "default settings", "zh": "默认设置"}[language]
    changed = correlation(*(values(each["map"]) for each in list(found.values())[1:]))
    assert f"{changed:.2f}" in found["integrated-gradients"]["complete"]
    assert {"en": "the black picture", "zh": "黑色图片"}[language] in found["integrated-gradients"]["complete"]
    assert any("baseline='black'" in block.value for block in at.code)
    at.query_params["methods"] = "smoothgrad,occlusion"
    at.run()
    control(at.button_group, "noise").set_value(33).run()
    control(at.button_group, "window").set_value(200).run()
    assert list(maps(at)) == ["smoothgrad", "smoothgrad default", "occlusion", "occlusion default"]


def test_a_long_method_can_be_stopped_and_asked_for_again(see: See, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that the reader has stopped stays stopped until requested again."""
    at = see(methods="saliency", sample="coffee")
    net = catalogue().nets[NET]
    task = Attribute(net, sample_picture("coffee"), "occlusion", 3, Options(layer="layer3"))
    at.session_state["stopped ticket of attribution occlusion"] = task.key
    at.query_params["methods"] = "occlusion"
    at.query_params["class"] = "3"
    at.run()
    assert any("Stopped" in info.value for info in at.info)
    assert of_component(at, ".attributions")["maps"][0]["map"] is None
    at.button(key="again ticket of attribution occlusion").click().run()
    assert list(maps(at)) == ["occlusion"]


def test_the_code_runs_and_tells_the_range_of_every_map(monkeypatch: pytest.MonkeyPatch, see: See) -> None:
    monkeypatch.chdir(PROJECT)
    code = attribute_code(NET, "assets/samples/cat.jpg", ["saliency", "grad-cam"], 3, Options("layer2", 8))
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(code, "attribute.py", "exec"), {"__name__": "attribute"})
    lines = printed.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == ["saliency", "grad-cam"]
    assert all("'1.00'" in line for line in lines)
    shown = see(methods="saliency,grad-cam", cam_layer="layer2", steps="8")
    assert any(block.value == code.rstrip() for block in shown.code)
