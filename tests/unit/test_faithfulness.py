"""Which map is right: curves and measures against closed forms, on a net whose scores are sums over pixels."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from resnet_edu.vision.attribution.faithfulness import (
    NEIGHBOURS,
    PARTS,
    PATCHES,
    PIXELS,
    RADIUS,
    RANDOM,
    PixelCurve,
    Verify,
    curve,
    infidelity_of,
    map_of,
    order,
    sensitivity_of,
)
from resnet_edu.vision.attribution.method import Options, Question, correlation, generator
from resnet_edu.vision.attribution.methods import METHODS
from resnet_edu.vision.attribution.task import ask
from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.engine.protocol import Loaded, Superseded
from resnet_edu.vision.samples import sample_picture
from resnet_edu.vision.seen import given_to

NET = catalogue().nets["cifar10-residual-20"]
CAT = sample_picture("cat")
CPU = torch.device("cpu")
SIDE = 16


class Sum(nn.Module):
    """Logits w . x and 0: every pixel adds its own part."""

    def __init__(self) -> None:
        super().__init__()
        drawn = torch.randn(3, SIDE, SIDE, generator=torch.Generator().manual_seed(1)) / 20
        self.weight = nn.Parameter(drawn)

    def forward(self, images: Tensor) -> Tensor:
        scores = (images * self.weight).sum((1, 2, 3))
        return torch.stack([scores, torch.zeros_like(scores)], 1)


@pytest.fixture
def linear() -> Question:
    image = torch.randn(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(2))
    black = torch.zeros(1, 3, 1, 1)
    return Question(Sum(), image, 0, "", black, black, chunk=5)


def parts(question: Question) -> Callable[[], Question]:
    return lambda: question


def contributions(question: Question) -> Tensor:
    weight: Tensor = question.model.weight.detach()  # type: ignore[assignment]
    return (question.image[0] * weight).sum(0)


def test_an_area_is_the_integral_of_straight_lines() -> None:
    assert PixelCurve((1.0, 0.0)).area == 0.5
    assert PixelCurve((0.25,) * 9).area == pytest.approx(0.25)
    assert PixelCurve((1.0, 0.5, 0.0, 0.0)).area == pytest.approx((0.75 + 0.25 + 0) / 3)
    assert PixelCurve((0.0, 1.0, 1.0)).shares == (0.0, 0.5, 1.0)


def test_deletion_takes_the_pixels_away_in_the_maps_order(linear: Question) -> None:
    """With a map of contributions the score that is left is the sum of the smallest."""
    values = contributions(linear)
    smallest = values.flatten().sort().values
    left = torch.stack([smallest[: len(smallest) - len(smallest) * step // PARTS].sum() for step in range(PARTS + 1)])
    found = curve(linear, linear.image, torch.zeros_like(linear.image), values, temperature=2.0)
    assert found.probabilities == pytest.approx((left / 2).sigmoid().tolist(), abs=1e-5)
    assert found.area < curve(linear, linear.image, 0 * linear.image, -values, 2.0).area


def test_the_curves_begin_and_end_at_whole_pictures() -> None:
    model = load(NET)
    found = Verify(NET, CAT, "grad-cam", 3).run(Loaded(NET, model, CPU))
    image = given_to(NET, CAT)
    blurred = Question(model, image, 3, "", image, image).blurred
    assert correlation(blurred, image) < 0.9
    with torch.inference_mode():
        logits = model(torch.cat([image, torch.zeros_like(image), blurred]))
    whole, grey, soft = (logits / NET.temperature).softmax(1)[:, 3].tolist()
    ends = [*found.deletion.probabilities[::PARTS], *found.insertion.probabilities[::PARTS]]
    assert ends == pytest.approx([whole, grey, soft, whole], abs=1e-4)


def test_the_brightest_pixels_come_first_and_equal_ones_in_no_order_of_rows() -> None:
    values = torch.tensor([[0.0, 3.0], [-1.0, 2.0]])
    assert order(values).tolist() == [1, 3, 0, 2]
    equal = order(torch.zeros(8, 8)).tolist()
    assert sorted(equal) == list(range(64))
    assert equal != list(range(64))
    assert equal == order(torch.zeros(8, 8)).tolist()


def test_contributions_of_a_sum_are_perfectly_faithful_at_any_scale_and_random_ones_are_not(linear: Question) -> None:
    values = contributions(linear)
    assert infidelity_of(linear, values) == pytest.approx(0, abs=1e-6)
    assert infidelity_of(linear, 7 * values) == pytest.approx(0, abs=1e-6)
    assert infidelity_of(linear, map_of(PIXELS, linear)) > 0.01


def test_sensitivity_is_the_largest_change_over_the_neighbours(linear: Question) -> None:
    values = METHODS["input-x-gradient"].map(linear)
    weight: Tensor = linear.model.weight.detach()  # type: ignore[assignment]
    draw, changes = generator(), []
    for _ in range(NEIGHBOURS):
        noise = RADIUS * (2 * torch.rand(1, 3, SIDE, SIDE, generator=draw) - 1)
        changes.append(float((noise[0] * weight).sum(0).norm() / values.norm()))
    found = sensitivity_of("input-x-gradient", linear, values, parts(linear))
    assert found == pytest.approx(max(changes), rel=1e-4)
    saliency = METHODS["saliency"].map(linear)
    assert sensitivity_of("saliency", linear, saliency, parts(linear)) == 0  # a linear net has one gradient


@pytest.mark.parametrize("name", RANDOM)
def test_a_random_map_never_changes_so_being_steady_proves_nothing(name: str) -> None:
    found = Verify(NET, CAT, name, 3).run(Loaded(NET, load(NET), CPU))
    assert found.sensitivity == 0
    assert 0 < found.deletion.area < 1


def test_random_patches_are_as_smooth_as_a_coarse_map() -> None:
    question = ask(Loaded(NET, load(NET), CPU), given_to(NET, CAT), 3, Options(), 8)
    pixels, patches = (map_of(name, question) for name in (PIXELS, PATCHES))
    assert correlation(pixels[:, 1:], pixels[:, :-1]) < 0.2
    assert correlation(patches[:, 1:], patches[:, :-1]) > 0.8


def test_grad_cam_beats_random_patches_on_our_cat() -> None:
    loaded = Loaded(NET, load(NET), CPU)
    cam, random = (Verify(NET, CAT, name, 3).run(loaded) for name in ("grad-cam", PATCHES))
    assert cam.insertion.area > random.insertion.area


def test_it_tells_its_progress_and_can_be_stopped() -> None:
    told: list[float] = []
    loaded = Loaded(NET, load(NET), CPU, advance=told.append)
    task = Verify(NET, CAT, "integrated-gradients", 3, Options(steps=8))
    task.run(loaded)
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) > NEIGHBOURS + 4
    assert task.key != replace(task, options=Options(steps=50)).key

    def stop(share: float) -> None:
        raise Superseded

    loaded.advance = stop
    with pytest.raises(Superseded):
        task.run(loaded)
