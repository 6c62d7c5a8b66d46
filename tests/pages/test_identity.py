"""The identity experiment on the depth page: recorded and live results, valid and invalid links, both languages."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from resnet_edu.measure.identity import COUNTS, MOST, NETS, Insert, load_identity, save_identity
from resnet_edu.nets.cifar import CIFAR10_CLASSES, Family
from resnet_edu.paths import IDENTITY
from resnet_edu.ui.depth.records import recorded_identity
from resnet_edu.ui.text.language import LANGUAGES
from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.samples import CIFAR10_SAMPLES, sample_picture

from .conftest import Open, corrected

PLACE = 2


def panel(at: AppTest) -> dict[str, Any]:
    """Return the component's data."""
    protos = [element.proto for element in at.get("bidi_component")]
    data: dict[str, Any] = json.loads(next(p.json for p in protos if p.component_name.endswith("identity")))
    return data


def answered(at: AppTest) -> dict[str, Any]:
    """Return the component's data once both nets have answered."""
    for _ in range(100):
        if len((data := panel(at))["live"]) == len(NETS):
            return data
        at.run()
    pytest.fail("no answers")


def said(at: AppTest) -> str:
    return " ".join(element.value for kind in (at.markdown, at.caption) for element in kind)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_curves_and_the_sentences_are_those_of_the_record(open_page: Open, language: str) -> None:
    at = open_page("depth", lang=language, k="5")
    recorded = load_identity(IDENTITY / f"stage-{PLACE}.json")
    data = panel(at)
    assert {curve["insert"] for curve in data["curves"]} == set(Insert)
    for curve in data["curves"]:
        errors = recorded.curves[curve["insert"]].errors
        assert [k for k, *_ in curve["points"]] == list(COUNTS)
        for k, mean, least, most in curve["points"]:
            assert least == pytest.approx(100 * min(errors[k]), abs=1e-3)
            assert most == pytest.approx(100 * max(errors[k]), abs=1e-3)
            assert least - 1e-3 <= mean <= most + 1e-3
    zero = 100 * recorded.curves[Insert.ZERO].errors[MOST][0]
    plain = [round(100 * error, 3) for error in recorded.curves[Insert.FRESH_LAYERS].errors[1]]
    assert f"{zero:.1f}%" in said(at)
    part = {"en": "59,902 of its 60,000 pictures", "zh": "60,000 张图片中的 59,902 张"}[language]
    assert part in said(at)
    assert part in data["labels"]["errors"]
    assert f"{min(plain):.1f}–{max(plain):.1f}%" in said(at)
    assert recorded.command in said(at)
    assert not at.info


@pytest.mark.parametrize(
    ("blocks", "answer"), [(0.13, "nearly is"), (0.5, "helps, but it is not enough"), (0.9, "does not help")]
)
def test_whether_the_shortcut_is_enough_follows_the_record_of_the_place(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, blocks: float, answer: str
) -> None:
    recorded = load_identity(IDENTITY / f"stage-{PLACE}.json")
    fresh = recorded.curves[Insert.FRESH_BLOCKS]
    errors = {**fresh.errors, 1: (blocks,) * 3}
    curves = {**recorded.curves, Insert.FRESH_BLOCKS: replace(fresh, errors=errors)}
    save_identity(tmp_path / "stage-3.json", replace(recorded, place=3, curves=curves))
    monkeypatch.setattr("resnet_edu.ui.depth.records.IDENTITY", tmp_path)
    recorded_identity.clear()
    at = open_page("depth", k_place="3", k="1")
    recorded_identity.clear()
    [told] = [element.value for element in at.markdown if "Is the shortcut enough?" in element.value]
    assert answer in told
    assert "Behind stage 3" in told
    assert f"{100 * blocks:.1f}%" in told


def test_no_picture_tells_what_a_net_says_of_things_it_never_learnt(open_page: Open) -> None:
    shown = {each["id"] for each in panel(open_page("depth"))["pictures"]}
    assert shown
    assert shown <= set(CIFAR10_CLASSES)  # of the others, the lecture's last question asks


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_worksheets_page_asks_its_question_once(open_page: Open, language: str) -> None:
    asked = {"en": "Predict first", "zh": "先猜一猜"}[language]
    setting = {"k": "0", "stop": "identity", "lang": language}
    assert asked in said(open_page("depth", **setting))
    alone = said(open_page("depth", **setting, worksheet="True"))
    assert asked not in alone
    assert "ResNet-20" in alone


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answers_start_as_the_nets_own_and_only_the_plain_net_changes_them(open_page: Open, language: str) -> None:
    at = open_page("depth", lang=language, k="1")
    data = answered(at)
    assert {"en": "moved by at most 0.", "zh": "最多移动了 0。"}[language] in said(at)
    for family, name in NETS.items():
        net = catalogue().nets[name]
        seen = [
            net.preprocessing.tensor(net.preprocessing.view(sample_picture(each.id).image)) for each in CIFAR10_SAMPLES
        ]
        with torch.inference_mode():
            shares, classes = load(net)(torch.cat(seen)).softmax(1).max(1)
        live = data["live"][family]
        assert live["classes"][0] == classes.tolist()
        assert live["shares"][0] == pytest.approx(shares.tolist(), abs=1e-3)
        assert len(live["classes"]) == MOST + 1
        if family is Family.RESIDUAL:
            assert all(row == live["classes"][0] for row in live["classes"])
            assert all(row == live["shares"][0] for row in live["shares"])
        else:
            assert all(row != live["classes"][0] for row in live["classes"][1:])


def test_before_anything_is_inserted_nothing_is_told(open_page: Open) -> None:
    """Readers are to predict the outcome first."""
    at = open_page("depth")
    assert panel(at)["k"] == 0
    assert "What was seen" not in said(at)
    assert "Is the shortcut enough?" not in said(at)


def test_the_link_has_k_and_the_draw(open_page: Open) -> None:
    at = open_page("depth", k="37", k_draw="2")
    assert panel(at)["k"] == 37
    assert "seed=2" in " ".join(block.value for block in at.code)
    at.button(key="k_other").click().run()
    assert at.query_params["k_draw"] in ("0", ["0"])
    assert panel(at)["k"] == 37


def test_the_python_behind_the_figure_gives_its_answers(open_page: Open, capsys: pytest.CaptureFixture[str]) -> None:
    at = open_page("depth", k="3")
    [code] = [block.value for block in at.code if "deepen(" in block.value]
    exec(compile(code, "snippet", "exec"), {})
    printed = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert set(printed) == set(Insert)
    assert " furthest logit 0 [" in printed[Insert.ZERO]
    live = answered(at)["live"]
    for family, insert in ((Family.RESIDUAL, Insert.ZERO), (Family.PLAIN, Insert.FRESH_LAYERS)):
        classes = catalogue().nets[NETS[family]].classes
        assert printed[insert].endswith(str([classes[index] for index in live[family]["classes"][3]]))


def test_sizes_grow_by_what_is_inserted(open_page: Open) -> None:
    sizes = panel(open_page("depth"))["sizes"]
    weights = 9 * 32 * 32 + 2 * 32
    assert sizes["residual"] == {"layers": 20, "parameters": 269_722, "layersEach": 2, "parametersEach": 2 * weights}
    assert sizes["plain"] == {"layers": 20, "parameters": 269_722, "layersEach": 1, "parametersEach": weights}


@pytest.mark.parametrize(
    ("setting", "k"), [({"k": "51"}, MOST), ({"k": "-1"}, 0), ({"k": "<b>"}, 0), ({"k_place": "4"}, 0)]
)
def test_an_impossible_link_is_mended_with_a_note(open_page: Open, setting: dict[str, str], k: int) -> None:
    at = open_page("depth", **setting)
    assert panel(at)["k"] == k
    assert corrected(at)
    assert not setting.items() & at.query_params.items()


def test_only_recorded_stages_are_offered(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A record added to the folder appears by itself; a stage without a record is not offered."""
    folder = tmp_path_factory.mktemp("identity")
    monkeypatch.setattr("resnet_edu.ui.depth.records.IDENTITY", folder)
    text = (IDENTITY / f"stage-{PLACE}.json").read_text(encoding="utf-8")
    (folder / f"stage-{PLACE}.json").write_text(text, encoding="utf-8")
    at = open_page("depth", k_place="1")
    assert corrected(at)
    assert "k_place" not in [group.key for group in at.button_group]
    (folder / "stage-3.json").write_text(text.replace('"place": 2', '"place": 3'), encoding="utf-8")
    at.run()
    [group] = [group for group in at.button_group if group.key == "k_place"]
    assert len(group.options) == 2
