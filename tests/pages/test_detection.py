"""Detection on the page about what came after, in both languages."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from resnet_edu.measure.backbones import levels, pyramid_sums, weighed
from resnet_edu.nets.detectors import NETS
from resnet_edu.ui.beyond.detection import LEVELS_CODE, PYRAMID_CODE, SIDE, WEIGHED_CODE
from resnet_edu.ui.beyond.thing_names import NAMES
from resnet_edu.ui.text.language import LANGUAGES, translated
from resnet_edu.vision import detectors
from resnet_edu.vision.find import Find, Scene, Thing
from tests.unit.test_find import random_state

from .conftest import Open, control
from .test_pages import html_of


@pytest.mark.parametrize("language", LANGUAGES)
def test_maps_and_pyramid_are_drawn_and_said_as_they_are_counted(open_page: Open, language: str) -> None:
    at = open_page("beyond", lang=language, level="C3")
    for name in ("C3", "C5"):
        control(at.button_group, "level").set_value(name).run()
        assert not at.exception
        level = next(each for each in levels() if each.name == name)
        drawn = data_of(at, "levels")
        assert (drawn["name"], drawn["stride"], drawn["field"]) == (name, level.field.stride, level.field.size)
        assert str(level.field.size) in drawn["labels"]["field"]
        assert all(
            str(pixels) in label for pixels, label in zip(drawn["objects"], drawn["labels"]["objects"], strict=True)
        )
        assert f'class="chosen">{name}<' in html_of(at)
    shown = html_of(at)
    links = [each.proto for each in at.get("page_link")]
    assert any(each.page == "inference" and "show=inside" in each.query_string for each in links)
    for level in levels():
        assert all(f"{level.covered(pixels):g}²<" in shown for pixels in (16, 64, 256))
    rows = data_of(at, "pyramid")["rows"]
    sums = pyramid_sums(SIDE)
    assert [f"P{row['from'][0][1:]}" for row in rows] == [row["to"][0] for row in rows] == ["P5", *sums]
    assert [row["additions"].split(" ")[0] for row in rows] == ["", *(f"{count:,}" for count in sums.values())]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bars_are_counted_in_the_unit_of_the_language(open_page: Open, language: str) -> None:
    (bars,) = [each for each in open_page("beyond", lang=language).get("plotly_chart") if "weights" in each.proto.id]
    assert all(f"{weighed(name).share:.0%}" in bars.proto.alt for name in NETS)
    first = json.loads(bars.proto.spec)["data"][0]
    assert first["text"] == [f"{weighed(name).share:.0%}" for name in NETS]
    unit = {"en": 1e6, "zh": 1e4}[language]
    assert first["x"] == pytest.approx([weighed(name).backbone / unit for name in NETS])


def data_of(at: AppTest, name: str) -> Any:
    (found,) = [each for each in at.get("bidi_component") if each.proto.component_name == f"resnet_edu.{name}"]
    return json.loads(found.proto.json)


def test_the_python_behind_them_prints_every_map_and_net(capsys: pytest.CaptureFixture[str]) -> None:
    exec(LEVELS_CODE, {})
    exec(PYRAMID_CODE, {})
    exec(WEIGHED_CODE, {})
    printed = capsys.readouterr().out
    assert all(each.name in printed for each in levels())
    assert all(f"{name}: " in printed for name in pyramid_sums(SIDE))
    assert all(spec.title in printed for spec in NETS.values())


@pytest.fixture
def known_scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lay a file for Mask R-CNN in the operator's folder, and let it find two things without a pass."""
    spec = NETS["maskrcnn_resnet50_fpn"]
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(tmp_path))
    (tmp_path / spec.file).write_bytes(b"weights")
    mask = torch.zeros(20, 30, dtype=torch.bool)
    mask[5:9, 3:13] = True
    things = (Thing("dog", 0.95, (3, 5, 13, 9), mask), Thing("cat", 0.4, (20, 1, 29, 9), mask & False))

    def compute_in_steps(self: Find, advance: object) -> Scene:
        return Scene(things, Image.new("RGB", (30, 20)), 12.0, "cpu")

    monkeypatch.setattr(Find, "compute_in_steps", compute_in_steps)


@pytest.mark.usefixtures("known_scene")
@pytest.mark.parametrize(("language", "dog"), [("en", "dog"), ("zh", "狗")])
def test_what_is_found_is_drawn_above_the_chosen_score(open_page: Open, language: str, dog: str) -> None:
    at = open_page("beyond", lang=language, finder="maskrcnn_resnet50_fpn")
    drawn = data_of(at, "found")
    (thing,) = drawn["things"]
    assert (thing["name"], thing["score"], thing["box"]) == (dog, "95%", [3, 5, 13, 9])
    assert thing["mask"]["place"] == {"x": 3, "y": 5, "width": 10, "height": 4}
    assert f"{dog} 95%" in drawn["labels"]["title"]
    control(at.button_group, "score").set_value(0.3).run()
    assert not at.exception
    assert [each["score"] for each in data_of(at, "found")["things"]] == ["95%", "40%"]
    assert data_of(at, "found")["things"][1]["mask"] is None


def test_a_net_in_the_operators_folder_finds_boxes_and_masks_through_the_engine(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = NETS["maskrcnn_resnet50_fpn"]
    torch.save(random_state(spec.model), tmp_path / spec.file)
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(tmp_path))
    monkeypatch.setattr(detectors, "damage", lambda found: None)  # the checksum is that of torchvision's own file
    at = open_page("beyond", finder=spec.model, sample="cat", shorter="256", score="0.3")
    for _ in range(100):
        if not at.get("progress"):
            break
        at.run()
    assert not at.error
    drawn = data_of(at, "found")
    assert drawn["things"]
    width, height = drawn["size"]
    for thing in drawn["things"]:
        left, top, right, bottom = thing["box"]
        assert thing["name"] == "cat", "its random weights take every box for one"
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        assert thing["mask"] is None or thing["mask"]["picture"].startswith("data:image/png")


def test_without_weights_the_page_says_what_would_be_fetched_and_how(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(tmp_path))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    at = open_page("beyond", finder="fcn_resnet50")
    assert "FCN is not on this machine." in [each.value for each in at.info]
    (commands,) = [each.value for each in at.code if "weights fetch" in each.value]
    for name, spec in NETS.items():
        assert f"python -m resnet_edu weights fetch {name}" in commands
        assert f"# {spec.title}: {weighed(name).size / 2**20:.0f} MiB" in commands
    assert not [each for each in at.get("bidi_component") if each.proto.component_name == "resnet_edu.found"]


def test_everything_that_can_be_found_has_a_chinese_name() -> None:
    names = {name for spec in NETS.values() for name in spec.weights.meta["categories"]} - {"__background__", "N/A"}
    assert names == NAMES
    assert all(translated(name, "zh") != name for name in names)


def test_a_damaged_file_is_a_sentence_and_the_page_goes_on(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = NETS["fcn_resnet50"]
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(tmp_path))
    (tmp_path / spec.file).write_bytes(b"<script>")
    at = open_page("beyond", finder=spec.model)
    assert [each.value for each in at.error] == [
        "The weights of FCN are damaged: the checksum is wrong. Fetch them again."
    ]
    assert data_of(at, "pyramid")


def test_without_a_picture_the_pyramid_stays(open_page: Open) -> None:
    at = open_page("beyond", source="upload")
    assert "No picture yet" in at.info[0].value
    assert data_of(at, "pyramid")
    assert not [each for each in at.get("bidi_component") if each.proto.component_name == "resnet_edu.levels"]
