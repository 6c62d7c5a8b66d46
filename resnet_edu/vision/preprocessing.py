"""Turns a picture of any size into exactly what a net sees."""

from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as TF

from resnet_edu.nets.tiny_imagenet import enlarged, sampled

LONGEST = 16
"""Pictures longer than this many times their width are cropped first, because the crop shows no more of them."""


@dataclass(frozen=True)
class Preprocessing:
    """Resize the shorter side to ``resize``, cut the central ``crop`` square, normalise.

    With ``detail``, the whole central square is sampled at ``detail`` pixels a side and enlarged to ``crop``,
    which is how the net's training pictures, Tiny ImageNet's, were made. ``mean`` and ``std`` are per
    channel, for values in [0, 1].
    """

    resize: int
    crop: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: InterpolationMode = InterpolationMode.BILINEAR
    detail: int | None = None

    def view(self, image: Image.Image) -> Image.Image:
        """Return the RGB crop that the net sees, ``crop`` x ``crop`` pixels."""
        if self.detail is not None:
            return self._sampled(image, self.detail)
        limit = LONGEST * min(image.size)
        if max(image.size) > limit:
            image = TF.center_crop(image, [min(image.height, limit), min(image.width, limit)])
        resized = TF.resize(image, [self.resize], interpolation=self.interpolation, antialias=True)
        seen: Image.Image = TF.center_crop(resized, [self.crop])
        return seen

    def _sampled(self, image: Image.Image, detail: int) -> Image.Image:
        square = TF.pil_to_tensor(TF.center_crop(image, [min(image.size)]))
        larger = enlarged(sampled(square, detail).unsqueeze(0), self.crop)
        return Image.fromarray(larger[0].permute(1, 2, 0).to(torch.uint8).numpy())

    def tensor(self, view: Image.Image) -> Tensor:
        """Return the net's normalised (1, 3, crop, crop) float32 input."""
        scaled = TF.convert_image_dtype(TF.pil_to_tensor(view), torch.float32)
        normalized: Tensor = TF.normalize(scaled, list(self.mean), list(self.std))
        return normalized.unsqueeze(0)
