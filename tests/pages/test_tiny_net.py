"""The inference page with a net for 200 everyday things: its words, names, doubt, and every view."""

import io
import json
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import torch

from resnet_edu.nets.card import card_path
from resnet_edu.nets.cifar import CifarSpec
from resnet_edu.nets.tiny_imagenet import CLASSES
from resnet_edu.paths import PROJECT
from resnet_edu.ui.inference.class_names import class_name
from resnet_edu.ui.text.language import LANGUAGES, name_of
from resnet_edu.vision.catalogue import Net, catalogue

from .conftest import Open
from .test_inference import bars
from .test_pages import ENGLISH_PROSE, texts_of


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_answers_in_the_readers_language_and_says_what_it_is(open_page: Open, tiny_net: Net, language: str) -> None:
    at = open_page("inference", net=tiny_net.id, lang=language)
    names = {name_of(each, language) for each in CLASSES}
    assert {row["name"] for row in bars(at)["rows"]} <= names
    lines = " ".join(text.value for text in (*at.markdown, *at.caption))
    for figure in ("200", "57.2%", "79.8%", "10,000", "Tiny ImageNet"):
        assert figure in lines
    assert "Guo et al. 2017" in lines
    for figure in ("1.25", "5,000", "83%", "68", "45", "23"):  # figures from the card, and what is left of 68
        assert figure in lines
    (seen,) = [caption.value for caption in at.caption if "64 × 64" in caption.value]
    assert "128 × 128" in seen


@pytest.mark.parametrize("language", LANGUAGES)
def test_doubt_is_said_below_the_cards_bound_and_not_above(open_page: Open, tiny_net: Net, language: str) -> None:
    doubt = {"en": "The net is not sure", "zh": "网络没有把握"}[language]
    at = open_page("inference", net=tiny_net.id, lang=language)
    assert bars(at)["rows"][0]["share"] < 0.5
    (said,) = [info.value for info in at.info]
    for figure in (doubt, "10,000", "50%", "70%"):
        assert figure in said
    card = card_path(tiny_net.path)
    before = card.read_text()
    values = json.loads(before)
    values["calibration"]["doubtful_below"] = bars(at)["rows"][0]["share"]
    try:
        card.write_text(json.dumps(values))
        assert not open_page("inference", net=tiny_net.id, lang=language).info
    finally:
        card.write_text(before)


def test_a_net_without_calibration_says_nothing_of_temperature_or_doubt(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.save(CifarSpec(depth=8).build().state_dict(), tmp_path / "mine.pth")
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(tmp_path))
    at = open_page("inference", net="file-mine.pth", sample="galaxies")
    assert not at.info
    assert not any("Guo" in caption.value for caption in at.caption)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_operators_net_says_what_is_assumed_of_it_and_nothing_where_its_owner_says_all(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    torch.save(CifarSpec(depth=8).build().state_dict(), tmp_path / "mine.pth")
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(tmp_path))
    at = open_page("inference", net="file-mine.pth", lang=language)
    (line,) = [text.value for text in at.markdown if "README" in text.value]
    assert line.count("CIFAR-10") == 2
    assert language == "en" or ENGLISH_PROSE.findall(line) == []
    said = {"classes": list("abcdefghij"), "mean": [0.5] * 3, "std": [0.2] * 3, "accuracy": 0.9173, "data": "my own"}
    (tmp_path / "mine.json").write_text(json.dumps(said))
    at = open_page("inference", net="file-mine.pth", lang=language)
    assert not any("README" in text.value for text in at.markdown)
    assert "91.73%" in texts_of(at)
    assert {row["name"] for row in bars(at)["rows"]} <= set("abcdefghij")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("view", ["maps", "attributions", "knockout", "throughput"])
def test_every_view_opens(open_page: Open, tiny_net: Net, view: str, language: str) -> None:
    at = open_page("inference", net=tiny_net.id, view=view, lang=language)
    for _ in range(20):
        if len(at.get("bidi_component")) > 3 or view == "throughput":
            break
        at.run()
    assert not at.exception
    assert not at.error
    if language == "zh":
        assert ENGLISH_PROSE.findall(texts_of(at)) == []


def test_where_the_net_is_doubtful_those_that_know_more_are_a_click_away(
    open_page: Open, tiny_net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def offline(url: str, **_: object) -> None:
        asked.append(url)
        raise ConnectionError

    monkeypatch.setattr("urllib.request.urlopen", offline)
    at = open_page("inference", net=tiny_net.id)
    bars(at)
    offers = [button for button in at.button if (button.key or "").startswith("stronger ")]
    assert len(offers) == 3
    assert all("1,000 classes" in each.label and "MB to fetch" in each.label for each in offers)
    assert asked == []
    net = offers[0].key.removeprefix("stronger ")
    offers[0].click().run()
    assert at.query_params["net"] == net
    for _ in range(50):
        if at.warning:
            break
        at.run()
    assert "No answer from the network" in at.warning[0].value
    assert asked == [catalogue().nets[net].url]


def test_classes_of_an_attribution_can_be_searched_in_chinese(open_page: Open, tiny_net: Net) -> None:
    at = open_page("inference", net=tiny_net.id, view="attributions", lang="zh")
    for _ in range(50):
        if any(box.key == "any class" for box in at.selectbox):
            break
        at.run()
    assert at.selectbox(key="any class").options == [name_of(each, "zh") for each in CLASSES]


def test_the_same_word_means_another_thing_to_another_net(tiny_net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resnet_edu.ui.inference.class_names.current", lambda: "zh")
    imagenet = catalogue().nets["resnet18-v1"]
    assert class_name(tiny_net, "crane") == "起重机"
    assert class_name(imagenet, "crane bird") == "鹤"
    assert class_name(imagenet, "missile") == "导弹"
    assert class_name(imagenet, "projectile") == "炮弹（projectile）"
    assert class_name(tiny_net, "missile") == "导弹"  # where no other class has that name


def test_the_code_to_copy_gives_the_calibrated_figures(
    open_page: Open, tiny_net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = open_page("inference", net=tiny_net.id, sample="coffee")
    monkeypatch.chdir(PROJECT)
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(next(code.value for code in at.code if "topk(5)" in code.value), "snippet", "exec"), {})
    lines = [line.rsplit(maxsplit=1) for line in printed.getvalue().splitlines()]
    assert [[row["name"], f"{row['share']:.1%}"] for row in bars(at)["rows"]] == [
        [name.strip(), share] for name, share in lines
    ]
