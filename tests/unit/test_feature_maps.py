"""Feature maps, effective fields and branches: equal to plain passes on every net, and leaving it unchanged."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from resnet_edu.measure.receptive_field import receptive_fields
from resnet_edu.nets.architecture import Architecture
from resnet_edu.nets.blocks import Activation, Shortcut
from resnet_edu.nets.cifar import CifarSpec, Family
from resnet_edu.nets.graph_net import GraphNet
from resnet_edu.nets.imagenet import NAMES, ImagenetSpec
from resnet_edu.nets.outline import places, stack_of
from resnet_edu.seeding import seeded
from resnet_edu.vision.catalogue import Net, catalogue, load
from resnet_edu.vision.effective_field import EffectiveField, MeasureField, unit_gradient
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.feature_maps import LEVELS, LookAt, Maps, SurveyLayers, capture, condense, fields_of, place_of
from resnet_edu.vision.inside_block import TakeApart
from resnet_edu.vision.preprocessing import Preprocessing
from resnet_edu.vision.samples import sample_picture

CPU = torch.device("cpu")
CAT = sample_picture("cat")
OURS = catalogue().nets["cifar10-residual-20"]
SMALL = Preprocessing(64, 64, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""ImageNet's nets accept any size, and a small one keeps the tests short."""
ONE_OF_EACH = ("resnet18", "resnet50", "resnext50_32x4d", "wide_resnet50_2", "densenet121")


def random_net(architecture: Architecture) -> tuple[Net, Loaded]:
    """Return a net with random weights and, as in a trained one, random running averages."""
    with seeded(1):
        model = architecture.build().eval()
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean = 0.1 * torch.randn_like(module.running_mean)  # type: ignore[arg-type]
                module.running_var = 0.5 + torch.rand_like(module.running_var)  # type: ignore[arg-type]
    preprocessing = OURS.preprocessing if isinstance(architecture, CifarSpec) else SMALL
    net = replace(
        OURS, id="random", architecture=architecture, path=Path(architecture.name), preprocessing=preprocessing
    )
    return net, Loaded(net, model, CPU)


@pytest.fixture(scope="module")
def ours() -> Loaded:
    return Loaded(OURS, load(OURS), CPU)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def images_of(net: Net) -> Tensor:
    return net.preprocessing.tensor(net.preprocessing.view(CAT.image))


def unpacked(maps: Maps) -> Tensor:
    """Decode the maps as the browser does."""
    channels, height, width = maps.shape
    sheet = torch.from_numpy(np.array(Image.open(io.BytesIO(maps.picture)))).float()
    tiles = sheet.view(-1, height, maps.columns, width).transpose(1, 2).reshape(-1, height, width)[:channels]
    return maps.low[:, None, None] + tiles / LEVELS * (maps.high - maps.low)[:, None, None]


def state_of(model: nn.Module) -> dict[str, Any]:
    """Return all state that a look must not change."""
    hooks = [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()]
    return {
        "modes": [module.training for module in model.modules()],
        "hooks": hooks,
        "gradients": [parameter.grad for parameter in model.parameters()],
        "versions": [value._version for value in model.state_dict().values()],
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_outline_of_torchvisions_nets_has_their_layers_and_shapes(name: str) -> None:
    with torch.device("meta"):
        net, twin = ImagenetSpec(name).build(), GraphNet(stack_of(ImagenetSpec(name)).graph)
    assert _shapes(net) == _shapes(twin)
    for place in places(ImagenetSpec(name)):
        for module in (place.module, *((place.branches.residual, place.branches.shortcut) if place.branches else ())):
            if module:
                net.get_submodule(module)


def _shapes(net: nn.Module) -> list[tuple[int, ...]]:
    return sorted(tuple(value.shape) for value in net.state_dict().values())


CIFAR = [
    *(CifarSpec(family, 14) for family in Family),
    CifarSpec(shortcut=Shortcut.B),
    CifarSpec(depth=8, shortcut=Shortcut.C, width=8),
]


@pytest.mark.parametrize("spec", [*CIFAR, *map(ImagenetSpec, ONE_OF_EACH)], ids=lambda spec: spec.name)
def test_every_layers_shape_is_the_graphs_and_its_field_the_stacks(spec: Architecture) -> None:
    net, loaded = random_net(spec)
    survey = SurveyLayers(net, CAT).run(loaded)
    graph = stack_of(spec).graph
    side = net.preprocessing.crop
    shapes = graph.predict((3, side, side)).shapes
    fields = receptive_fields(graph, (3, side, side))
    assert [layer.place for layer in survey.layers] == list(places(spec))
    dense = not isinstance(spec, CifarSpec) and spec.model.startswith("densenet")
    for layer in survey.layers:
        assert layer.shape == shapes[layer.place.operation]
        assert layer.field == fields[layer.place.operation]
        assert layer.low < 0 if dense and layer.place.block else layer.high > 0
        assert side / layer.shape[1] == layer.field.stride


def test_captured_maps_are_those_of_the_truncated_net(ours: Loaded) -> None:
    model, images = ours.model, images_of(OURS)
    with torch.inference_mode():
        x = model.act1(model.bn1(model.conv1(images)))
        assert torch.equal(capture(ours, images, place_of(OURS.architecture, "stem")), x[0])
        for number, stage in enumerate((model.layer1, model.layer2, model.layer3), 1):
            for count, block in enumerate(stage):
                x = block(x)
                assert torch.equal(capture(ours, images, place_of(OURS.architecture, f"layer{number}.{count}")), x[0])


def test_torchvisions_in_place_layers_do_not_spoil_what_is_captured() -> None:
    net, loaded = random_net(ImagenetSpec("resnet18"))
    model, images = loaded.model, images_of(net)
    with torch.inference_mode():
        stem = torch.relu(model.bn1(model.conv1(images)))
        assert torch.equal(capture(loaded, images, place_of(net.architecture, "stem")), stem[0])
        x = model.maxpool(stem)
        block = model.layer1[0]
        residual = block.bn2(block.conv2(torch.relu(block.bn1(block.conv1(x)))))
        branches = TakeApart(net, CAT, "layer1.0", 5).run(loaded).branches
        assert torch.equal(branches.residual[0], residual[0, 5])
        assert torch.equal(branches.shortcut[0], x[0, 5])
        y = capture(loaded, images, place_of(net.architecture, "layer1.0"))
        assert torch.equal(y, torch.relu(residual + x)[0])


@pytest.mark.parametrize("spec", [*CIFAR[:3], *map(ImagenetSpec, ONE_OF_EACH[:4])], ids=lambda spec: spec.name)
def test_the_branches_of_every_block_add_up_to_its_output(spec: Architecture) -> None:
    net, loaded = random_net(spec)
    for place in [place for place in places(spec) if place.block == 1 or place.stage == 2]:
        if place.branches is None or not place.branches.adds:
            continue
        branches = TakeApart(net, CAT, place.name, 3).run(loaded).branches
        total = branches.shortcut + branches.residual
        y = torch.relu(total) if branches.tail == ("relu",) else total
        assert torch.allclose(y[0], capture(loaded, images_of(net), place)[3], atol=1e-6)


def test_another_activation_follows_the_sum_by_its_name() -> None:
    net, loaded = random_net(CifarSpec(depth=8, activation=Activation.TANH))
    branches = TakeApart(net, CAT, "layer2.0", 3).run(loaded).branches
    assert branches.tail == ("tanh",)


@pytest.mark.parametrize("layer", ["stem", "layer2.0", "layer3.2"])
def test_the_picture_holds_every_map_to_half_a_step(ours: Loaded, layer: str) -> None:
    values = capture(ours, images_of(OURS), place_of(OURS.architecture, layer))
    maps = LookAt(OURS, CAT, layer).run(ours)
    step = (maps.high - maps.low)[:, None, None] / LEVELS
    assert ((unpacked(maps) - values).abs() <= step / 2 + 1e-6).all()
    assert torch.allclose(maps.mean, values.mean((1, 2)))
    assert torch.allclose(maps.variance, values.flatten(1).var(1, unbiased=False))
    assert torch.equal(values.flatten(1).gather(1, maps.peak[:, None])[:, 0], values.amax((1, 2)))
    assert len(maps.picture) < values.numel() + 1000


def test_signed_and_silent_channels_are_kept() -> None:
    values = torch.stack([torch.zeros(4, 4), torch.linspace(-3, 1, 16).view(4, 4), torch.full((4, 4), 2.0)])
    maps = condense(values, 0.0)
    assert torch.allclose(unpacked(maps), values, atol=4 / LEVELS)
    assert maps.low.tolist() == [0, -3, 0]
    assert maps.high.tolist() == [0, 1, 2]


def test_the_biggest_layer_stays_small_in_memory() -> None:
    maps = condense(torch.relu(torch.randn(64, 112, 112)), 0.0)
    assert len(maps.picture) < 64 * 112 * 112


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_looking_leaves_the_shared_net_as_it_was(name: str) -> None:
    net, loaded = random_net(ImagenetSpec(name))
    images = images_of(net)
    with torch.inference_mode():
        before, state = loaded.model(images), state_of(loaded.model)
    SurveyLayers(net, CAT).run(loaded)
    LookAt(net, CAT, "layer2.0").run(loaded)
    MeasureField(net, CAT, "layer2.0", 1, 2, 2).run(loaded)
    if name != "densenet121":
        TakeApart(net, CAT, "layer2.0", 1).run(loaded)
    assert state_of(loaded.model) == state
    with torch.inference_mode():
        assert torch.equal(loaded.model(images), before)


def test_hooks_are_gone_after_a_failing_pass(ours: Loaded) -> None:
    state = state_of(ours.model)
    with pytest.raises(RuntimeError):
        capture(ours, torch.zeros(1, 5, 32, 32), place_of(OURS.architecture, "layer3.0"))
    with pytest.raises(IndexError):
        unit_gradient(ours.model, images_of(OURS), "layer1.0", (99, 0, 0))
    assert state_of(ours.model) == state


def test_tasks_are_told_apart_by_picture_net_and_options() -> None:
    other = sample_picture("rocket")
    tasks = [
        *(SurveyLayers(OURS, picture) for picture in (CAT, other)),
        *(LookAt(OURS, CAT, layer) for layer in ("stem", "layer1.0")),
        *(MeasureField(OURS, CAT, "stem", *unit) for unit in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))),
        *(TakeApart(OURS, CAT, "layer1.0", channel) for channel in (0, 1)),
    ]
    assert len({task.key for task in tasks}) == len(tasks)


@pytest.mark.parametrize("layer", ["stem", "layer1.1", "layer2.0"])
@pytest.mark.parametrize("at", [(0, 0), (7, 9), (15, 15)])
def test_the_effective_field_is_zero_outside_the_theoretical_one(ours: Loaded, layer: str, at: tuple[int, int]) -> None:
    theory = fields_of(OURS.architecture, 32)[layer]
    images = images_of(OURS)
    reached = torch.zeros(32, 32, dtype=torch.bool)
    place = place_of(OURS.architecture, layer)
    for channel in range(16):
        gradient, _ = unit_gradient(ours.model, images, place.module, (channel, *at))
        reached |= gradient.abs().sum(0) > 0
    (top, bottom), (left, right) = theory.window(at[0]), theory.window(at[1])
    inside = torch.zeros_like(reached)
    inside[max(0, top) : bottom, max(0, left) : right] = True
    assert reached.any()
    assert not (reached & ~inside).any()


@pytest.mark.parametrize("name", ["resnet50", "densenet121"])
def test_windows_are_placed_right_behind_strides_and_pools(name: str) -> None:
    """The pixels that move any unit at a position span the window, clipped to the picture."""
    net, loaded = random_net(ImagenetSpec(name))
    side = 64
    for layer in ("stem", "pool", "layer1.0", "layer2.0"):
        place, theory = place_of(net.architecture, layer), fields_of(net.architecture, side)[layer]
        images = images_of(net).requires_grad_()
        kept: list[Tensor] = []
        hook = loaded.model.get_submodule(place.module).register_forward_hook(lambda m, i, o, kept=kept: kept.append(o))
        loaded.model(images)
        hook.remove()
        middle = kept[0].shape[-1] // 2 - 1
        (gradient,) = torch.autograd.grad(kept[0][0, :, middle, middle].sum(), images)
        rows = gradient[0].abs().sum((0, 2)).nonzero()[:, 0]
        first, end = theory.window(middle)
        assert (int(rows[0]), int(rows[-1]) + 1) == (max(0, first), min(side, end)), layer


def test_the_effective_field_is_autograds_gradient(ours: Loaded) -> None:
    images = images_of(OURS).requires_grad_()
    model = ours.model
    y = model.layer2[0](model.layer1(model.act1(model.bn1(model.conv1(images)))))
    at = divmod(int(y[0, 4].argmax()), 16)
    y[0, 4, at[0], at[1]].backward()
    measured = MeasureField(OURS, CAT, "layer2.0", 4, *at).run(ours)
    for parameter in model.parameters():
        parameter.grad = None
    assert images.grad is not None
    assert torch.allclose(measured.strength, images.grad[0].abs().sum(0), atol=1e-6)
    assert measured.value == pytest.approx(float(y[0, 4].max().detach()))
    assert 0 < measured.size <= fields_of(OURS.architecture, 32)["layer2.0"].size


def test_a_unit_that_its_relu_keeps_at_zero_is_silent(ours: Loaded) -> None:
    values = capture(ours, images_of(OURS), place_of(OURS.architecture, "layer3.0"))
    channel, row, column = (values == 0).nonzero()[0].tolist()
    measured = MeasureField(OURS, CAT, "layer3.0", channel, row, column).run(ours)
    assert measured.is_silent
    assert measured.size == 0


def test_the_effective_size_counts_what_is_above_luos_threshold() -> None:
    strength = torch.zeros(10, 10)
    strength[2:5, 2:5] = 0.05
    strength[3, 3] = 1.0
    strength[8, 8] = 0.04
    assert EffectiveField(strength, 1.0, 0.0).size == 3


@pytest.mark.parametrize("family", [Family.RESIDUAL, Family.PLAIN])
def test_responses_are_the_deviations_right_before_the_addition(family: Family) -> None:
    net, loaded = random_net(CifarSpec(family, 14))
    model = loaded.model
    responses = SurveyLayers(net, CAT).run(loaded).responses
    assert [response.name for response in responses] == [f"layer{s}.{b}" for s in (1, 2, 3) for b in (0, 1)]
    with torch.inference_mode():
        x = model.act1(model.bn1(model.conv1(images_of(net))))
        for response in responses:
            block = model.get_submodule(response.name)
            residual = block.bn2(block.conv2(block.act1(block.bn1(block.conv1(x)))))
            assert response.residual == pytest.approx(float(residual.std()), rel=1e-5)
            if family is Family.PLAIN:
                assert (response.shortcut, response.ratio) == (None, None)
            else:
                assert response.ratio == pytest.approx(float(residual.norm() / block.shortcut(x).norm()), rel=1e-5)
                assert response.shortcut == pytest.approx(float(block.shortcut(x).std()), rel=1e-5)
            x = block(x)
