"""Which net is this? Derives an architecture from the names and shapes in a weights file."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor

from resnet_edu.errors import Listed, UserError, mark
from resnet_edu.nets.architecture import Architecture
from resnet_edu.nets.blocks import Shortcut
from resnet_edu.nets.cifar import CIFAR10_CLASSES, CifarSpec, Family
from resnet_edu.nets.imagenet import NAMES, ImagenetSpec
from resnet_edu.vision.names import plain

NESTED = (
    "state_dict",
    "model_state_dict",
    "model_state",
    "model",
    "net",
    "state_dict_ema",
    "ema_state_dict",
    "model_ema",
    "ema",
)
"""Keys under which training scripts store a checkpoint's tensors, averaged ones after the originals."""
BOOKKEEPING = ("n_averaged",)
"""Tensors that wrappers store next to a net's own."""

IMAGENET_CLASSES = 1000
SEVERAL = 2
"""A common prefix only counts if there are at least this many names."""

Shapes = dict[str, tuple[int, ...]]


def state_of(content: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return a checkpoint's tensors by plain layer name, without nested dictionaries and prefixes."""
    for key in NESTED:
        if isinstance(content.get(key), Mapping):
            return state_of(content[key])
    state = {
        name: value
        for name, value in content.items()
        if isinstance(name, str) and isinstance(value, Tensor) and name not in BOOKKEEPING
    }
    if not state:
        raise UserError(mark("The file holds no tensors by name. Save the net's state_dict() into it."))
    return {_plain_name(name): value for name, value in _without_prefix(state).items()}


def recognise(state: dict[str, Tensor], name: str = "") -> tuple[Architecture, dict[str, Tensor]]:
    """Return the architecture with the state's layer names and shapes, and the state to load into it.

    A plain net and its option A twin have the same names and shapes; ``name`` decides: if it contains
    "plain", the net is plain. Raises ``UserError`` with the name of the first layer that doesn't fit.
    """
    state = _with_usual_head(state)
    architecture = _cifar(state, name) if _is_cifar(state) else _imagenet(state)
    if architecture.classes < 2:
        raise UserError(mark("Looks like {net} with one output. A classifier has at least two."), net=architecture.name)
    _check(architecture, {key: tuple(value.shape) for key, value in state.items()})
    zero = torch.zeros((), dtype=torch.long)
    return architecture, {key: state.get(key, zero) for key in shapes_of(architecture)}


def _check(architecture: Architecture, found: Shapes) -> None:
    """Raise ``UserError`` for the first layer, in the net's order, that is missing, different or superfluous."""
    expected = shapes_of(architecture)
    for layer in (*expected, *found):
        if layer in expected and layer not in found and not layer.endswith("num_batches_tracked"):
            raise UserError(
                mark("Looks like {net}, but has no layer {layer}."), net=architecture.name, layer=plain(layer)
            )
        if layer not in expected:
            raise UserError(
                mark("Looks like {net}, which has no layer {layer}."), net=architecture.name, layer=plain(layer)
            )
        if layer in found and found[layer] != expected[layer]:
            raise UserError(
                mark("Looks like {net}, but layer {layer} does not fit: {found} instead of {expected}."),
                net=architecture.name,
                layer=plain(layer),
                found=_shape_text(found[layer]),
                expected=_shape_text(expected[layer]),
            )


def _without_prefix(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Remove what wrappers put before every name (module, _orig_mod, model, net ...), in any order."""
    names = list(state)
    heads = {name.partition(".")[0] for name in names}
    if len(heads) > 1 or not all("." in name for name in names) or len(names) < SEVERAL:
        return dict(state)
    return _without_prefix({name.partition(".")[2]: value for name, value in state.items()})


def _plain_name(name: str) -> str:
    """Rename DenseNet's layers as in current torchvision."""
    return re.sub(r"(denselayer\d+\.(?:norm|conv))\.(\d)", r"\1\2", name)


def _with_usual_head(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename a last layer that follows dropout, or that a CIFAR net calls fc, to its usual name."""
    for head in ("fc", "classifier", "linear"):
        parts = {key.split(".")[1] for key in state if re.fullmatch(rf"{head}\.\d+\.\w+", key)}
        if len(parts) == 1:
            state = {key.replace(f"{head}.{next(iter(parts))}.", f"{head}."): value for key, value in state.items()}
    if "fc.weight" in state and _is_cifar(state):
        state = {re.sub(r"^fc\.", "linear.", key): value for key, value in state.items()}
    return state


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
    if not blocks:
        raise _unknown(state)
    projections = {key.split(".shortcut.")[0] for key in state if ".shortcut." in key}
    if "layer1.0" in projections:
        shortcut = Shortcut.C
    else:
        shortcut = Shortcut.B if projections else Shortcut.A
    return CifarSpec(
        family=_family(state, "plain" in name.lower() and not projections),
        depth=6 * len(blocks) + 2,
        shortcut=shortcut,
        classes=_classes(state, len(CIFAR10_CLASSES)),
        width=state["conv1.weight"].shape[0],
    )


def _family(state: Mapping[str, Tensor], is_called_plain: bool) -> Family:
    if any(re.search(r"\.gate\d\.", key) for key in state):
        return Family.HIGHWAY
    if "bn2.weight" in state and "bn1.weight" not in state:
        return Family.PRE_ACTIVATION
    return Family.PLAIN if is_called_plain else Family.RESIDUAL


def _imagenet(state: Mapping[str, Tensor]) -> ImagenetSpec:
    """Return torchvision's net that shares most layers with the state, at least half of the state's own."""
    found = {key: tuple(value.shape) for key, value in state.items()}
    alike = {model: len(found.items() & shapes_of(ImagenetSpec(model)).items()) for model in NAMES}
    model = max(alike, key=lambda each: (alike[each], -len(shapes_of(ImagenetSpec(each)))))
    if 2 * alike[model] < len(found):
        raise _unknown(state)
    return ImagenetSpec(model, _classes(state, IMAGENET_CLASSES))


def _classes(state: Mapping[str, Tensor], usual: int) -> int:
    """Return the number of outputs of the last layer, or ``usual`` if there is no such layer."""
    for head in ("fc", "classifier", "linear"):
        weights = state.get(f"{head}.weight")
        if weights is not None and weights.ndim == 2 and 0 not in weights.shape:
            return weights.shape[0]
    return usual


@cache
def shapes_of(architecture: Architecture) -> Shapes:
    """Return the shape of every tensor in the net's state, by name."""
    with torch.device("meta"):
        net = architecture.build()
    return {key: tuple(value.shape) for key, value in net.state_dict().items()}


def _shape_text(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "1"


def _unknown(state: Mapping[str, Tensor]) -> UserError:
    known = {name for model in NAMES for name in shapes_of(ImagenetSpec(model))}
    return UserError(
        mark("No net known here has layers named like this file's ({layers}, ...). Known: CIFAR nets and {known}."),
        layers=Listed(map(plain, [name for name in state if name not in known][:3] or list(state)[:3])),
        known=Listed(NAMES),
    )
