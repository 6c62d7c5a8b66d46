"""Reads weights files of unknown origin without running anything they may contain."""

import logging
import pickle
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from resnet_edu.errors import UserError, mark
from resnet_edu.nets.card import weights_suffix
from resnet_edu.paths import is_readable
from resnet_edu.vision.names import plain
from resnet_edu.vision.recognise import state_of

NUMPY = (np.dtype, np.float64, np.float32, np.int64, *(type(np.dtype(kind)) for kind in ("f8", "f4", "i8")))
SCALAR: Any = np.float64(0).__reduce__()[0]
HARMLESS: list[Any] = [*NUMPY, SCALAR, (SCALAR, "numpy.core.multiarray.scalar")]
"""What a checkpoint may hold besides tensors: numpy's numbers, such as the best accuracy so far."""
WEB_PAGE = re.compile(rb"\s*<(!doctype|html|\?xml)", re.IGNORECASE)
POINTER = b"version https://git-lfs"

log = logging.getLogger(__name__)
torch.serialization.add_safe_globals(HARMLESS)


def ensure_readable(path: Path) -> None:
    """Raise ``UserError`` that says why, unless the path leads to a file that may be read."""
    if is_readable(path):
        return
    if path.is_dir():
        message = mark("{name} is a folder. Give a weights file in it.")
    elif path.is_symlink() and not path.exists():
        message = mark("{name} is a link to a file that is missing.")
    elif path.exists():
        message = mark("{name} is no file, or may not be read.")
    else:
        message = mark("{name} is missing.")
    raise UserError(message, name=plain(path.absolute().name))


def read_state(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a ``.safetensors`` or PyTorch file by plain layer name, on the CPU.

    PyTorch files are unpickled with ``weights_only=True``. Raises ``UserError`` if the file holds more than
    tensors, is damaged, has no named tensors, claims more of them than fit into it, or contains NaN,
    infinity or a negative variance.
    """
    ensure_readable(path)
    _check_begin(path)
    state = _tensors(path)
    if sum(value.numel() * value.element_size() for value in state.values()) > path.stat().st_size:
        raise _damaged(path)
    for layer, value in state.items():
        if value.is_floating_point() and not value.float().isfinite().all():
            raise UserError(
                mark("Layer {layer} of {name} holds NaN or infinity: the training went wrong. Save an earlier state."),
                layer=plain(layer),
                name=plain(path.name),
            )
        if layer.endswith("running_var") and (value < 0).any():
            raise UserError(
                mark("Layer {layer} of {name} holds a negative variance: the file is damaged."),
                layer=plain(layer),
                name=plain(path.name),
            )
    return state


def _check_begin(path: Path) -> None:
    """Raise ``UserError`` for web pages and pointers that failed downloads leave behind, and for programs."""
    with path.open("rb") as file:
        begin = file.read(512)
    if WEB_PAGE.match(begin):
        raise UserError(mark("{name} is a web page, not weights: the download went wrong."), name=plain(path.name))
    if begin.startswith(POINTER):
        raise UserError(
            mark("{name} only says where Git LFS keeps the weights. Fetch them with git lfs pull."),
            name=plain(path.name),
        )
    if any(name.endswith("/constants.pkl") for name in _names_in_archive(path)):
        raise UserError(
            mark("{name} is a TorchScript program. Save the net's state_dict() instead."), name=plain(path.name)
        )


def _names_in_archive(path: Path) -> list[str]:
    """Return the file names in a ZIP archive, the newer PyTorch format; none if it is incomplete."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except Exception:  # a broken file can raise anything; reading its tensors reports the problem
        return []


def _tensors(path: Path) -> dict[str, Tensor]:
    try:
        if weights_suffix(path) == ".safetensors":
            return state_of(load_file(path))
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise UserError(
            mark(
                "{name} holds more than tensors and was not loaded, as it could run code."
                " Save only the net's state_dict() into it."
            ),
            name=plain(path.name),
        ) from None
    except UserError:
        raise
    except Exception as error:  # a broken file can raise anything; the fault is the file's
        log.info("A weights file could not be read: %s", type(error).__name__)
        raise _damaged(path) from None
    if not isinstance(content, dict):
        raise UserError(mark("The file holds no tensors by name. Save the net's state_dict() into it."))
    return state_of(content)


def _damaged(path: Path) -> UserError:
    return UserError(
        mark("{name} is damaged or not a weights file. Copy it again, or save it anew."), name=plain(path.name)
    )
