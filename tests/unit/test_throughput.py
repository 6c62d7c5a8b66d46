"""Throughput: counts agree with torch and the catalogue, every pass is real, and a CPU reports no GPU memory."""

import itertools

import pytest
import torch

from resnet_edu import device as device_module
from resnet_edu.device import peak_memory, precisions, seconds_of
from resnet_edu.errors import UserError
from resnet_edu.nets.imagenet import ImagenetSpec
from resnet_edu.vision import throughput
from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.throughput import MEASURED_SECONDS, MeasureSpeed, Speed, matrix_peak, multiply_adds, repeated

CPU = torch.device("cpu")
NET = catalogue().nets["cifar10-residual-20"]


def test_multiply_adds_are_the_published_ones() -> None:
    assert multiply_adds(ImagenetSpec("resnet18"), 224) / 1e9 == pytest.approx(1.814, abs=0.0006)
    assert multiply_adds(ImagenetSpec("resnet50"), 224) / 1e9 == pytest.approx(4.089, abs=0.0006)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_measurement_runs_the_net_on_so_many_pictures_and_leaves_it_as_it_was(precision: str) -> None:
    model = load(NET)
    shapes: list[tuple[int, ...]] = []
    hook = model.register_forward_hook(lambda module, inputs, output: shapes.append(tuple(inputs[0].shape)))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    speed = MeasureSpeed(NET, 4, precision).run(Loaded(NET, model, CPU))
    hook.remove()
    assert set(shapes) == {(4, 3, 32, 32)}
    assert len(shapes) == speed.passes + 1  # one to warm up
    assert speed.batch == 4
    assert speed.images == pytest.approx(4 / speed.seconds)
    assert speed.memory is None
    assert speed.bound == pytest.approx(speed.peak / multiply_adds(NET.architecture, 32))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_a_job_is_repeated_until_it_has_been_measured_for_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = itertools.count()
    monkeypatch.setattr(throughput, "seconds_of", lambda device, job: (job(), 0.11)[1])
    assert repeated(lambda: next(runs), CPU) == [0.11] * 3
    assert next(runs) == 4
    assert pytest.approx(0.3) == MEASURED_SECONDS


def test_the_peak_is_that_of_a_matrix_product() -> None:
    assert matrix_peak(CPU, torch.float32) > 1e8


def test_a_slow_batch_is_the_last_one() -> None:
    assert Speed(8, 1.6, 1, 1, 1.0, None).is_last
    assert not Speed(8, 0.1, 1, 1, 1.0, None).is_last


def test_a_batch_that_does_not_fit_is_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*args: object) -> list[float]:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(throughput, "repeated", exhausted)
    with pytest.raises(UserError, match="batch of 256"):
        MeasureSpeed(NET, 256, "float32").run(Loaded(NET, load(NET), CPU))


def test_a_gpu_is_timed_by_events_and_asked_for_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no GPU here, so torch's calls are replaced, in the order in which they must come."""
    calls: list[str] = []

    class Event:
        def __init__(self, enable_timing: bool) -> None:
            assert enable_timing

        def record(self) -> None:
            calls.append("record")

        def synchronize(self) -> None:
            calls.append("synchronize")

        def elapsed_time(self, end: object) -> float:
            return 12.0

    cuda = torch.device("cuda")
    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda device: calls.append("reset"))
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: 5 * 2**20)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert seconds_of(cuda, lambda: calls.append("job")) == pytest.approx(0.012)
    assert calls == ["record", "job", "record", "synchronize"]
    with peak_memory(cuda) as most:
        assert most() == 5 * 2**20
    assert calls[-1] == "reset"
    assert precisions(cuda) == (torch.float32, torch.bfloat16, torch.float16)
    assert precisions(torch.device("mps")) == (torch.float32, torch.float16)


def test_on_a_cpu_the_clock_is_read_around_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([1.0, 3.5])
    monkeypatch.setattr(device_module.time, "perf_counter", lambda: next(ticks))
    assert seconds_of(CPU, lambda: None) == 2.5
