"""Read a weights file of unknown origin without running anything that it may hold."""

import logging
import pickle
import struct
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from resnet_edu.errors import UserError, mark
from resnet_edu.vision.recognise import state_of

log = logging.getLogger(__name__)


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a ``.safetensors`` or PyTorch file by plain layer name, on the CPU.

    PyTorch files are unpickled with ``weights_only=True``. Raises ``UserError`` for a file that
    holds more than tensors, is damaged, or holds no tensors by name.
    """
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
            name=path.name,
        ) from None
    except (SafetensorError, RuntimeError, EOFError, OSError, ValueError, KeyError, struct.error) as error:
        log.info("A weights file could not be read: %s", type(error).__name__)
        raise UserError(
            mark("{name} is damaged or not a weights file. Copy it again, or save it anew."), name=path.name
        ) from None
    if not isinstance(content, dict):
        raise UserError(mark("The file holds no tensors by name. Save the net's state_dict() into it."))
    return state_of(content)
