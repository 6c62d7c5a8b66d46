"""Every net that can be chosen: what it is, what it was trained on, and where its weights are."""

import hashlib
import os
import re
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Protocol
from zlib import crc32

import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save
from torch import Tensor, nn
from torchvision.models import WeightsEnum

from resnet_edu import config
from resnet_edu.errors import UserError, mark
from resnet_edu.nets import detectors
from resnet_edu.nets.architecture import Architecture, architecture_from_dict
from resnet_edu.nets.card import (
    Calibration,
    ModelCard,
    Resolution,
    Strangers,
    card_path,
    load_card,
    load_weights,
    sha256_of,
    weights_suffix,
)
from resnet_edu.nets.cifar import CIFAR10_CLASSES, CIFAR10_MEAN, CIFAR10_STD, IMAGE_SIZE, CifarSpec, Family
from resnet_edu.nets.imagenet import IMAGENET_MEAN, IMAGENET_STD, NAMES, ImagenetSpec, pretrained_weights
from resnet_edu.paths import CHECKPOINTS, WEIGHTS, is_readable
from resnet_edu.seeding import seeded
from resnet_edu.vision.files import read_state
from resnet_edu.vision.names import plain
from resnet_edu.vision.preprocessing import Preprocessing
from resnet_edu.vision.recognise import recognise, shapes_of
from resnet_edu.vision.sidecar import read_sidecar

DEFAULT_NET = "tiny-imagenet-resnet18"
"""The net a page opens with if no stronger one is available."""
FAMILIES = {
    Family.PLAIN: "Plain",
    Family.RESIDUAL: "ResNet",
    Family.PRE_ACTIVATION: "Pre-activation ResNet",
    Family.HIGHWAY: "Highway",
}
TITLES = {
    "resnext50_32x4d": "ResNeXt-50 32x4d",
    "resnext101_32x8d": "ResNeXt-101 32x8d",
    "wide_resnet50_2": "Wide ResNet-50-2",
    "wide_resnet101_2": "Wide ResNet-101-2",
    "densenet121": "DenseNet-121",
}


class Source(StrEnum):
    """Where a net's weights come from, in search order."""

    OPERATOR = "operator"
    OURS = "ours"
    CACHE = "cache"
    DOWNLOAD = "download"


@dataclass(frozen=True)
class Learned:
    """Tensors that replace some of a net's weights, as the bytes of a safetensors file, identified by SHA-256."""

    sha256: str
    content: bytes = field(compare=False, repr=False)

    @classmethod
    def of(cls, tensors: dict[str, Tensor]) -> "Learned":
        """Serialise tensors given by layer name."""
        content = save({name: value.detach().cpu().contiguous() for name, value in tensors.items()})
        return cls(hashlib.sha256(content).hexdigest(), content)


@dataclass(frozen=True)
class Net:
    """A net that can be chosen.

    ``accuracy`` is a top-1 fraction on ``accuracy_data``, or None if unmeasured. ``test_pictures`` and
    ``train_pictures`` are the numbers of pictures it was measured and trained on; ``top5`` is how often the
    class is among the five most probable, if its card says so. ``path`` is the weights file, or where a
    download would put it; ``size`` is in bytes. ``assumed`` lists the fields of a ``Sidecar`` that nobody
    stated. ``changed`` distinguishes versions of a file that is overwritten, since results are cached by all
    of these fields. ``learned`` is what somebody has taught the net in the app; it replaces those layers of
    the file.
    """

    id: str
    title: str
    architecture: Architecture
    source: Source
    path: Path
    size: int
    parameters: int
    classes: tuple[str, ...]
    data: str
    accuracy: float | None
    accuracy_data: str
    preprocessing: Preprocessing
    url: str = ""
    top5: float | None = None
    test_pictures: int | None = None
    train_pictures: int | None = None
    calibration: Calibration | None = None
    strangers: Strangers | None = None
    assumed: frozenset[str] = frozenset()
    changed: int = 0
    learned: Learned | None = None

    @property
    def temperature(self) -> float:
        """The divisor of the logits before the softmax; 1 if none was fitted."""
        return self.calibration.temperature if self.calibration else 1.0

    def is_doubtful(self, share: float) -> bool:
        """Return whether answers with this probability were wrong more often than right, if that was measured."""
        return self.calibration is not None and share < self.calibration.doubtful_below

    @property
    def depth(self) -> int:
        """The number of weighted layers."""
        return self.architecture.depth

    @property
    def strength(self) -> tuple[int, float]:
        """The number of classes, then the accuracy."""
        return len(self.classes), self.accuracy or 0.0

    @property
    def is_ready(self) -> bool:
        """Whether the weights are on this machine."""
        return self.source is not Source.DOWNLOAD


@dataclass(frozen=True)
class RefusedFile:
    """A file, or the operator's folder, that was not loaded, and why."""

    name: str
    error: UserError


@dataclass(frozen=True)
class Catalogue:
    """All nets by id, with those on this machine first, and the files that were refused."""

    nets: dict[str, Net]
    refused: tuple[RefusedFile, ...]

    @property
    def default(self) -> Net:
        """The net shown at first: the operator's choice, else the strongest one here, else any."""
        wanted = self.nets.get(config.NET.read() or "")
        if wanted is not None and wanted.is_ready:
            return wanted
        here = [net for net in self.nets.values() if net.is_ready and net.accuracy is not None]
        for net in sorted(here, key=lambda net: net.strength, reverse=True):
            if damage(net) is None:
                return net
        return next(iter(self.nets.values()))

    def stronger(self, net: Net) -> list[Net]:
        """Return nets with more classes by increasing size, keeping only those stronger than every smaller one."""
        found: list[Net] = []
        for each in sorted(self.nets.values(), key=lambda each: (each.size, each.id)):
            knows_more = each.accuracy is not None and len(each.classes) > len(net.classes)
            if knows_more and (not found or each.strength > found[-1].strength):
                found.append(each)
        return found

    def find(self, net_id: str) -> Net:
        """Return the net with that id; raises ``UserError`` if its card is missing or damaged."""
        if net_id not in self.nets:
            raise UserError(mark("The files of {net} are missing or damaged. Copy them again."), net=net_id)
        return self.nets[net_id]


def catalogue() -> Catalogue:
    """Search the operator's folder, the shipped weights and torchvision's cache; nothing is downloaded."""
    known = [*_operator_nets(), *_our_nets()]
    nets = [each for each in known if isinstance(each, Net)] + _torchvision_nets()
    found: dict[str, Net] = {}
    for net in sorted(nets, key=lambda net: (not net.is_ready, net.id != DEFAULT_NET)):
        found.setdefault(net.id, net)
    return Catalogue(found, tuple(each for each in known if isinstance(each, RefusedFile)))


def load(net: Net) -> nn.Module:
    """Build the net with its weights, in evaluation mode, on the CPU.

    Raises ``UserError`` if the file is missing or damaged.
    """
    if not is_readable(net.path):
        raise UserError(mark("The weights of {net} are not on this machine yet. Fetch them first."), net=net.title)
    if error := damage(net):
        raise error
    with seeded(0):  # building draws weights, though they are replaced at once
        model = net.architecture.build()
    state = _state(net)
    if net.learned:
        state |= load_tensors(net.learned.content)
    model.load_state_dict(state)
    return model.eval()


def _state(net: Net) -> dict[str, Tensor]:
    if net.source is Source.OURS:
        return load_weights(net.path, load_card(net.path))
    return recognise(read_state(net.path), net.path.name)[1]


class Fetchable(Hashable, Protocol):
    """A net, for the inference page or another, whose weights may be torchvision's; ``path`` is their place here."""

    @property
    def id(self) -> str:
        """The net's name."""

    @property
    def title(self) -> str:
        """The net's name for the reader."""

    @property
    def path(self) -> Path:
        """The weights' file."""

    @property
    def size(self) -> int:
        """Its bytes."""

    @property
    def url(self) -> str:
        """Where it is fetched from; empty if it is not torchvision's."""


def damage(net: Fetchable) -> UserError | None:
    """Return what is wrong with a downloaded file by its checksum, computed once per version of the file."""
    return _damage(net, _state_of_file(net.path)) if net.url and is_readable(net.path) else None


@cache
def _damage(net: Fetchable, state: tuple[int, int]) -> UserError | None:
    try:
        check_hash(net.path, net.url, net.title)
    except UserError as error:
        return error
    return None


def check_hash(path: Path, url: str, title: str) -> None:
    """Raise ``UserError`` unless the file's SHA-256 begins with the digits in torchvision's URL."""
    if not sha256_of(path).startswith(hash_prefix(url)):
        raise UserError(mark("The weights of {net} are damaged: the checksum is wrong. Fetch them again."), net=title)


def hash_prefix(url: str) -> str:
    """Return the first digits of the SHA-256, which torchvision puts into the file's name."""
    found = re.search(r"-([0-9a-f]{8,})\.", url)
    if found is None:
        raise ValueError(url)
    return found.group(1)


def _title(architecture: Architecture) -> str:
    if isinstance(architecture, ImagenetSpec):
        return TITLES.get(architecture.model, f"ResNet-{architecture.depth}")
    option = architecture.name.rpartition("-")[2]
    suffix = f" {option}" if option in ("B", "C") else ""
    return f"{FAMILIES[architecture.family]}-{architecture.depth}{suffix}"


@cache
def _parameters(architecture: Architecture) -> int:
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in architecture.build().parameters())


def _our_nets() -> list[Net | RefusedFile]:
    paths = sorted(WEIGHTS.glob("*.safetensors"))
    return [_our_net(path, _state_of_file(path), _state_of_file(card_path(path))) for path in paths]


@cache
def _our_net(path: Path, state: tuple[int, int], state_of_card: tuple[int, int]) -> Net | RefusedFile:
    """Read the net once per version of the weights and their card."""
    try:
        return _net_of_card(path, load_card(path), Source.OURS)
    except UserError as error:
        return RefusedFile(path.name, error)


def _net_of_card(path: Path, card: ModelCard, source: Source) -> Net:
    architecture = architecture_from_dict(card.architecture)
    return Net(
        id=card.name,
        title=_title(architecture) if card.resolution is None else f"{_title(architecture)} · {card.data}",
        architecture=architecture,
        source=source,
        path=path,
        size=_state_of_file(path)[1],
        parameters=_parameters(architecture),
        classes=card.classes,
        data=card.data,
        accuracy=card.metrics["test_accuracy"],
        accuracy_data=card.data,
        preprocessing=_preprocessing_of_card(card, architecture),
        top5=card.metrics.get("test_top5_accuracy"),
        test_pictures=int(card.metrics["test_pictures"]),
        train_pictures=int(card.metrics["train_pictures"]) if "train_pictures" in card.metrics else None,
        calibration=card.calibration,
        strangers=card.strangers,
        changed=_state_of_file(path)[0],
    )


def _preprocessing(architecture: Architecture) -> Preprocessing:
    if isinstance(architecture, CifarSpec):
        return Preprocessing(IMAGE_SIZE, IMAGE_SIZE, CIFAR10_MEAN, CIFAR10_STD)
    return Preprocessing(256, 224, IMAGENET_MEAN, IMAGENET_STD)


def _preprocessing_of_card(card: ModelCard, architecture: Architecture) -> Preprocessing:
    if card.resolution:
        return _through(card.resolution)
    return Preprocessing(**vars(card.given)) if card.given else _preprocessing(architecture)


def _through(resolution: Resolution) -> Preprocessing:
    """Reduce and enlarge photos as the training pictures were."""
    detail, side = resolution.detail, resolution.side
    return Preprocessing(detail, side, IMAGENET_MEAN, IMAGENET_STD, detail=detail)


def operator_folder() -> Path:
    """Return the folder for weights not shipped with the app: RESNET_EDU_WEIGHTS, or where training writes them."""
    return Path(config.WEIGHTS.read() or CHECKPOINTS / WEIGHTS.name)


def net_of_file(path: Path) -> Net:
    """Return the net in any weights file; raises ``UserError`` if it can't be used."""
    found = inspect(path)
    if isinstance(found, RefusedFile):
        raise found.error
    return found


def _operator_nets() -> list[Net | RefusedFile]:
    folder = operator_folder()
    if not config.WEIGHTS.read() and not folder.is_dir():
        return []
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        message = mark("This folder for weights can't be read. Create it, or correct its permissions.")
        return [RefusedFile(config.WEIGHTS.name, UserError(message))]
    paths = [path for path in paths if weights_suffix(path) and path.name not in detectors.files()]
    return [inspect(path) for path in paths]


def inspect(path: Path) -> Net | RefusedFile:
    """Return the net in an operator's file, or why the file was refused."""
    return _operator_file(path, _state_of_file(path), _state_of_file(card_path(path)))


def _operator_id(path: Path) -> str:
    """Name a net after its file alone, so that no other file's coming or going changes a link to it.

    What had to be left out of the name is told apart by a number. Component keys in Streamlit must not contain two
    consecutive underscores.
    """
    name = re.sub("__+", "_", plain(path.name))
    return f"file-{name}" if name == path.name else f"file-{name}-{crc32(os.fsencode(path.name)):08x}"


def _state_of_file(path: Path) -> tuple[int, int]:
    """Return a file's modification time and size; zeros if it can't be read."""
    if not is_readable(path):
        return 0, 0
    status = path.stat()
    return status.st_mtime_ns, status.st_size


@cache
def _operator_file(path: Path, state: tuple[int, int], state_of_card: tuple[int, int]) -> Net | RefusedFile:
    """Identify the net once per version of the file and its card. Names from either are stripped of markup."""
    try:
        architecture = recognise(read_state(path), path.name)[0]
        said = read_sidecar(path, architecture.classes)
        if said is None:
            return _operator_net_of_card(path, architecture)
    except UserError as error:
        return RefusedFile(plain(path.name), error)
    preprocessing = _preprocessing(architecture)
    return Net(
        id=_operator_id(path),
        title=f"{_title(architecture)} · {plain(path.name)}",
        architecture=architecture,
        source=Source.OPERATOR,
        path=path,
        size=state[1],
        parameters=_parameters(architecture),
        classes=said.classes or _assumed_classes(architecture),
        data=said.data,
        accuracy=said.accuracy,
        accuracy_data=said.data,
        preprocessing=replace(preprocessing, mean=said.mean or preprocessing.mean, std=said.std or preprocessing.std),
        assumed=frozenset(key for key in ("classes", "mean", "std") if getattr(said, key) is None),
        changed=state[0],
    )


def _operator_net_of_card(path: Path, recognised: Architecture) -> Net:
    """Return the net described by the card; raises ``UserError`` if card and file don't match."""
    net = _net_of_card(path, load_card(path), Source.OPERATOR)
    if shapes_of(net.architecture) != shapes_of(recognised) or len(net.classes) != recognised.classes:
        raise UserError(mark("The model card does not match the weights file next to it. Copy both again."))
    return replace(
        net,
        id=_operator_id(path),
        classes=tuple(plain(name) for name in net.classes),
        data=plain(net.data),
        accuracy_data=plain(net.data),
        strangers=replace(net.strangers, what=plain(net.strangers.what)) if net.strangers else None,
    )


def _assumed_classes(architecture: Architecture) -> tuple[str, ...]:
    """Return the usual names for 10 or 1000 classes, and numbers otherwise."""
    if isinstance(architecture, CifarSpec) and architecture.classes == len(CIFAR10_CLASSES):
        return CIFAR10_CLASSES
    imagenet = pretrained_weights(NAMES[0])[0].meta["categories"]
    if architecture.classes == len(imagenet):
        return tuple(imagenet)
    return numbered(architecture.classes)


def numbered(count: int) -> tuple[str, ...]:
    """Return numbers as class names."""
    return tuple(str(index) for index in range(count))


def _torchvision_nets() -> list[Net]:
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    found = []
    for model in NAMES:
        for weights in pretrained_weights(model):
            path = folder / weights.url.rsplit("/", 1)[1]
            found.append(_torchvision_net(model, weights, path, is_readable(path)))
    return found


@cache
def _torchvision_net(model: str, weights: WeightsEnum, path: Path, is_here: bool) -> Net:
    transforms = weights.transforms()
    version = weights.name.removeprefix("IMAGENET1K_")
    architecture = ImagenetSpec(model)
    return Net(
        id=f"{model}-{version.lower()}",
        title=f"{_title(architecture)} · {version}",
        architecture=architecture,
        source=Source.CACHE if is_here else Source.DOWNLOAD,
        path=path,
        size=round(weights.meta["_file_size"] * 2**20),
        parameters=weights.meta["num_params"],
        classes=tuple(weights.meta["categories"]),
        data="ImageNet-1K",
        accuracy=weights.meta["_metrics"]["ImageNet-1K"]["acc@1"] / 100,
        accuracy_data="ImageNet-1K",
        preprocessing=Preprocessing(
            resize=transforms.resize_size[0],
            crop=transforms.crop_size[0],
            mean=tuple(transforms.mean),
            std=tuple(transforms.std),
            interpolation=transforms.interpolation,
        ),
        url=weights.url,
    )
