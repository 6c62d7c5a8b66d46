"""From a picture of any size to exactly what a net sees."""

from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as TF

from resnet_edu.nets.tiny_imagenet import enlarged, sampled

LONGEST = 16
"""Of a picture longer than so many times its width the middle is resized: the crop shows no more of it."""


@dataclass(frozen=True)
class Preprocessing:
    """Resize the shorter side to ``resize``, cut the central ``crop`` square, normalise.

    With ``detail``, the whole central square is sampled at so many pixels a side, and those are
    enlarged to ``crop``: the net's training pictures, which are Tiny ImageNet's, were made so.
    ``mean`` and ``std`` are a channel's, for values in [0, 1].
    """

    resize: int
    crop: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: InterpolationMode = InterpolationMode.BILINEAR
    detail: int | None = None

    def view(self, image: Image.Image) -> Image.Image:
        """The RGB crop that the net sees, ``crop`` x ``crop`` pixels."""
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
        """The normalised (1, 3, crop, crop) float32 input of the net."""
        scaled = TF.convert_image_dtype(TF.pil_to_tensor(view), torch.float32)
        normalized: Tensor = TF.normalize(scaled, list(self.mean), list(self.std))
        return normalized.unsqueeze(0)
