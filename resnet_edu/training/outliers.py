"""Synthetic images without an object, for a net to be unsure of: shuffled patches, coloured noise, blobs."""

import math

import torch
from torch import Tensor

from resnet_edu.nets.tiny_imagenet import PICTURE_SIDE as SIDE

PATCHES = (2, 4, 8, 16)
MOST_BLOBS = 150


def made_outliers(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Return as many images without an object as there are ``pictures``, a third of each kind.

    ``pictures`` is uint8 (N, 3, 64, 64) on the CPU; the first third of them is shuffled. Returns float32 (N,
    3, 64, 64) in [0, 255]. Small blobs on black resemble a photograph of stars: a net trained with them was
    taught to be unsure of the gallery's galaxies, so that result says little about other pictures.
    """
    count = len(pictures)
    third, rest = count // 3, count - count // 3
    return torch.cat(
        [
            shuffled_patches(pictures[:third].float(), generator),
            coloured_noise(rest // 2, generator),
            blobs(rest - rest // 2, generator),
        ]
    )


def shuffled_patches(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Shuffle each picture's square patches: its colours and textures remain, but not the object."""
    shuffled = torch.empty_like(pictures)
    sizes = torch.randint(len(PATCHES), (len(pictures),), generator=generator)
    for index, size in enumerate(PATCHES):
        chosen, across = sizes == index, SIDE // size
        count = int(chosen.sum())
        patches = pictures[chosen].reshape(count, 3, across, size, across, size).permute(0, 2, 4, 1, 3, 5)
        patches = patches.reshape(count, across**2, 3, size, size)
        order = torch.rand(count, across**2, generator=generator).argsort(1)
        patches = patches[torch.arange(count).unsqueeze(1), order]
        patches = patches.reshape(count, across, across, 3, size, size).permute(0, 3, 1, 4, 2, 5)
        shuffled[chosen] = patches.reshape(count, 3, SIDE, SIDE)
    return shuffled


def coloured_noise(count: int, generator: torch.Generator) -> Tensor:
    """Return noise whose amplitude falls with a random power, 0 to 2.5, of the frequency: from static to clouds."""

    def uniform(*shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator)

    if count == 0:  # Fourier transforms reject an empty batch
        return torch.empty(0, 3, SIDE, SIDE)
    frequency = torch.fft.fftfreq(SIDE)
    radius = torch.hypot(frequency.unsqueeze(1), frequency).clamp(min=1 / SIDE)
    white = torch.randn(count, 3, SIDE, SIDE, generator=generator)
    noise = torch.fft.ifft2(torch.fft.fft2(white) * radius ** (-2.5 * uniform(1, 1, 1))).real
    noise = (noise - noise.mean((2, 3), keepdim=True)) / noise.std((2, 3), keepdim=True)
    noise = torch.where(uniform(1, 1, 1) < 0.3, noise[:, :1], noise)  # some are grey
    return (255 * uniform(3, 1, 1) + (10 + 70 * uniform(1, 1, 1)) * noise).clamp(0, 255)


def blobs(count: int, generator: torch.Generator) -> Tensor:
    """Return randomly coloured ellipses on black or a colour: few or many, sharp or soft, most of them small."""

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator)

    ground = 255 * uniform(count, 3, 1, 1) * (uniform(count, 1, 1, 1) < 0.5)
    canvas = ground.expand(count, 3, SIDE, SIDE).clone()
    numbers = torch.exp(math.log(MOST_BLOBS) * uniform(count)).ceil()
    largest = 2 + 20 * uniform(count) ** 2
    soft = uniform(count) < 0.5
    position = torch.arange(SIDE, dtype=torch.float32)
    for number in range(MOST_BLOBS):
        drawn = numbers > number
        many = int(drawn.sum())
        size = largest[drawn] * uniform(many) ** 2 + 0.6
        stretch = torch.exp(0.6 * torch.randn(many, generator=generator))
        turn = math.pi * uniform(many)
        x = position.view(1, 1, SIDE) - SIDE * uniform(many, 1, 1)
        y = position.view(1, SIDE, 1) - SIDE * uniform(many, 1, 1)
        cos, sin = turn.cos().view(-1, 1, 1), turn.sin().view(-1, 1, 1)
        along, across = (size * stretch).view(-1, 1, 1), (size / stretch).view(-1, 1, 1)
        distance = ((x * cos + y * sin) / along) ** 2 + ((y * cos - x * sin) / across) ** 2
        sharp = (3 * (1.3 - distance)).clamp(0, 1)
        cover = torch.where(soft[drawn].view(-1, 1, 1), torch.exp(-distance), sharp).unsqueeze(1)
        canvas[drawn] = torch.lerp(canvas[drawn], 255 * uniform(many, 3, 1, 1), cover)
    return canvas
