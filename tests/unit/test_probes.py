"""Linear probes on a net's stages: against scikit-learn, and on pictures whose answers are known."""

import pytest
import torch
from sklearn.linear_model import LogisticRegression

from resnet_edu.paths import PROBES
from resnet_edu.teaching.head import PENALTY
from resnet_edu.teaching.probes import (
    ANSWERS,
    CLAIMED,
    GRID,
    MAKERS,
    NET,
    PIXELS,
    READ,
    ProbeQuestion,
    ProbeReading,
    ProbeScore,
    Verdict,
    ends,
    load_probes,
    maps,
    pieces,
    score,
    verdict,
)
from resnet_edu.training.tiny_recipe import whole_inputs
from resnet_edu.vision.catalogue import catalogue, load


def pictures(count: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (count, 3, 64, 64), generator=generator, dtype=torch.uint8)


@pytest.mark.parametrize("reading", ProbeReading)
def test_a_probe_counts_what_scikit_learns_gets_right_on_the_same_features(reading: ProbeReading) -> None:
    net = catalogue().find(NET)
    made, answers = MAKERS[ProbeQuestion.PLACE](pictures(64), torch.Generator().manual_seed(0))
    found = maps(load(net).eval(), net, made)
    assert next(iter(found)) == PIXELS
    assert {each.shape[2:] for each in found.values()} == {(GRID, GRID)}
    for cells in (found[PIXELS], found["layer4.1"]):
        x = READ[reading](cells).double()
        fitted, scored = x[:48], x[48:]
        scale = (fitted - fitted.mean(0)).square().mean().sqrt()
        model = LogisticRegression(C=1 / PENALTY, tol=1e-8, max_iter=10_000).fit(fitted / scale, answers[:48])
        ours = score(fitted, answers[:48], scored, answers[48:], ANSWERS[ProbeQuestion.PLACE])
        assert ours.right == round(model.score(scored / scale, answers[48:]) * 16)
        assert ours.total == 16


def test_the_means_are_those_of_the_whole_maps() -> None:
    net = catalogue().find(NET)
    model = load(net).eval()
    found = maps(model, net, pictures(2))
    with torch.inference_mode():
        logits = model(whole_inputs(pictures(2), net.preprocessing.crop))
        ours = model.fc(READ[ProbeReading.MEANS](found["layer4.1"]))
    torch.testing.assert_close(ours, logits, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("question", MAKERS)
def test_every_answer_occurs_and_a_seed_makes_the_same_pictures(question: ProbeQuestion) -> None:
    first, again, other = (MAKERS[question](pictures(32), torch.Generator().manual_seed(seed)) for seed in (0, 0, 1))
    assert first[1].unique().tolist() == list(range(ANSWERS[question]))
    assert first[0].equal(again[0])
    assert first[0].dtype == torch.uint8
    if question in (ProbeQuestion.PLACE, ProbeQuestion.ORIENTATION):
        assert not first[0].equal(other[0])


def test_the_mark_lies_in_its_cell() -> None:
    plain = torch.full((16, 3, 64, 64), 100, dtype=torch.uint8)
    marked, cells = MAKERS[ProbeQuestion.PLACE](plain, torch.Generator().manual_seed(0))
    for picture, cell in zip(marked, cells.tolist(), strict=True):
        rows, columns = (picture[0] != 100).nonzero().unbind(1)
        assert {
            (row // 16 * 4 + column // 16) for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        } == {cell}


def test_the_shipped_record_has_every_question_reading_and_stage() -> None:
    recorded = load_probes(PROBES)
    assert set(recorded.scores) == {question for question, _ in pieces()} == set(ProbeQuestion)
    for question, found in recorded.scores.items():
        assert set(found) == ({ProbeReading.MEANS} if question is ProbeQuestion.CLASS else set(ProbeReading))
        for stages in found.values():
            assert len(stages) == 6
            for each in stages.values():
                low, high = each.interval
                assert low <= each.share <= high + 1e-12  # all right: the interval ends at 1, but for rounding
    classes = [each.share for each in recorded.scores[ProbeQuestion.CLASS][ProbeReading.MEANS].values()]
    assert classes == sorted(classes)  # recognised better and better


def scores(*right: int) -> dict[str, ProbeScore]:
    """Of 1000 pictures each: the picture's own, the stem's, and the stages'."""
    return {str(at): ProbeScore(each, 1000) for at, each in enumerate(right)}


def test_scores_differ_where_their_intervals_do_not_overlap() -> None:
    assert ProbeScore(600, 1000).differs(ProbeScore(400, 1000)) == 1
    assert ProbeScore(400, 1000).differs(ProbeScore(600, 1000)) == -1
    assert ProbeScore(500, 1000).differs(ProbeScore(520, 1000)) == 0
    assert ProbeScore(5, 10).differs(ProbeScore(8, 10)) == 0  # as far apart as the first two, on too few pictures


@pytest.mark.parametrize(
    ("question", "right", "expected"),
    [
        (ProbeQuestion.CLASS, (10, 10, 100, 300, 500), Verdict.HOLDS),
        (ProbeQuestion.CLASS, (10, 10, 100, 300, 110), Verdict.FAILS),
        (ProbeQuestion.PLACE, (60, 500, 600, 700, 300), Verdict.HOLDS),
        (ProbeQuestion.PLACE, (60, 500, 600, 700, 610), Verdict.FAILS),
        (ProbeQuestion.PLACE, (60, 100, 300, 500, 700), Verdict.FAILS),
        (ProbeQuestion.PLACE, (60, 62, 63, 60, 65), Verdict.UNREAD),
    ],
)
def test_the_sentence_holds_if_only_the_class_is_known_better_at_the_end(
    question: ProbeQuestion, right: tuple[int, ...], expected: Verdict
) -> None:
    assert verdict(question, scores(*right)) is expected


def test_the_sentence_holds_in_the_shipped_record_and_says_nothing_of_the_orientation_of_edges() -> None:
    found = load_probes(PROBES).scores
    assert verdict(ProbeQuestion.PLACE, found[ProbeQuestion.PLACE][ProbeReading.GRID]) is Verdict.HOLDS
    assert verdict(ProbeQuestion.CLASS, found[ProbeQuestion.CLASS][ProbeReading.MEANS]) is Verdict.HOLDS
    assert verdict(ProbeQuestion.PLACE, found[ProbeQuestion.PLACE][ProbeReading.MEANS]) is Verdict.UNREAD
    assert set(CLAIMED) == {ProbeQuestion.CLASS, ProbeQuestion.PLACE}
    for reading in ProbeReading:
        low, high = ends(found[ProbeQuestion.ORIENTATION][reading])
        assert high.differs(low) == (0 if reading is ProbeReading.MEANS else 1)
