"""What an app process and a replica say to each other: pickles, each signed with a secret that both know.

Unpickling can run code, so nothing is unpickled before its signature has been checked.
"""

import hmac
import os
import pickle
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from resnet_edu.errors import UserError, mark

KEY_VARIABLE = "RESNET_EDU_RAY_KEY"
DIGEST = "sha256"
DIGEST_BYTES = 32
LENGTH = struct.Struct("!I")


@dataclass(frozen=True)
class Standing:
    """How a task stands: how many are before it, and the share that is done."""

    place: int
    share: float


@dataclass(frozen=True)
class Answer:
    """The end of a task: its result, or what the reader is told, or a fault of ours with its traceback.

    ``device`` is the replica's, by name.
    """

    device: str
    result: Any = None
    error: UserError | None = None
    fault: str = ""


class Forged(Exception):
    """A message that was signed with another secret, or by nobody."""


def key_from_environment() -> bytes:
    """The secret that the app and the replicas share; raises ``UserError`` where there is none."""
    key = os.environ.get(KEY_VARIABLE, "")
    if not key:
        raise UserError(mark("Set {variable} to one secret for the app and the cluster."), variable=KEY_VARIABLE)
    return key.encode()


def sealed(message: object, key: bytes) -> bytes:
    """Signature and pickle."""
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return hmac.digest(key, content, DIGEST) + content


def opened(sealed: bytes, key: bytes) -> Any:
    """The message; raises ``Forged`` before anything is unpickled."""
    digest, content = sealed[:DIGEST_BYTES], sealed[DIGEST_BYTES:]
    if not hmac.compare_digest(hmac.digest(key, content, DIGEST), digest):
        raise Forged
    return pickle.loads(content)  # noqa: S301  # it comes from who knows the secret


def framed(message: object, key: bytes) -> bytes:
    """A sealed message behind its length, as one of several in a stream."""
    content = sealed(message, key)
    return LENGTH.pack(len(content)) + content


async def unframed(pieces: AsyncIterator[bytes], key: bytes) -> AsyncIterator[Any]:
    """The messages of a stream that comes in pieces of any size; raises ``Forged``. Half a message is dropped."""
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
