"""One channel of any net's block, taken apart: the shortcut, F, and their sum."""

import time
from collections.abc import Hashable
from dataclasses import dataclass

from resnet_edu.measure.taps import copied, ending_at, tapped
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.engine.protocol import Loaded, forward
from resnet_edu.vision.feature_maps import place_of
from resnet_edu.vision.image import Picture
from resnet_edu.vision.seen import given_to
from resnet_edu.vision.turned_down import Branches, TakenApart


@dataclass(frozen=True)
class TakeApart:
    """The task: return the two branches of a net's block for one channel of its output, from 0.

    The block must have an addition.
    """

    net: Net
    picture: Picture
    layer: str
    channel: int

    @property
    def key(self) -> Hashable:
        """The picture's bytes, the net, the block and the channel."""
        return ("take apart", self.net, self.picture.sha256, self.layer, self.channel)

    def run(self, loaded: Loaded) -> TakenApart:
        """Run one pass in evaluation mode up to the block; the branches are (1, H, W)."""
        place = place_of(self.net.architecture, self.layer)
        assert place.branches
        assert place.branches.shortcut is not None
        images = given_to(self.net, self.picture)
        outputs = [name for name in (place.branches.residual, place.branches.shortcut) if name]
        inputs = [] if place.branches.shortcut else [place.module]
        started = time.perf_counter()
        with tapped(loaded.model, copied, outputs, inputs) as taps, ending_at(loaded.model, place.module):
            forward(loaded, images)
        milliseconds = (time.perf_counter() - started) * 1000
        by_shortcut = taps.outputs[place.branches.shortcut] if place.branches.shortcut else taps.inputs[place.module]
        one = slice(self.channel, self.channel + 1)
        tail = (place.branches.tail,) if place.branches.tail else ()
        residual = taps.outputs[place.branches.residual]
        return TakenApart(Branches(by_shortcut[0, one].clone(), residual[0, one].clone(), tail, True), milliseconds)
