"""Parts of a picture and other scales: masks against geometry, averages against torch, and the shipped record."""

import math

import pytest
import torch

from resnet_edu.nets.card import sha256_of
from resnet_edu.paths import CONTEXT
from resnet_edu.teaching.context import PICTURES, context_of, counted, load_context
from resnet_edu.teaching.probes import NET
from resnet_edu.training.data import Split
from resnet_edu.training.tiny_recipe import whole_inputs
from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.context import (
    FACTORS,
    RADII,
    SCALES,
    LookAtParts,
    LookAtScales,
    Part,
    area,
    at_scale,
    averaged,
    kept,
    left,
    side_at,
    within,
)
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.predict import Predict, top_of
from resnet_edu.vision.samples import sample_picture
from resnet_edu.vision.seen import given_to

SIDE = 128
CAT = sample_picture("cat")


def some(count: int) -> Split:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (count, 3, 64, 64), generator=generator, dtype=torch.uint8)
    return Split(images, torch.arange(count))


@pytest.mark.parametrize("radius", RADII)
def test_a_disc_has_a_circles_area_and_the_rest_is_all_other_pixels(radius: int) -> None:
    disc, rest = (kept(part, radius, SIDE) for part in Part)
    assert torch.equal(disc, ~rest)
    assert torch.equal(disc, disc.T) and torch.equal(disc, disc.flip(0))
    if radius <= 100:
        assert area(radius, SIDE) == pytest.approx(math.pi / 4 * (radius / 100) ** 2, abs=0.003)
    else:
        assert area(100, SIDE) < area(radius, SIDE) < 1


def test_both_parts_together_are_the_picture_and_the_hole_has_the_mean_colour() -> None:
    net = catalogue().find(NET)
    inputs = given_to(net, CAT)
    disc, rest = (left(inputs, part, 60) for part in Part)
    assert torch.equal(disc + rest, inputs)
    hole = disc[0, :, 0, 0] * torch.tensor(net.preprocessing.std) + torch.tensor(net.preprocessing.mean)
    torch.testing.assert_close(hole, torch.tensor(net.preprocessing.mean))
    assert torch.equal(disc[..., 64, 64], inputs[..., 64, 64])


def test_an_average_is_over_the_scales_on_both_sides_of_1() -> None:
    assert [within(factor) for factor in (1.0, *FACTORS)] == [(1.0,), (0.71, 1.0, 1.41), SCALES[2:-1], SCALES]
    assert all(within(scale) == within(1 / scale) for scale in SCALES)
    shares = {scale: torch.rand(2, 5) for scale in SCALES}
    expected = (shares[0.71] + shares[1.0] + shares[1.41]) / 3
    torch.testing.assert_close(averaged(shares, 1.41), expected)


@pytest.mark.parametrize("scale", SCALES)
def test_a_scaled_picture_is_what_the_recorded_ones_are(scale: float) -> None:
    """Seen at 64 pixels and enlarged; the recorded pictures have 64 pixels from the start."""
    preprocessing = catalogue().find(NET).preprocessing
    side = side_at(scale, SIDE)
    view = at_scale(preprocessing, scale).view(CAT.image)
    assert view.size == (side, side)
    small = at_scale(preprocessing, 0.5).view(CAT.image)
    pixels = torch.tensor(list(small.get_flattened_data()), dtype=torch.uint8).view(1, 64, 64, 3).permute(0, 3, 1, 2)
    torch.testing.assert_close(preprocessing.tensor(view), whole_inputs(pixels, side))


def test_the_live_answers_are_those_of_single_passes() -> None:
    net = catalogue().find(NET)
    loaded = Loaded(net, load(net), torch.device("cpu"))
    plain = Predict(net, CAT).run(loaded).top
    parts, scales = LookAtParts(net, CAT).run(loaded), LookAtScales(net, CAT).run(loaded)
    at_one = SCALES.index(1.0)
    for top in (scales.tops["scale"][at_one], scales.tops["average"][at_one]):
        assert [each.index for each in top] == [each.index for each in plain]
        assert [each.probability for each in top] == pytest.approx([each.probability for each in plain], abs=1e-4)
    with torch.inference_mode():
        logits = loaded.model(left(given_to(net, CAT), Part.REST, RADII[3]))[0]
    alone = top_of(net, (logits / net.temperature).softmax(0), 5)
    found = parts.tops[Part.REST][3]
    assert [each.index for each in found] == [each.index for each in alone]
    assert [each.probability for each in found] == pytest.approx([each.probability for each in alone], abs=1e-4)
    assert {len(each) for each in parts.tops.values()} == {len(RADII)}
    assert {len(each) for each in scales.tops.values()} == {len(SCALES)}


def test_batches_count_as_all_pictures_do_and_gains_less_losses_are_the_difference() -> None:
    net = catalogue().find(NET)
    model, split = load(net).eval(), some(4)
    with torch.inference_mode():
        split = Split(split.images, model(whole_inputs(split.images, SIDE)).argmax(1))  # so that most are right
    whole = counted(model, net, split)
    halves = [counted(model, net, Split(split.images[part], split.labels[part])) for part in (slice(2), slice(2, 4))]
    assert halves[0] + halves[1] == +whole
    assert whole["scale", 1.0] >= 3  # in bfloat16 a close race may end differently
    recorded = context_of(whole, 4, "command")
    for average in recorded.averages.values():
        assert average.score.right - recorded.scales[1.0].right == average.gained - average.lost


def test_the_shipped_record_is_of_the_shipped_net_and_whole() -> None:
    recorded, net = load_context(CONTEXT), catalogue().find(NET)
    assert recorded.weights == sha256_of(net.path)
    assert recorded.areas == {radius: pytest.approx(area(radius, SIDE)) for radius in RADII}
    assert {tuple(scores) for scores in recorded.parts.values()} == {RADII}
    assert tuple(recorded.scales) == SCALES
    assert tuple(recorded.averages) == FACTORS
    scores = [each for part in recorded.parts.values() for each in part.values()] + list(recorded.scales.values())
    assert {each.total for each in scores} == {PICTURES}
    low, high = recorded.scales[1.0].interval
    assert net.accuracy is not None
    assert low < net.accuracy < high  # measured on all 10,000
    for average in recorded.averages.values():
        assert average.score.right - recorded.scales[1.0].right == average.gained - average.lost
