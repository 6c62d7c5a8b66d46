"""What a page may rely on with any engine."""

import io
import time
from typing import Any

import pytest
import torch

from resnet_edu.errors import UserError
from resnet_edu.measure.gradients import Pictures
from resnet_edu.measure.sweeps import Setting, measure_pair
from resnet_edu.ui.inference.stream import SIDE, Look, NetViewer
from resnet_edu.vision.attribution.task import Attribute
from resnet_edu.vision.catalogue import load
from resnet_edu.vision.engine.local import LocalEngine
from resnet_edu.vision.engine.protocol import Engine, QueueFull, Superseded, TryLater
from resnet_edu.vision.feature_maps import LookAt, SurveyLayers
from resnet_edu.vision.measure_pair import measured_by
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.samples import SAMPLES, crops, sample_picture

from .jobs import NET, Bench, Failing, Faulty, Frame, Huge, InSteps, Killed, Restless, Stepwise, finish


def test_a_task_runs_on_the_thread_that_owns_the_device(bench: Bench) -> None:
    job = bench.job("a")
    assert finish(bench.engine.submit(job, "s")) == "a"
    assert job.ran == ["engine"]


def test_equal_tasks_are_computed_once(bench: Bench) -> None:
    holder = bench.busy()
    tickets = [bench.submit("same", "s1"), bench.submit("same", "s2")]
    holder.open()
    assert [finish(ticket) for ticket in tickets] == ["same", "same"]
    assert finish(bench.submit("same", "s3")) == "same"
    assert len(bench.job("same").ran) == 1


def test_the_newest_request_of_a_session_replaces_its_older_one(bench: Bench) -> None:
    holder = bench.busy()
    old, other, new = bench.submit("old", "s"), bench.submit("x", "t"), bench.submit("new", "s")
    with pytest.raises(Superseded):
        finish(old)
    holder.open()
    assert (finish(other), finish(new)) == ("x", "new")
    assert not bench.job("old").ran


def test_places_count_those_before(bench: Bench) -> None:
    holder = bench.busy()
    tickets = [bench.submit(name, name) for name in "abc"]
    assert [ticket.place for ticket in tickets] == [1, 2, 3]
    assert not tickets[0].wait(1)  # by now a replica has reported
    assert sorted(ticket.place for ticket in tickets) == [1, 2, 3]
    holder.open()
    for ticket in tickets:
        finish(ticket)
    assert [ticket.place for ticket in tickets] == [0, 0, 0]


def test_a_full_queue_says_so_and_takes_the_task_later(bench: Bench) -> None:
    holder = bench.busy()
    waiting = [bench.submit(name, name) for name in "abc"]
    with pytest.raises(QueueFull, match="3 pictures") as refused:
        finish(bench.submit("d", "d"))
    assert isinstance(refused.value, TryLater)
    holder.open()
    assert [finish(ticket) for ticket in waiting] == ["a", "b", "c"]
    assert finish(bench.submit("d", "d")) == "d"


def test_a_failing_task_fails_alone_and_its_sentence_can_be_translated(bench: Bench) -> None:
    with pytest.raises(UserError, match="no luck") as failed:
        finish(bench.submit("bad", "s", Failing))
    assert (failed.value.message, failed.value.values) == ("no {what}", {"what": "luck"})
    assert finish(bench.submit("good", "s")) == "good"


def test_a_fault_of_ours_is_told_from_a_readers(bench: Bench) -> None:
    with pytest.raises(Exception, match="a fault of ours") as failed:
        finish(bench.submit("bad", "s", Faulty))
    assert not isinstance(failed.value, UserError)
    assert finish(bench.submit("good", "s")) == "good"


def test_a_killed_worker_tells_its_reader_and_serves_the_next(bench: Bench) -> None:
    with pytest.raises(UserError, match="cut off"):
        finish(bench.submit("bad", "s", Killed))
    assert finish(bench.submit("good", "s")) == "good"


def test_a_net_without_memory_is_a_sentence_and_makes_room(bench: Bench) -> None:
    with pytest.raises(UserError, match=f"not enough memory for {NET.title} now"):
        finish(bench.submit("bad", "s", Huge))
    assert finish(bench.submit("good", "s")) == "good"


def test_a_failure_is_not_cached(bench: Bench) -> None:
    with pytest.raises(UserError):
        finish(bench.submit("same", "s", Failing))
    assert finish(bench.submit("same", "s")) == "same"


def test_a_running_task_tells_its_progress_and_ends(bench: Bench) -> None:
    job, ticket = bench.half_way()
    assert ticket.progress == 0.25
    assert ticket.place == 0
    job.open("second")
    assert finish(ticket) == "long"


@pytest.mark.parametrize("is_stopped", [False, True])
def test_a_task_that_builds_its_own_nets_can_tell_its_progress_and_be_stopped(bench: Bench, is_stopped: bool) -> None:
    job = InSteps("own", bench.folder)
    ticket: Any = bench.engine.submit(job, "s")  # type: ignore[arg-type]  # compute_in_steps in place of compute
    while ticket.progress == 0:
        ticket.wait(0.01)
    assert ticket.progress == 0.25
    if is_stopped:
        ticket.stop()
    job.open("second")
    if is_stopped:
        with pytest.raises(Superseded):
            finish(ticket)
    else:
        assert finish(ticket) == "own"


def test_a_running_task_can_be_stopped_and_is_not_cached(bench: Bench) -> None:
    job, ticket = bench.half_way(kind=Restless)
    ticket.stop()
    with pytest.raises(Superseded):
        finish(ticket)
    assert finish(bench.submit("long", "s")) == "long"
    assert job.ran


def test_a_waiting_task_can_be_stopped(bench: Bench) -> None:
    holder = bench.busy()
    ticket = bench.submit("a", "s")
    ticket.stop()
    with pytest.raises(Superseded):
        finish(ticket)
    time.sleep(1)  # a cluster hears of it only once the request's connection has ended
    holder.open()
    assert finish(bench.submit("b", "s")) == "b"
    assert not bench.job("a").ran


def test_a_newer_request_of_the_session_stops_its_running_one(bench: Bench) -> None:
    job, ticket = bench.half_way()
    newer = bench.submit("b", "s")
    job.open("second")
    with pytest.raises(Superseded):
        finish(ticket)
    assert finish(newer) == "b"


def test_neither_another_session_nor_the_same_request_stops_a_running_task(bench: Bench) -> None:
    job, ticket = bench.half_way()
    others = [bench.submit("b", "other"), bench.submit("long", "s")]
    job.open("second")
    assert finish(ticket) == "long"
    assert [finish(other) for other in others] == ["b", "long"]


def test_quick_tasks_are_served_between_the_pieces_of_a_long_one(bench: Bench) -> None:
    job, ticket = bench.half_way()
    quick = bench.submit("quick", "other")
    long = bench.submit("later", "third", Stepwise)
    bad = bench.submit("bad", "fourth", Failing)
    assert [quick.place, bad.place, long.place] == [1, 2, 3]
    assert not quick.wait(1)  # by now a replica has all of them
    job.open("second")
    assert finish(quick) == "quick"
    with pytest.raises(UserError):
        finish(bad)
    assert finish(ticket) == "long"
    bench.job("later", Stepwise).open("second")
    assert finish(long) == "later"


def test_a_stream_goes_on_beside_a_long_task_and_comes_after_all_else_that_waits(bench: Bench) -> None:
    job, ticket = bench.half_way()
    frame = bench.submit("frame", "stream", Frame)
    quick = bench.submit("quick", "other")
    assert [quick.place, frame.place] == [1, 2]
    assert not frame.wait(1)  # by now a replica has all of them
    job.open("second")
    assert (finish(quick), finish(frame), finish(ticket)) == ("quick", "frame", "long")


def test_what_is_private_is_computed_for_whoever_asks_and_not_kept(bench: Bench) -> None:
    assert [finish(bench.submit("frame", session, Frame)) for session in ("a", "b")] == ["frame", "frame"]
    assert len(bench.job("frame", Frame).ran) == 2


def frame(sample: str) -> bytes:
    """As a browser sends it."""
    file = io.BytesIO()
    sample_picture(sample).image.resize((SIDE, SIDE)).save(file, "JPEG")
    return file.getvalue()


def what_is_seen(said: dict[str, Any]) -> list[Any]:
    """A stream's answers without what differs from one machine to the next."""
    return [[answer[each] for each in ("rows", "doubtful", "note", "heat", "maps")] for answer in said["answers"]]


def test_a_streams_answers_are_those_of_a_local_engine(engine: Engine) -> None:
    off = frozenset({"layer1.1"})
    looks = (Look(NET, method="grad-cam"), Look(NET, layer="layer2.0", off=off))
    stream, local = (NetViewer(looks, "en", "s", each) for each in (engine, LocalEngine(torch.device("cpu"))))
    for number, sample in enumerate(SAMPLES[:4]):
        content = frame(sample.id)
        found = stream.look(content, number % 2)
        assert what_is_seen(found) == what_is_seen(local.look(content, 0))
        assert found["device"].endswith(engine.device_name)


def test_the_newest_frame_of_a_stream_replaces_one_that_still_waits_and_no_other_streams(bench: Bench) -> None:
    holder = bench.busy()
    old, other, new = (bench.submit(name, session, Frame) for name, session in (("a", "s"), ("b", "t"), ("c", "s")))
    with pytest.raises(Superseded):
        finish(old)
    holder.open()
    assert (finish(other), finish(new)) == ("b", "c")
    assert not bench.job("a", Frame).ran


def test_a_stream_asks_for_a_later_frame_where_the_queue_is_full_and_goes_on_when_it_no_longer_is(
    bench: Bench,
) -> None:
    stream = NetViewer((Look(NET),), "en", "s", bench.engine)
    holder = bench.busy()
    waiting = [bench.submit(name, name) for name in "abc"]
    assert stream.look(frame("dog"), 0) == {"later": True}
    holder.open()
    assert [finish(ticket) for ticket in waiting] == ["a", "b", "c"]
    assert len(stream.look(frame("dog"), 0)["answers"]) == 1


def test_a_frame_that_has_waited_too_long_is_given_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resnet_edu.ui.inference.stream.PATIENCE_SECONDS", 0.5)
    stream = NetViewer((Look(NET),), "en", "s", bench.engine)
    holder = bench.busy()
    assert stream.look(frame("dog"), 0) == {"later": True}
    waiting = [bench.submit(name, name) for name in "abc"]  # there is room for all, since the frame is gone
    holder.open()
    assert [finish(ticket) for ticket in waiting] == ["a", "b", "c"]


@pytest.mark.parametrize("sample", [sample.id for sample in SAMPLES])
def test_the_engines_answer_is_that_of_bare_torch(engine: Engine, sample: str) -> None:
    picture = sample_picture(sample)
    prediction = finish(engine.submit(Predict(NET, picture), "s"))
    with torch.inference_mode():
        bare = load(NET)(NET.preprocessing.tensor(NET.preprocessing.view(picture.image))).softmax(1)[0]
    values, indices = bare.topk(5)
    assert [score.index for score in prediction.top] == indices.tolist()
    assert [score.probability for score in prediction.top] == values.tolist()
    assert [score.name for score in prediction.top] == [NET.classes[index] for index in indices]
    assert prediction.milliseconds > 0
    assert prediction.seen.size == (32, 32)
    assert engine.device_name


def test_hooked_work_is_bit_for_bit_that_of_a_local_engine(engine: Engine) -> None:
    picture = sample_picture(SAMPLES[0].id)
    local = LocalEngine(torch.device("cpu"))
    survey = SurveyLayers(NET, picture)
    assert finish(engine.submit(survey, "s")).layers == finish(local.submit(survey, "s")).layers
    look = LookAt(NET, picture, "layer3.2")
    ours, theirs = finish(engine.submit(look, "s")), finish(local.submit(look, "s"))
    assert ours.picture == theirs.picture
    assert torch.equal(ours.variance, theirs.variance)
    for method in ("saliency", "integrated-gradients", "grad-cam", "occlusion"):
        attribute = Attribute(NET, picture, method, target=3)
        ours, theirs = finish(engine.submit(attribute, "s")), finish(local.submit(attribute, "s"))
        assert torch.equal(ours.values, theirs.values), method
        assert ours.completeness == theirs.completeness


@pytest.mark.parametrize("pictures", list(Pictures))
def test_a_pair_of_nets_is_measured_as_in_this_process(engine: Engine, pictures: Pictures) -> None:
    setting = Setting(width=4, batch_size=2, pictures=pictures)
    found = measured_by(lambda: engine)(setting, 8, None)
    expected = measure_pair(setting, 8, crops() if pictures is Pictures.REAL else None)
    for there, here in ((found.plain, expected.plain), (found.residual, expected.residual)):
        assert there.loss == pytest.approx(here.loss, rel=1e-5)
        assert there.weight_gradient == pytest.approx(here.weight_gradient, rel=1e-4)
