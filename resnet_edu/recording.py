"""Records that the app shows: the pieces they are measured in, and how these are assembled into files.

A piece that needs a shipped net or CIFAR-10 loads it once per process: on a cluster, all machines have the
same version of this repository, and the data at the same path.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial, reduce
from operator import add
from pathlib import Path
from typing import Any, Protocol, TypeVar

from resnet_edu.device import best_device, device_name
from resnet_edu.errors import UserError, mark
from resnet_edu.measure import (
    first_steps,
    identity,
    knockout,
    landscape,
    paths,
    reorder,
    steps,
    sweeps,
    transformers,
)
from resnet_edu.measure.identity import CALIBRATION, NETS, IdentityRecord, Insert
from resnet_edu.measure.knockout import BATCH, Knockout, block_names, errors_of, movable, wrong_without
from resnet_edu.measure.landscape import SEEDS, GridRow, Landscape, coordinates, measure_row
from resnet_edu.nets.card import sha256_of
from resnet_edu.nets.cifar import CifarNet, CifarSpec, Family
from resnet_edu.nets.encoder import NormPlace
from resnet_edu.training import data, race_record, reversal
from resnet_edu.training.data import Dataset, Split, normalize, stratified
from resnet_edu.versions import versions
from resnet_edu.vision.catalogue import Source, catalogue, load

ItemT = TypeVar("ItemT")
FoundT = TypeVar("FoundT")

MOVABLE = 9
"""Fewest blocks that can change places for a record: with two a stage, every order is at hand on the page."""


class Spreader(Protocol):
    """Applies ``work`` to every item, here or on a cluster, with a name for the progress bar."""

    def __call__(self, work: Callable[[ItemT], FoundT], items: Sequence[ItemT], name: str) -> dict[ItemT, FoundT]:
        """Return the results by item, in the order of the items."""
        ...


@dataclass(frozen=True)
class Where:
    """The folder with CIFAR-10, or None to let torchvision download it into ``cache``."""

    data_dir: Path | None
    cache: Path


@cache
def cifar10(where: Where) -> Dataset:
    """Return CIFAR-10 in memory."""
    return data.load_cifar10(where.data_dir, where.cache)


@cache
def cifar_net(name: str) -> CifarNet:
    """Return a shipped net in evaluation mode; raises ``UserError`` if it is not for CIFAR-10."""
    model = load(catalogue().find(name))
    if not isinstance(model, CifarNet):
        raise UserError(mark("{name} is not one of our CIFAR-10 nets."), name=name)
    return model


def our_cifar_nets(only: str | None = None) -> list[str]:
    """Return the names of the shipped CIFAR-10 nets, or just ``only``; raises ``UserError`` if that isn't one."""
    nets = catalogue().nets.values()
    ours = [each.id for each in nets if each.source is Source.OURS and isinstance(each.architecture, CifarSpec)]
    if only is None:
        return ours
    if only not in ours:
        raise UserError(mark("{name} is not one of our CIFAR-10 nets."), name=only)
    return [only]


def wrong_at(where: Where, piece: tuple[str, int]) -> Counter[frozenset[str]]:
    """Count misclassified pictures by deleted blocks; ``piece`` is a net and the first test picture of a batch."""
    name, first = piece
    test = cifar10(where).test
    batch = slice(first, first + BATCH)
    return wrong_without(cifar_net(name), normalize(test.images[batch]), test.labels[batch])


def path_means_at(where: Where, piece: tuple[str, int]) -> dict[int, float]:
    """Return the gradient along paths of each length; ``piece`` is a net and the first picture of a batch."""
    name, first = piece
    some = _path_pictures(where)
    batch = slice(first, first + paths.PICTURES)
    return paths.batch_means(cifar_net(name), normalize(some.images[batch]), some.labels[batch], seed=first)


def _path_pictures(where: Where) -> Split:
    return stratified(cifar10(where).test, paths.BATCHES * paths.PICTURES)


KnockoutPiece = tuple[str, bool, int]
"""A net, whether the piece is about its paths, and the first picture of a batch."""


def knockout_pieces(where: Where, name: str) -> list[KnockoutPiece]:
    """Return a net's pieces for ``knockout_at``: deleted blocks and, if it has shortcuts, paths."""
    pieces = [(name, False, first) for first in range(0, len(cifar10(where).test), BATCH)]
    if cifar_net(name).spec.family is Family.RESIDUAL:
        pieces += [(name, True, first) for first in range(0, len(_path_pictures(where)), paths.PICTURES)]
    return pieces


def knockout_at(where: Where, piece: KnockoutPiece) -> Counter[frozenset[str]] | dict[int, float]:
    """Compute ``wrong_at`` or ``path_means_at``."""
    name, is_about_paths, first = piece
    return (path_means_at if is_about_paths else wrong_at)(where, (name, first))


def knockout_of(name: str, where: Where, done: Mapping[KnockoutPiece, Any]) -> Knockout:
    """Assemble a net's record from its pieces."""
    net, dataset = cifar_net(name), cifar10(where)
    pieces = knockout_pieces(where, name)
    wrong, means = ([done[piece] for piece in pieces if piece[1] is about_paths] for about_paths in (False, True))
    errors = errors_of(block_names(net), sum(wrong, Counter[frozenset[str]]()), len(dataset.test))
    along = paths.gathered(net, means) if means else None
    weights = sha256_of(catalogue().nets[name].path)
    return Knockout(name, weights, dataset.description, *errors, along, versions())


def curve_at(where: Where, piece: tuple[int, Insert, int]) -> identity.InsertionCurve:
    """Run the identity experiment for a place, an insertion and a seed."""
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
    """The resolution of a landscape, and the number of training pictures it is measured on."""

    points: int
    pictures: int


def row_at(where: Where, piece: tuple[str, Grid, int, float]) -> GridRow:
    """Measure a row of a landscape, given net, grid, seed of the directions, and position along the second one."""
    name, grid, seed, second = piece
    device = best_device()
    some = stratified(cifar10(where).train, grid.pictures)
    net, pictures = cifar_net(name).to(device), normalize(some.images.to(device))
    return measure_row(net, pictures, some.labels.to(device), seed, second, grid.points)


def landscape_of(
    name: str, where: Where, grid: Grid, rows: Mapping[tuple[str, Grid, int, float], GridRow], command: str
) -> Landscape:
    """Assemble a net's record from its rows."""
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


def record_gradients(preset: str | None, out: Path, spread: Spreader) -> None:
    """Record gradients at every depth, one file for each preset, or only for the given one."""
    chosen = _presets(preset)
    pieces = dict.fromkeys(net for each in chosen for _, nets in sweeps.pieces_of(each.setting) for net in nets)
    found = spread(sweeps.measure_at, list(pieces), "gradients")
    for each in chosen:
        sweeps.save_sweep(out / f"{each.id}.json", each.setting, sweeps.spreads_from(each.setting, found))


def record_first_steps(preset: str | None, learning_rate: float, out: Path, spread: Spreader) -> None:
    """Record the first steps of training, one file for each preset, or only for the given one."""
    if not 0 < learning_rate < float("inf"):
        message = mark("{name} must be finite and greater than 0, not {value}.")
        raise UserError(message, name="--learning-rate", value=learning_rate)
    chosen = _presets(preset)
    pieces = dict.fromkeys(
        net for each in chosen for *_, nets in first_steps.pieces_of(each, learning_rate) for net in nets
    )
    found = spread(first_steps.record_at, list(pieces), "first-steps")
    for each in chosen:
        steps = first_steps.steps_from(each, learning_rate, found)
        first_steps.save_steps(out / f"{each.id}.json", each.setting, steps)


def record_knockout(net: str | None, where: Where, out: Path, spread: Spreader) -> None:
    """Record test errors after deleting blocks and gradients along paths, one file per net or for the given one."""
    nets = our_cifar_nets(net)
    pieces = [piece for name in nets for piece in knockout_pieces(where, name)]
    done = spread(partial(knockout_at, where), pieces, "knockout")
    for name in nets:
        knockout.save_knockout(out / f"{name}.json", knockout_of(name, where, done))


def record_landscape(net: str | None, where: Where, grid: Grid, out: Path, spread: Spreader, command: str) -> None:
    """Record loss and error around the shipped nets, one file per net or only for the given one."""
    nets = our_cifar_nets(net)
    pieces = [(name, grid, seed, second) for name in nets for seed in SEEDS for second in coordinates(grid.points)]
    rows = spread(partial(row_at, where), pieces, "landscape")
    for name in nets:
        landscape.save_landscape(out / f"{name}.json", landscape_of(name, where, grid, rows, command))


def record_identity(place: int | None, where: Where, out: Path, spread: Spreader, command: str) -> None:
    """Record test errors with untrained insertions, one file per place or only for the given one."""
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
            versions=versions(),
            curves={insert: reduce(add, (curves[each, insert, seed] for seed in drawn[insert])) for insert in Insert},
        )
        identity.save_identity(out / f"stage-{each}.json", recorded)


def steps_at(where: Where, piece: tuple[str, int]) -> dict[int, steps.AnswersInSteps]:
    """Count answers by the number of steps; ``piece`` is a net and the first test picture of a batch."""
    name, first = piece
    test = cifar10(where).test
    batch = slice(first, first + BATCH)
    return steps.answers_in_steps(cifar_net(name), normalize(test.images[batch]), test.labels[batch])


def record_steps(where: Where, out: Path, spread: Spreader, command: str) -> None:
    """Record the shipped residual nets' answers with more and smaller steps in each block, one file per net."""
    dataset = cifar10(where)
    pieces = [(name, first) for name in _residual_nets() for first in range(0, len(dataset.test), BATCH)]
    found = spread(partial(steps_at, where), pieces, "steps")
    for name in _residual_nets():
        batches = [each for (net, _first), each in found.items() if net == name]
        answers = {n: reduce(add, (each[n] for each in batches)) for n in steps.STEPS}
        weights = sha256_of(catalogue().nets[name].path)
        record = steps.Refined(name, weights, dataset.description, len(dataset.test), answers, command, versions())
        steps.save_refined(out / f"steps-{name}.json", record)


def _residual_nets() -> list[str]:
    return [name for name in our_cifar_nets() if cifar_net(name).spec.family is Family.RESIDUAL]


def wrong_in_order_at(where: Where, piece: tuple[str, int]) -> Counter[reorder.BlockNames]:
    """Count misclassified pictures by the blocks' order; ``piece`` is a net and the first picture of a batch."""
    name, first = piece
    some = stratified(cifar10(where).test, reorder.PICTURES)
    batch = slice(first, first + BATCH)
    return reorder.wrong_in_order(cifar_net(name), normalize(some.images[batch]), some.labels[batch])


def record_reorder(where: Where, out: Path, spread: Spreader, command: str) -> None:
    """Record the error of the shipped residual nets with reordered blocks, one file per net with enough of them."""
    dataset = cifar10(where)
    nets = [name for name in _residual_nets() if len(movable(cifar_net(name))) >= MOVABLE]
    pieces = [(name, first) for name in nets for first in range(0, reorder.PICTURES, BATCH)]
    found = spread(partial(wrong_in_order_at, where), pieces, "reorder")
    for name in nets:
        wrong = sum((each for (net, _first), each in found.items() if net == name), Counter[reorder.BlockNames]())
        net, weights = cifar_net(name), sha256_of(catalogue().nets[name].path)
        error = wrong[block_names(net)] / reorder.PICTURES
        draws = reorder.draws_of(net, wrong, reorder.PICTURES)
        record = reorder.Reordered(
            name, weights, dataset.description, reorder.PICTURES, error, draws, command, versions()
        )
        reorder.save_reordered(out / f"{name}.json", record)


def record_races(out: Path, spread: Spreader) -> None:
    """Record all races in one file."""
    outcomes = spread(race_record.run, list(race_record.recorded_specs()), "races")
    race_record.save_record(out, list(outcomes.values()))


EncoderPiece = tuple[NormPlace | None, int]
"""The normalisation whose distances are measured, or None for the gradients, and the seed."""


def encoder_at(piece: EncoderPiece) -> transformers.Distances | dict[int, transformers.Streams]:
    """Measure the distances of a normalisation, or the gradients at every depth."""
    place, seed = piece
    setting = transformers.EncoderSetting(seed=seed)
    return transformers.distances(setting, place) if place else dict(transformers.sweep(setting))


def record_encoders(out: Path, spread: Spreader, command: str) -> None:
    """Record Transformers' encoders at initialisation in one file."""
    pieces: list[EncoderPiece] = [(place, seed) for place in (None, *NormPlace) for seed in transformers.SEEDS]
    found: dict[EncoderPiece, Any] = spread(encoder_at, pieces, "transformers")
    runs = {place: tuple(found[place, seed] for seed in transformers.SEEDS) for place in (None, *NormPlace)}
    by_depth = {depth: tuple(run[depth] for run in runs[None]) for depth in transformers.DEPTHS}
    setting = transformers.EncoderSetting(seed=transformers.SEEDS[0])
    bound = transformers.bound(setting)
    distances = {place: runs[place] for place in NormPlace}
    record = transformers.EncoderRecord(setting, command, versions(), distances, by_depth, bound)
    transformers.save_encoders(out, record)


def record_reversal(out: Path, spread: Spreader, command: str) -> None:
    """Record the races of two encoders at every depth with every seed in one file."""
    specs = [reversal.ReversalSpec(depth, seed) for depth in reversal.DEPTHS for seed in reversal.SEEDS]
    races = spread(reversal.run, specs, "reversal")
    reversal.save_reversal(out, reversal.ReversalRecord(command, versions(), tuple(races.values())))


def _presets(name: str | None) -> list[sweeps.Preset]:
    chosen = [each for each in sweeps.PRESETS if name in (None, each.id)]
    if not chosen:
        names = ", ".join(each.id for each in sweeps.PRESETS)
        raise UserError(mark("No preset is called {name}. There are: {names}."), name=name, names=names)
    return chosen
