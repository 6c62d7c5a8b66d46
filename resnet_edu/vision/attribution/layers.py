"""The layers of a net whose maps can be looked at, by name."""

from dataclasses import dataclass
from functools import cache

import torch
from torch import nn

from resnet_edu.nets.architecture import Architecture


@dataclass(frozen=True)
class Layers:
    """Names of modules, from the picture to the answer.

    ``stages`` is the stem and the stages, ``all`` has every block and convolution as well, and
    ``head`` is the linear layer.
    """

    stages: tuple[str, ...]
    all: tuple[str, ...]
    head: str


@cache
def layers(architecture: Architecture) -> Layers:
    """The layers of a net, found in its structure; no weights are drawn."""
    with torch.device("meta"):
        model = architecture.build()
    prefix = "features." if hasattr(model, "features") else ""  # DenseNet's body is a module of its own
    body = model.get_submodule(prefix.rstrip("."))
    stages = tuple(prefix + name for name, module in body.named_children() if name.startswith(("layer", "denseblock")))
    blocks = tuple(f"{stage}.{name}" for stage in stages for name, _ in model.get_submodule(stage).named_children())
    stem = prefix + next(
        name
        for name in ("pool0", "maxpool", "act1", "conv1")
        if isinstance(getattr(body, name, None), nn.Module) and not isinstance(getattr(body, name), nn.Identity)
    )
    wanted = {stem, *stages, *blocks}
    named = [name for name, module in model.named_modules() if name in wanted or isinstance(module, nn.Conv2d)]
    head = [name for name, module in model.named_modules() if isinstance(module, nn.Linear)][-1]
    return Layers((stem, *stages), tuple(named), head)
