"""How long a result took, in words."""

from resnet_edu.ui.text.language import _


def forward_pass(milliseconds: float) -> str:
    """For what one forward pass gave."""
    return _("Forward pass {milliseconds:.1f} ms, measured", milliseconds=milliseconds)


def up_to_here(milliseconds: float) -> str:
    """For what a forward pass gave that ended at the layer in question."""
    return _("Forward pass up to here {milliseconds:.1f} ms, measured", milliseconds=milliseconds)


def whole_net(milliseconds: float) -> str:
    """For what was noted of every layer during one forward pass."""
    return _("All layers in one forward pass: {milliseconds:.1f} ms, measured", milliseconds=milliseconds)
