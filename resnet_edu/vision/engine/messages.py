"""Messages between an app process and a replica: plain values as pickles, signed with a shared secret.

Unpickling can run code, so nothing is unpickled before its signature has been checked, and then only value
types are accepted: this project's dataclasses, enumerations and sentences, paths, pictures and tensors.
"""

import enum
import hmac
import io
import pickle
import struct
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, is_dataclass
from pathlib import PosixPath, WindowsPath
from typing import Any

import safetensors.torch
import torch
from PIL import Image
from torchvision.transforms import InterpolationMode

from resnet_edu import config
from resnet_edu.errors import UserError, mark

DIGEST = "sha256"
DIGEST_BYTES = 32
LENGTH = struct.Struct("!I")
OURS = ("resnet_edu",)
"""The packages whose values are accepted."""
OTHERS = {
    (each.__module__, each.__qualname__): each for each in (PosixPath, WindowsPath, Image.Image, InterpolationMode)
}


@dataclass(frozen=True)
class TaskStanding:
    """A task's progress: the number of tasks ahead of it, and the fraction done."""

    place: int
    share: float


@dataclass(frozen=True)
class Answer:
    """The end of a task: its result, an error for the reader, or the traceback of a bug.

    ``device`` is the name of the replica's device.
    """

    device: str
    result: Any = None
    error: UserError | None = None
    fault: str = ""


class Forged(Exception):
    """A message that was signed with a different secret, or not at all."""


def key_from_environment() -> bytes:
    """Return the secret shared by the app and the replicas; raises ``UserError`` if there is none."""
    key = config.RAY_KEY.read()
    if not key:
        raise UserError(mark("Set {variable} to one secret for the app and the cluster."), variable=config.RAY_KEY.name)
    return key.encode()


class Refused(pickle.UnpicklingError):
    """A message that holds more than values."""


class _Writer(pickle.Pickler):
    """Writes tensors as safetensors, because reading their own pickle would need more than this module."""

    def persistent_id(self, value: Any) -> bytes | None:
        return safetensors.torch.save({"": value.contiguous()}) if isinstance(value, torch.Tensor) else None


class _Reader(pickle.Unpickler):
    """Creates values of ``packages`` only, and calls no functions."""

    def __init__(self, content: bytes, packages: Sequence[str]) -> None:
        super().__init__(io.BytesIO(content))
        self._packages = packages

    def persistent_load(self, saved: bytes) -> torch.Tensor:
        return safetensors.torch.load(saved)[""]

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in OTHERS:
            return OTHERS[module, name]
        if module.partition(".")[0] in self._packages:
            found = super().find_class(module, name)
            if isinstance(found, type) and (is_dataclass(found) or issubclass(found, enum.Enum | UserError)):
                return found
        raise Refused(f"{module}.{name} is no value")


def sealed(message: object, key: bytes) -> bytes:
    """Return signature and pickle."""
    written = io.BytesIO()
    _Writer(written, pickle.HIGHEST_PROTOCOL).dump(message)
    content = written.getvalue()
    return hmac.digest(key, content, DIGEST) + content


def opened(sealed: bytes, key: bytes, packages: Sequence[str] = OURS) -> Any:
    """Return the message; raises ``Forged`` before unpickling, ``Refused`` at anything but ``packages``' values."""
    digest, content = sealed[:DIGEST_BYTES], sealed[DIGEST_BYTES:]
    if not hmac.compare_digest(hmac.digest(key, content, DIGEST), digest):
        raise Forged
    return _Reader(content, packages).load()


def framed(message: object, key: bytes) -> bytes:
    """Return a sealed message prefixed with its length, for a stream of several."""
    content = sealed(message, key)
    return LENGTH.pack(len(content)) + content


async def unframed(pieces: AsyncIterator[bytes], key: bytes) -> AsyncIterator[Any]:
    """Yield the messages of a stream that arrives in any pieces; raises ``Forged``. A partial one is dropped."""
    waiting = bytearray()
    async for piece in pieces:
        waiting += piece
        while len(waiting) >= LENGTH.size:
            end = LENGTH.size + LENGTH.unpack_from(waiting)[0]
            if len(waiting) < end:
                break
            message = bytes(waiting[LENGTH.size : end])
            del waiting[:end]
            yield opened(message, key)
