"""The race on the depth page: its setting in the URL, its buttons, its queue, and how it ends."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from resnet_edu.errors import UserError
from resnet_edu.nets.blocks import Normalisation
from resnet_edu.nets.fully_connected import LinearStart
from resnet_edu.training.points import PointSet
from resnet_edu.training.race import GRID, LAP, Race, RaceSpec
from resnet_edu.training.race_record import SEEDS, SETTINGS, Finish, Outcome, RaceRecord, recorded_specs
from resnet_edu.training.racing import LiveRace, LiveRaces
from resnet_edu.ui.depth import race, race_seeds
from resnet_edu.ui.depth.records import race_opening, recorded_races
from resnet_edu.ui.text.language import LANGUAGES

from .conftest import Open, corrected

SMALL = {"race_depth": "2", "race_width": "4"}


@pytest.fixture(autouse=True)
def races(monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveRaces]:
    """Races of this test alone."""
    made = LiveRaces(at_once=1)
    monkeypatch.setattr(race, "live_races", lambda: made)
    yield made
    made.close()


def drawn(at: AppTest) -> dict[str, Any]:
    """Return the data of the race's component."""
    protos = [element.proto for element in at.get("bidi_component")]
    return next(json.loads(proto.json) for proto in protos if proto.component_name.endswith(".race"))


def looked_until(at: AppTest, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Poll until the data is as wanted, as the component does."""
    for _ in range(3000):
        data = drawn(at)
        if wanted(data):
            return data
        threading.Event().wait(0.1)  # rerunning without pause would take the processor from the race
        at.run()
        assert not at.exception
    pytest.fail("it did not happen")


def press(at: AppTest, button: str) -> AppTest:
    at.button(key=f"race-{button}").click().run()
    assert not at.exception
    return at


def held(at: AppTest) -> LiveRace:
    found = at.session_state[race.HELD]
    assert isinstance(found, LiveRace)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_before_the_start_the_untrained_nets_are_shown(open_page: Open, language: str) -> None:
    at = open_page("depth", lang=language)
    data = drawn(at)
    snapshot = Race(RaceSpec()).snapshot()
    assert (data["step"], data["does"], data["poll"]) == (0, "rests", None)
    for net, standing in (("plain", snapshot.plain), ("residual", snapshot.residual)):
        assert base64.b64decode(data[net]["picture"]) == standing.picture
        assert data[net]["gradients"] == pytest.approx(standing.gradients, rel=1e-3)
        assert len(standing.gradients) == 32
    assert data["guessing"] == pytest.approx(0.6931, abs=1e-4)
    assert len(base64.b64decode(data["points"])) == 3 * 512
    assert len(base64.b64decode(data["plain"]["picture"])) == GRID**2
    assert at.button(key="race-stop").disabled
    assert not at.button(key="race-go").disabled


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_race_runs_to_the_end_of_its_lap_and_can_go_on(open_page: Open, language: str) -> None:
    at = press(open_page("depth", lang=language, **SMALL), "go")
    data = looked_until(at, lambda data: data["does"] == "rests")
    assert data["step"] == data["last"] == LAP
    assert [data["losses"][0][0], data["losses"][-1][0]] == [0, LAP]
    assert str(LAP) in data["status"]
    press(at, "go")
    assert looked_until(at, lambda data: data["does"] == "rests")["last"] == 2 * LAP


def test_a_step_is_exactly_one(open_page: Open) -> None:
    at = open_page("depth", **SMALL)
    for step in (1, 2):
        assert looked_until(press(at, "step"), lambda data: data["does"] == "rests")["step"] == step
    assert "Paused after 2" in drawn(at)["status"]


def test_a_reset_keeps_the_seed_and_begins_with_the_same_weights(open_page: Open) -> None:
    at = open_page("depth", race_seed="3", **SMALL)
    before = drawn(at)
    looked_until(press(at, "step"), lambda data: data["step"] == 1)
    after = drawn(press(at, "reset"))
    assert after["step"] == 0
    assert after["plain"] == before["plain"]
    assert at.button(key="race-reset").disabled


def test_a_stopped_race_lets_its_nets_go_and_start_begins_anew(open_page: Open) -> None:
    at = open_page("depth", **SMALL)
    looked_until(press(at, "step"), lambda data: data["step"] == 1)
    stopped = held(at)
    data = drawn(press(at, "stop"))
    assert (data["step"], data["poll"]) == (1, None)
    assert stopped.has_ended
    assert not stopped.holds_nets
    assert at.button(key="race-step").disabled
    press(at, "go")
    assert held(at) is not stopped
    assert looked_until(at, lambda data: data["does"] == "rests")["step"] == LAP


def test_a_pause_holds_the_race(open_page: Open) -> None:
    at = press(open_page("depth", race_depth="32"), "go")
    looked_until(at, lambda data: data["step"] > 0)
    data = looked_until(press(at, "go"), lambda data: data["does"] == "rests")
    step = data["step"]
    assert 0 < step < LAP
    at.run()
    assert drawn(at)["step"] == held(at).step == step
    assert len(data["losses"]) >= 2


def test_another_seed_is_another_race_and_stands_in_the_url(open_page: Open) -> None:
    at = open_page("depth", **SMALL)
    before = drawn(at)
    first = held(at)
    after = drawn(press(at, "seed"))
    assert at.query_params["race_seed"] == "1"
    assert after["points"] != before["points"]
    assert after["plain"]["gradients"] != before["plain"]["gradients"]
    assert first.has_ended


def test_changing_a_control_is_another_race_and_stands_in_the_url(open_page: Open) -> None:
    at = open_page("depth", **SMALL)
    at.selectbox(key="race_points").set_value(PointSet.DIGITS).run()
    at.query_params["race_depth"] = "6"
    at.run()
    assert (at.query_params["race_points"], at.query_params["race_depth"]) == ("digits", "6")
    data = drawn(at)
    assert data["points"] == ""
    assert len(base64.b64decode(data["residual"]["picture"])) == 100
    assert len(data["plain"]["gradients"]) == 6


def test_every_detail_is_read_from_the_url(open_page: Open) -> None:
    at = open_page(
        "depth", race_points="moons", race_depth="4", race_width="8", race_rate="0.01", race_normalisation="batch",
        race_start="he", race_seed="7",
    )  # fmt: skip
    assert str(held(at).spec) == drawn(at)["race"]
    spec = held(at).spec
    assert (spec.points, spec.depth, spec.width, spec.learning_rate) == ("moons", 4, 8, 0.01)
    assert (spec.normalisation, spec.start, spec.seed) == ("batch", "he", 7)
    assert not at.info


@pytest.mark.parametrize(
    ("parameter", "value", "kept"),
    [
        ("race_depth", "65", ("depth", 64)),
        ("race_depth", "nan", ("depth", 32)),
        ("race_width", "17", ("width", 16)),
        ("race_rate", "1000", ("learning_rate", 0.003)),
        ("race_points", "<script>", ("points", "spiral")),
        ("race_seed", "-1", ("seed", 0)),
        ("race_start", "cold", ("start", "torch")),
    ],
)
def test_a_bad_value_is_mended_with_a_note(
    open_page: Open, parameter: str, value: str, kept: tuple[str, object]
) -> None:
    at = open_page("depth", **{parameter: value})
    assert getattr(held(at).spec, kept[0]) == kept[1]
    assert parameter not in at.query_params or at.query_params[parameter] == str(kept[1])
    assert corrected(at)


def test_a_prepared_race_is_one_click_away_and_back(open_page: Open) -> None:
    at = open_page("depth", **SMALL)
    prepared = RaceSpec(depth=16)
    at.button(key=f"race-try-{prepared}").click().run()
    assert held(at).spec == prepared
    assert at.query_params["race_depth"] == "16"
    assert "race_width" not in at.query_params


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_waits_sees_the_place_in_line(open_page: Open, races: LiveRaces, language: str) -> None:
    busy = LiveRace(RaceSpec(depth=64), race_opening(RaceSpec(depth=64)))
    races.start(busy)
    at = press(open_page("depth", lang=language, **SMALL), "go")
    data = drawn(at)
    assert (data["does"], data["step"]) == ("waits", 0)
    assert "1" in data["status"]
    races.end(busy)
    assert looked_until(at, lambda data: data["does"] == "rests")["step"] == LAP


def test_a_full_line_is_a_sentence(open_page: Open, races: LiveRaces, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(race: LiveRace) -> None:
        raise UserError("Too many races are waiting. Try again in a minute.")

    monkeypatch.setattr(races, "start", refuse)
    at = press(open_page("depth", lang="zh", **SMALL), "go")
    assert "等待的比赛太多了" in at.error[0].value
    at.run()
    assert not at.error


def test_a_race_that_fails_is_a_sentence_and_the_page_goes_on(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: Race) -> None:
        raise MemoryError

    monkeypatch.setattr(Race, "advance", fail)
    at = press(open_page("depth", **SMALL), "go")
    for _ in range(200):
        if at.error:
            break
        at.run()
    assert "our side" in at.error[0].value
    assert "MemoryError" in caplog.text
    assert at.code


def test_each_session_has_its_own_race(open_page: Open) -> None:
    first, second = open_page("depth", **SMALL), open_page("depth", **SMALL)
    looked_until(press(first, "step"), lambda data: data["step"] == 1)
    second.run()
    assert drawn(second)["step"] == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_recorded_races_are_told_with_all_seeds(open_page: Open, language: str) -> None:
    at = open_page("depth", lang=language)
    record = recorded_races()
    table = next(element.proto.body for element in at.get("html") if 'class="numbers"' in element.proto.body)
    assert table.count("<tr>") == 2 + len(SETTINGS)
    shallow = record.of(SETTINGS[0], 16)
    count = sum(each.plain.has_learnt for each in shallow)
    assert {"en": f"{count} of {len(shallow)} · ", "zh": f"{count}/{len(shallow)} · "}[language] in table
    steps = [each.residual.learnt for each in record.of(SETTINGS[0], 32) if each.residual.learnt]
    recipe = next(element.value for element in at.markdown if "0.003" in element.value)
    assert f" {min(steps)} " in recipe
    assert f" {max(steps)} " in recipe


def finished(accuracies: dict[int, tuple[float, float]]) -> RaceRecord:
    """Return a full record in which both nets are always right, except with He's start at 64 layers."""
    outcomes = []
    for spec in recorded_specs():
        differs = (spec.start, spec.normalisation, spec.depth) == (LinearStart.HE, Normalisation.NONE, 64)
        plain, residual = accuracies.get(spec.seed, (1.0, 1.0)) if differs else (1.0, 1.0)
        outcomes.append(Outcome(spec, Finish(plain, None), Finish(residual, 100 if spec.seed == 5 else None)))
    return RaceRecord({"torch": "2"}, tuple(outcomes))


def test_what_is_said_of_luck_is_counted_on_the_record(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    record = finished({0: (0.5, 1.0), 5: (1.0, 0.7), 6: (0.5, 0.8)})
    monkeypatch.setattr(race_seeds, "recorded_races", lambda: record)
    told = next(each.value for each in open_page("depth").markdown if "not depth alone" in each.value)
    assert f"18 of {len(SEEDS)} and {len(SEEDS)} of {len(SEEDS)}" in told
    assert f"of {len(record.outcomes)} recorded races the residual net failed in 2, the plain net in 2" in told
    assert f"64 layers (spiral · He's first weights): 2 of {len(SEEDS)}" in told
    assert "In 1 of its 2 failures" in told
    monkeypatch.setattr(race_seeds, "recorded_races", lambda: finished({}))
    told = next(each.value for each in open_page("depth").markdown if "not depth alone" in each.value)
    assert "no guarantee" not in told


def test_the_python_behind_a_race_ends_as_the_race_does(open_page: Open, capsys: pytest.CaptureFixture[str]) -> None:
    at = open_page("depth", race_points="rings", **SMALL)
    code = next(element.value for element in at.code if "Race(" in element.value)
    exec(compile(code, "snippet", "exec"), {})
    data = looked_until(press(at, "go"), lambda data: data["does"] == "rests")
    last_loss, right = capsys.readouterr().out.splitlines()[-2:]
    assert float(last_loss.split("residual ")[1]) == pytest.approx(data["residual"]["loss"], rel=1e-2)
    assert float(right.split("residual ")[1].removesuffix("%")) == pytest.approx(
        100 * held(at).snapshot.residual.accuracy, abs=0.1
    )
