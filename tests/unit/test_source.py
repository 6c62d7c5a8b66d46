"""Generated source runs unchanged, and its block computes the same as ours."""

import importlib
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from torch import Tensor, nn

from resnet_edu.nets.block_options import Order
from resnet_edu.nets.block_presets import DASHED, PRESETS, BlockPreset
from resnet_edu.nets.block_repairs import is_legal
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.blocks import Normalisation
from resnet_edu.nets.graph_net import GraphNet
from resnet_edu.nets.kinds import graph_of
from resnet_edu.nets.layers import Shape
from resnet_edu.nets.source_keras import keras_source
from resnet_edu.nets.source_pytorch import pytorch_source
from resnet_edu.nets.vocabulary import Shortcut
from tests.unit.specifications import module_of, shake, sizes, specs

SMALL = [
    *(BlockSpec("basic", 4, 8, 2, shortcut=Shortcut.B, order=order) for order in Order),
    BlockSpec("basic", 4, 9, 2, shortcut=Shortcut.A, normalisation=Normalisation.NONE),
    BlockSpec("plain", 4, 8, 2),
    BlockSpec("bottleneck", 4, 8, 2, shortcut=Shortcut.C),
    BlockSpec("resnext", 8, 8, 3, expansion=2, groups=2, shortcut=Shortcut.B),
    BlockSpec("wide", 4, 8, 2, shortcut=Shortcut.B, order=Order.FULL_PRE_ACTIVATION),
    BlockSpec("highway", 4, 4),
    BlockSpec("highway", 4, 8, 2, shortcut=Shortcut.A),
    BlockSpec("dense", 4, 8),
]


def run(source: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "block"}
    exec(compile(source, "block.py", "exec"), namespace)
    return namespace


@settings(deadline=None, max_examples=60)
@given(specs, sizes)
def test_pytorch_source_computes_what_the_module_computes(spec: BlockSpec, size: tuple[int, int]) -> None:
    x = (spec.channels_in, *size)
    assume(is_legal(spec, x))
    assert_pytorch_agrees(spec, x)


@pytest.mark.parametrize("spec", SMALL, ids=lambda spec: f"{spec.kind}-{spec.shortcut}-{spec.order}")
def test_pytorch_source_of_every_kind_computes_what_the_module_computes(spec: BlockSpec) -> None:
    assert_pytorch_agrees(spec, (spec.channels_in, 8, 7))


def assert_pytorch_agrees(spec: BlockSpec, x: Shape) -> None:
    ours = shake(module_of(spec))
    theirs = run(pytorch_source(spec, x))["block"].eval()
    theirs.load_state_dict(ours.state_dict())
    picture = torch.randn(2, *x)
    with torch.no_grad():
        torch.testing.assert_close(theirs(picture), ours(picture), rtol=0, atol=1e-6)


def test_pytorch_source_says_shape_and_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    run(pytorch_source(DASHED, (64, 56, 56)))
    assert capsys.readouterr().out == f"output (2, 128, 28, 28)\nparameters {graph_of(DASHED).parameters}\n"


def test_pytorch_source_reads_like_the_figure() -> None:
    forward = pytorch_source(DASHED, (64, 56, 56)).partition("    def forward")[2].partition("\n\n")[0]
    assert forward.splitlines() == [
        "(self, x):            # 64 × 56 × 56",
        "        out = self.conv1(x)          # 128 × 28 × 28",
        "        out = self.bn1(out)          # 128 × 28 × 28",
        "        out = self.act1(out)         # 128 × 28 × 28",
        "        out = self.conv2(out)        # 128 × 28 × 28",
        "        out = self.bn2(out)          # 128 × 28 × 28",
        "        shortcut = self.shortcut(x)  # 128 × 28 × 28",
        "        out = out + shortcut         # 128 × 28 × 28",
        "        out = self.act2(out)         # 128 × 28 × 28",
        "        return out",
    ]


def test_source_of_an_impossible_block_shows_both_shapes_and_fails_where_they_meet() -> None:
    spec, x = replace(DASHED, shortcut=Shortcut.IDENTITY), (64, 56, 56)
    source = pytorch_source(spec, x)
    assert "out = out + x          # 128 × 28 × 28, 64 × 56 × 56" in source
    with pytest.raises(RuntimeError, match="must match"):
        run(source)
    assert "# 28 × 28 × 128, 56 × 56 × 64" in keras_source(spec, x)


@pytest.fixture(scope="module")
def keras(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KERAS_BACKEND", "torch")
        environment.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))
        yield importlib.import_module("keras")


@pytest.mark.parametrize(
    ("installed", "chosen"),
    [
        (("tensorflow",), "tensorflow"),
        (("jax",), "jax"),
        (("torch",), "torch"),
        (("jax", "torch"), "jax"),
        ((), "torch"),
    ],
    ids=str,
)
def test_keras_source_runs_on_the_backend_that_is_installed(
    monkeypatch: pytest.MonkeyPatch, installed: tuple[str, ...], chosen: str
) -> None:
    head = keras_source(PRESETS[0].spec, PRESETS[0].shape).partition("import keras\n")[0]
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name in installed or None)
    for said, expected in ((None, chosen), ("numpy", "numpy")):
        monkeypatch.setenv("KERAS_BACKEND", said or "")
        if said is None:
            monkeypatch.delenv("KERAS_BACKEND")
        run(head)
        assert os.environ["KERAS_BACKEND"] == expected


def keras_weights(module: nn.Module) -> list[Tensor]:
    """Return a module's weights in the order and layout of the Keras layer."""
    if isinstance(module, nn.Conv2d):
        kernel = module.weight.detach().permute(2, 3, 1, 0)
        return [kernel] if module.bias is None else [kernel, module.bias.detach()]
    if isinstance(module, nn.BatchNorm2d):
        return [module.weight.detach(), module.bias.detach(), module.running_mean, module.running_var]
    return []


def assert_keras_agrees(model: Any, ours: GraphNet, x: Shape) -> None:
    for operation in ours.graph.operations:
        weights = keras_weights(ours.get_submodule(operation.name))
        if weights:
            model.get_layer(operation.name.replace(".", "_")).set_weights([w.numpy() for w in weights])
    picture = torch.randn(2, *x)
    with torch.no_grad():
        seen = torch.as_tensor(model(picture.permute(0, 2, 3, 1), training=False)).cpu()
        torch.testing.assert_close(seen.permute(0, 3, 1, 2), ours(picture), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("size", [8, 7])
@pytest.mark.parametrize("spec", SMALL, ids=lambda spec: f"{spec.kind}-{spec.shortcut}-{spec.order}")
def test_keras_source_computes_what_the_module_computes(keras: Any, spec: BlockSpec, size: int) -> None:
    x = (spec.channels_in, size, size)
    assert_keras_agrees(run(keras_source(spec, x))["model"], shake(module_of(spec)), x)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_keras_source_says_shape_and_parameters(
    keras: Any, preset: BlockPreset, capsys: pytest.CaptureFixture[str]
) -> None:
    run(keras_source(preset.spec, preset.shape))
    graph = graph_of(preset.spec)
    output = graph.predict(preset.shape).output
    assert output is not None
    running = sum(b.numel() for name, b in module_of(preset.spec).named_buffers() if "running" in name)
    assert capsys.readouterr().out.splitlines() == [
        f"output {(2, *output[1:], output[0])}",
        f"trainable parameters {graph.parameters}",
        f"running statistics {running}",
    ]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_source_is_no_wider_than_ours(preset: BlockPreset) -> None:
    for source in (pytorch_source, keras_source):
        assert max(map(len, source(preset.spec, preset.shape).splitlines())) <= 120
