"""The loss landscape on the depth page, with small synthetic records."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from resnet_edu.figures.landscape import CAP, TURN
from resnet_edu.measure.landscape import SEEDS, GridRow, Landscape, coordinates, save_landscape
from resnet_edu.ui.depth import landscape
from resnet_edu.ui.text.language import LANGUAGES

from .conftest import Open, control, corrected

STEPS = coordinates(5)


def made(name: str, centre: float, slope: float) -> Landscape:
    """Return a bowl around ``centre``; the second slice is steeper and has NaN in its corner."""
    slices = {
        seed: tuple(
            GridRow(tuple(centre + (seed + 1) * slope * (a * a + b * b) for a in STEPS), (0.25,) * 5) for b in STEPS
        )
        for seed in SEEDS
    }
    slices[1] = (*slices[1][:-1], GridRow((*slices[1][-1].losses[:-1], math.nan), (0.25,) * 5))
    return Landscape(name, "d", 10, 853_018, 848_944, STEPS, slices, "the command", "h", {"torch": "2"})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with both nets at two depths, and a plain net alone at a third."""
    monkeypatch.setattr(landscape, "LANDSCAPE", tmp_path)
    for depth in (20, 56):
        for family, centre in (("plain", 0.5), ("residual", 0.05)):
            name = f"cifar10-{family}-{depth}"
            save_landscape(tmp_path / f"{name}.json", made(name, centre, slope=depth / 4))
    save_landscape(tmp_path / "cifar10-plain-110.json", made("cifar10-plain-110", 1, 1))
    return tmp_path


def opened(at: AppTest) -> AppTest:
    """Open the panel through the session, because the test harness cannot click an expander."""
    at.session_state[landscape.PANEL] = True
    at.run()
    assert not at.exception
    return at


def figures(at: AppTest) -> list[dict[str, Any]]:
    return [json.loads(each.proto.spec) for each in at.get("plotly_chart")]


def said(at: AppTest) -> str:
    return " ".join(element.value for kind in (at.markdown, at.caption) for element in kind)


def test_without_records_the_page_says_nothing_of_it(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landscape, "LANDSCAPE", tmp_path)
    at = open_page("depth")
    assert "loss as a function of all weights" not in said(at)


def test_with_records_the_lesson_says_what_it_is(open_page: Open, folder: Path) -> None:
    assert "loss as a function of all weights" in said(open_page("depth"))


def test_nothing_is_drawn_for_those_who_have_not_opened_it(open_page: Open, folder: Path) -> None:
    at = open_page("depth")
    assert not figures(at)
    assert len(figures(opened(at))) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_nets_share_one_capped_scale_and_turn_together(open_page: Open, folder: Path, language: str) -> None:
    at = opened(open_page("depth", lang=language, slice_pair="1"))
    surfaces = figures(at)[0]
    plain, residual = surfaces["data"]
    assert plain["coloraxis"] == residual["coloraxis"] == "coloraxis"
    layout = surfaces["layout"]
    assert layout["coloraxis"]["cmin"] == pytest.approx(math.log10(0.05))
    assert layout["coloraxis"]["cmax"] == math.log10(CAP) == max(map(max, residual["z"]))
    assert residual["z"][2][2] == pytest.approx(math.log10(0.05))
    assert plain["z"][4][4] == math.log10(CAP)  # NaN
    assert layout["scene"]["zaxis"]["range"] == layout["scene2"]["zaxis"]["range"]
    steps = layout["sliders"][0]["steps"]
    assert len(steps) == 360 // TURN + 1
    for step in steps:
        (cameras,) = step["args"]
        assert cameras["scene.camera"] == cameras["scene2.camera"]
    assert f"{CAP:g}" in at.caption[0].value or f"{CAP:g}" in said(at)


def test_the_lines_are_those_through_the_middle(open_page: Open, folder: Path) -> None:
    _surfaces, losses, errors = (each["data"] for each in figures(opened(open_page("depth", slice_depth="20"))))
    recorded = made("", 0.5, 5).line(0)
    assert losses[0]["x"] == pytest.approx(STEPS)
    assert losses[0]["y"] == pytest.approx(recorded.losses, rel=1e-3)
    assert errors[1]["y"] == pytest.approx([25.0] * 5)


def test_depths_are_offered_where_both_nets_are_recorded_and_the_link_has_the_choice(
    open_page: Open, folder: Path
) -> None:
    at = opened(open_page("depth"))
    depth = control(at.button_group, "slice_depth")
    assert depth.options == ["20 layers", "56 layers"]
    assert "Plain net, 56 layers" in said(at)
    depth.set_value(20).run()
    assert at.query_params["slice_depth"] in ("20", ["20"])
    assert "Plain net, 20 layers" in said(at)


def test_what_is_impossible_is_mended_with_a_note(open_page: Open, folder: Path) -> None:
    at = opened(open_page("depth", slice_depth="110", slice_pair="7"))
    assert corrected(at)
    assert not {"slice_depth", "slice_pair"} & at.query_params.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figures_are_said_in_words_too(open_page: Open, folder: Path, language: str) -> None:
    at = opened(open_page("depth", lang=language))
    surfaces, losses, errors = (each.proto.alt for each in at.get("plotly_chart"))
    assert "0.05" in surfaces
    assert "28" in surfaces  # 0.05 + 14 * 2 at the corners
    colon = LANGUAGES[language].marks.colon
    assert f"-1{colon}14" in losses
    assert f"0{colon}25%" in errors
    assert "853,018" in said(at)
    assert "the command" in said(at)


def test_the_python_behind_the_figure_runs(
    open_page: Open, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at = opened(open_page("depth"))
    monkeypatch.setattr("resnet_edu.paths.LANDSCAPE", folder)
    [code] = {block.value for block in at.code if "load_landscape" in block.value}
    exec(compile(code, "snippet", "exec"), {})
    printed = capsys.readouterr().out
    assert "cifar10-plain-56: 1 local minima" in printed
    assert "0.00  loss     0.050  error 25.0%" in printed
