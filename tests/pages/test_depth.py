"""The depth page: question, recorded runs, the command to train."""

import json

import pytest

from resnet_edu.measure.live import LiveMeasurements
from resnet_edu.paths import RUNS
from resnet_edu.ui.depth.deeper import ahead
from resnet_edu.ui.depth.training_runs import runs

from .conftest import Open, corrected


def figure(at) -> dict:
    found = [each.proto for each in at.get("bidi_component") if each.proto.id.endswith("training")]
    [element] = [each for each in found if not each.id.endswith("keep-training")]
    return json.loads(element.json)


def texts(at) -> str:
    return " ".join(element.value for kind in (at.markdown, at.info, at.warning) for element in kind)


def depths(at) -> set[int]:
    return {run["depth"] for run in figure(at)["runs"]}


def asked(at) -> dict:
    [element] = [each.proto for each in at.get("bidi_component") if each.proto.component_name == "resnet_edu.asked"]
    return json.loads(element.json)


def test_before_the_answer_only_the_shallow_net_is_shown(open_page: Open) -> None:
    at = open_page("depth")
    assert depths(at) == {20}
    assert figure(at)["epoch"] == 40
    assert {run["family"] for run in figure(at)["runs"]} == {"plain"}
    assert "deeper is" not in texts(at)
    assert asked(at)["open"]
    assert "right" not in asked(at)["question"]
    assert "The papers' final errors" not in texts(at)
    assert "First look at the residual nets at the top" in texts(at)


def test_a_link_to_the_published_errors_alone_shows_them(open_page: Open) -> None:
    assert "The papers' final errors" in texts(open_page("depth", only="published"))


def test_whoever_has_answered_sees_the_plain_nets_and_nothing_of_the_residual_ones(open_page: Open) -> None:
    before = asked(open_page("depth"))
    at = open_page("depth", nets=before["shows"])
    assert depths(at) == {each.architecture["depth"] for each in runs() if each.architecture["family"] == "plain"}
    assert {run["family"] for run in figure(at)["runs"]} == {"plain"}
    assert not asked(at)["open"]
    assert "deeper is worse" in texts(at)
    assert "deeper is better" not in texts(at)
    assert "The papers' final errors" not in texts(at)


@pytest.mark.parametrize("family", ["plain", "residual"])
def test_one_family_alone_can_be_shown(open_page: Open, family: str) -> None:
    at = open_page("depth", nets=family)
    assert {run["family"] for run in figure(at)["runs"]} == {family}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_smaller_responses_are_counted_for_every_depth_and_seed(open_page: Open, language: str) -> None:
    told = next(
        each.value
        for each in open_page("depth", nets="both", signal="response_std", lang=language).markdown
        if {"en": "Are residual functions smaller?", "zh": "残差函数更小吗"}[language] in each.value
    )
    final = {
        (run.architecture["family"], run.architecture["depth"], run.recipe["seed"]): [
            layer.response_std for layer in run.probes[-1].signals.layers if not layer.is_side_branch
        ]
        for run in runs()
    }
    for (family, depth, seed), residual in final.items():
        if family == "residual" and (plain := final.get(("plain", depth, seed))):
            smaller = sum(a < b for a, b in zip(residual, plain, strict=True))
            assert {
                "en": f"{smaller} of {depth - 1} layers ({depth} layers, seed {seed})",
                "zh": f"{depth - 1} 层中的 {smaller} 层（{depth} 层网络，种子 {seed}）",
            }[language] in told


def test_bad_values_in_the_link_are_mended_and_named(open_page: Open) -> None:
    at = open_page("depth", epoch="1e9", signal="<script>", nets="..")
    assert figure(at)["epoch"] == 40
    assert corrected(at)
    assert not at.query_params


@pytest.mark.parametrize(("language", "net"), [("en", "Residual net, 8 layers"), ("zh", "残差网络，8 层")])
def test_another_record_in_the_folder_appears_by_itself(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, tmp_path, language: str, net: str
) -> None:
    for path in RUNS.glob("*.json"):
        (tmp_path / path.name).write_text(path.read_text())
    monkeypatch.setattr("resnet_edu.ui.depth.records.RUNS", tmp_path)
    assert net not in figure(open_page("depth", lang=language, nets="both"))["labels"]["names"].values()
    record = json.loads((RUNS / "cifar10-residual-20.json").read_text())
    record["name"] = "cifar10-residual-8"
    record["architecture"]["depth"] = 8
    (tmp_path / "cifar10-residual-8.json").write_text(json.dumps(record))
    (tmp_path / "broken.json").write_text("{")
    at = open_page("depth", lang=language, nets="both")
    assert net in figure(at)["labels"]["names"].values()
    assert any("broken.json" in element.value for element in at.warning)


def test_the_time_that_a_run_takes_here_is_measured_on_demand(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from resnet_edu.training.estimate import StepTime

    monkeypatch.setattr(
        "resnet_edu.ui.depth.train_it.time_steps", lambda spec, recipe: iter([(0, StepTime("float32", 0.6))])
    )
    monkeypatch.setattr("resnet_edu.ui.depth.train_it.count_times", lambda: 1)
    measurements = LiveMeasurements()
    monkeypatch.setattr("resnet_edu.ui.depth.train_it.live_measurements", lambda: measurements)
    at = open_page("depth", train="plain-56")
    assert any("--net plain --depth 56" in element.value for element in at.code)
    next(each for each in at.button if each.label == "How long would it take here?").click().run()
    for _ in range(50):
        if "2.6 hours" in texts(at):
            break
        at.run()
    assert "2.6 hours" in texts(at)  # 0.6 s x 40 epochs x 390 steps


def test_the_papers_errors_by_depth_say_that_deeper_is_not_always_better(open_page: Open) -> None:
    assert "6.43" not in " ".join(element.value for element in open_page("depth").markdown if "|" in element.value)
    [table] = [text.value for text in open_page("depth", nets="both").markdown if "| 1,202 |" in text.value]
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines()[2:]]
    rows = {depth: errors for depth, *errors in cells}
    assert rows["56"] == ["–", "6.97%", ""]
    assert rows["110"] == ["higher than 60%, not drawn", "6.43% (best of five runs; mean 6.61 ± 0.16)", "6.37%"]
    assert rows["1,001"] == ["", "7.61%", "4.92%"]
    assert rows["1,202"] == ["", "7.93%", ""]


def test_the_first_epochs_of_plain_and_residual_nets_are_compared(open_page: Open) -> None:
    [sentence] = [text.value for text in open_page("depth", nets="both").markdown if "at first" in text.value]
    by_name = {each.name: each for each in runs()}
    for depth in (20, 56):
        plain, residual = (by_name[f"cifar10-{family}-{depth}"] for family in ("plain", "residual"))
        assert f"{depth} layers {plain.epochs[0].train_error:.1%} and {residual.epochs[0].train_error:.1%}" in sentence
        assert residual.epochs[0].train_error < plain.epochs[0].train_error
        early = zip(plain.epochs[:10], residual.epochs[:10], strict=True)
        assert ahead(plain, residual) == sum(r.train_error < p.train_error for p, r in early) > 5
