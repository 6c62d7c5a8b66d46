"""CIFAR-10 as tensors in memory, and the augmentation of He15 section 4.2 on whole batches."""

import logging
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torchvision.datasets import CIFAR10

from resnet_edu.errors import UserError, mark
from resnet_edu.nets.cifar import CIFAR10_CLASSES, CIFAR10_MEAN, CIFAR10_STD, IMAGE_SIZE

log = logging.getLogger(__name__)

CIFAR10_NAME = "CIFAR-10"
JPEG_COPY = mark("CIFAR-10, JPEG copy (quality 75, 4:2:0 chroma)")
"""The data behind the shipped runs, until runs on the lossless pictures replace them."""
CIFAR10_PICTURES = 60_000
PADDING = 4


@dataclass(frozen=True)
class Split:
    """Pictures with labels: ``images`` uint8 (N, 3, H, W) and ``labels`` int64 (N,)."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: torch.device) -> "Split":
        """Return the split on ``device``."""
        return Split(self.images.to(device), self.labels.to(device))


@dataclass(frozen=True)
class Dataset:
    """A data set in memory, under the name used on cards and in captions.

    ``published`` is the size of the official data set if a copy may lack some pictures. ``held_out`` are
    training pictures kept out of ``train`` for selection and calibration.
    """

    name: str
    classes: tuple[str, ...]
    train: Split
    test: Split
    held_out: Split | None = None
    published: int | None = None

    @property
    def description(self) -> str:
        """The name and, for an incomplete copy, its size; identifies a run's data."""
        here = len(self.train) + len(self.test)
        if self.published in (None, here):
            return self.name
        return f"{self.name}, {here:,} of its {self.published:,} pictures"


def stratified(split: Split, count: int, seed: int = 0) -> Split:
    """Return ``count`` pictures of a split, equally many of each class, chosen by the seed.

    Classes take turns, so that every part of the result is stratified too. A class with too few pictures
    contributes all it has. Simply taking the first pictures would not do, because data sets are often sorted
    by class.
    """
    order = torch.randperm(len(split), generator=torch.Generator().manual_seed(seed))
    labels = split.labels[order]
    turn = torch.empty_like(labels)
    for label in range(int(labels.max()) + 1):
        mine = labels == label
        turn[mine] = torch.arange(int(mine.sum()))
    chosen = order[(turn * (int(labels.max()) + 1) + labels).argsort()[:count]]
    return Split(split.images[chosen], split.labels[chosen])


def load_cifar10(data_dir: Path | None, download_dir: Path) -> Dataset:
    """Load CIFAR-10 from ``data_dir``, or let torchvision download it into ``download_dir`` (170 MB).

    ``data_dir`` may hold torchvision's ``cifar-10-batches-py`` or folders of PNG files, ``train/CLASS`` and
    ``test/CLASS``. Raises ``UserError`` if it holds neither.
    """
    if data_dir is None:
        with downloading(CIFAR10_NAME):
            return _official(download_dir, download=True)
    if (data_dir / CIFAR10.base_folder).is_dir():
        try:
            return _official(data_dir, download=False)
        except RuntimeError:  # torchvision compares checksums
            raise _no_cifar10() from None
    if all((data_dir / part / name).is_dir() for part in ("train", "test") for name in CIFAR10_CLASSES):
        return _cifar10(*(_folder_split(data_dir / part) for part in ("train", "test")))
    raise _no_cifar10()


@contextmanager
def downloading(name: str) -> Iterator[None]:
    """Turn a failed download into a ``UserError`` that says what to do without a network."""
    try:
        yield
    except (OSError, HTTPException, RuntimeError) as error:  # RuntimeError is torchvision's, for a wrong checksum
        log.info("A data set could not be downloaded: %s", error)
        raise UserError(
            mark("{name} could not be downloaded. Give the folder of a copy with --data-dir."), name=name
        ) from None


Colour = tuple[float, ...]
"""One value per channel, for pictures in [0, 1]."""


def normalize(images: Tensor, mean: Colour = CIFAR10_MEAN, std: Colour = CIFAR10_STD) -> Tensor:
    """Normalise uint8 (N, 3, H, W) to float32, by default to mean 0 and variance 1 per channel over CIFAR-10."""
    centre, scale = (torch.tensor(values, device=images.device).view(1, 3, 1, 1) for values in (mean, std))
    return (images.float() / 255 - centre) / scale


def augment(images: Tensor, generator: torch.Generator) -> Tensor:
    """Augment as in He15 section 4.2: pad by 4, crop at random, flip half of the pictures; uint8 in, uint8 out.

    The padding is the data set's mean colour, which normalises to 0. Only the random numbers are not computed
    on the pictures' device, so that a seed gives the same pictures on every device.
    """
    count, _, height, width = images.shape
    mean = (torch.tensor(CIFAR10_MEAN) * 255).round().to(torch.uint8).view(1, 3, 1, 1).to(images.device)
    padded = mean.repeat(count, 1, height + 2 * PADDING, width + 2 * PADDING)
    padded[:, :, PADDING:-PADDING, PADDING:-PADDING] = images
    top = torch.randint(0, 2 * PADDING + 1, (count, 1), generator=generator)
    left = torch.randint(0, 2 * PADDING + 1, (count, 1), generator=generator)
    flip = torch.rand((count, 1), generator=generator) < 0.5
    columns = torch.arange(width).expand(count, width)
    columns = (left + torch.where(flip, columns.flip(1), columns)).to(images.device).unsqueeze(1)
    rows = (top + torch.arange(height)).to(images.device).unsqueeze(2)
    pictures = torch.arange(count, device=images.device).view(-1, 1, 1)
    cropped = padded.permute(0, 2, 3, 1)[pictures, rows, columns]
    return cropped.permute(0, 3, 1, 2)


def _cifar10(train: Split, test: Split) -> Dataset:
    return Dataset(CIFAR10_NAME, CIFAR10_CLASSES, train, test, published=CIFAR10_PICTURES)


def _official(root: Path, download: bool) -> Dataset:
    return _cifar10(*(_official_split(root, train, download) for train in (True, False)))


def _official_split(root: Path, train: bool, download: bool) -> Split:
    data = CIFAR10(str(root), train=train, download=download)
    return Split(torch.from_numpy(data.data).permute(0, 3, 1, 2).contiguous(), torch.tensor(data.targets))


def _folder_split(folder: Path) -> Split:
    """Decode ``CLASS/NNNN.png`` by class and name, so that the order is always the same."""
    pixels, labels = [], []
    for label, name in enumerate(CIFAR10_CLASSES):
        for path in sorted((folder / name).glob("*.png")):
            pixels.append(_picture(path))
            labels.append(label)
    if not labels:
        raise _no_cifar10()
    return Split(torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).contiguous(), torch.tensor(labels))


def _picture(path: Path) -> NDArray[np.uint8]:
    try:
        with Image.open(path) as picture:
            pixels = np.asarray(picture.convert("RGB"))
    except OSError:
        pixels = np.empty(0, np.uint8)
    if pixels.shape != (IMAGE_SIZE, IMAGE_SIZE, 3):
        raise UserError(mark("{path} is not a picture from CIFAR-10. Copy it again, or delete it."), path=path)
    return pixels


def _no_cifar10() -> UserError:
    return UserError(
        mark("No CIFAR-10 in that folder. It should hold cifar-10-batches-py, or PNG files in train/ and test/.")
    )


def archive_files(archive: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Yield the files in a tar archive as (path inside it, content)."""
    with tarfile.open(archive) as tar:
        for member in tar:
            file = tar.extractfile(member)
            if file is not None:
                yield PurePosixPath(member.name), file.read()


def folder_files(folder: Path, pattern: str) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Yield the files in a folder that match ``pattern`` as (path inside it, content)."""
    for path in folder.glob(pattern):
        yield PurePosixPath(path.relative_to(folder).as_posix()), path.read_bytes()
