"""What goes between an app process and a replica."""

import asyncio
import os
import pickle
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from resnet_edu.errors import UserError
from resnet_edu.vision.engine.messages import (
    KEY_VARIABLE,
    LENGTH,
    Answer,
    Forged,
    Standing,
    framed,
    key_from_environment,
    opened,
    sealed,
    unframed,
)
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.samples import DEFAULT_SAMPLE, sample_picture
from tests.contract.jobs import NET

KEY = b"secret"


class Hostile:
    """Makes a folder as soon as it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.folder),)


def test_a_task_arrives_as_it_was_sent() -> None:
    task = Predict(NET, sample_picture(DEFAULT_SAMPLE))
    found = opened(sealed(task, KEY), KEY)
    assert found.net == task.net
    assert found.key == task.key
    assert found.picture.image.tobytes() == task.picture.image.tobytes()


@pytest.mark.parametrize("key", [b"", b"another"])
def test_what_another_has_signed_is_refused_before_it_is_unpickled(tmp_path: Path, key: bytes) -> None:
    hostile = sealed(Hostile(tmp_path / "made"), key)
    with pytest.raises(Forged):
        opened(hostile, KEY)
    assert not (tmp_path / "made").exists()
    opened(hostile, key)
    assert (tmp_path / "made").exists()  # it would have run


@pytest.mark.parametrize("changed", [0, 31, 32, -1])
def test_a_changed_byte_is_noticed(changed: int) -> None:
    message = bytearray(sealed(Standing(1, 0.5), KEY))
    message[changed] ^= 1
    with pytest.raises(Forged):
        opened(bytes(message), KEY)


@pytest.mark.parametrize("message", [b"", b"short", pickle.dumps("unsigned")])
def test_what_is_not_signed_is_refused(message: bytes) -> None:
    with pytest.raises(Forged):
        opened(message, KEY)


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_stream_may_be_cut_anywhere(size: int) -> None:
    messages = [Standing(2, 0.0), Standing(0, 0.25), Answer("device", result="a" * 1000)]
    stream = b"".join(framed(message, KEY) for message in messages)

    async def pieces(stream: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(stream), size):
            yield stream[start : start + size]

    async def read(stream: bytes) -> list[Any]:
        return [message async for message in unframed(pieces(stream), KEY)]

    assert asyncio.run(read(stream)) == messages
    assert asyncio.run(read(stream[:-1])) == messages[:-1]
    with pytest.raises(Forged):
        asyncio.run(read(LENGTH.pack(4) + b"four"))


def test_without_a_secret_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    with pytest.raises(UserError, match=KEY_VARIABLE):
        key_from_environment()
    monkeypatch.setenv(KEY_VARIABLE, "secret")
    assert key_from_environment() == KEY
