"""Tiny ImageNet as tensors in memory: 95,000 training pictures, another 5,000 held out, 10,000 for validation."""

import io
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.datasets.utils import download_url

from resnet_edu.errors import UserError, mark
from resnet_edu.nets.tiny_imagenet import CLASSES, PICTURE_SIDE
from resnet_edu.training.data import Dataset, Split, archive_files, downloading, folder_files

OFFICIAL = "http://cs231n.stanford.edu/tiny-imagenet-200.zip"
OFFICIAL_MD5 = "90528d7ca1a48142e341f4ef8d21d0de"
FOLDER = "tiny-imagenet-200"
PACKED = f"{FOLDER}.tar.xz"
DESCRIPTION = "Tiny ImageNet"
HELD_OUT_PER_CLASS = 25
HELD_OUT_SEED = 0

Files = Iterable[tuple[PurePosixPath, bytes]]


def load_tiny_imagenet(data_dir: Path | None, download_dir: Path) -> Dataset:
    """Load Tiny ImageNet from ``data_dir``, or download the official archive into ``download_dir`` (237 MB).

    ``data_dir`` may hold ``tiny-imagenet-200.zip``, ``tiny-imagenet-200.tar.xz``, the unpacked folder of that
    name, or its ``train`` and ``val``. The same 25 training pictures of each class are always held out.
    Everything is decoded at once, which takes less than a minute and 1.4 GB of memory. Raises ``UserError``
    if the folder holds none of these.
    """
    if data_dir is None:
        with downloading(DESCRIPTION):
            download_url(OFFICIAL, download_dir, md5=OFFICIAL_MD5)
        return _dataset(_zip_files(download_dir / f"{FOLDER}.zip"))
    try:
        return _local(data_dir)
    except (OSError, EOFError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise UserError(
            mark("Tiny ImageNet in that folder can't be read ({reason}). Copy it again."), reason=error
        ) from None


def _local(data_dir: Path) -> Dataset:
    if (data_dir / f"{FOLDER}.zip").is_file():
        return _dataset(_zip_files(data_dir / f"{FOLDER}.zip"))
    if (data_dir / PACKED).is_file():
        return _dataset(archive_files(data_dir / PACKED))
    for folder in (data_dir, data_dir / FOLDER):
        if (folder / "val" / "val_annotations.txt").is_file():
            return _dataset(
                (path, content) for part in ("train", "val") for path, content in folder_files(folder, f"{part}/**/*.*")
            )
    raise _no_tiny_imagenet()


def _no_tiny_imagenet() -> UserError:
    return UserError(
        mark("No Tiny ImageNet in that folder. It should hold {archive}, or train/ and val/."), archive=PACKED
    )


def _dataset(files: Files) -> Dataset:
    """Build the data set from ``train/WNID/images/*.JPEG``, ``val/images`` and ``val/val_annotations.txt``."""
    training: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
    validation: dict[str, bytes] = {}
    answers: dict[str, str] = {}
    for path, content in files:
        match path.parts:
            case (*_, "train", wnid, "images", name):
                training[wnid].append((name, content))
            case (*_, "val", "images", name):
                validation[name] = content
            case (*_, "val", "val_annotations.txt"):
                answers = dict(line.split("\t")[:2] for line in content.decode().splitlines())
    labels = {each.wnid: label for label, each in enumerate(CLASSES)}
    kept: list[tuple[int, bytes]] = []
    held_out: list[tuple[int, bytes]] = []
    generator = torch.Generator().manual_seed(HELD_OUT_SEED)
    for wnid, label in labels.items():
        members = [(label, content) for _, content in sorted(training[wnid])]
        order = torch.randperm(len(members), generator=generator).tolist()
        held_out += [members[index] for index in order[:HELD_OUT_PER_CLASS]]
        kept += [members[index] for index in order[HELD_OUT_PER_CLASS:]]
    test = [(labels[answers[name]], content) for name, content in sorted(validation.items())]
    names = tuple(each.en for each in CLASSES)
    if not kept or not test:
        raise _no_tiny_imagenet()
    return Dataset(DESCRIPTION, names, _decoded(kept), _decoded(test), held_out=_decoded(held_out))


def _decoded(members: list[tuple[int, bytes]]) -> Split:
    pixels = np.empty((len(members), PICTURE_SIDE, PICTURE_SIDE, 3), np.uint8)
    for index, (_, content) in enumerate(members):
        pixels[index] = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    images: Tensor = torch.from_numpy(pixels).permute(0, 3, 1, 2)
    return Split(images, torch.tensor([label for label, _ in members]))


def _zip_files(archive: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    with zipfile.ZipFile(archive) as file:
        for name in file.namelist():
            yield PurePosixPath(name), file.read(name)
