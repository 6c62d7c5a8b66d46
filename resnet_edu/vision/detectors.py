"""Which detectors and segmentation nets are on this machine."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from torch import nn

from resnet_edu.errors import UserError, mark
from resnet_edu.nets.detectors import NETS, DetectorSpec
from resnet_edu.paths import is_readable
from resnet_edu.seeding import seeded
from resnet_edu.vision.catalogue import Source, damage, operator_folder
from resnet_edu.vision.files import read_state


@dataclass(frozen=True)
class Detector:
    """A net with the file of its weights, or where a download would put it; ``size`` is in bytes."""

    spec: DetectorSpec
    source: Source
    path: Path
    size: int
    url: str

    @property
    def id(self) -> str:
        """torchvision's name."""
        return self.spec.model

    @property
    def title(self) -> str:
        """The papers' name."""
        return self.spec.title

    @property
    def is_ready(self) -> bool:
        """Whether the weights are on this machine."""
        return self.source is not Source.DOWNLOAD

    @property
    def classes(self) -> tuple[str, ...]:
        """The class of each output; the first one is what belongs to none."""
        return tuple(self.spec.weights.meta["categories"])


def detectors() -> dict[str, Detector]:
    """Search the operator's folder and torchvision's cache for all of them; nothing is downloaded."""
    return {name: detector(spec) for name, spec in NETS.items()}


def detector(spec: DetectorSpec) -> Detector:
    """Search for one of them by the name of its file."""
    weights = spec.weights
    own, cached = operator_folder() / spec.file, Path(torch.hub.get_dir()) / "checkpoints" / spec.file
    places = {Source.OPERATOR: own, Source.CACHE: cached}
    source = next((each for each, path in places.items() if is_readable(path)), Source.DOWNLOAD)
    return Detector(spec, source, places.get(source, cached), round(weights.meta["_file_size"] * 2**20), weights.url)


def load(found: Detector, device: torch.device) -> nn.Module:
    """Return the net with its weights, in evaluation mode; the last one is kept.

    Raises ``UserError`` if the file is missing or damaged.
    """
    if not is_readable(found.path):
        raise UserError(mark("The weights of {net} are not on this machine yet. Fetch them first."), net=found.title)
    if error := damage(found):
        raise error
    return _load(found, device)


@lru_cache(maxsize=1)
def _load(found: Detector, device: torch.device) -> nn.Module:
    with seeded(0):  # building draws weights, though they are replaced at once
        model = found.spec.build()
    model.load_state_dict(read_state(found.path))
    return model.eval().to(device)


def forget() -> None:
    """Release the net that is kept, because memory is needed."""
    _load.cache_clear()
