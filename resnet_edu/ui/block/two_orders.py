"""Where v1 and v2 differ: on the identity path through two consecutive blocks."""

from typing import Any

from resnet_edu.nets.block_options import Order
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.kinds import graph_of
from resnet_edu.nets.layers import Add
from resnet_edu.nets.vocabulary import Shortcut
from resnet_edu.ui.components import component
from resnet_edu.ui.shared import block_diagram
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.text.language import _, marks

CODE = """\
from resnet_edu.nets.block_options import Order
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.kinds import graph_of
from resnet_edu.nets.vocabulary import Shortcut

for name, order in (("v1", Order.ORIGINAL), ("v2", Order.FULL_PRE_ACTIVATION)):
    names = [each.name for each in graph_of(BlockSpec("basic", shortcut=Shortcut.IDENTITY, order=order)).operations]
    print(f"{name}: {', '.join(names)}; on the identity path: {names[names.index('add') + 1:] or 'nothing'}")
"""


def show_two_orders() -> None:
    """Show two blocks of each version, with the path of x drawn as a straight line."""
    component("block/two_orders")(
        key="two_orders",
        data={
            "nets": [
                _net("v1", "He et al. 2015", Order.ORIGINAL),
                _net("v2", "He et al. 2016", Order.FULL_PRE_ACTIVATION),
            ]
        },
    )
    below("two_orders", _("ResNet v1 and v2: what stands on the identity path"), CODE, "He et al. 2016, figs. 1, 4")


def _net(name: str, cited: str, order: Order) -> dict[str, Any]:
    parts = _parts(order)
    said = _on_the_path(parts)
    return {"name": name, "cited": cited, "said": said, "spoken": marks().titled(name, said), **parts}


def _parts(order: Order) -> dict[str, Any]:
    """Return the operations on the branch, and those on the identity path after the addition."""
    graph = graph_of(BlockSpec("basic", shortcut=Shortcut.IDENTITY, order=order))
    at = next(index for index, each in enumerate(graph.operations) if isinstance(each.layer, Add))
    titles = [block_diagram.describe(each.layer).title.partition(",")[0] for each in graph.operations]
    return {"branch": titles[:at], "path": titles[at + 1 :]}


def _on_the_path(parts: dict[str, Any]) -> str:
    if not parts["path"]:
        return _("Nothing but additions: x arrives as it left.")
    return _("{operations} after every addition: x passes it in every block.", operations=marks().listed(parts["path"]))
