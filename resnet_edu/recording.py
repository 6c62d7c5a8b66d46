"""The records that the app shows: what is measured in which pieces, and put together to which file.

A piece that needs a trained net of ours or CIFAR-10 reads both for itself, once a process: on a cluster all machines
have the same version of this repository, and the data at the same path.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial, reduce
from operator import add, or_
from pathlib import Path
from typing import Protocol, TypeVar

import torch

from resnet_edu.device import best_device, device_name
from resnet_edu.errors import UserError, mark
from resnet_edu.measure import first_steps, identity, knockout, sweeps
from resnet_edu.measure.identity import CALIBRATION, NETS, IdentityRecord, Insert
from resnet_edu.measure.knockout import BATCH, Knockout, wrong_without
from resnet_edu.measure.paths import measure_paths
from resnet_edu.nets.cifar import CifarNet, CifarSpec, Family
from resnet_edu.training import data, race_record
from resnet_edu.training.data import Dataset, normalize
from resnet_edu.vision.catalogue import Source, catalogue, load

PATH_BATCH = 64
Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class Spread(Protocol):
    """Does ``work`` on every item, here or on a cluster, under a name for its progress: results by item."""

    def __call__(self, work: Callable[[Item], Outcome], items: Sequence[Item], name: str) -> dict[Item, Outcome]:
        """All of them, in the order of the items."""
        ...


@dataclass(frozen=True)
class Where:
    """CIFAR-10's own folder, None for torchvision's download into ``cache``."""

    data_dir: Path | None
    cache: Path


@cache
def cifar10(where: Where) -> Dataset:
    """In memory."""
    return data.load_cifar10(where.data_dir, where.cache)


@cache
def cifar_net(name: str) -> CifarNet:
    """One of our nets, in evaluation mode; raises ``UserError`` for another."""
    model = load(catalogue().find(name))
    if not isinstance(model, CifarNet):
        raise UserError(mark("{name} is none of our nets for CIFAR-10."), name=name)
    return model


def wrong_at(where: Where, piece: tuple[str, int]) -> Counter[frozenset[str]]:
    """How many of a batch of test pictures a net names wrongly, by deleted blocks; net and first picture."""
    name, first = piece
    test = cifar10(where).test
    batch = slice(first, first + BATCH)
    return wrong_without(cifar_net(name), normalize(test.images[batch]), test.labels[batch])


def curve_at(where: Where, piece: tuple[int, Insert, int]) -> identity.Curve:
    """The identity experiment for a place, what is inserted, and a seed."""
    place, insert, seed = piece
    device = best_device()
    dataset = cifar10(where)
    drawn = torch.randperm(len(dataset.train), generator=torch.Generator().manual_seed(0))[:CALIBRATION]
    pictures, calibration = (normalize(each).to(device) for each in (dataset.test.images, dataset.train.images[drawn]))
    model = cifar_net(NETS[insert.family]).to(device)
    return identity.measure(
        model, insert, place, (pictures, dataset.test.labels.to(device), calibration), seeds=(seed,)
    )


def record_gradients(preset: str | None, out: Path, spread: Spread) -> None:
    """Per-layer gradients at every recorded depth, a file for each preset or for the one that is named."""
    chosen = _presets(preset)
    pieces = [(each.setting, depth) for each in chosen for depth in sweeps.RECORDED_DEPTHS]
    found = spread(sweeps.measure_at, pieces, "gradients")
    for each in chosen:
        pairs = {depth: found[each.setting, depth] for depth in sweeps.RECORDED_DEPTHS}
        sweeps.save_sweep(out / f"{each.id}.json", each.setting, pairs)


def record_first_steps(preset: str | None, learning_rate: float, out: Path, spread: Spread) -> None:
    """The first steps of training, a file for each preset or for the one that is named."""
    if not 0 < learning_rate < float("inf"):
        message = mark("{name} must be finite and greater than 0, not {value}.")
        raise UserError(message, name="--learning-rate", value=learning_rate)
    chosen = _presets(preset)
    depths = first_steps.RECORDED_DEPTHS
    found = spread(
        first_steps.record_at,
        [(each.setting, depth, learning_rate) for each in chosen for depth in depths],
        "first-steps",
    )
    for each in chosen:
        parts = (found[each.setting, depth, learning_rate] for depth in depths)
        whole = reduce(or_, parts, first_steps.RecordedSteps({}, {}))
        first_steps.save_steps(out / f"{each.id}.json", each.setting, whole)


def record_knockout(net: str | None, where: Where, out: Path, spread: Spread) -> None:
    """Test errors after deleting blocks, and gradients along paths, a file for each net or the one that is named."""
    nets = [
        each.id
        for each in catalogue().nets.values()
        if each.source is Source.OURS and isinstance(each.architecture, CifarSpec) and net in (None, each.id)
    ]
    if not nets:
        raise UserError(mark("{name} is none of our nets for CIFAR-10."), name=net)
    dataset = cifar10(where)
    firsts = range(0, len(dataset.test), BATCH)
    wrong = spread(partial(wrong_at, where), [(name, first) for name in nets for first in firsts], "knockout")
    images, labels = normalize(dataset.test.images[:PATH_BATCH]), dataset.test.labels[:PATH_BATCH]
    for name in nets:
        model = cifar_net(name)
        together = sum((wrong[name, first] for first in firsts), Counter[frozenset[str]]())
        errors = knockout.errors_of(knockout.block_names(model), together, len(dataset.test))
        paths = measure_paths(model, images, labels) if model.spec.family is Family.RESIDUAL else None
        recorded = Knockout(name, dataset.description, *errors, paths, knockout.versions())
        knockout.save_knockout(out / f"{name}.json", recorded)


def record_identity(place: int | None, where: Where, out: Path, spread: Spread, command: str) -> None:
    """Test errors of nets with untrained insertions, a file for each place or for the one that is named."""
    dataset = cifar10(where)
    seeds = tuple(range(identity.DRAWS))
    places = identity.PLACES if place is None else (place,)
    drawn = {insert: seeds if insert.is_fresh else seeds[:1] for insert in Insert}
    pieces = [(each, insert, seed) for each in places for insert in Insert for seed in drawn[insert]]
    curves = spread(partial(curve_at, where), pieces, "identity")
    for each in places:
        recorded = IdentityRecord(
            place=each,
            nets={str(family): name for family, name in NETS.items()},
            data=dataset.description,
            pictures=len(dataset.test),
            calibration=CALIBRATION,
            seeds=seeds,
            precision="float32",
            command=command,
            hardware=f"{device_name(best_device())}, 1 threads",
            versions=knockout.versions(),
            curves={insert: reduce(add, (curves[each, insert, seed] for seed in drawn[insert])) for insert in Insert},
        )
        identity.save_identity(out / f"stage-{each}.json", recorded)


def record_races(out: Path, spread: Spread) -> None:
    """All recorded races in one file."""
    outcomes = spread(race_record.run, list(race_record.recorded_specs()), "races")
    race_record.save_record(out, list(outcomes.values()))


def _presets(name: str | None) -> list[sweeps.Preset]:
    chosen = [each for each in sweeps.PRESETS if name in (None, each.id)]
    if not chosen:
        names = ", ".join(each.id for each in sweeps.PRESETS)
        raise UserError(mark("No preset is called {name}. There are: {names}."), name=name, names=names)
    return chosen
