"""Names of a net's places for the reader."""

from resnet_edu.nets.outline import Place
from resnet_edu.ui.text.language import _


def place_title(place: Place) -> str:
    """Name a place, such as stage 2, block 1."""
    if place.block:
        return _("stage {stage}, block {block}", stage=place.stage, block=place.block)
    if place.name.startswith("transition"):
        return _("transition to stage {stage}", stage=place.stage)
    if place.name == "stem":
        return _("Stem")
    if place.name == "pool":
        return _("stem, after pooling")
    return _("all that stage {stage} has gathered", stage=place.stage)
