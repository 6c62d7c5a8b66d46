"""A frame of a stream: what is taken for one, what the net says of it, and that nothing of it stays."""

import io

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d

from resnet_edu.errors import UserError
from resnet_edu.ui.inference.class_names import names_in
from resnet_edu.ui.inference.stream import Look, NetViewer
from resnet_edu.ui.stream.viewers import Unreadable
from resnet_edu.vision import seen, streamed
from resnet_edu.vision.attribution.cams import grad_cam_of_answer
from resnet_edu.vision.attribution.task import Attribute
from resnet_edu.vision.catalogue import Net, catalogue, load
from resnet_edu.vision.engine.local import LocalEngine
from resnet_edu.vision.engine.protocol import Loaded, queue_is_full
from resnet_edu.vision.feature_maps import LookAt
from resnet_edu.vision.image import decode
from resnet_edu.vision.knocked_out import Without
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.samples import sample_picture
from resnet_edu.vision.streamed import FRAME_SIDE, MOST_TILES, Glance, Glimpse, read_frame

NET = catalogue().nets["tiny-imagenet-resnet18"]


def frame(kind: str = "JPEG", side: int = 256) -> bytes:
    content = io.BytesIO()
    sample_picture("dog").image.resize((side, side)).save(content, kind)
    return content.getvalue()


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    return LocalEngine(torch.device("cpu"))


def viewer(engine: LocalEngine, language: str = "en") -> NetViewer:
    return NetViewer((Look(NET),), language, "session", engine)


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
    said = viewer(engine).look(content, 0)
    (answer,) = said["answers"]
    ticket = engine.submit(Predict(NET, decode(content)), "still")
    assert ticket.wait(60)
    still = ticket.result()
    assert [row["index"] for row in answer["rows"]] == [score.index for score in still.top]
    assert [row["share"] for row in answer["rows"]] == [score.probability for score in still.top]
    assert answer["rows"][0]["name"] == "German shepherd"
    assert answer["doubtful"] == NET.is_doubtful(still.top[0].probability)
    assert answer["milliseconds"] > 0
    assert said["device"] == f"CPU · {engine.device_name}"


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


def glance(**how: object) -> Glimpse:
    picture = read_frame(frame())
    loaded = Loaded(NET, load(NET), torch.device("cpu"))
    return Glance(NET, NET.preprocessing.view(picture.image), 0, **how).run(loaded)  # type: ignore[arg-type]


def test_a_frames_heat_is_the_attribution_of_its_most_probable_class() -> None:
    glimpse = glance(method="grad-cam")
    loaded = Loaded(NET, load(NET), torch.device("cpu"))
    still = Attribute(NET, decode(frame()), "grad-cam", glimpse.top[0].index).run(loaded)
    assert glimpse.heat
    found = torch.frombuffer(bytearray(glimpse.heat.values), dtype=torch.uint8).view(glimpse.heat.side, -1).float()
    expected = adaptive_avg_pool2d(still.values[None], glimpse.heat.side)[0]
    assert torch.allclose(found / 255, expected / expected.max(), atol=1 / 255)
    assert glimpse.top == glance().top
    assert glimpse.milliseconds > 0


def test_a_frame_that_exhausts_the_devices_memory_is_answered_on_the_cpu_with_a_note(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(model: nn.Module, image: Tensor, layer: str) -> tuple[Tensor, Tensor]:
        if image.device.type != "cpu":
            raise torch.OutOfMemoryError
        return grad_cam_of_answer(model, image, layer)

    monkeypatch.setattr(streamed, "grad_cam_of_answer", full)
    loaded = Loaded(NET, load(NET), torch.device("meta"))
    glimpse = Glance(NET, NET.preprocessing.view(read_frame(frame()).image), 0, "grad-cam").run(loaded)
    fits = glance(method="grad-cam")
    assert (glimpse.top, glimpse.heat, glimpse.device_type) == (fits.top, fits.heat, "cpu")
    assert glimpse.note and not fits.note


def test_another_methods_heat_takes_a_pass_and_a_time_of_its_own() -> None:
    glimpse = glance(method="saliency")
    assert glimpse.heat
    assert glimpse.heat.milliseconds > 0


def test_a_frames_maps_are_those_of_its_layer() -> None:
    glimpse = glance(layer="layer2.0")
    still = LookAt(NET, decode(frame()), "layer2.0").run(Loaded(NET, load(NET), torch.device("cpu")))
    assert glimpse.maps
    assert glimpse.maps.shape == (64, 16, 16) == (MOST_TILES, *still.shape[1:])
    assert torch.allclose(glimpse.maps.high, still.high[:MOST_TILES])
    assert glimpse.top == glance().top


def test_blocks_that_are_off_are_off_on_the_next_frame(engine: LocalEngine) -> None:
    off = frozenset({"layer1.0", "layer3.1"})
    still = Without(NET, decode(frame()), off).run(Loaded(NET, load(NET), torch.device("cpu")))
    assert [score.index for score in glance(off=off).top] == [score.index for score in still.top]
    both = NetViewer((Look(NET), Look(NET, off=off)), "en", "session", engine).look(frame(), 0)["answers"]
    assert [len(each["rows"]) for each in both] == [5, 5]
    assert both[1]["rows"][0]["share"] == pytest.approx(still.top[0].probability)
    assert both[0]["rows"] != both[1]["rows"]


def test_two_nets_answer_the_same_frame(engine: LocalEngine) -> None:
    other = catalogue().nets["cifar10-residual-20"]
    answers = NetViewer((Look(NET), Look(other)), "zh", "session", engine).look(frame(), 1)["answers"]
    assert answers[0]["rows"][0]["name"] == class_names_of(NET)["German shepherd"]
    assert {row["name"] for row in answers[1]["rows"]} <= set(class_names_of(other).values())


def class_names_of(net: Net) -> dict[str, str]:
    return names_in(net, "zh")
