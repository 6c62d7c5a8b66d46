"""The page beyond: the timeline, and how deep is deep enough."""

import json
import math
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from resnet_edu.measure import stochastic_depth
from resnet_edu.measure.knockout import load_knockout
from resnet_edu.measure.steps import STEPS, load_refined
from resnet_edu.nets.card import sha256_of
from resnet_edu.nets.depth_limits import errors_by_depth
from resnet_edu.nets.milestones import Milestone, milestones
from resnet_edu.paths import BEYOND, KNOCKOUT
from resnet_edu.ui.beyond import depth, dropping, flow, timeline
from resnet_edu.ui.shell.navigation import PAGES
from resnet_edu.ui.text.language import LANGUAGES, translated
from resnet_edu.vision.catalogue import catalogue
from resnet_edu.vision.knocked_out import switchable

from .conftest import Open
from .test_pages import html_of


def sections_of(page: str) -> tuple[str, ...]:
    return next(each for each in PAGES if each.id == page).sections


NETS = ("cifar10-residual-20", "cifar10-residual-56")


def figure(at: AppTest, key: str) -> tuple[dict[str, Any], str]:
    """Return a chart's description and alternative text."""
    (shown,) = [each.proto for each in at.get("plotly_chart") if each.proto.id.endswith(f"-{key}")]
    return json.loads(shown.spec), shown.alt


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_depth_and_error_is_on_the_page(open_page: Open, language: str) -> None:
    at = open_page("beyond", lang=language, steps="8", drop_depth="110", drop_seed="3")
    _the_timeline_shows_every_step_with_its_error(at, language)
    _one_draw_of_stochastic_depth_is_drawn_and_counted(at)
    _each_slider_has_a_name_of_its_own(at)
    _the_flow_has_the_links_steps(at)
    _the_trained_nets_are_as_recorded(at, language)
    _the_published_errors_are_drawn(at)
    ticks = figure(at, "probes")[0]["data"][0]["x"]
    assert len(ticks) == 6
    assert not any("<br>" in tick.replace("<br>（", "") or " " in tick for tick in ticks)


def _the_timeline_shows_every_step_with_its_error(at: AppTest, language: str) -> None:
    shown = html_of(at)
    drawn, alt = figure(at, "timeline")
    marked = {depth for line in drawn["data"] if line["mode"] == "markers" for depth in line["x"]}
    assert sum(len(line["x"]) for line in drawn["data"] if line["mode"] == "markers") == len(milestones())
    for step in milestones():
        assert f"<h3>{step.year} · " in shown
        if step.error:
            assert f"{step.error.percent}%" in shown
            assert f"{step.error.percent}%" in alt
            assert not step.depth or step.depth in marked
    links = [each.proto for each in at.get("page_link") if each.proto.icon]
    within = " ".join(each.value for each in at.markdown)
    for step in milestones():
        assert f"{step.year} {translated(step.name, language)}" in alt
        if step.page == "beyond":
            above = {"en": "Shown above", "zh": "见本页上文"}[language]
            assert f"[{above}](#{step.setting['show']})" in within
            continue
        wanted = {"show": sections_of(step.page)[0], **step.setting, "lang": language}
        assert any(each.page == step.page and dict(parse_qsl(each.query_string)) == wanted for each in links)


def _one_draw_of_stochastic_depth_is_drawn_and_counted(at: AppTest) -> None:
    drawn, alt = figure(at, "stochastic-depth")
    trained, left_out = drawn["data"]
    assert sorted(trained["x"] + left_out["x"]) == list(range(1, 55))
    assert trained["x"] == [at + 1 for at, survives in enumerate(stochastic_depth.drawn(54, 3)) if survives]
    assert "40.25 of 54" in alt or "54 个块中的 40.25 个" in alt
    count = len(trained["x"])
    assert f"this one trains {count}." in alt or f"这个批次训练 {count} 个" in alt


def _each_slider_has_a_name_of_its_own(at: AppTest) -> None:
    protos = [each.proto for each in at.get("bidi_component")]
    named = [
        json.loads(proto.json)["labels"]["position"] for proto in protos if proto.component_name.endswith("by_layer")
    ]
    assert len(set(named)) == len(named) == 2


def _the_flow_has_the_links_steps(at: AppTest) -> None:
    protos = [element.proto for element in at.get("bidi_component")]
    (data,) = [json.loads(proto.json) for proto in protos if proto.component_name == "resnet_edu.flow"]
    points = json.loads(data["points"])
    assert data["steps"] == 8
    assert [len(polygon) for polygon in points["euler"]] == list(range(2, flow.SLIDER + 2))
    left, right, bottom, top = data["window"]
    assert all(left < x < right and bottom < y < top for polygon in points["euler"] for x, y in polygon)
    assert points["errors"][7] == pytest.approx(math.dist(points["euler"][7][-1], points["exact"][-1]), abs=1e-3)
    assert points["errors"][31] / points["errors"][63] == pytest.approx(2, rel=0.1)


def _the_trained_nets_are_as_recorded(at: AppTest, language: str) -> None:
    drawn, _alt = figure(at, "steps")
    for cue in ((each["line"]["color"] for each in drawn["data"]), (each["line"]["dash"] for each in drawn["data"])):
        assert len(set(cue)) == len(NETS), "told apart by colour and by dash"
    records = [load_refined(BEYOND / f"steps-{net}.json") for net in NETS]
    assert sorted(line["y"][0] for line in drawn["data"]) == pytest.approx(
        sorted(record.answers[1].right / record.pictures for record in records)
    )
    hurts = {"en": "Half the step hurts", "zh": "步长减半有害"}[language]
    (verdicts,) = [each.value for each in at.markdown if hurts in each.value]
    assert len(verdicts.splitlines()) == len(NETS)
    for record in records:
        assert (record.change(STEPS[1])[2] < 0) == any(
            hurts in line for line in verdicts.splitlines() if catalogue().nets[record.net].title in line
        )


def _the_published_errors_are_drawn(at: AppTest) -> None:
    drawn, alt = figure(at, "depth-limits")
    for line, nets in zip(drawn["data"], errors_by_depth().values(), strict=True):
        assert line["y"] == [net.error for net in nets]
        assert all(f"{net.error:.3g}" in alt for net in nets)


@pytest.mark.parametrize("net", NETS)
def test_a_record_of_steps_belongs_to_the_shipped_weights(net: str) -> None:
    record = load_refined(BEYOND / f"steps-{net}.json")
    found = catalogue().nets[net]
    assert record.weights == sha256_of(found.path)
    assert tuple(record.answers) == STEPS
    assert found.accuracy is not None
    assert record.answers[1].right / record.pictures == pytest.approx(found.accuracy, abs=0.02)


def test_what_the_lesson_says_of_smaller_steps_is_in_the_records() -> None:
    shallow, deep = (load_refined(BEYOND / f"steps-{net}.json") for net in NETS)
    assert all(shallow.change(fewer)[1] > shallow.change(more)[2] for fewer, more in ((1, 2), (2, 4), (4, 8)))
    _mean, low, high = deep.change(2)
    assert low < 0 < high
    assert deep.change(4)[2] < 0
    assert deep.change(8)[0] < deep.change(4)[0]


def test_the_blocks_of_a_draw_can_be_switched_off_in_the_trained_net(open_page: Open) -> None:
    at = open_page("beyond", drop_depth="20", drop_seed="1")
    links = [each.proto for each in at.get("page_link") if "off=" in each.proto.query_string]
    (link,) = [parse_qs(each.query_string) for each in links]
    off = link["off"][0].split(",")
    assert len(off) == stochastic_depth.drawn(9, 1).count(False)
    names = switchable(catalogue().nets["cifar10-residual-20"].architecture)
    assert [name in off for name in names] == [not survives for survives in stochastic_depth.drawn(9, 1)]
    record = load_knockout(KNOCKOUT / "cifar10-residual-20.json")
    said = " ".join(each.value for each in at.markdown)
    assert f"{max(record.several[2]):.0%} of the test pictures wrong" in said


def test_one_notice_names_what_was_corrected_as_the_page_does_and_the_address_is_corrected_too(open_page: Open) -> None:
    bad = dict.fromkeys(("encoder_layers", "encoder_heads", "probe", "drop_seed", "open"), "x")
    at = open_page("beyond", **bad, steps="99", radius="80")
    (told,) = at.toast
    for label in ("Heads", "The probe is given", "Steps", "Seed of the draw", "“open” in the address"):
        assert label in told.value
    assert not any(name in told.value for name in ("_", "probe,", "radius"))
    assert not at.info
    assert at.query_params == {"steps": "32", "radius": "80"}
    assert not at.run().toast, "told once"


DESTINATIONS = list({(step.page, *step.setting.items()): step for step in milestones()}.values())


@pytest.mark.parametrize("step", DESTINATIONS, ids=lambda step: step.name)
def test_the_link_of_every_step_opens_its_page_at_a_setting_that_it_has(open_page: Open, step: Milestone) -> None:
    at = open_page(step.page, **step.setting)
    assert not at.error
    assert not [each.value for each in (*at.info, *at.toast) if "Impossible in the link" in each.value]
    if step.setting.get("show") == "nets":
        assert set(at.dataframe[0].value["family"]) == {step.setting["family"]}, "its row alone"


@pytest.mark.parametrize(
    "code", [depth.STEPS_CODE, depth.PUBLISHED_CODE, flow.CODE, timeline.CODE, dropping.CODE.format(blocks=27, seed=0)]
)
def test_the_python_behind_a_figure_runs(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(code, {})
    assert len(capsys.readouterr().out.splitlines()) > 6
