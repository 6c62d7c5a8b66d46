"""The page beyond: the timeline, and how deep is deep enough."""

import json
import math
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from resnet_edu.measure.steps import STEPS, load_refined
from resnet_edu.nets.card import sha256_of
from resnet_edu.nets.depth_limits import errors_by_depth
from resnet_edu.nets.milestones import milestones
from resnet_edu.paths import BEYOND
from resnet_edu.ui.beyond import depth, flow, timeline
from resnet_edu.ui.text.language import LANGUAGES
from resnet_edu.vision.catalogue import catalogue

from .conftest import Open
from .test_pages import html_of

NETS = ("cifar10-residual-20", "cifar10-residual-56")


def figure(at: AppTest, key: str) -> tuple[dict[str, Any], str]:
    """Return a chart's description and alternative text."""
    (shown,) = [each.proto for each in at.get("plotly_chart") if each.proto.id.endswith(f"-{key}")]
    return json.loads(shown.spec), shown.alt


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_depth_and_error_is_on_the_page(open_page: Open, language: str) -> None:
    at = open_page("beyond", lang=language, steps="8")
    _the_timeline_shows_every_step_with_its_error(at)
    _the_flow_has_the_links_steps(at)
    _the_trained_nets_are_as_recorded(at, language)
    _the_published_errors_are_drawn(at)


def _the_timeline_shows_every_step_with_its_error(at: AppTest) -> None:
    shown = html_of(at)
    drawn, alt = figure(at, "timeline")
    marked = {depth for line in drawn["data"] if line["mode"] == "markers" for depth in line["x"]}
    for step in milestones():
        assert f"<h3>{step.year} · " in shown
        if step.error:
            assert f"{step.error.percent}%" in shown
            assert f"{step.error.percent}%" in alt
            assert not step.depth or step.depth in marked


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


@pytest.mark.parametrize("code", [depth.STEPS_CODE, depth.PUBLISHED_CODE, flow.CODE, timeline.CODE])
def test_the_python_behind_a_figure_runs(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(code, {})
    assert len(capsys.readouterr().out.splitlines()) > 6
