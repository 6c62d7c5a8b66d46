"""The home page's figure: the paper's block, and the paths through several such blocks."""

from typing import Any

from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.kinds import graph_of
from resnet_edu.nets.layers import Add, Conv
from resnet_edu.nets.stack_presets import cifar
from resnet_edu.ui.components import component
from resnet_edu.ui.home.code import PATHS
from resnet_edu.ui.shared import block_diagram
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.text.language import _, marks

BLOCKS = 3
DEEP = 110
DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def show() -> None:
    """Show the animation, which runs for twenty seconds."""
    component("home/block_in_motion")(key="block_in_motion", data=_data())
    below("block_in_motion", _("A residual block in motion"), PATHS, "He et al. 2015, § 3; Veit et al. 2016, § 3")


def _data() -> dict[str, Any]:
    deep = sum(cifar(BlockSpec("basic"), DEEP).blocks)
    return {
        **_parts(),
        "blocks": BLOCKS,
        "power": f"2{str(BLOCKS).translate(DIGITS)}",
        "title": _("A residual block in motion"),
        "description": _(
            "The input x goes two ways: through two convolutions, which compute F(x), and unchanged"
            " over the shortcut. Both are added. The gradient returns by the same two ways. Three such"
            " blocks in a row have eight paths."
        ),
        "shortcut": _("shortcut: the identity"),
        "forward": _("Forward: y = ReLU(F(x) + x)."),
        "backward": _("Backward: the gradient comes back by both ways, 1 + ∂F/∂x."),
        "paths": _("At every block a path goes through F or around it."),
        "many": _(
            "Each block doubles the paths: {net} has {blocks} blocks, and so 2{power} = {paths}.",
            net=f"ResNet-{DEEP}",
            blocks=deep,
            power=str(deep).translate(DIGITS),
            paths=f"{2**deep:,}",
        ),
        "count": _("{shown} of {power} = {all} paths"),
        "pause": _("Pause"),
        "play": _("Play"),
    }


def _parts() -> dict[str, Any]:
    """Describe the cited block: the operations that follow each convolution, and those after the addition."""
    branch: list[list[str]] = []
    after: list[str] = []
    is_after = False
    for operation in graph_of(BlockSpec("basic")).operations:
        title = block_diagram.describe(operation.layer).title.partition(",")[0]
        if isinstance(operation.layer, Add):
            is_after = True
        elif is_after:
            after.append(title)
        elif isinstance(operation.layer, Conv):
            branch.append([title])
        else:
            branch[-1].append(title)
    return {"branch": branch, "after": marks().listed(after)}
