"""The page around a live stream: what its browser is told, and the frame that is frozen."""

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from resnet_edu.ui.inference.stream import SHOWN, NetViewer
from resnet_edu.ui.stream import viewers

from .conftest import Open, control, corrected, trigger
from .test_inference import bars, picture, shows_an_answer


def streamed(at: AppTest) -> dict[str, Any]:
    """The data of the stream's script."""
    (found,) = [each.proto for each in at.get("bidi_component") if each.proto.component_name == "resnet_edu.stream"]
    data: dict[str, Any] = json.loads(found.json)
    return data


def viewer(at: AppTest) -> NetViewer:
    found = viewers.find(streamed(at)["address"].rpartition("/")[2])
    assert isinstance(found, NetViewer)
    return found


@pytest.mark.parametrize("shows", SHOWN)
def test_every_view_of_a_stream_answers_its_frames(open_page: Open, shows: str) -> None:
    at = open_page("inference", source="live", shows=shows)
    answers = viewer(at).look(picture("JPEG"), 0)["answers"]
    assert [len(answer["rows"]) for answer in answers] == [5] * len(streamed(at)["columns"])
    assert bool(answers[0]["heat"]) == (shows in ("grad-cam", "saliency"))
    assert bool(answers[0]["maps"]) == (shows == "maps")
    assert bool(answers[0]["seen"]) == (shows == "seen")
    assert not shows_an_answer(at)
    assert not at.error


def test_what_the_net_sees_of_a_frame_is_its_input(open_page: Open) -> None:
    at = open_page("inference", source="live", shows="seen")
    (look,) = viewer(at).looks
    frame = picture("JPEG")
    (answer,) = viewer(at).look(frame, 0)["answers"]
    shown = Image.open(io.BytesIO(base64.b64decode(answer["seen"].partition(",")[2])))
    expected = look.net.preprocessing.view(Image.open(io.BytesIO(frame)).convert("RGB"))
    assert shown.size == expected.size == (look.net.preprocessing.crop,) * 2
    assert np.abs(np.asarray(shown, float) - np.asarray(expected, float)).mean() < 4  # of 255, as it is a JPEG
    assert "sampled at 64 × 64 points" in streamed(at)["labels"]["seen"]


def test_a_choice_holds_from_the_next_frame_on_without_another_connection(open_page: Open) -> None:
    at = open_page("inference", source="live", shows="knockout", net="cifar10-residual-20")
    address = streamed(at)["address"]
    assert [look.off for look in viewer(at).looks] == [frozenset(), frozenset()]
    at.query_params["off"] = "layer1.0"
    at.run()
    assert [look.off for look in viewer(at).looks] == [frozenset(), frozenset({"layer1.0"})]
    assert streamed(at)["address"] == address


def test_a_second_net_that_is_not_here_is_another_one(open_page: Open) -> None:
    at = open_page("inference", source="live", shows="nets", net="cifar10-residual-20", beside="nonsense")
    assert len({look.net.id for look in viewer(at).looks}) == 2
    assert corrected(at)


def test_a_frozen_frame_is_a_picture_for_the_whole_page_until_the_stream_goes_on(open_page: Open) -> None:
    at = open_page("inference", source="live")
    trigger(at, "stream", "frozen", base64.b64encode(picture("JPEG")).decode())
    assert len(bars(at)["rows"]) == 5
    assert streamed(at)["frozen"]
    control(at.button_group, "view").set_value("knockout").run()
    assert not at.exception
    trigger(at, "stream", "resumed", True)
    assert not streamed(at)["frozen"]
    assert not shows_an_answer(at)


@pytest.mark.parametrize("given", ["no base64!", 7, "", base64.b64encode(b"no picture").decode()])
def test_what_no_script_of_ours_would_freeze_is_no_picture(open_page: Open, given: object) -> None:
    at = open_page("inference", source="live")
    trigger(at, "stream", "frozen", given)
    assert not at.exception
    assert not streamed(at)["frozen"]


def test_the_block_page_has_no_stream(open_page: Open) -> None:
    at = open_page("block", source="live")
    assert not [each for each in at.get("bidi_component") if each.proto.component_name == "resnet_edu.stream"]
