"""Read a weights file of unknown origin without running anything that it may hold."""

import logging
import pickle
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from resnet_edu.errors import UserError, mark
from resnet_edu.paths import is_readable
from resnet_edu.vision.names import plain
from resnet_edu.vision.recognise import state_of

log = logging.getLogger(__name__)


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a ``.safetensors`` or PyTorch file by plain layer name, on the CPU.

    PyTorch files are unpickled with ``weights_only=True``. Raises ``UserError`` for a file that
    holds more than tensors, is damaged, holds no tensors by name, or claims more of them than fit
    into it.
    """
    if not is_readable(path):
        raise _damaged(path)
    state = _tensors(path)
    if sum(value.numel() * value.element_size() for value in state.values()) > path.stat().st_size:
        raise _damaged(path)
    return state


def _tensors(path: Path) -> dict[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
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
