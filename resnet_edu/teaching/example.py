"""Drawn pictures to teach with, made from a seed: three kinds of things, on any ground or each on its own."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from resnet_edu.errors import mark
from resnet_edu.teaching.collection import Collection, PictureClass, Shot

SIDE = 192
OVERSAMPLED = 3
PICTURES = 20
"""A class."""
SIZES = (0.2, 0.34)
"""Half of a thing, as a share of the picture's side."""
TURN = 25
"""Degrees to either side."""
STRANGERS = 1_000
"""Seeds from here on are of pictures that nobody learns from."""


class Example(StrEnum):
    """Which pictures: things on any ground; or each kind on a ground of its own, which gives it away."""

    THINGS = "things"
    GROUNDS = "grounds"


GROUND = {"grass": (86, 140, 62), "sea": (58, 118, 170), "sand": (206, 178, 122)}


MAIN, OTHER = "main", "other"
"""The two colours that chance gives a thing."""


@dataclass(frozen=True)
class DrawnShape:
    """A polygon's corners, or an ellipse's box, for a thing of half a side 1; y points down."""

    fill: str
    places: tuple[float, ...]
    is_round: bool = False


def _box(left: float, top: float, right: float, bottom: float) -> tuple[float, ...]:
    return left, top, right, top, right, bottom, left, bottom


def _petals(count: int = 6, radius: float = 0.27) -> Iterator[DrawnShape]:
    for number in range(count):
        x, y = (0.42 * turn(2 * math.pi * number / count) for turn in (math.cos, math.sin))
        yield DrawnShape(MAIN, (x - radius, y - radius - 0.25, x + radius, y + radius - 0.25), is_round=True)


@dataclass(frozen=True)
class Kind:
    """A kind of thing: its ``name``, a source string, and the ground on which it stands where the ground tells."""

    name: str
    ground: str
    shapes: tuple[DrawnShape, ...]


KINDS = (
    Kind(
        mark("fish"),
        "sea",
        (
            DrawnShape(OTHER, (-0.45, 0, -1, -0.45, -1, 0.45)),
            DrawnShape(MAIN, (-0.7, -0.42, 0.9, 0.42), is_round=True),
            DrawnShape(OTHER, (0, -0.38, 0.3, -0.7, 0.45, -0.3)),
            DrawnShape("white", (0.5, -0.2, 0.68, -0.02), is_round=True),
            DrawnShape("black", (0.56, -0.15, 0.65, -0.06), is_round=True),
        ),
    ),
    Kind(
        mark("house"),
        "sand",
        (
            DrawnShape(MAIN, _box(-0.7, -0.1, 0.7, 0.85)),
            DrawnShape(OTHER, (-0.9, -0.1, 0, -0.9, 0.9, -0.1)),
            DrawnShape(OTHER, _box(-0.15, 0.3, 0.2, 0.85)),
            DrawnShape("white", _box(-0.55, 0.05, -0.32, 0.28)),
            DrawnShape("white", _box(0.32, 0.05, 0.55, 0.28)),
        ),
    ),
    Kind(
        mark("flower"),
        "grass",
        (
            DrawnShape("darkgreen", _box(-0.04, 0, 0.06, 1)),
            DrawnShape("darkgreen", (0.05, 0.5, 0.5, 0.72), is_round=True),
            *_petals(),
            DrawnShape(OTHER, (-0.22, -0.47, 0.22, -0.03), is_round=True),
        ),
    ),
)


@cache
def example(which: Example) -> Collection:
    """The pictures to learn from; always the same."""
    return Collection(
        tuple(
            PictureClass(
                kind.name,
                tuple(
                    Shot.of(drawn(label, seed, kind.ground if which is Example.GROUNDS else None))
                    for seed in range(PICTURES)
                ),
            )
            for label, kind in enumerate(KINDS)
        )
    )


@cache
def swapped() -> Collection:
    """Other pictures of the same kinds, each on the ground of the next kind."""
    return Collection(
        tuple(
            PictureClass(
                kind.name,
                tuple(
                    Shot.of(drawn(label, STRANGERS + seed, KINDS[(label + 1) % len(KINDS)].ground))
                    for seed in range(PICTURES)
                ),
            )
            for label, kind in enumerate(KINDS)
        )
    )


def drawn(label: int, seed: int, ground: str | None = None) -> Image.Image:
    """A thing of that kind: place, size, turn and colours by the seed; on any ground unless one is named."""
    chance = np.random.default_rng((label, seed))
    names = list(GROUND)
    picture = _textured(GROUND[ground or names[chance.integers(len(names))]], chance)
    thing = _thing(KINDS[label], chance)
    right, down = (int(each) for each in chance.integers(-SIDE // 6, SIDE // 6, 2))
    picture.paste(thing, (right, down), thing)
    return picture


def _thing(kind: Kind, chance: np.random.Generator) -> Image.Image:
    """On nothing, turned a little, half of them mirrored."""
    side = SIDE * OVERSAMPLED
    image = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(image)
    colours = {name: tuple(chance.integers(20, 256, 3).tolist()) for name in (MAIN, OTHER)}
    size = float(chance.uniform(*SIZES)) * side
    for shape in kind.shapes:
        places = [side / 2 + size * place for place in shape.places]
        (draw.ellipse if shape.is_round else draw.polygon)(places, fill=colours.get(shape.fill, shape.fill))
    image = image.rotate(float(chance.uniform(-TURN, TURN)), Image.Resampling.BICUBIC)
    if chance.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def _textured(colour: tuple[int, int, int], chance: np.random.Generator) -> Image.Image:
    """A ground of that colour, darker and lighter in places large and small, as no two grounds are alike."""
    light = np.zeros((SIDE, SIDE))
    for cells, strength in ((4, 26.0), (16, 16.0), (64, 10.0)):
        noise = Image.fromarray(chance.normal(0, strength, (cells, cells)).astype(np.float32))
        light += np.asarray(noise.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    tint = np.array(colour) + chance.normal(0, 10, 3)
    picture = Image.fromarray(np.clip(tint + light[..., None], 0, 255).astype(np.uint8))
    return picture.filter(ImageFilter.GaussianBlur(0.6))
