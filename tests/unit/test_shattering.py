"""Shattered gradients, compared with plain autograd and with the findings of Balduzzi17."""

import pytest
import torch
from torch import nn

from resnet_edu.measure import shattering
from resnet_edu.measure.shattering import (
    DEPTHS,
    LAGS,
    NETS,
    POINTS,
    InputPath,
    PathPair,
    autocorrelation,
    input_gradients,
    points,
    shatter,
)
from resnet_edu.ui.gradients.settings import PATH_DRAWS


@pytest.fixture(scope="module")
def measured() -> dict[int, PathPair]:
    return dict(shatter(InputPath()))


@pytest.mark.parametrize("residual", [False, True])
def test_the_gradients_are_autograds_on_a_net_of_torchs_own_layers(residual: bool) -> None:
    """One net, point by point, with batch normalisation in evaluation mode and the path's statistics."""
    depth = 3
    first, *inner, last = (weight[5] for weight in shattering._weights(seed=1, depth=depth))
    x = points().unsqueeze(1).double()
    layers = [nn.Linear(1, 200), *(nn.Linear(200, 200, bias=False) for _ in inner), nn.Linear(200, 1, bias=False)]
    norms = [nn.BatchNorm1d(200, affine=False) for _ in range(depth + 1)]
    with torch.no_grad():
        layers[0].weight.copy_(first[:1].T)
        layers[0].bias.copy_(first[1])
        for layer, weight in zip(layers[1:], [*inner, last], strict=True):
            layer.weight.copy_(weight.T)
    net = nn.ModuleList([*layers, *norms]).double()

    def forward(x: torch.Tensor) -> torch.Tensor:
        hidden = layers[0](x)
        for layer, norm in zip(layers[1:-1], norms, strict=False):
            change = layer(norm(hidden).relu())
            hidden = hidden + change if residual else change
        return layers[-1](norms[-1](hidden).relu())

    def keep_statistics(norm: nn.BatchNorm1d, args: tuple[torch.Tensor], output: torch.Tensor) -> None:
        norm.running_mean, norm.running_var = args[0].mean(0).detach(), args[0].var(0, correction=0).detach()

    hooks = [norm.register_forward_hook(keep_statistics) for norm in norms]
    net.train()
    forward(x)
    for hook in hooks:
        hook.remove()
    net.eval()
    expected = [torch.autograd.functional.jacobian(forward, x[i : i + 1]).item() for i in range(0, POINTS, 51)]
    ours = input_gradients(InputPath(seed=1), depth, residual=residual)[5]
    assert ours.shape == (POINTS,)
    assert ours[::51].tolist() == pytest.approx(expected, rel=2e-3)


def test_white_noise_has_no_autocorrelation_and_a_random_walk_has_much() -> None:
    noise = torch.randn(200, POINTS, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    flat = autocorrelation(noise).mean(0)
    assert flat[0] == pytest.approx(1)
    assert flat[1:].abs().max() < 0.05
    walk = autocorrelation(noise.cumsum(1)).mean(0)
    assert walk[1] > 0.9
    assert (walk.diff() < 0).all()


def test_autocorrelation_of_a_constant_is_not_a_number() -> None:
    assert autocorrelation(torch.ones(1, POINTS))[0, 0].isnan()


def test_behind_batch_norm_the_plain_gradient_shatters_and_the_residual_one_does_not(
    measured: dict[int, PathPair],
) -> None:
    assert tuple(measured) == DEPTHS
    assert all(len(pair.plain.gradient) == POINTS for pair in measured.values())
    assert all(len(pair.plain.autocorrelation) == LAGS for pair in measured.values())
    neighbours = {
        depth: (pair.plain.autocorrelation[1], pair.residual.autocorrelation[1]) for depth, pair in measured.items()
    }
    assert min(neighbours[2]) > 0.9
    for depth in DEPTHS[4:]:
        plain, residual = neighbours[depth]
        assert abs(plain) < 0.15
        assert residual > 0.4


def test_without_normalisation_the_plain_gradient_shatters_far_less_and_the_residual_one_grows(
    measured: dict[int, PathPair],
) -> None:
    bare = dict(shatter(InputPath(normalised=False), (24,)))[24]
    assert bare.plain.autocorrelation[1] > 0.5 > measured[24].plain.autocorrelation[1]
    assert bare.residual.deviation > 100 * measured[24].residual.deviation


@pytest.mark.slow
def test_the_lesson_holds_for_each_draw_that_the_button_goes_through() -> None:
    for seed in range(PATH_DRAWS):
        with_norm, bare = (dict(shatter(InputPath(normalised, seed), (24,)))[24] for normalised in (True, False))
        assert abs(with_norm.plain.autocorrelation[1]) < 0.15
        assert with_norm.residual.autocorrelation[1] > 0.5
        assert bare.plain.autocorrelation[1] > 0.5
        assert bare.residual.deviation > 100 * with_norm.residual.deviation


def test_the_gradient_is_shown_in_units_of_its_deviation(measured: dict[int, PathPair]) -> None:
    raw = input_gradients(InputPath(), 8, residual=True)
    assert raw.shape == (NETS, POINTS)
    shown = measured[8].residual
    assert (torch.tensor(shown.gradient) * shown.deviation).tolist() == pytest.approx(raw[0].tolist(), rel=1e-3)
