"""A frame of a stream: small JPEG in, the net's answer out. Nothing of it is kept."""

import time
from collections.abc import Hashable
from dataclasses import dataclass

from PIL import Image

from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.engine.protocol import Loaded, forward
from resnet_edu.vision.image import Picture, decode
from resnet_edu.vision.predict import Prediction, prediction_of

FRAME_SIDE = 512
"""No net here looks at more pixels a side."""


def read_frame(content: bytes) -> Picture:
    """Decode a frame. Raises ``UserError`` for whatever is no small JPEG, before any pixel of it is decoded."""
    return decode(content, formats=("JPEG",), most_side=FRAME_SIDE)


@dataclass(frozen=True)
class Glance:
    """The task: the ``count`` most probable classes of a frame.

    ``seen`` is the RGB crop that the net sees, ``number`` tells the frame from every other one.
    """

    net: Net
    seen: Image.Image
    number: int
    count: int = 5
    is_streamed = True
    is_private = True

    @property
    def key(self) -> Hashable:
        """Its own number: no frame's answer is another's."""
        return ("glance", self.number)

    def run(self, loaded: Loaded) -> Prediction:
        """One forward pass in evaluation mode."""
        batch = self.net.preprocessing.tensor(self.seen)
        started = time.perf_counter()
        logits = forward(loaded, batch)
        milliseconds = (time.perf_counter() - started) * 1000
        return prediction_of(self.net, logits[0], str(self.number), self.seen, self.count, milliseconds, loaded)
