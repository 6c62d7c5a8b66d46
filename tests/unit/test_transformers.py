"""Encoders before training: against torch's own layer, Dong21's theorem, and the chain rule."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from resnet_edu.measure.transformers import (
    BOUND_LAYERS,
    CLASSES,
    DEEPEST,
    DEPTHS,
    HEADS,
    MOST_UNEVEN,
    SEEDS,
    SEQUENCES,
    START,
    TOKENS,
    WIDTHS,
    Bound,
    EncoderSetting,
    Parts,
    Stream,
    _unevenness,
    bound,
    build,
    distances,
    gradients,
    load_encoders,
    norm,
    relative_distance,
    residual,
    tokens,
)
from resnet_edu.nets.encoder import EncoderLayer, EncoderSpec, NormPlace
from resnet_edu.paths import TRANSFORMERS
from resnet_edu.seeding import seeded

SMALL = EncoderSetting(heads=2, width=16, seed=3)
ROUNDING = 1e-14


@pytest.mark.parametrize("place", [NormPlace.POST, NormPlace.PRE])
def test_a_layer_computes_what_torchs_own_encoder_layer_does(place: NormPlace) -> None:
    with seeded(1):
        ours = EncoderLayer(EncoderSpec(1, 16, 2, place)).double()
    theirs = nn.TransformerEncoderLayer(
        16, 2, 64, dropout=0.0, batch_first=True, norm_first=place is NormPlace.PRE, dtype=torch.float64
    )
    theirs.self_attn.load_state_dict(ours.attention.state_dict())
    for there, here in ((theirs.linear1, ours.mlp[0]), (theirs.linear2, ours.mlp[2])):
        there.load_state_dict(here.state_dict())
    x = tokens(SMALL)
    torch.testing.assert_close(ours(x), theirs(x))


def test_the_first_layers_of_a_deeper_net_are_those_of_a_shallower_one() -> None:
    shallow, deep = (build(EncoderSpec(depth, 16, 2), 5).stream(tokens(SMALL)) for depth in (2, 4))
    for ours, theirs in zip(shallow, deep, strict=False):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_the_norm_is_the_root_of_the_largest_column_sum_times_the_largest_row_sum() -> None:
    x = torch.tensor([[1.0, -2.0], [3.0, 0.5]])
    assert float(norm(x)) == pytest.approx(math.sqrt(4 * 3.5))
    assert relative_distance(torch.ones(1, 5, 3)) == 0
    torch.testing.assert_close(residual(x), torch.tensor([[-1.0, -1.25], [1.0, 1.25]]))


def test_scores_differ_by_what_torchs_attention_weights_say() -> None:
    """The proof's first step: with D the largest difference of scores, softmax moves by e^-D to e^D at most."""
    net = build(EncoderSpec(1, 16, 1, NormPlace.NONE, shortcuts=False, mlp=False), 2)
    (layer,) = net.layers
    x = tokens(SMALL)[0] / 4
    attention = layer.weights(x.unsqueeze(0))[0, 0].detach()
    uneven = _unevenness(layer, x).detach()
    logs = (attention / attention.mean(0, keepdim=True)).log()
    spread = (logs[:, :, None] - logs[:, None, :]).abs()
    query, key, _ = layer.attention.in_proj_weight.chunk(3)
    shared = x.mean(0) @ query.T @ key @ residual(x).T / 4  # r: the same for every token, so softmax takes it to q
    shares = (attention / shared.softmax(0)).log().detach()
    torch.testing.assert_close((shares[:, :, None] - shares[:, None, :]).abs(), uneven)
    assert spread.max() > 0.1


@pytest.mark.parametrize(("width", "seed"), [(16, 0), (32, 1), (64, 2)])
def test_pure_attention_stays_below_the_bound_where_the_theorem_holds(width: int, seed: int) -> None:
    found = bound(EncoderSetting(heads=4, width=width, seed=seed))
    factor = found.bound[1]
    assert found.standard > 1 > factor
    assert factor == pytest.approx(START, rel=0.2)
    assert found.uneven < MOST_UNEVEN
    assert len(found.measured) == BOUND_LAYERS + 1
    assert found.bound == pytest.approx([factor ** ((3**layers - 1) / 2) for layers in range(BOUND_LAYERS + 1)])
    assert found.measured[0] == found.bound[0] == 1
    for measured, promised in zip(found.measured[1:], found.bound[1:], strict=True):
        assert measured < promised


@pytest.mark.parametrize("width", WIDTHS)
def test_without_shortcuts_all_tokens_become_one_within_a_few_layers_and_the_mlp_does_not_help(width: int) -> None:
    for place in NormPlace:
        found = distances(EncoderSetting(heads=max(HEADS), width=width), place)
        assert all(len(curve) == DEEPEST + 1 for curve in found.values())
        for parts in (Parts.ATTENTION, Parts.MLP):
            first, second, third = found[parts][1:4]
            assert second < first**2
            assert third < second**2 or third < ROUNDING
            assert max(found[parts][5:]) < ROUNDING
        for parts in (Parts.SHORTCUTS, Parts.ALL):
            assert min(found[parts]) > 1e5 * ROUNDING
            assert found[parts][8] > 0.1


def test_pre_ln_keeps_tokens_apart_in_depth_and_post_ln_loses_them_slowly() -> None:
    recorded = load_encoders(TRANSFORMERS).distances
    for run in range(len(SEEDS)):
        assert recorded[NormPlace.PRE][run][Parts.ALL][-1] > 0.1
        assert recorded[NormPlace.POST][run][Parts.ALL][-1] < 0.01


@pytest.mark.parametrize("stream", Stream)
def test_gradients_are_those_of_the_chain_rule_layer_by_layer(stream: Stream) -> None:
    spec = stream.spec(SMALL, 3)
    found = gradients(spec, SMALL)
    net = build(spec, SMALL.seed)
    with seeded(SMALL.seed):
        head = nn.Linear(SMALL.width, CLASSES).double()
        nn.init.xavier_uniform_(head.weight)
        labels = torch.randint(CLASSES, (SEQUENCES * TOKENS,))
    states = [state.detach().requires_grad_() for state in net.stream(tokens(SMALL))]
    logits = head(net.last_norm(states[-1])).flatten(0, 1)
    error = (logits.softmax(1) - F.one_hot(labels, CLASSES)) / len(labels)
    (sent,) = torch.autograd.grad(logits, states[-1], error)
    arrived, of_weights = [sent], []
    for layer, state in zip(reversed(net.layers), reversed(states[:-1]), strict=True):
        sent, weight = torch.autograd.grad(layer(state), [state, layer.mlp[-1].weight], sent)
        arrived.insert(0, sent)
        of_weights.insert(0, weight)
    assert found.stream == pytest.approx([float(each.norm()) for each in arrived])
    assert found.weights == pytest.approx([float(each.norm()) for each in of_weights])


def test_the_record_is_what_the_default_setting_measures() -> None:
    recorded = load_encoders(TRANSFORMERS)
    assert recorded.setting == EncoderSetting()
    assert recorded.setting.width in WIDTHS
    assert recorded.setting.heads in HEADS
    assert tuple(recorded.gradients) == DEPTHS
    again = EncoderSetting(seed=2)
    for stream, curve in recorded.gradients[6][2].items():
        expected = gradients(stream.spec(again, 6), again)
        assert curve.stream == pytest.approx(expected.stream, rel=2e-3)
        assert curve.weights == pytest.approx(expected.weights, rel=2e-3)
    shown = recorded.distances[NormPlace.PRE][2]
    measured = distances(again, NormPlace.PRE)
    for parts in (Parts.SHORTCUTS, Parts.ALL):
        assert shown[parts] == pytest.approx(measured[parts], rel=2e-3)
    assert recorded.bound == _rounded(bound(EncoderSetting()))


def _rounded(found: Bound) -> Bound:
    """Below rounding, another processor may find another number."""
    recorded = load_encoders(TRANSFORMERS).bound
    assert found.standard == pytest.approx(recorded.standard, rel=1e-3)
    assert found.measured[1] == pytest.approx(recorded.measured[1], rel=1e-3)
    assert max(found.measured[2:]) < ROUNDING > max(recorded.measured[2:])
    return recorded


def test_post_ln_gradients_are_larger_near_the_output_and_pre_ln_ones_near_the_input() -> None:
    for run in load_encoders(TRANSFORMERS).gradients[DEEPEST]:
        post, pre = run[Stream.POST].weights, run[Stream.PRE].weights
        assert sum(post[-6:]) > sum(post[:6])
        assert sum(pre[-6:]) < sum(pre[:6])
        assert sum(post[-6:]) > 1.5 * sum(pre[-6:])


def test_at_the_output_post_ln_gradients_keep_their_size_with_depth_and_pre_ln_ones_fall_by_the_root() -> None:
    recorded = load_encoders(TRANSFORMERS).gradients
    shallow, deep = 4, 32
    for before, after in zip(recorded[shallow], recorded[deep], strict=True):
        post, pre = (after[each].stream[-1] / before[each].stream[-1] for each in (Stream.POST, Stream.PRE))
        assert post == pytest.approx(1, rel=0.25)
        assert pre == pytest.approx(math.sqrt(shallow / deep), rel=0.25)


def test_in_a_narrow_stream_gradients_without_shortcuts_shrink_and_post_ln_favours_the_first_weights() -> None:
    narrow = EncoderSetting(width=32)
    none, post = (gradients(each.spec(narrow, DEEPEST), narrow) for each in (Stream.NONE, Stream.POST))
    assert none.stream[0] / none.stream[-1] < 0.1
    assert sum(post.weights[:6]) > sum(post.weights[-6:])


def test_without_shortcuts_the_normalisation_keeps_gradients_from_vanishing() -> None:
    for runs in load_encoders(TRANSFORMERS).gradients.values():
        for run in runs:
            assert 0.05 < run[Stream.NONE].stream[0] / run[Stream.NONE].stream[-1] < 20
