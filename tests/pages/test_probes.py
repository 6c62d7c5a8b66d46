"""The probes on the page about what came after: both readings, in both languages."""

import json

import pytest

from resnet_edu.paths import PROBES
from resnet_edu.teaching.probes import CLAIMED, ProbeQuestion, ProbeReading, Verdict, ends, load_probes, verdict
from resnet_edu.ui.beyond.probes import CODE
from resnet_edu.ui.text.language import LANGUAGES

from .conftest import Open, control

WORDS = {
    "en": {Verdict.HOLDS: "It holds:", Verdict.FAILS: "It fails:", Verdict.UNREAD: "No stage is above guessing"},
    "zh": {Verdict.HOLDS: "成立：", Verdict.FAILS: "不成立：", Verdict.UNREAD: "没有一个阶段超过随机猜测"},
}
STOP = {"en": ". ", "zh": "。"}
FEWER = {"en": "only {made} pictures", "zh": "只有 {made} 张图片"}
SILENT = {"en": "Not part of the claim:", "zh": "不在论断之内："}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_lines_are_the_recorded_ones_and_said_in_words(open_page: Open, language: str) -> None:
    at = open_page("beyond", lang=language)
    scores = load_probes(PROBES).scores
    for reading in ProbeReading:
        if reading is ProbeReading.GRID:
            control(at.button_group, "probe").set_value(reading).run()
            assert not at.exception
            made = load_probes(PROBES).fitted[ProbeQuestion.PLACE]
            assert any(FEWER[language].format(made=made) in each.value for each in at.caption)
        (shown,) = [each for each in at.get("plotly_chart") if "probes" in each.proto.id]
        lines = json.loads(shown.proto.spec)["data"]
        shown_scores = {question: found.get(reading, found[ProbeReading.MEANS]) for question, found in scores.items()}
        for line, (question, stages) in zip(lines, shown_scores.items(), strict=True):
            assert line["name"].endswith((")", "）")) == (reading not in scores[question]), (
                "it says what it is read from"
            )
            shares = [each.share for each in stages.values()]
            assert line["y"] == pytest.approx(shares)
            assert all(f"{share:.0%}" in shown.proto.alt for share in shares)
        (said,) = [each.value for each in at.markdown if SILENT[language] in each.value]
        for (question, stages), line in zip(shown_scores.items(), said.splitlines(), strict=True):
            starts = WORDS[language][verdict(question, stages)] if question in CLAIMED else SILENT[language]
            assert line.startswith("- **")
            assert f"{STOP[language]}{starts}" in line
            best = max(stages.values(), key=lambda each: each.share)
            is_said = {"en": "knows it best", "zh": "读得最准"}[language] in line
            assert is_said == all(best.differs(end) > 0 for end in ends(stages))


def test_the_python_behind_it_prints_the_record(capsys: pytest.CaptureFixture[str]) -> None:
    exec(CODE.format(reading=ProbeReading.MEANS), {})
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == 6 * len(ProbeQuestion)
