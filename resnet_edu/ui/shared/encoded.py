"""Tensors and pictures encoded as text for the components' data."""

import base64
import io
from functools import lru_cache

import numpy as np
from PIL import Image
from torch import Tensor

from resnet_edu.vision.feature_maps import as_png


def text(content: bytes) -> str:
    """Encode bytes as base64."""
    return base64.b64encode(content).decode()


def floats(values: Tensor) -> str:
    """Encode float32 values for the script ``colours``."""
    return text(values.float().contiguous().numpy().tobytes())


def data_url(image: Image.Image) -> str:
    """Encode the picture losslessly as a data URL, once for all readers."""
    return _data_url(image.mode, image.size, image.tobytes())


def photo_url(image: Image.Image, quality: int = 82) -> str:
    """Encode a photo as a JPEG in a data URL."""
    content = io.BytesIO()
    image.save(content, "JPEG", quality=quality)
    return f"data:image/jpeg;base64,{text(content.getvalue())}"


@lru_cache(maxsize=64)
def _data_url(mode: str, size: tuple[int, int], content: bytes) -> str:
    return f"data:image/png;base64,{text(as_png(np.asarray(Image.frombytes(mode, size, content))))}"
