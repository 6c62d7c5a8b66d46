"""The race of two encoders that reverse sequences: what is measured, and what the record holds."""

import base64
from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from resnet_edu.paths import REVERSAL
from resnet_edu.seeding import seeded
from resnet_edu.training import reversal
from resnet_edu.training.reversal import (
    DEPTHS,
    DIGITS,
    FULL,
    LENGTH,
    SEEDS,
    STEPS,
    ReversalSpec,
    ReversalStanding,
    Reverser,
    load_reversal,
    run,
    sequences,
    standing,
)

SHORT = (0, 3)


def maps_of(found: ReversalStanding, depth: int) -> torch.Tensor:
    levels = torch.frombuffer(bytearray(base64.b64decode(found.attention)), dtype=torch.uint8)
    return levels.view(depth, LENGTH, LENGTH).double() / FULL


def test_both_nets_start_with_the_same_weights_and_learn_from_other_sequences_than_they_are_scored_on() -> None:
    spec = ReversalSpec(2, 1)
    nets = []
    for shortcuts in (False, True):
        with seeded(spec.seed):
            nets.append(Reverser(spec.net(shortcuts=shortcuts)))
    for ours, theirs in zip(*(net.state_dict().values() for net in nets), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)
    learnt, scored = ({tuple(each) for each in sequences(1, training=is_it).tolist()} for is_it in (True, False))
    assert not learnt & scored


def test_a_standing_is_scored_by_hand() -> None:
    with seeded(4):
        net = Reverser(ReversalSpec(2).net(shortcuts=True)).eval()
    scored = sequences(4, training=False)
    found = standing(net, scored)
    with torch.no_grad():
        logits = net(scored)
    right = [
        [int(row[LENGTH - 1 - at]) == int(said[at]) for at in range(LENGTH)]
        for row, said in zip(scored, logits.argmax(2), strict=True)
    ]
    assert found.accuracy == pytest.approx(sum(map(sum, right)) / (LENGTH * len(scored)))
    chances = F.log_softmax(logits, 2)
    losses = [-chances[row, at, scored[row, LENGTH - 1 - at]] for row in range(len(scored)) for at in range(LENGTH)]
    assert found.loss == pytest.approx(float(torch.stack(losses).mean()))
    torch.testing.assert_close(maps_of(found, 2).sum(2), torch.ones(2, LENGTH).double(), rtol=0, atol=LENGTH / FULL)


def test_a_race_can_be_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reversal, "STEPS", SHORT)
    first, again = (run(ReversalSpec(2, 3)) for _ in range(2))
    assert first == again
    assert first.without[0] != first.without[1]
    assert run(replace(first.spec, seed=4)).sequence != first.sequence
    assert len(first.shortcuts) == len(SHORT)


def test_the_record_starts_where_a_race_starts() -> None:
    recorded = load_reversal(REVERSAL)
    race = recorded.of(DEPTHS[0])[2]
    with seeded(race.spec.seed):
        net = Reverser(race.spec.net(shortcuts=False))
    found = standing(net, sequences(race.spec.seed, training=False))
    assert race.without[0].loss == pytest.approx(found.loss, rel=1e-3)
    assert race.sequence == tuple(sequences(race.spec.seed, training=False)[0].tolist())


def test_with_shortcuts_every_seed_learns_it_and_four_layers_without_them_none_does() -> None:
    recorded = load_reversal(REVERSAL)
    for depth in DEPTHS:
        races = recorded.of(depth)
        assert [race.spec.seed for race in races] == list(SEEDS)
        assert all(len(race.without) == len(race.shortcuts) == len(STEPS) for race in races)
        assert min(race.shortcuts[-1].accuracy for race in races) > 0.99
    assert max(race.without[-1].accuracy for race in recorded.of(4)) < 0.5
    assert min(race.without[-1].accuracy for race in recorded.of(2)) > 0.95


def test_who_has_learnt_it_looks_at_the_mirror_place() -> None:
    """On average over the rows, in the best of its layers; a net that guesses looks there by chance."""
    for race in load_reversal(REVERSAL).of(4):
        mirrored = [
            max(float(layer.flip(1).diagonal().mean()) for layer in maps_of(net[-1], 4))
            for net in (race.without, race.shortcuts)
        ]
        assert mirrored[1] > 3 / DIGITS > mirrored[0]


def test_the_maps_of_the_first_two_layers_are_anti_diagonals_and_the_last_is_none() -> None:
    """By the largest weight of each row, as the lecture's plan and the lesson say."""
    for race in load_reversal(REVERSAL).of(4):
        found = maps_of(race.shortcuts[-1], 4).argmax(2) == torch.arange(LENGTH - 1, -1, -1)
        hits = found.sum(1).tolist()
        assert min(hits[:2]) > LENGTH / 2 > hits[3]


def test_four_layers_without_shortcuts_say_one_digit_as_all_tokens_are_equal_in_the_last_layers() -> None:
    for race in load_reversal(REVERSAL).of(4):
        (digit,) = set(race.without[-1].answer)
        assert digit in race.sequence
        scored = sequences(race.spec.seed, training=False)
        most_frequent = float((scored == scored.mode(1).values.unsqueeze(1)).double().mean())
        assert most_frequent - 0.03 < race.without[-1].accuracy < most_frequent + 0.01
        last = maps_of(race.without[-1], 4)[-2:]
        assert float((last.amax(1) - last.amin(1)).max()) <= 1 / FULL
