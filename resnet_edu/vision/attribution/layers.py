"""The layers of a net whose maps can be inspected, by name."""

from dataclasses import dataclass
from functools import cache

import torch
from torch import nn

from resnet_edu.nets.architecture import Architecture


@dataclass(frozen=True)
class Layers:
    """Module names from the picture to the answer.

    ``stages`` holds the stem and the stages; ``all`` adds every block and convolution; ``head`` is the linear
    layer.
    """

    stages: tuple[str, ...]
    all: tuple[str, ...]
    head: str


@cache
def layers(architecture: Architecture) -> Layers:
    """Find the layers of a net in its structure, without drawing weights."""
    with torch.device("meta"):
        model = architecture.build()
    prefix = "features." if hasattr(model, "features") else ""  # DenseNet's body is a separate module
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
