"""Parts and scales of a picture on the page about what came after, in both languages."""

import json

import pytest

from resnet_edu.paths import CONTEXT
from resnet_edu.teaching.context import load_context
from resnet_edu.ui.beyond.context import LIVE_CODE, PARTS_CODE, SCALES_CODE
from resnet_edu.ui.text.language import LANGUAGES
from resnet_edu.vision.context import RADII, SCALES, Part

from .conftest import Open


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figures_are_the_recorded_ones_and_the_readers_picture_has_every_step(
    open_page: Open, language: str
) -> None:
    at = open_page("beyond", lang=language, radius="80", zoom="200", sample="cat")
    recorded = load_context(CONTEXT)
    charts = {each.proto.id: each.proto for each in at.get("plotly_chart")}
    (parts,) = [each for name, each in charts.items() if "context-radius" in name]
    for line, part in zip(json.loads(parts.spec)["data"], Part, strict=False):
        assert line["y"] == pytest.approx([each.share for each in recorded.parts[part].values()])
        assert all(f"{share:.1%}" in parts.alt for share in line["y"])
    (scales,) = [each for name, each in charts.items() if name.endswith("context-scale")]
    line, *levels = json.loads(scales.spec)["data"]
    assert line["y"] == pytest.approx([each.share for each in recorded.scales.values()])
    assert [each["y"][0] for each in levels] == pytest.approx([each.score.share for each in recorded.averages.values()])
    for key, value, steps in (("context-parts", 80, RADII), ("context-scales", 200, SCALES)):
        components = [each.proto for each in at.get("bidi_component")]
        (shown,) = [each for each in components if each.id.endswith(key) and not each.id.endswith(f"keep-{key}")]
        data = json.loads(shown.json)
        assert data["value"] == value
        assert [len(panel["tops"]) for panel in data["panels"]] == [len(steps)] * 2


def test_the_python_behind_it_prints_the_record_and_classifies_a_picture(capsys: pytest.CaptureFixture[str]) -> None:
    for code in (PARTS_CODE, SCALES_CODE):
        exec(code, {})
    assert len(capsys.readouterr().out.splitlines()) == len(RADII) + len(SCALES) + 3
    task = {"task": "LookAtParts", "steps": "RADII", "net": "tiny-imagenet-resnet18"}
    exec(LIVE_CODE.format(**task, picture="assets/samples/cat.jpg"), {})
    assert len(capsys.readouterr().out.splitlines()) == 2 * len(RADII)
