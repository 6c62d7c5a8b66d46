"""The plan of the lecture: complete, on time, with questions that can be asked."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from resnet_edu.lecture import plan as lecture_plan
from resnet_edu.lecture.plan import LONG, NAMES, WHOLE, LecturePlan, load_plan
from resnet_edu.paths import ASSETS, LECTURE

PLANS = [load_plan(name) for name in NAMES]
WRITTEN = tomllib.loads((LECTURE / "plan.toml").read_text(encoding="utf-8"))
SENTENCE = re.compile(r"[.?!](?: |$)")
each_plan = pytest.mark.parametrize("plan", PLANS, ids=NAMES)


def has_its_records(stop: dict[str, Any]) -> bool:
    return all((ASSETS / record).exists() for record in stop.get("records", ()))


@each_plan
def test_a_plan_with_all_its_stops_takes_the_minutes_in_its_name(plan: LecturePlan) -> None:
    waiting = sum(
        lecture_plan._minutes(each["minutes"], plan.name) for each in WRITTEN["stops"] if not has_its_records(each)
    )
    assert sum(stop.minutes for stop in plan.stops) + waiting == plan.minutes
    assert all(stop.minutes > 0 for stop in plan.stops)


@each_plan
def test_ids_are_short_and_each_is_there_once(plan: LecturePlan) -> None:
    for ids in (
        [stop.id for stop in plan.stops],
        [question.id for question in plan.questions],
        *([answer.id for answer in question.answers] for question in plan.questions),
    ):
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch(r"[a-z0-9-]{1,16}", each) for each in ids)


@each_plan
def test_a_question_has_answers_to_choose_from_and_the_right_one_among_them(plan: LecturePlan) -> None:
    for question in plan.questions:
        assert 3 <= len(question.answers) <= 4
        assert question.right in {None, *(answer.id for answer in question.answers)}, question.id


@each_plan
def test_what_is_covered_is_asked_for(plan: LecturePlan) -> None:
    assert all(stop.question for stop in plan.stops if stop.covered)


@each_plan
def test_a_note_has_three_sentences_at_most(plan: LecturePlan) -> None:
    for stop in plan.stops:
        assert len(SENTENCE.findall(stop.note)) <= 3, stop.id


@each_plan
def test_the_hall_hears_of_residuals_when_they_are_introduced(plan: LecturePlan) -> None:
    """Nothing visible mentions the word before; controls that do are hidden."""
    introduced = plan.index("block")
    assert introduced
    for stop in plan.stops[:introduced]:
        told = [stop.title, stop.chapter.title, stop.chapter.text]
        if stop.question:
            told += [stop.question.text, *(answer.text for answer in stop.question.answers)]
        assert "residual" not in " ".join(told).lower()
        assert "residual" not in stop.note.lower()
        assert "residual" not in stop.setting.values()


def test_the_story_is_told_once_and_in_order() -> None:
    for plan in PLANS:
        chapters = [stop.chapter for stop in plan.stops]
        assert [each for number, each in enumerate(chapters) if each not in chapters[:number]] == list(plan.chapters)
        assert chapters == sorted(chapters, key=plan.chapters.index)
    whole, short, long = PLANS
    assert [stop.id for stop in whole.stops if short.index(stop.id) is not None] == [stop.id for stop in short.stops]
    assert [stop.id for stop in long.stops if whole.index(stop.id) is not None] == [stop.id for stop in whole.stops]


def test_every_stop_and_chapter_of_the_file_belongs_to_a_plan() -> None:
    there = [each for each in WRITTEN["stops"] if has_its_records(each)]
    assert [each["id"] for each in there] == [stop.id for stop in load_plan(LONG).stops]
    assert {each["chapter"] for each in WRITTEN["stops"]} == {each["id"] for each in WRITTEN["chapters"]}
    assert all(WHOLE in each["minutes"] or list(each["minutes"]) == [LONG] for each in WRITTEN["stops"])
    assert all(set(each["minutes"]) <= set(NAMES) for each in WRITTEN["stops"])


def test_a_stop_waits_for_the_records_that_its_figure_is_drawn_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = [each for each in WRITTEN["stops"] if "records" in each]
    assert waiting
    monkeypatch.setattr(lecture_plan, "ASSETS", tmp_path)
    for each in waiting:
        assert load_plan.__wrapped__(LONG).index(each["id"]) is None
        for record in each["records"]:
            (tmp_path / record).parent.mkdir(exist_ok=True)
            (tmp_path / record).touch()
    whole = load_plan.__wrapped__(LONG)
    assert [stop.id for stop in whole.stops] == [each["id"] for each in WRITTEN["stops"]]
