"""The probes on the page about what came after: both readings, in both languages."""

import json

import pytest

from resnet_edu.paths import PROBES
from resnet_edu.teaching.probes import ProbeQuestion, ProbeReading, Verdict, load_probes, verdict
from resnet_edu.ui.beyond.probes import CODE
from resnet_edu.ui.text.language import LANGUAGES

from .conftest import Open, control

WORDS = {
    "en": {Verdict.HOLDS: "It holds:", Verdict.FAILS: "It fails:", Verdict.UNREAD: "No stage is above guessing."},
    "zh": {Verdict.HOLDS: "。成立：", Verdict.FAILS: "。不成立：", Verdict.UNREAD: "没有一个阶段超过随机猜测。"},
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_lines_are_the_recorded_ones_and_said_in_words(open_page: Open, language: str) -> None:
    at = open_page("beyond", lang=language)
    scores = load_probes(PROBES).scores
    for reading, questions in ((ProbeReading.MEANS, list(ProbeQuestion)), (ProbeReading.GRID, list(ProbeQuestion)[1:])):
        if reading is ProbeReading.GRID:
            control(at.button_group, "probe").set_value(reading).run()
            assert not at.exception
        (shown,) = [each for each in at.get("plotly_chart") if "probes" in each.proto.id]
        lines = json.loads(shown.proto.spec)["data"]
        for line, question in zip(lines, questions, strict=True):
            shares = [each.share for each in scores[question][reading].values()]
            assert line["y"] == pytest.approx(shares)
            assert all(f"{share:.0%}" in shown.proto.alt for share in shares)
        found = [verdict(question, scores[question][reading]) for question in questions]
        said = " ".join(each.value for each in at.markdown)
        for each, start in WORDS[language].items():
            assert said.count(start) == found.count(each)


def test_the_python_behind_it_prints_the_record(capsys: pytest.CaptureFixture[str]) -> None:
    exec(CODE.format(reading=ProbeReading.MEANS), {})
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == 6 * len(ProbeQuestion)
