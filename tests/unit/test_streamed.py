"""A frame of a stream: what is taken for one, what the net says of it, and that nothing of it stays."""

import io

import pytest
import torch

from resnet_edu.errors import UserError
from resnet_edu.ui.inference.class_names import class_names
from resnet_edu.ui.inference.stream import NetViewer
from resnet_edu.ui.stream.viewers import Unreadable
from resnet_edu.vision import seen
from resnet_edu.vision.catalogue import catalogue
from resnet_edu.vision.engine.local import LocalEngine
from resnet_edu.vision.engine.protocol import queue_is_full
from resnet_edu.vision.image import decode
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.samples import sample_picture
from resnet_edu.vision.streamed import FRAME_SIDE, read_frame

NET = catalogue().nets["tiny-imagenet-resnet18"]


def frame(kind: str = "JPEG", side: int = 256) -> bytes:
    content = io.BytesIO()
    sample_picture("dog").image.resize((side, side)).save(content, kind)
    return content.getvalue()


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    return LocalEngine(torch.device("cpu"))


def viewer(engine: LocalEngine, language: str = "en") -> NetViewer:
    return NetViewer(NET, class_names(NET), language, "session", engine)


@pytest.mark.parametrize("content", [frame("PNG"), frame("WEBP"), frame()[:300], b"", b"\xff\xd8\xff" + bytes(5000)])
def test_what_is_no_jpeg_is_no_frame(content: bytes) -> None:
    with pytest.raises(UserError):
        read_frame(content)


def test_a_frame_larger_than_any_net_looks_at_is_refused_by_its_header() -> None:
    assert read_frame(frame(side=FRAME_SIDE)).image.size == (FRAME_SIDE, FRAME_SIDE)
    with pytest.raises(UserError, match=f"more than {FRAME_SIDE}"):
        read_frame(frame(side=FRAME_SIDE + 1))


def test_the_stream_says_of_a_frame_what_the_page_says_of_it_as_a_picture(engine: LocalEngine) -> None:
    content = frame()
    answer = viewer(engine).look(content, 0)
    ticket = engine.submit(Predict(NET, decode(content)), "still")
    assert ticket.wait(60)
    still = ticket.result()
    assert [row["index"] for row in answer["rows"]] == [score.index for score in still.top]
    assert [row["share"] for row in answer["rows"]] == [score.probability for score in still.top]
    assert answer["rows"][0]["name"] == "German shepherd"
    assert answer["doubtful"] == NET.is_doubtful(still.top[0].probability)
    assert answer["milliseconds"] > 0
    assert answer["device"] == f"CPU · {engine.device_name}"


def test_no_frame_is_kept(engine: LocalEngine, caplog: pytest.LogCaptureFixture) -> None:
    kept = list(seen._recent), list(engine._results)
    viewer(engine).look(frame(side=240), 0)
    with pytest.raises(Unreadable):
        viewer(engine).look(b"secret", 0)
    assert (list(seen._recent), list(engine._results)) == kept
    assert "secret" not in caplog.text


def test_a_full_queue_asks_for_a_later_frame_and_trouble_is_told_in_the_readers_language(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise queue_is_full(3)

    monkeypatch.setattr(engine, "submit", full)
    assert viewer(engine).look(frame(), 0) == {"later": True}

    def trouble(*_: object) -> None:
        raise UserError(queue_is_full(3).message, waiting=3)

    monkeypatch.setattr(engine, "submit", trouble)
    assert "3" in viewer(engine, "zh").look(frame(), 0)["told"]
    assert "waiting" not in viewer(engine, "zh").look(frame(), 0)["told"]
