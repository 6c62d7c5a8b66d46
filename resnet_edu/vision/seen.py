"""What a net sees of a picture: made once for the questions about both, which come one after the other."""

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
    """The RGB crop that the net sees; shared, so not to be changed."""
    key = (net.preprocessing, picture.sha256)  # the picture itself is the session's, and goes with it
    with _making:
        if key not in _recent:
            _recent[key] = net.preprocessing.view(picture.image)
        return _recent[key]


def given_to(net: Net, picture: Picture) -> Tensor:
    """The same as the net's normalised (1, 3, H, W) float32 input."""
    return net.preprocessing.tensor(seen_by(net, picture))
