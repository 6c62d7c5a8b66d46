"""What a net sees of a picture, computed once for consecutive questions about both."""

import threading
from typing import Any

from cachetools import LRUCache
from PIL import Image
from torch import Tensor

from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.image import Picture

_making = threading.Lock()
_recent: LRUCache[Any, Image.Image] = LRUCache(32)


def seen_by(net: Net, picture: Picture) -> Image.Image:
    """Return the RGB crop that the net sees; it is shared and must not be changed."""
    key = (net.preprocessing, picture.sha256)  # the picture itself belongs to the session and ends with it
    with _making:
        if key not in _recent:
            _recent[key] = net.preprocessing.view(picture.image)
        return _recent[key]


def given_to(net: Net, picture: Picture) -> Tensor:
    """Return the crop as the net's normalised (1, 3, H, W) float32 input."""
    return net.preprocessing.tensor(seen_by(net, picture))
