"""Tensors and pictures as text, for the components' data."""

import base64
from functools import lru_cache

import numpy as np
from PIL import Image
from torch import Tensor

from resnet_edu.vision.feature_maps import as_png


def text(content: bytes) -> str:
    """Base64."""
    return base64.b64encode(content).decode()


def floats(values: Tensor) -> str:
    """float32 values, as the script ``colours`` reads them."""
    return text(values.float().contiguous().numpy().tobytes())


def data_url(image: Image.Image) -> str:
    """The picture without loss; encoded once for all who see it."""
    return _data_url(image.mode, image.size, image.tobytes())


@lru_cache(maxsize=64)
def _data_url(mode: str, size: tuple[int, int], content: bytes) -> str:
    return f"data:image/png;base64,{text(as_png(np.asarray(Image.frombytes(mode, size, content))))}"
