"""CIFAR-10 as tensors in memory, and the augmentation of He15 section 4.2 on whole batches."""

import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.datasets import CIFAR10

from resnet_edu.errors import UserError, mark
from resnet_edu.nets.cifar import CIFAR10_CLASSES, CIFAR10_MEAN, CIFAR10_STD

JPEG_ARCHIVE = "cifar10-jpeg.tar.xz"
ORIGINAL = mark("CIFAR-10")
JPEG_COPY = mark("CIFAR-10, JPEG copy (quality 75, 4:2:0 chroma)")


@dataclass(frozen=True)
class Split:
    """``images`` uint8 (N, 3, H, W) and ``labels`` int64 (N,)."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Dataset:
    """A data set in memory; ``description`` says which copy it is, for cards and captions.

    ``held_out`` are training pictures that ``train`` has not, to choose and to calibrate on.
    """

    description: str
    classes: tuple[str, ...]
    train: Split
    test: Split
    held_out: Split | None = None


def load_cifar10(data_dir: Path | None, download_dir: Path) -> Dataset:
    """CIFAR-10 from ``data_dir``, or downloaded by torchvision into ``download_dir`` (170 MB).

    ``data_dir`` may hold torchvision's ``cifar-10-batches-py``, the archive ``cifar10-jpeg.tar.xz``
    or its unpacked folders ``train/CLASS`` and ``test/CLASS``. Raises ``UserError`` if it holds
    none of them.
    """
    if data_dir is None:
        return _official(download_dir, download=True)
    if (data_dir / CIFAR10.base_folder).is_dir():
        return _official(data_dir, download=False)
    if (data_dir / JPEG_ARCHIVE).is_file():
        return _jpeg_copy(archive_files(data_dir / JPEG_ARCHIVE))
    if (data_dir / "train" / CIFAR10_CLASSES[0]).is_dir():
        return _jpeg_copy(folder_files(data_dir, "*/*/*.jpg"))
    raise UserError(
        mark("No CIFAR-10 in that folder. It should hold cifar-10-batches-py, {archive}, or train/ and test/."),
        archive=JPEG_ARCHIVE,
    )


def normalize(images: Tensor) -> Tensor:
    """uint8 (N, 3, H, W) -> float32 of mean 0 and variance 1 a channel over CIFAR-10."""
    mean = torch.tensor(CIFAR10_MEAN, device=images.device).view(1, 3, 1, 1)
    std = torch.tensor(CIFAR10_STD, device=images.device).view(1, 3, 1, 1)
    return (images.float() / 255 - mean) / std


def augment(images: Tensor, generator: torch.Generator, padding: int = 4) -> Tensor:
    """He15 section 4.2: pad by 4, crop at random, flip half of the pictures; uint8 in, uint8 out.

    Padding is with the data set's mean colour, which is 0 after normalisation.
    """
    count, _, height, width = images.shape
    mean = (torch.tensor(CIFAR10_MEAN) * 255).round().to(torch.uint8).view(1, 3, 1, 1)
    padded = mean.repeat(count, 1, height + 2 * padding, width + 2 * padding)
    padded[:, :, padding:-padding, padding:-padding] = images
    top = torch.randint(0, 2 * padding + 1, (count, 1), generator=generator)
    left = torch.randint(0, 2 * padding + 1, (count, 1), generator=generator)
    flip = torch.rand((count, 1), generator=generator) < 0.5
    rows = top + torch.arange(height)
    columns = torch.arange(width).expand(count, width)
    columns = left + torch.where(flip, columns.flip(1), columns)
    cropped = padded.permute(0, 2, 3, 1)[torch.arange(count).view(-1, 1, 1), rows.unsqueeze(2), columns.unsqueeze(1)]
    return cropped.permute(0, 3, 1, 2)


def _official(root: Path, download: bool) -> Dataset:
    return Dataset(ORIGINAL, CIFAR10_CLASSES, *(_official_split(root, train, download) for train in (True, False)))


def _official_split(root: Path, train: bool, download: bool) -> Split:
    data = CIFAR10(str(root), train=train, download=download)
    return Split(torch.from_numpy(data.data).permute(0, 3, 1, 2).contiguous(), torch.tensor(data.targets))


def _jpeg_copy(files: Iterator[tuple[PurePosixPath, bytes]]) -> Dataset:
    """Decode ``split/CLASS/NNNN.jpg`` files; sorted by path, so that the order is always the same."""
    found = sorted((path, content) for path, content in files if path.suffix == ".jpg")
    splits = {}
    for name in ("train", "test"):
        members = [(path, content) for path, content in found if path.parts[-3] == name]
        pixels = np.stack([np.asarray(Image.open(io.BytesIO(content)).convert("RGB")) for _, content in members])
        labels = [CIFAR10_CLASSES.index(path.parts[-2]) for path, _ in members]
        splits[name] = Split(torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous(), torch.tensor(labels))
    return Dataset(JPEG_COPY, CIFAR10_CLASSES, splits["train"], splits["test"])


def archive_files(archive: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    """The files of a tar archive as (path inside it, content)."""
    with tarfile.open(archive) as tar:
        for member in tar:
            file = tar.extractfile(member)
            if file is not None:
                yield PurePosixPath(member.name), file.read()


def folder_files(folder: Path, pattern: str) -> Iterator[tuple[PurePosixPath, bytes]]:
    """The files of a folder that match ``pattern`` as (path inside it, content)."""
    for path in folder.glob(pattern):
        yield PurePosixPath(path.relative_to(folder).as_posix()), path.read_bytes()
