"""The page beyond: Transformers."""

import json
from statistics import median
from time import sleep
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from resnet_edu.figures.gradient_curves import scientific
from resnet_edu.measure.transformers import (
    DEEPEST,
    SEEDS,
    EncoderRecord,
    EncoderSetting,
    Parts,
    Stream,
    gradients,
    load_encoders,
)
from resnet_edu.nets.encoder import NormPlace
from resnet_edu.paths import REVERSAL, TRANSFORMERS
from resnet_edu.training.reversal import load_reversal
from resnet_edu.ui.beyond import reversal, stream, tokens
from resnet_edu.ui.shared.engines import live_measurements
from resnet_edu.ui.text.language import LANGUAGES

from .conftest import Open, control


def by_layer(at: AppTest, key: str) -> dict[str, Any]:
    """Return the data of the component of that key, with the curves decoded."""
    protos = [each.proto for each in at.get("bidi_component") if each.proto.component_name.endswith("by_layer")]
    (proto,) = [proto for proto in protos if proto.id.endswith(f"-{key}")]
    data = json.loads(proto.json)
    return {**data, "curves": json.loads(data["curves"])}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_encoders_are_the_recorded_ones_until_the_reader_chooses_another_size(
    open_page: Open, language: str
) -> None:
    at = open_page("beyond", lang=language, encoder_norm="pre", encoder_layers="12", encoder_depth="32")
    recorded = load_encoders(TRANSFORMERS)
    tokens, stream = by_layer(at, "tokens"), by_layer(at, "residual-stream")
    assert (tokens["position"], stream["position"]) == (12, 32)
    assert "{layer}" in tokens["labels"]["summary"], "the figure fills in the slider's layer"
    for parts in Parts:
        curve = tokens["curves"][str(DEEPEST)][parts]
        runs = [run[parts] for run in recorded.distances[NormPlace.PRE]]
        assert curve["values"][12] == pytest.approx(median(run[12] for run in runs), rel=1e-3)
        assert (curve["low"][3], curve["high"][3]) == (min(run[3] for run in runs), max(run[3] for run in runs))
    for each in Stream:
        values = stream["curves"]["32"][each]["values"]
        assert values == pytest.approx([median(layer) for layer in zip(*_of(recorded, each), strict=True)], rel=1e-3)
    shown = " ".join(each.value for each in (*at.markdown, *at.caption))
    assert f"{recorded.bound.standard:,.0f}" in shown
    assert scientific(recorded.bound.measured[1]) in shown
    for parts in (Parts.SHORTCUTS, Parts.ALL):
        assert scientific(median(run[parts][-1] for run in recorded.distances[NormPlace.PRE])) in shown
    for each in Stream:
        shallow, deep = (median(run[each].stream[-1] for run in recorded.gradients[depth]) for depth in (2, DEEPEST))
        assert scientific(deep / shallow) in shown

    control(at.selectbox, "tokens-width").set_value(32).run()
    assert not at.exception
    assert at.query_params["encoder_width"] == "32"
    live = live_measurements().find_series(("stream", EncoderSetting(width=32)))
    assert live is not None
    while live.is_running:
        live.look()
        sleep(0.05)
    at.run()
    assert by_layer(at, "residual-stream")["curves"]["2"]["pre"]["values"] == pytest.approx(
        gradients(Stream.PRE.spec(EncoderSetting(width=32), 2), EncoderSetting(width=32)).stream, rel=1e-3
    )
    assert "low" not in by_layer(at, "tokens")["curves"][str(DEEPEST)]["attention"]


def test_a_stopped_measurement_stays_stopped_until_the_reader_wants_the_rest(open_page: Open) -> None:
    setting = EncoderSetting(heads=8, width=128)
    at = open_page("beyond", encoder_heads="8", encoder_width="128")
    series, other = (
        live_measurements().find_series(key) for key in (("stream", setting), ("tokens", setting, NormPlace.POST))
    )
    assert series is not None
    assert other is not None
    other.stop()
    button_of(at, "stop-stream").click().run()
    assert not at.exception
    at.run()
    assert series.is_stopped
    assert not other.is_stopped  # another reader's Stop is not ours
    assert any(each.value.startswith("Stopped after") for each in at.caption)
    button_of(at, "rest-stream").click().run()
    assert series.is_running
    series.stop()
    other.stop()


def button_of(at: AppTest, start: str) -> Any:
    (found,) = [each for each in at.button if (each.key or "").startswith(start)]
    return found


def _of(recorded: EncoderRecord, stream: Stream) -> list[tuple[float, ...]]:
    return [run[stream].stream for run in recorded.gradients[32]]


def test_the_python_behind_the_encoders_prints_the_record(capsys: pytest.CaptureFixture[str]) -> None:
    recorded = load_encoders(TRANSFORMERS)
    exec(tokens.CODE.format(heads=4, width=64, place=NormPlace.POST, seeds=SEEDS), {})
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    for line, parts in zip(lines, Parts, strict=True):
        expected = median(run[parts][2] for run in recorded.distances[NormPlace.POST])
        assert (line[0], float(line[3])) == (parts, pytest.approx(expected, rel=0.06))
    exec(stream.CODE.format(heads=4, width=64, seeds=SEEDS, depth=4, quantity="weights"), {})
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    for line, each in zip(lines, Stream, strict=True):
        expected = median(run[each].weights[3] for run in recorded.gradients[4])
        assert (line[0], float(line[4])) == (each, pytest.approx(expected, rel=0.06))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_race_shown_is_the_recorded_one_at_the_chosen_depth_and_seed(open_page: Open, language: str) -> None:
    at = open_page("beyond", lang=language, reversal_depth="4", reversal_seed="3", reversal_step="80")
    recorded = load_reversal(REVERSAL)
    for depth in (4, 2):
        if depth == 2:
            control(at.button_group, "reversal_depth").set_value(2).run()
            assert not at.exception
        (proto,) = [each.proto for each in at.get("bidi_component") if each.proto.component_name.endswith("reversal")]
        data = json.loads(proto.json)
        race = json.loads(data["race"])
        expected = recorded.of(depth)[3]
        assert (data["position"], data["seed"], race["sequence"]) == (80, 3, list(expected.sequence))
        assert race["layers"] == depth
        for net in ("without", "shortcuts"):
            standings = getattr(expected, net)
            assert race["nets"][net]["attention"] == [each.attention for each in standings]
            assert race["nets"][net]["accuracy"] == pytest.approx([each.accuracy for each in standings], rel=1e-3)
            assert race["seeds"][net][3] == race["nets"][net]["accuracy"]
    shown = " ".join(each.value for each in at.markdown)
    for depth in (2, 4):
        for net in ("without", "shortcuts"):
            assert f"{min(getattr(each, net)[-1].accuracy for each in recorded.of(depth)):.0%}" in shown


def test_the_python_behind_the_race_prints_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resnet_edu.training.reversal.STEPS", (0, 10))
    exec(reversal.CODE.format(depth=2, seed=1), {})
    race = load_reversal(REVERSAL).of(2)[1]
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert f"{race.without[0].accuracy:.0%}" in lines[0]
    assert f"{race.shortcuts[0].accuracy:.0%}" in lines[0]
