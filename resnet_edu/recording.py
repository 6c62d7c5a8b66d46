"""Pieces of the records that need a trained net of ours and CIFAR-10: every process reads both for itself, once.

On a cluster all machines have the same version of this repository, and the data at the same path.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from resnet_edu.device import best_device, device_name
from resnet_edu.errors import UserError, mark
from resnet_edu.measure import identity, landscape, paths
from resnet_edu.measure.identity import CALIBRATION, NETS, Insert
from resnet_edu.measure.knockout import BATCH, Knockout, block_names, errors_of, versions, wrong_without
from resnet_edu.measure.landscape import SEEDS, Landscape, Row, coordinates, measure_row
from resnet_edu.nets.cifar import CifarNet, CifarSpec, Family
from resnet_edu.training import data
from resnet_edu.training.data import Dataset, Split, normalize, stratified
from resnet_edu.vision.catalogue import Source, catalogue, load


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


def our_cifar_nets(only: str | None = None) -> list[str]:
    """The names of those that we ship; with ``only``, that one, or a ``UserError`` if it is not among them."""
    nets = catalogue().nets.values()
    ours = [each.id for each in nets if each.source is Source.OURS and isinstance(each.architecture, CifarSpec)]
    if only is None:
        return ours
    if only not in ours:
        raise UserError(mark("{name} is none of our nets for CIFAR-10."), name=only)
    return [only]


def wrong_at(where: Where, piece: tuple[str, int]) -> Counter[frozenset[str]]:
    """How many of a batch of test pictures a net names wrongly, by deleted blocks; net and first picture."""
    name, first = piece
    test = cifar10(where).test
    batch = slice(first, first + BATCH)
    return wrong_without(cifar_net(name), normalize(test.images[batch]), test.labels[batch])


def path_means_at(where: Where, piece: tuple[str, int]) -> dict[int, float]:
    """The gradient along paths of each length on test pictures of all classes; net and first picture."""
    name, first = piece
    some = _path_pictures(where)
    batch = slice(first, first + paths.PICTURES)
    return paths.batch_means(cifar_net(name), normalize(some.images[batch]), some.labels[batch], seed=first)


def _path_pictures(where: Where) -> Split:
    return stratified(cifar10(where).test, paths.BATCHES * paths.PICTURES)


KnockoutPiece = tuple[str, bool, int]
"""A net, whether it is about its paths, and the first picture of a batch."""


def knockout_pieces(where: Where, name: str) -> list[KnockoutPiece]:
    """What ``knockout_at`` has to do for a net: blocks deleted, and, where there are shortcuts, paths."""
    pieces = [(name, False, first) for first in range(0, len(cifar10(where).test), BATCH)]
    if cifar_net(name).spec.family is Family.RESIDUAL:
        pieces += [(name, True, first) for first in range(0, len(_path_pictures(where)), paths.PICTURES)]
    return pieces


def knockout_at(where: Where, piece: KnockoutPiece) -> Counter[frozenset[str]] | dict[int, float]:
    """``wrong_at`` or ``path_means_at``."""
    name, is_about_paths, first = piece
    return (path_means_at if is_about_paths else wrong_at)(where, (name, first))


def knockout_of(name: str, where: Where, done: Mapping[KnockoutPiece, Any]) -> Knockout:
    """A net's record from its pieces."""
    net, dataset = cifar_net(name), cifar10(where)
    pieces = knockout_pieces(where, name)
    wrong, means = ([done[piece] for piece in pieces if piece[1] is about_paths] for about_paths in (False, True))
    errors = errors_of(block_names(net), sum(wrong, Counter[frozenset[str]]()), len(dataset.test))
    along = paths.gathered(net, means) if means else None
    return Knockout(name, dataset.description, *errors, along, versions())


def curve_at(where: Where, piece: tuple[int, Insert, int]) -> identity.Curve:
    """The identity experiment for a place, what is inserted, and a seed."""
    place, insert, seed = piece
    device = best_device()
    dataset = cifar10(where)
    some = stratified(dataset.train, CALIBRATION)
    pictures, calibration = (normalize(each.images).to(device) for each in (dataset.test, some))
    model = cifar_net(NETS[insert.family]).to(device)
    return identity.measure(
        model, insert, place, (pictures, dataset.test.labels.to(device), calibration), seeds=(seed,)
    )


@dataclass(frozen=True)
class Grid:
    """How finely, and over how many training pictures, a landscape is measured."""

    points: int
    pictures: int


def row_at(where: Where, piece: tuple[str, Grid, int, float]) -> Row:
    """A row of a landscape: net, grid, seed of the directions, and how far along the second one."""
    name, grid, seed, second = piece
    device = best_device()
    some = stratified(cifar10(where).train, grid.pictures)
    net, pictures = cifar_net(name).to(device), normalize(some.images.to(device))
    return measure_row(net, pictures, some.labels.to(device), seed, second, grid.points)


def landscape_of(
    name: str, where: Where, grid: Grid, rows: Mapping[tuple[str, Grid, int, float], Row], command: str
) -> Landscape:
    """A net's record from its rows."""
    parameters, moved = landscape.count(cifar_net(name))
    steps = coordinates(grid.points)
    return Landscape(
        net=name,
        data=cifar10(where).description,
        pictures=grid.pictures,
        parameters=parameters,
        moved=moved,
        coordinates=steps,
        slices={seed: tuple(rows[name, grid, seed, second] for second in steps) for seed in SEEDS},
        command=command,
        hardware=device_name(best_device()),
        versions=versions(),
    )
