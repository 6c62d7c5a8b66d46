"""The memory estimate, compared with the peak of the tensors that torch really creates."""

from collections.abc import Callable, Iterator

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from resnet_edu.measure.memory import TOLERANCE, Optimiser, Precision, forward_peak, training_step
from resnet_edu.nets.graph_net import GraphNet
from resnet_edu.nets.operations import Graph
from resnet_edu.nets.published import BY_ID, COUNTED, PublishedNet

from .memory_tracker import MemoryTracker

OPTIMISERS: dict[Optimiser, Callable[[nn.Module], torch.optim.Optimizer]] = {
    Optimiser.SGD: lambda net: torch.optim.SGD(net.parameters(), 0.01, foreach=True),
    Optimiser.MOMENTUM: lambda net: torch.optim.SGD(net.parameters(), 0.01, momentum=0.9, foreach=True),
    Optimiser.ADAM: lambda net: torch.optim.Adam(net.parameters(), 1e-4, foreach=True),
}
CASES = [
    ("resnet-20", 32, 16),
    ("plain-56", 32, 4),
    ("resnet-18", 96, 4),
    ("resnet-50-v1-5", 96, 4),
    ("densenet-121", 64, 4),
    ("densenet-bc-100-k-12", 32, 4),
    ("wrn-16-8", 32, 4),
    ("resnext-50-32x4d", 96, 2),
    ("vgg-16-bn", 64, 2),
]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """On a busy machine two threads can make small convolutions twenty times slower."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def measured(graph: Graph, side: int, batch: int, precision: Precision, optimiser: Optimiser) -> int:
    """Return the peak of the second step; the first one creates the optimiser's state."""
    torch.manual_seed(0)
    net = GraphNet(graph).train()
    change = OPTIMISERS[optimiser](net)
    pictures, labels = torch.randn(batch, 3, side, side), torch.zeros(batch, dtype=torch.long)
    with MemoryTracker() as memory:
        memory.watch(pictures, *net.parameters(), *net.buffers())
        for _ in range(2):
            memory.peak = memory.now
            change.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=precision is Precision.MIXED):
                loss = F.cross_entropy(net(pictures).float(), labels)
            loss.backward()
            change.step()
    return memory.peak


SETTINGS = [
    *((case, Optimiser.MOMENTUM, precision) for case in CASES for precision in Precision),
    *(
        (case, optimiser, precision)
        for case in CASES[:3]
        for optimiser in (Optimiser.SGD, Optimiser.ADAM)
        for precision in Precision
    ),
]


@pytest.mark.parametrize(("case", "optimiser", "precision"), SETTINGS, ids=str)
def test_a_training_step_holds_what_is_estimated(
    case: tuple[str, int, int], optimiser: Optimiser, precision: Precision
) -> None:
    name, side, batch = case
    graph = BY_ID[name].plan().graph
    estimate = training_step(graph, (3, side, side), precision).peak(batch, optimiser)
    assert estimate.total == pytest.approx(measured(graph, side, batch, precision, optimiser), rel=TOLERANCE)


@pytest.mark.parametrize(("name", "side", "batch"), CASES)
def test_a_forward_pass_without_gradients_holds_what_is_estimated(name: str, side: int, batch: int) -> None:
    graph = BY_ID[name].plan().graph
    net = GraphNet(graph).eval()
    pictures = torch.randn(batch, 3, side, side)
    with MemoryTracker() as memory, torch.no_grad():
        memory.watch(*net.parameters(), *net.buffers())
        weights = memory.now
        memory.watch(pictures)
        net(pictures)
    assert forward_peak(graph, (3, side, side)) * batch == pytest.approx(memory.peak - weights, rel=TOLERANCE)


@pytest.mark.parametrize("net", COUNTED.values(), ids=lambda net: net.id)
def test_the_largest_batch_is_the_largest(net: PublishedNet) -> None:
    assert net.spec
    step = training_step(net.plan().graph, net.spec.shape)
    capacity = 12 * 2**30
    for optimiser in Optimiser:
        batch = step.largest_batch(capacity, optimiser)
        assert step.peak(batch, optimiser).total <= capacity < step.peak(batch + 1, optimiser).total


def test_too_small_a_memory_takes_no_batch() -> None:
    step = training_step(BY_ID["vgg-16"].plan().graph, (3, 224, 224))
    assert step.largest_batch(2**30, Optimiser.ADAM) == 0


def test_half_precision_halves_activations_but_not_the_state_of_weights() -> None:
    graph = BY_ID["resnet-50-v1-5"].plan().graph
    full, mixed = (training_step(graph, (3, 224, 224), precision).peak(64) for precision in Precision)
    assert full.weights == mixed.weights
    assert full.optimiser == mixed.optimiser
    assert mixed.kept == pytest.approx(full.kept / 2, rel=0.05)
