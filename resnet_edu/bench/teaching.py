"""How long it takes to turn two hundred pictures into a net that knows them."""

import time

import torch

from resnet_edu.bench.figure import Figure, medians
from resnet_edu.teaching.collection import Shot
from resnet_edu.teaching.example import drawn
from resnet_edu.teaching.features import ExtractFeatures
from resnet_edu.teaching.head import fit_heads
from resnet_edu.teaching.held_out import held_out
from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.engine.protocol import Loaded

PICTURES = 200
CLASSES = 3
REPEATS = 3
FIT_GOAL = 1.0
FEATURES_GOAL = 15.0


def teaching() -> list[Figure]:
    """Measure computing the pictures' features, then fitting the head with its held-out accuracy."""
    net = catalogue().default
    loaded = Loaded(net, load(net), torch.device("cpu"))
    shots = tuple(Shot.of(drawn(number % CLASSES, number)) for number in range(PICTURES))
    labels = torch.arange(PICTURES) % CLASSES
    features = ExtractFeatures(net, shots).run(loaded).last

    def extracting() -> float:
        started = time.perf_counter()
        ExtractFeatures(net, shots).run(loaded)
        return time.perf_counter() - started

    def fitting() -> float:
        started = time.perf_counter()
        fit_heads(features, labels, CLASSES)
        held_out(features, labels, CLASSES)
        return time.perf_counter() - started

    fitting()  # the first call imports
    extracted = medians(extracting, repeats=1)[0]
    fitted = medians(fitting, repeats=REPEATS)[0]
    return [
        Figure(f"teach: features of {PICTURES} pictures", extracted, None, FEATURES_GOAL, "15 s"),
        Figure(f"teach: a head on {PICTURES} pictures, and its accuracy", fitted, None, FIT_GOAL, "1 s"),
    ]
