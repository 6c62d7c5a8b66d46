"""Captions that say how long a result took."""

from resnet_edu.ui.text.language import _


def forward_pass(milliseconds: float) -> str:
    """Caption a result of one forward pass."""
    return _("Forward pass {milliseconds:.1f} ms, measured", milliseconds=milliseconds)


def up_to_here(milliseconds: float) -> str:
    """Caption a result of a forward pass that ended at the layer in question."""
    return _("Forward pass up to here {milliseconds:.1f} ms, measured", milliseconds=milliseconds)


def whole_net(milliseconds: float) -> str:
    """Caption results recorded in every layer during one forward pass."""
    return _("All layers in one forward pass: {milliseconds:.1f} ms, measured", milliseconds=milliseconds)
