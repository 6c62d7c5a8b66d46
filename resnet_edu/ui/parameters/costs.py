"""The settings of the parameters page, kept in the URL, and counts of whole nets, made once for all readers."""

from collections.abc import Collection
from dataclasses import dataclass

import streamlit as st

from resnet_edu.device import best_device, memory_size
from resnet_edu.errors import mark
from resnet_edu.figures.where_it_sits import WHOLE
from resnet_edu.measure.comparison import ComparedBlocks
from resnet_edu.measure.counting import QUANTITIES, Count, count
from resnet_edu.measure.memory import Optimiser, Precision, TrainingStep, training_step
from resnet_edu.nets.block_options import StrideOn
from resnet_edu.nets.published import BY_ID, COMPARED, COUNTED, NETS, Protocol, PublishedNet, Series
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import Between, Nearest, OneOf, Switch, read

DEFAULT_NET = "resnet-50-v1-5"
OPTIONS = {
    "channels": [*range(16, 256, 16), *range(256, 1025, 32)],
    "width": [*range(4, 64, 4), *range(64, 257, 8), *range(272, 513, 16)],
    "size": [4, 7, 8, 14, 16, 28, 32, 56, 64, 112],
    "blocks": [*range(1, 51)],
}
BATCHES = tuple(2**power for power in range(13))
SIDES = tuple(range(32, 1025, 32))
GIB = 2**30
MEMORIES = (1, 512)
DEFAULT_MEMORY = 16
DEFAULT_BATCH = 128
COMPARISONS = {"same-channels": mark("Same channels"), "same-cost": mark("Same cost (figure 5)")}
TITLES = {
    "parameters": mark("Parameters"),
    "multiply_adds": mark("Multiply-adds"),
    "kept": mark("Training memory"),
}
ALL = "all"
DATA = ("CIFAR-10", "ImageNet", "MNIST")
SERIES_TITLES = {Series.PLAIN: mark("plain")}

VERSION = OneOf("version", StrideOn, StrideOn.FIRST_1X1)
SIZES = {name: Nearest(name, options, getattr(ComparedBlocks(), name)) for name, options in OPTIONS.items()}
"""URL parameters of the two blocks that are compared."""
COMPARE = OneOf("compare", COMPARISONS, "same-channels")
NET = OneOf("net", COUNTED, DEFAULT_NET)
BY = OneOf("by", QUANTITIES, QUANTITIES[0])
PROTOCOL = OneOf("protocol", COMPARED, Protocol.ONE_CROP)
NEWER = Switch("newer")
"""Whether torchvision's later weights are in the plot too."""
AGAINST = OneOf("against", QUANTITIES, QUANTITIES[0])
PICTURES = OneOf("data", (ALL, *DATA), ALL)
SERIES = OneOf("family", (ALL, *Series), ALL)
BATCH = Nearest("batch", BATCHES, DEFAULT_BATCH)
PRECISION = OneOf("precision", Precision, Precision.FLOAT32)
OPTIMISER = OneOf("optimiser", Optimiser, Optimiser.MOMENTUM)


@dataclass(frozen=True)
class ChosenCosts:
    """The setting in the URL; ``memory`` is in GiB."""

    setting: ComparedBlocks
    net: PublishedNet
    quantity: str
    protocol: Protocol
    newer: bool
    against: str
    data: str
    series: str
    batch: int
    side: int
    precision: Precision
    optimiser: Optimiser
    memory: int


def chosen() -> ChosenCosts:
    """Read the setting from the URL, correcting invalid values."""
    read(VERSION)  # used elsewhere; read here only to report an invalid value
    sizes = {name: read(size) for name, size in SIZES.items()}
    equal_cost = read(COMPARE) == "same-cost"
    net = BY_ID[read(NET)]
    return ChosenCosts(
        setting=ComparedBlocks(**sizes, equal_cost=equal_cost),
        net=net,
        quantity=read(BY),
        protocol=read(PROTOCOL),
        newer=read(NEWER),
        against=read(AGAINST),
        data=read(PICTURES),
        series=read(SERIES),
        batch=read(BATCH),
        side=read(side_for(net)),
        precision=read(PRECISION),
        optimiser=read(OPTIMISER),
        memory=read(memory_of_gpu()),
    )


def choose_net(now: ChosenCosts, key: str) -> None:
    """Show a control for the whole net; a page may have several, which stay in step."""
    titles = {each: title_of(each) for each in COUNTED}
    widgets.select(NET, now.net.id, _("Network"), titles, key=key, changes=_net_changes)


def _net_changes(net: str) -> dict[str, object]:
    return {NET.name: net, "side": None, "part": None}  # the next net has its own picture size and parts


def part_of(ids: Collection[str]) -> OneOf[str]:
    """Declare the URL parameter of the part of the net that is shown on its own."""
    return OneOf("part", ids, WHOLE)


def side_for(net: PublishedNet) -> Nearest:
    """Declare the URL parameter of the side, in pixels, of the training pictures."""
    return Nearest("side", SIDES, side_of(net))


def memory_of_gpu() -> Between[int]:
    """Declare the URL parameter of the available memory in GiB."""
    return Between("memory", *MEMORIES, memory_here() or DEFAULT_MEMORY)


def title_of(net_id: str) -> str:
    """Return a net's name and the data set it was made for."""
    return f"{BY_ID[net_id].name} · {BY_ID[net_id].data}"


def side_of(net: PublishedNet) -> int:
    """Return the side, in pixels, of the pictures that a net was published with, or 0 if it has no specification."""
    return net.spec.size if net.spec else 0


def memory_here() -> int | None:
    """Return the memory of this machine's GPU in GiB, or None without a GPU."""
    size = memory_size(best_device())
    return round(size / GIB) if size else None


@st.cache_resource(show_spinner=False, max_entries=64)
def counted(net_id: str) -> Count:
    """Count a net for one picture of its published size, in float32."""
    net = BY_ID[net_id]
    return count(net.plan(), (3, side_of(net), side_of(net)))


@st.cache_resource(show_spinner=False, max_entries=64)
def step_of(net_id: str, side: int, precision: Precision) -> TrainingStep:
    """Estimate a net's training step on pictures with that side."""
    return training_step(BY_ID[net_id].plan().graph, (3, side, side), precision)


def warm_up() -> None:
    """Count every net with a published result, so that the first visitor does not wait for it."""
    for net in NETS:
        if net.results and net.spec:
            counted(net.id)
