"""Tasks that turn picture, net, class and method into a map, run by the engine, whose only thread owns the hooks."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import TypeVar

import torch
from torch import Tensor

from resnet_edu.device import is_out_of_memory
from resnet_edu.vision.attribution.cams import agreement_with_hirescam
from resnet_edu.vision.attribution.contrast import contrasted
from resnet_edu.vision.attribution.layers import layers
from resnet_edu.vision.attribution.method import DEFAULTS, Method, Options, Question, chunk_for, correlation
from resnet_edu.vision.attribution.methods import METHODS
from resnet_edu.vision.attribution.stopwatch import Stopwatch
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.engine.protocol import Loaded, move_to_cpu
from resnet_edu.vision.image import Picture
from resnet_edu.vision.seen import given_to

T = TypeVar("T")

DEFAULT_METHODS = ("saliency", "integrated-gradients", "guided-backprop", "grad-cam")
STAGE_METHODS = ("grad-cam", "hirescam", "layercam", "grad-cam-plus-plus", "eigen-cam")
"""The quick class activation maps, which are compared stage by stage; HiResCAM is what Grad-CAM is held against."""
MOST = 4
"""Largest number of methods shown side by side."""
SHOWN_SHARE = 0.99
"""The quantile of the absolute values where colours saturate, so that single pixels don't darken all others."""


@dataclass(frozen=True)
class Completeness:
    """Integrated Gradients' axiom: the map's ``total`` should equal the score ``difference``, picture minus start."""

    total: float
    difference: float

    @property
    def error(self) -> float:
        """The relative difference between the two."""
        return abs(self.total - self.difference) / max(abs(self.difference), 1e-12)


@dataclass(frozen=True)
class Attribution:
    """A map: ``values`` is (H, W) float32, and ``signed`` says whether negative values are meaningful.

    ``milliseconds`` is the measured time of the method alone. ``note`` is a source string for the reader, or
    empty. ``layer`` is empty for methods without one. ``halves`` is the correlation between the maps from
    each half of the draws, ``hirescam`` that of Grad-CAM with HiResCAM at the layer; both are None for other
    methods.
    """

    method: str
    layer: str
    values: Tensor
    signed: bool
    milliseconds: float
    note: str = ""
    completeness: Completeness | None = None
    halves: float | None = None
    hirescam: float | None = None

    @property
    def range(self) -> tuple[float, float]:
        """The smallest and the largest value."""
        return float(self.values.min()), float(self.values.max())

    @property
    def limit(self) -> float:
        """The absolute value at which colours saturate."""
        return limit_of(self.values)


@dataclass(frozen=True)
class MapTask:
    """What is asked about one method's map of a picture for the class ``target``."""

    net: Net
    picture: Picture
    method: str
    target: int
    options: Options = DEFAULTS

    @property
    def key(self) -> Hashable:
        """The task, the picture's bytes, the net, the class and the options the method uses."""
        method = METHODS[self.method]
        asked, used = method.asked(self.target, self.options), method.used(self.options)
        return (type(self).__name__, *identity(self.net, self.picture), asked, self.method, used)

    @property
    def is_long(self) -> bool:
        """Whether quick tasks are served between its steps."""
        return True


class Attribute(MapTask):
    """The task: compute the map."""

    @property
    def is_long(self) -> bool:
        """Whether quick tasks are served between its steps."""
        return METHODS[self.method].long

    def run(self, loaded: Loaded) -> Attribution:
        """Compute and time the map."""
        return attend(
            loaded, self.picture, self.target, self.options, lambda question: attribute(self.method, question, loaded)
        )


@dataclass(frozen=True)
class CamStages:
    """The task: a class activation map, one of ``STAGE_METHODS``, at the stem and at every stage."""

    net: Net
    picture: Picture
    target: int
    method: str = "grad-cam"
    options: Options = DEFAULTS

    @property
    def key(self) -> Hashable:
        """The picture's bytes, the net, the method and the classes."""
        asked = METHODS[self.method].asked(self.target, self.options)
        return ("cam stages", *identity(self.net, self.picture), self.method, asked)

    def run(self, loaded: Loaded) -> tuple[Attribution, ...]:
        """Return one map per stage, from the picture to the answer."""

        def every(question: Question) -> tuple[Attribution, ...]:
            return tuple(
                attribute(self.method, replace(question, layer=stage), loaded)
                for stage in layers(self.net.architecture).stages
            )

        return attend(loaded, self.picture, self.target, self.options, every)


def limit_of(values: Tensor) -> float:
    """Return the absolute value at which a map's colours saturate; the largest if nearly all values are zero."""
    sizes = values.abs().flatten()
    return float(sizes.quantile(SHOWN_SHARE)) or float(sizes.max())


def available(net: Net) -> dict[str, Method]:
    """Return the methods that are valid for a net."""
    return {name: method for name, method in METHODS.items() if method.holds(net.architecture)}


def identity(net: Net, picture: Picture) -> tuple[Hashable, ...]:
    """Return what identifies a net and a picture in a key."""
    return net, picture.sha256


def attend(loaded: Loaded, picture: Picture, target: int, options: Options, answer: Callable[[Question], T]) -> T:
    """Ask about a picture; if memory runs out, retry with smaller chunks and finally on the CPU."""
    image = given_to(loaded.net, picture)
    chunk = chunk_for(image)
    while True:
        question = ask(loaded, image, target, options, chunk)
        try:
            return answer(question)
        except RuntimeError as error:
            if not is_out_of_memory(error) or (chunk == 1 and loaded.device.type == "cpu"):
                raise
        if chunk > 1:
            chunk = max(1, chunk // 4)
        else:
            move_to_cpu(loaded)
            chunk = chunk_for(image)


def ask(loaded: Loaded, image: Tensor, target: int, options: Options, chunk: int) -> Question:
    """Build the question about a normalised (1, 3, H, W) picture."""
    mean, std = (
        torch.tensor(values, device=loaded.device).view(1, 3, 1, 1)
        for values in (loaded.net.preprocessing.mean, loaded.net.preprocessing.std)
    )
    found = layers(loaded.net.architecture)
    layer = options.layer or found.stages[-1]
    return Question(
        model=contrasted(loaded.model, found.head, options.against),
        image=image.to(loaded.device),
        target=target,
        layer=layer,
        black=-mean / std,
        white=(1 - mean) / std,
        options=options,
        chunk=chunk,
        advance=loaded.advance,
    )


def attribute(method_id: str, question: Question, loaded: Loaded) -> Attribution:
    """Compute and time one method's map."""
    method = METHODS[method_id]
    watch = Stopwatch(loaded.device, question.advance)
    computed = method.compute(replace(question, advance=watch.advance))
    values = method.drawn(computed)
    return Attribution(
        method_id,
        question.layer if method.layered else "",
        values,
        method.signed,
        watch.milliseconds,
        loaded.note,
        completeness=_completeness(values, question) if method.complete else None,
        halves=correlation(*(method.drawn(half[None]) for half in computed)) if method.noisy else None,
        hirescam=agreement_with_hirescam(question) if method.compared_with_hirescam else None,
    )


def _completeness(values: Tensor, question: Question) -> Completeness:
    with torch.inference_mode():
        scores = question.score(torch.cat([question.image, question.baseline]))
    return Completeness(float(values.sum(dtype=torch.float64)), float(scores[0] - scores[1]))
