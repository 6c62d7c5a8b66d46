"""Computes what the first visitor will need before anyone asks for it."""

import logging

import torch

from resnet_edu.errors import UserError
from resnet_edu.measure.shattering import InputPath
from resnet_edu.measure.sweeps import PRESETS
from resnet_edu.teaching.example import Example, example, swapped
from resnet_edu.teaching.features import ExtractFeatures
from resnet_edu.teaching.head import fit_heads
from resnet_edu.training.race import RaceSpec
from resnet_edu.ui.block import information
from resnet_edu.ui.depth.records import race_opening
from resnet_edu.ui.gradients.records import gradients_along, recorded_sweep
from resnet_edu.ui.parameters import costs
from resnet_edu.ui.shared.engines import engine
from resnet_edu.vision.attribution.task import DEFAULT_METHODS, Attribute
from resnet_edu.vision.catalogue import Net, catalogue
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.samples import DEFAULT_SAMPLE, sample_picture

log = logging.getLogger(__name__)


def warm_up() -> None:
    """Classify the default picture and read the records, so that the first visitor finds them ready."""
    for preset in PRESETS:
        recorded_sweep(preset.id)
    gradients_along(InputPath())
    race_opening(RaceSpec())
    costs.warm_up()
    information.warm_up()
    net, picture = catalogue().default, sample_picture(DEFAULT_SAMPLE)
    ticket = engine().submit(Predict(net, picture), session="warm-up")
    if not ticket.wait(60):
        return
    try:
        target = ticket.result().top[0].index
    except UserError as error:  # the page will tell the reader
        log.warning("The first net can't be used: %s", error)
        return
    for method in DEFAULT_METHODS:
        engine().submit(Attribute(net, picture, method, target), session=f"warm-up {method}")
    _warm_up_teaching(net)


def _warm_up_teaching(net: Net) -> None:
    """Draw the examples, and have their features computed; the first L-BFGS would else import for seconds."""
    things, grounds, others = example(Example.THINGS), example(Example.GROUNDS), swapped()
    for name, shots, untrained in (
        ("example", things.shots, False),
        ("grounds", grounds.shots, False),
        ("others", others.shots, False),
        ("untrained", things.shots, True),
    ):
        engine().submit(ExtractFeatures(net, shots, untrained), session=f"warm-up {name}")
    fit_heads(torch.eye(2), torch.arange(2), 2)
