"""Messages between an app process and a replica."""

import asyncio
import hmac
import os
import pickle
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import torch

from resnet_edu import config
from resnet_edu.errors import UserError
from resnet_edu.vision.engine.messages import (
    DIGEST,
    DIGEST_BYTES,
    LENGTH,
    Answer,
    Forged,
    Refused,
    TaskStanding,
    framed,
    key_from_environment,
    opened,
    sealed,
    unframed,
)
from resnet_edu.vision.engine.protocol import QueueFull
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.samples import DEFAULT_SAMPLE, sample_picture
from tests.contract.jobs import NET, PACKAGES, Job

KEY = b"secret"


class Hostile:
    """Creates a folder when it is unpickled."""

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


def test_nobody_can_have_code_run_not_even_who_knows_the_secret(tmp_path: Path) -> None:
    hostile = sealed(Hostile(tmp_path / "made"), KEY)
    with pytest.raises(Refused, match="mkdir is no value"):
        opened(hostile, KEY)
    assert not (tmp_path / "made").exists()
    pickle.loads(hostile[DIGEST_BYTES:])
    assert (tmp_path / "made").exists()  # it would have run


@pytest.mark.parametrize(
    "name",
    [
        "resnet_edu.errors mark",
        "resnet_edu.device os.system",
        "resnet_edu.nets.cifar CifarNet",
        "torch load",
    ],
)
def test_only_what_holds_values_is_made(name: str) -> None:
    module, _, member = name.partition(" ")
    content = (
        b"\x80\x04" + b"".join(b"\x8c" + bytes([len(part)]) + part.encode() for part in (module, member)) + b"\x93."
    )
    with pytest.raises(Refused, match="is no value"):
        opened(hmac.digest(KEY, content, DIGEST) + content, KEY)


def test_a_task_of_a_package_that_was_not_named_is_refused(tmp_path: Path) -> None:
    message = sealed(Job("a", tmp_path), KEY)
    with pytest.raises(Refused, match="Job is no value"):
        opened(message, KEY)
    assert opened(message, KEY, PACKAGES.split(",")) == Job("a", tmp_path)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.uint8])
def test_a_tensor_arrives_whatever_its_type_and_layout(dtype: torch.dtype) -> None:
    sent = torch.arange(6).reshape(2, 3).T.to(dtype)
    found = opened(sealed((sent, [sent]), KEY), KEY)
    assert found[0].dtype == dtype
    assert torch.equal(found[0], sent)
    assert torch.equal(found[1][0], sent)


def test_a_sentence_arrives_untranslated_and_unfilled() -> None:
    sent = QueueFull("{count} pictures {{", count=3)
    found = opened(sealed(sent, KEY), KEY)
    assert type(found) is QueueFull
    assert (str(found), found.message, found.values) == (str(sent), sent.message, sent.values)


@pytest.mark.parametrize("changed", [0, 31, 32, -1])
def test_a_changed_byte_is_noticed(changed: int) -> None:
    message = bytearray(sealed(TaskStanding(1, 0.5), KEY))
    message[changed] ^= 1
    with pytest.raises(Forged):
        opened(bytes(message), KEY)


@pytest.mark.parametrize("message", [b"", b"short", pickle.dumps("unsigned")])
def test_what_is_not_signed_is_refused(message: bytes) -> None:
    with pytest.raises(Forged):
        opened(message, KEY)


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_stream_may_be_cut_anywhere(size: int) -> None:
    messages = [TaskStanding(2, 0.0), TaskStanding(0, 0.25), Answer("device", result="a" * 1000)]
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
    monkeypatch.delenv(config.RAY_KEY.name, raising=False)
    with pytest.raises(UserError, match=config.RAY_KEY.name):
        key_from_environment()
    monkeypatch.setenv(config.RAY_KEY.name, "secret")
    assert key_from_environment() == KEY
