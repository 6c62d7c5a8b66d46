"""The gradients page: presets, valid and invalid links, the reader's own settings, the code to copy."""

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from resnet_edu.figures.gradient_curves import scientific, tex
from resnet_edu.measure.first_steps import STEPS
from resnet_edu.measure.gradients import DEPTHS
from resnet_edu.measure.live import LiveSweep
from resnet_edu.measure.shattering import DEPTHS as PATH_DEPTHS
from resnet_edu.measure.shattering import InputPath, shatter
from resnet_edu.measure.sweeps import DEEPEST, PRESETS
from resnet_edu.ui.gradients.records import recorded_steps, recorded_sweep
from resnet_edu.ui.gradients.settings import OWN_PANEL
from resnet_edu.ui.shared import turns
from resnet_edu.ui.text.language import LANGUAGES

from .conftest import Open, control, corrected


def data_of(proto: Any) -> dict[str, Any]:
    """Return a component's data, with the part that is sent as text decoded."""
    data = json.loads(proto.json)
    return {**data, "pairs": json.loads(data["pairs"])} if "pairs" in data else data


def hero(at: AppTest) -> dict[str, Any]:
    """Return the data of the gradients component."""
    protos = [element.proto for element in at.get("bidi_component")]
    return next(data_of(proto) for proto in protos if proto.component_name.endswith("gradients"))


def of_component(at: AppTest, name: str) -> dict[str, Any]:
    """Return the data of the only component of that name, or an empty dict."""
    protos = [element.proto for element in at.get("bidi_component")]
    return next((data_of(proto) for proto in protos if proto.component_name.endswith(name)), {})


def steps(at: AppTest) -> dict[str, Any]:
    """Return the data of the first steps, the same component with a fixed number of layers."""
    protos = [element.proto for element in at.get("bidi_component")]
    data = [data_of(proto) for proto in protos if proto.component_name.endswith("gradients")]
    return next(each for each in data if "layers" in each)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_a_preset_shows_its_record(open_page: Open, preset: Any, language: str) -> None:
    at = open_page("gradients", preset=preset.id, depth="20", lang=language)
    data = hero(at)
    assert sorted(map(int, data["pairs"])) == [*DEPTHS, DEEPEST]
    recorded = recorded_sweep(preset.id).pairs[20]
    assert data["pairs"]["20"]["plain"]["values"] == list(recorded.plain.weight_gradient)
    ratios = recorded_sweep(preset.id).spreads[20].plain.ratios["weight_gradient"]
    assert (data["pairs"]["20"]["plain"]["ratio"], data["pairs"]["20"]["plain"]["range"]) == (
        ratios[1],
        [ratios[0], ratios[2]],
    )
    assert "range" not in data["pairs"][str(DEEPEST)]["plain"]  # a single run has no range, and the figure says so
    assert (data["position"], data["quantity"]) == (20, "weight_gradient")
    assert any(LANGUAGES[language].marks.cited(preset.citation) in text.value for text in at.markdown)


def test_the_page_opens_with_the_textbook_at_depth_56(open_page: Open) -> None:
    at = open_page("gradients")
    assert hero(at)["position"] == 56
    assert at.button_group(key="preset").value == "textbook"
    assert at.selectbox(key="cure").value is None
    assert not at.info


@pytest.mark.parametrize(
    ("parameters", "depth"),
    [
        ({"depth": "57"}, 56),
        ({"depth": "1000000000"}, DEEPEST),
        ({"depth": "-4"}, 8),
        ({"depth": "nan"}, 56),
        ({"depth": "<script>"}, 56),
        ({"preset": "nothing"}, 56),
        ({"step": "4"}, 56),
        ({"quantity": "beauty"}, 56),
        ({"step_quantity": "beauty"}, 56),
        ({"path_depth": "1e9"}, 56),
        ({"path_draw": "-1"}, 56),
        ({"path_normalisation": "maybe"}, 56),
        ({"depth": "1202"}, None),
    ],
)
def test_a_bad_value_in_the_url_becomes_the_nearest_legal_one_with_a_note(
    open_page: Open, parameters: dict[str, str], depth: int | None
) -> None:
    at = open_page("gradients", **parameters)
    assert hero(at)["position"] == (depth or DEEPEST)
    assert bool(corrected(at)) == (depth is not None)


def open_own_panel(at: AppTest) -> None:
    """Open the panel through the session, because the test harness cannot click an expander."""
    at.session_state[OWN_PANEL] = True
    at.run()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_own_panel_opens_in_the_readers_language(open_page: Open, language: str) -> None:
    at = open_page("gradients", lang=language)
    open_own_panel(at)
    labels = [box.label for box in at.selectbox]
    assert len(labels) == 1 + 7
    assert all(label.isascii() == (language == "en") for label in labels)


def test_an_own_setting_is_read_from_the_url_and_mended(open_page: Open) -> None:
    at = open_page(
        "gradients", preset="own", depth="9999", width="5", sigma="nan", seed="-3", normalisation="none",
        initialisation="gaussian", residual="plain", zero_last="perhaps", batch_size="2",
    )  # fmt: skip
    assert hero(at)["position"] == 110
    assert hero(at)["width"] == 4
    assert corrected(at)
    assert at.query_params["depth"] == "110"
    assert not {"sigma", "residual", "zero_last"} & at.query_params.keys()
    assert at.query_params["batch_size"] == "2"
    open_own_panel(at)
    assert at.selectbox(key="initialisation").value == "gaussian"
    assert at.number_input(key="sigma").value == 0.01


def test_changing_a_detail_makes_the_setting_ones_own_and_keeps_the_rest(open_page: Open) -> None:
    at = open_page("gradients", preset="sigmoid", depth="8")
    assert not at.number_input
    open_own_panel(at)
    at.selectbox(key="width").set_value(4).run()
    assert not at.exception
    assert at.query_params["preset"] == "own"
    assert at.query_params["activation"] == "sigmoid"
    assert at.query_params["width"] == "4"
    assert "8" in hero(at)["pairs"]
    assert hero(at)["width"] == 4


def test_who_waits_for_a_measurement_lets_others_have_their_turn(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    wait_for = LiveSweep.wait_for

    @contextmanager
    def aside() -> Iterator[None]:
        seen.append("aside")
        yield
        seen.append("back")

    def watched(sweep: LiveSweep, depth: int, seconds: float) -> bool:
        seen.append("waits")
        return wait_for(sweep, depth, seconds)

    monkeypatch.setattr(turns, "aside", aside)
    monkeypatch.setattr(LiveSweep, "wait_for", watched)
    open_page("gradients", preset="own", width="4", depth="8", batch_size="2")
    assert seen[:3] == ["aside", "waits", "back"]


def test_going_back_to_a_preset_cleans_the_url(open_page: Open) -> None:
    at = open_page("gradients", preset="own", width="4", depth="8", batch_size="2")
    at.button_group(key="preset").set_value("paper").run()
    assert at.query_params["preset"] == "paper"
    assert "width" not in at.query_params


def test_the_sigmoid_case_and_the_zero_start_are_explained(open_page: Open) -> None:
    assert any("1/4" in note.value for note in open_page("gradients", preset="sigmoid").info)
    assert any("by construction" in note.value for note in open_page("gradients", preset="cures").info)
    assert not open_page("gradients", preset="textbook").info


def test_the_code_to_copy_measures_what_the_figure_shows(open_page: Open) -> None:
    at = open_page("gradients", preset="cures", depth="8")
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(at.code[0].value, "snippet", "exec"), {})
    layers = [line.split() for line in printed.getvalue().splitlines() if line.startswith("  ")]
    shown = hero(at)["pairs"]["8"]
    values = shown["plain"]["values"] + shown["residual"]["values"]
    expected = [0 if value == "start" else value for value in values]
    assert [float(value) for _, value in layers] == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_steps_are_those_of_the_nearest_recorded_depth(open_page: Open, language: str) -> None:
    at = open_page("gradients", preset="paper", depth="98", step="1", lang=language)
    data = steps(at)
    assert (data["layers"], data["position"]) == (110, 1)
    assert list(map(int, data["pairs"])) == list(STEPS)
    first, last = (data["pairs"]["1"]["plain"]["values"][index] for index in (0, -1))
    assert first / last < 0.1
    assert data["notes"]["0"]["plain"] != data["notes"]["1"]["plain"]


@pytest.mark.slow
def test_the_first_steps_of_an_own_setting_are_trained_on_demand(open_page: Open) -> None:
    at = open_page("gradients", preset="own", depth="8", width="4", batch_size="2", seed="3")
    at.button(key="train").click().run()
    for _ in range(400):
        threading.Event().wait(0.3)  # rerunning without pause would take the processor from the nets
        at.run()
        if not any(button.key in ("stop-steps", "train") for button in at.button):
            break
    shown = steps(at)["pairs"]
    assert list(map(int, shown)) == list(STEPS)
    assert len(shown["20"]["plain"]["values"]) == 7
    assert not any(button.key == "train" for button in at.button)


def test_a_measurement_that_fails_is_a_sentence_and_the_page_goes_on(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: object) -> None:
        raise MemoryError

    monkeypatch.setattr("resnet_edu.measure.live.measure_pair", fail)
    at = open_page("gradients", preset="own", depth="8", seed="4711")
    assert "our side" in at.error[0].value
    assert "MemoryError" in caplog.text
    assert at.code


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_gradients_along_a_path_are_measured_while_one_looks(open_page: Open, language: str) -> None:
    at = open_page("gradients", path_normalisation="none", path_draw="3", path_depth="12", lang=language)
    for _ in range(400):
        data = of_component(at, "shattering")
        if data and len(data["pairs"]) == len(PATH_DEPTHS):
            break
        threading.Event().wait(0.3)
        at.run()
    assert data["depth"] == 12
    expected = dict(shatter(InputPath(normalised=False, seed=3), (12,)))[12]
    assert data["pairs"]["12"]["plain"]["autocorrelation"] == pytest.approx(expected.plain.autocorrelation, rel=1e-3)
    assert not at.exception


def test_other_weights_are_drawn_for_the_path(open_page: Open) -> None:
    at = open_page("gradients")
    next(button for button in at.button if "other weights" in button.label).click().run()
    assert at.query_params["path_draw"] == "1"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_ends_of_three_seeds_are_compared(open_page: Open, language: str) -> None:
    at = open_page("gradients", preset="textbook", depth="56", lang=language)
    table = next(text.value for text in at.markdown if text.value.startswith("| "))
    endings = recorded_steps("textbook").endings[56]
    assert len(table.splitlines()) == 2 + len(endings)
    assert "NaN" not in table
    assert ("overflows float32" in table) == (language == "en")  # a diverging training is reported


def test_what_a_zero_start_costs_in_the_first_steps_is_said_with_the_recorded_numbers(open_page: Open) -> None:
    at = open_page("gradients", preset="cures", depth="56")
    text = next(text.value for text in at.markdown if "learns more slowly" in text.value)
    losses = sorted(end.residual_loss for end in recorded_steps("cures").endings[56].values())
    assert f"{scientific(losses[1])} ({scientific(losses[0])} to {scientific(losses[-1])} over 3 seeds)" in text
    assert losses[0] > 1


def test_a_preset_is_chosen_among_the_storys_or_among_the_cures(open_page: Open) -> None:
    at = open_page("gradients", preset="zero-start")
    assert (control(at.button_group, "preset").value, control(at.selectbox, "cure").value) == (None, "zero-start")
    control(at.button_group, "preset").set_value("paper").run()
    assert at.query_params["preset"] == "paper"
    assert (control(at.button_group, "preset").value, control(at.selectbox, "cure").value) == ("paper", None)


def test_what_is_0_by_construction_is_sent_as_such(open_page: Open) -> None:
    at = open_page("gradients", preset="cures", depth="8")
    residual = hero(at)["pairs"]["8"]["residual"]["values"]
    assert [value == "start" for value in residual] == [False, True, False, True, False, True, False]
    assert set(hero(at)["labels"]["signs"]) == {"start", "underflow", "off", "overflow", "weightless"}


def test_the_trunk_is_level_with_the_cures(open_page: Open) -> None:
    at = open_page("gradients", preset="cures", depth="56", quantity="trunk_gradient")
    residual = hero(at)["pairs"]["56"]["residual"]
    assert len(residual["values"]) == 27
    assert residual["ratio"] == pytest.approx(1, abs=1e-3)


def test_the_chain_rule_holds_for_the_numbers_that_are_shown(open_page: Open) -> None:
    at = open_page("gradients", preset="paper", depth="56")
    trunk = recorded_sweep("paper").pairs[56].plain.trunk_gradient
    shown = [formula.value for formula in at.markdown if "underbrace" in formula.value]
    assert len(shown) == 2
    for value in (trunk[0], trunk[-1], trunk[0] / trunk[-1]):
        assert tex(value) in shown[0]
