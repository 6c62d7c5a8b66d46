"""What a GPU does for the app, next to bare torch on it: streams, stills, batches. Needs no browser and no network.

The net is ResNet-50 at 224 pixels with random weights, on which nothing depends here.
"""

import io
import itertools
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

import torch
from torch import nn

from resnet_edu.bench.engine import classification
from resnet_edu.bench.figure import Figure, rows_of, table
from resnet_edu.bench.passes import bare_passes, timed
from resnet_edu.device import device_name, leave_a_core, precisions
from resnet_edu.errors import UserError
from resnet_edu.seeding import seeded
from resnet_edu.text_table import text_table
from resnet_edu.ui.inference.stream import SIDE, Look, NetViewer
from resnet_edu.ui.stream.route import IN_FLIGHT
from resnet_edu.versions import versions
from resnet_edu.vision.catalogue import Net, catalogue
from resnet_edu.vision.engine.local import LocalEngine
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.samples import SAMPLES, sample_picture
from resnet_edu.vision.throughput import BATCHES, MeasureSpeed, Speed

NET = "resnet50-v2"
ROUNDS, SECONDS = 3, 4.0
SHARE_GOAL = 0.8
GRAD_CAM_GOAL = 1 / 30
MEGABYTE = 10**6


@dataclass(frozen=True)
class DeviceSpeed:
    """The figures of one device; ``speeds`` by precision, such as ``bfloat16``, up to the largest batch that fits."""

    device: str
    versions: dict[str, str]
    net: str
    figures: tuple[Figure, ...]
    speeds: dict[str, tuple[Speed, ...]]

    def text(self) -> str:
        """Two tables: the figures, and images per second by batch size."""
        named = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return f"{self.device}; {named}\n\n{table(self.figures)}\n\n{self.net}\n{self._throughput()}"

    def to_json(self) -> str:
        """All of it."""
        speeds = {
            precision: [{**asdict(speed), "images": speed.images} for speed in found]
            for precision, found in self.speeds.items()
        }
        rows = rows_of(self.figures)
        return json.dumps(
            {
                "device": self.device,
                "versions": self.versions,
                "net": self.net,
                "figures": rows,
                "throughput": speeds,
            },
            indent=1,
        )

    def _throughput(self) -> str:
        by_batch = {precision: {speed.batch: speed for speed in found} for precision, found in self.speeds.items()}
        rows = [
            (str(batch), *itertools.chain.from_iterable(_cells(by_batch[each].get(batch)) for each in by_batch))
            for batch in BATCHES
        ]
        head = [title for precision in by_batch for title in (f"{precision}, images/s", "memory")]
        return text_table(rows, "r" * (1 + len(head)), ("batch", *head))


def _cells(speed: Speed | None) -> tuple[str, str]:
    """Images per second and peak memory; empty where a batch doesn't fit or takes too long."""
    if speed is None:
        return "", ""
    return f"{speed.images:,.0f}" if speed.images >= 10 else f"{speed.images:.1f}", (
        "" if speed.memory is None else f"{speed.memory / MEGABYTE:,.0f} MB"
    )


def measure(device: torch.device) -> DeviceSpeed:
    """Measure everything; about two minutes on a GPU."""
    leave_a_core()
    net = catalogue().nets[NET]
    loaded = Loaded(net, drawn(net).to(device), device)
    figures = [classification(device), *streaming(loaded, grad_cam=False), *streaming(loaded, grad_cam=True)]
    speeds = {name: throughput(loaded, name) for name in (str(each).split(".")[1] for each in precisions(device))}
    return DeviceSpeed(device_name(device), versions("torch", "torchvision"), net.title, tuple(figures), speeds)


def drawn(net: Net) -> nn.Module:
    """The net with random weights."""
    with seeded(0):
        return net.architecture.build().eval()


def streaming(loaded: Loaded, *, grad_cam: bool) -> list[Figure]:
    """From a frame's JPEG to what the browser is sent, two frames in flight; bare torch takes turns with it."""
    look = Look(loaded.net, method="grad-cam" if grad_cam else "")
    viewer = NetViewer((look,), "en", "bench", LocalEngine(loaded.device, loader=drawn))
    bare = bare_passes(loaded, grad_cam=grad_cam)
    frames = list(jpegs())
    streamed(viewer, frames, SECONDS / 4)  # meanwhile the device warms up
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(streamed(viewer, frames, SECONDS))
        theirs += timed(bare, SECONDS)
    mine, of_bare = statistics.fmean(ours), statistics.fmean(theirs)
    name = f"a streamed frame with {'Grad-CAM' if grad_cam else 'top five'}"
    figures = [Figure(name, mine, of_bare, of_bare / SHARE_GOAL, "0.8 of bare torch's rate")]
    if grad_cam:
        figures.append(Figure("the same, against the clock", mine, None, GRAD_CAM_GOAL, "30 a second"))
    return figures


def jpegs() -> Iterator[bytes]:
    """The gallery as frames of a stream."""
    for sample in SAMPLES:
        file = io.BytesIO()
        sample_picture(sample.id).image.resize((SIDE, SIDE)).save(file, "JPEG")
        yield file.getvalue()


def streamed(viewer: NetViewer, frames: Sequence[bytes], seconds: float) -> float:
    """Return the seconds a frame takes while as many as the app allows are in flight."""
    started = time.perf_counter()

    def slot(number: int) -> int:
        count = 0
        while time.perf_counter() < started + seconds or not count:
            answer = viewer.look(frames[count % len(frames)], number)
            assert "answers" in answer, answer
            json.dumps(answer)
            count += 1
        return count

    with ThreadPoolExecutor(IN_FLIGHT) as threads:
        answered = sum(threads.map(slot, range(IN_FLIGHT)))
    return (time.perf_counter() - started) / answered


def throughput(loaded: Loaded, precision: str, batches: Sequence[int] = BATCHES) -> tuple[Speed, ...]:
    """Measure batch after batch, until one doesn't fit into the memory or takes longer than a second and a half."""
    found: list[Speed] = []
    for batch in batches:
        try:
            found.append(MeasureSpeed(loaded.net, batch, precision).run(loaded))
        except UserError:
            break
        if found[-1].is_last:
            break
    return tuple(found)
