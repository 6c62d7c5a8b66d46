"""Which net is this? From the names and shapes in a weights file to an architecture."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor

from resnet_edu.errors import UserError, mark
from resnet_edu.nets.architecture import Architecture
from resnet_edu.nets.blocks import Shortcut
from resnet_edu.nets.cifar import CifarSpec, Family
from resnet_edu.nets.imagenet import NAMES, ImagenetSpec
from resnet_edu.vision.names import plain

NESTED = ("state_dict", "model_state_dict", "model", "net")
"""Keys under which training scripts store the tensors of a checkpoint."""

Shapes = dict[str, tuple[int, ...]]


def state_of(content: Mapping[str, Any]) -> dict[str, Tensor]:
    """The tensors of a checkpoint by plain layer name: nested dictionaries and prefixes removed."""
    for key in NESTED:
        if isinstance(content.get(key), Mapping):
            return state_of(content[key])
    state = {
        _plain_name(name): value
        for name, value in content.items()
        if isinstance(name, str) and isinstance(value, Tensor)
    }
    if not state:
        raise UserError(mark("The file holds no tensors by name. Save the net's state_dict() into it."))
    return state


def recognise(state: dict[str, Tensor], name: str = "") -> tuple[Architecture, dict[str, Tensor]]:
    """The architecture whose layer names and shapes are the state's, and the state to load into it.

    A plain net and its option A twin have the same names and shapes: ``name`` decides, "plain" in
    it says plain. Raises ``UserError`` that names the first layer that fits nowhere.
    """
    if "fc.weight" in state and _is_cifar(state):
        state = {re.sub(r"^fc\.", "linear.", key): value for key, value in state.items()}
    architecture = _cifar(state, name) if _is_cifar(state) else _imagenet(state)
    expected = shapes_of(architecture)
    found = {key: tuple(value.shape) for key, value in state.items()}
    optional = {key for key in expected if key.endswith("num_batches_tracked")}
    for key in sorted(expected.keys() | found.keys()):
        if key in optional and key not in found:
            continue
        if expected.get(key) != found.get(key):
            raise UserError(
                mark("Looks like {net}, but layer {layer} does not fit: {found} instead of {expected}."),
                net=architecture.name,
                layer=plain(key),
                found=_shape_text(found.get(key)),
                expected=_shape_text(expected.get(key)),
            )
    zero = torch.zeros((), dtype=torch.long)
    return architecture, {key: state.get(key, zero) for key in expected}


def _plain_name(name: str) -> str:
    """Without the prefixes of wrappers, and with DenseNet's layers as torchvision names them today."""
    name = name.removeprefix("module.").removeprefix("_orig_mod.")
    return re.sub(r"(denselayer\d+\.(?:norm|conv))\.(\d)", r"\1\2", name)


def _is_cifar(state: Mapping[str, Tensor]) -> bool:
    stem = state.get("conv1.weight")
    return (
        stem is not None
        and tuple(stem.shape[1:]) == (3, 3, 3)
        and len(stem) > 0
        and "layer4.0.conv1.weight" not in state
    )


def _cifar(state: Mapping[str, Tensor], name: str) -> CifarSpec:
    blocks = {key.split(".")[1] for key in state if re.fullmatch(r"layer1\.\d+\.conv1\.weight", key)}
    classifier = _classifier(state, "linear.weight")
    if not blocks:
        raise _unknown(state)
    projections = {key.split(".shortcut.")[0] for key in state if ".shortcut." in key}
    if "layer1.0" in projections:
        shortcut = Shortcut.C
    else:
        shortcut = Shortcut.B if projections else Shortcut.A
    plain = "plain" in name.lower() and not projections
    return CifarSpec(
        family=Family.PLAIN if plain else Family.RESIDUAL,
        depth=6 * len(blocks) + 2,
        shortcut=shortcut,
        classes=classifier.shape[0],
        width=state["conv1.weight"].shape[0],
    )


def _imagenet(state: Mapping[str, Tensor]) -> ImagenetSpec:
    classifier = _classifier(state, "fc.weight", "classifier.weight")
    classes = classifier.shape[0]
    ignored = re.compile(r"num_batches_tracked$|^(fc|classifier)\.")
    found = {key: tuple(value.shape) for key, value in state.items() if not ignored.search(key)}
    for model in NAMES:
        shapes = shapes_of(ImagenetSpec(model))
        if found == {key: shape for key, shape in shapes.items() if not ignored.search(key)}:
            return ImagenetSpec(model, classes)
    raise _unknown(state)


def _classifier(state: Mapping[str, Tensor], *names: str) -> Tensor:
    """The (classes, features) weights of the last layer, neither of them zero."""
    found = next((state[name] for name in names if name in state), None)
    if found is None or found.ndim != 2 or 0 in found.shape:
        raise _unknown(state)
    return found


@cache
def shapes_of(architecture: Architecture) -> Shapes:
    """The shape of every tensor in the net's state, by name."""
    with torch.device("meta"):
        net = architecture.build()
    return {key: tuple(value.shape) for key, value in net.state_dict().items()}


def _shape_text(shape: tuple[int, ...] | None) -> str:
    return "-" if shape is None else "x".join(map(str, shape)) or "1"


def _unknown(state: Mapping[str, Tensor]) -> UserError:
    return UserError(
        mark("No net known here has layers named like this file's ({layers}, ...). Known: CIFAR nets and {known}."),
        layers=", ".join(map(plain, list(state)[:3])),
        known=", ".join(NAMES),
    )
