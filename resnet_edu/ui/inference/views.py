"""The views of what happens inside a net; a new one is a line in VIEWS."""

from collections.abc import Callable
from dataclasses import dataclass

from resnet_edu.errors import mark
from resnet_edu.ui.inference import attributions, feature_maps, knockout, throughput
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import OneOf, read
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.image import Picture


@dataclass(frozen=True)
class View:
    """A view: its title, a source string, and the function that shows it for a net that is ready."""

    title: str
    show: Callable[[Net, Picture], None]


VIEWS: dict[str, View] = {
    "maps": View(mark("Feature maps"), feature_maps.show_feature_maps),
    "attributions": View(mark("Attributions"), attributions.show_attributions),
    "knockout": View(mark("Knock out blocks"), knockout.show_knockout),
    "throughput": View(mark("Throughput"), throughput.show_throughput),
}
VIEW = OneOf("view", VIEWS, "maps")


def show(net: Net, picture: Picture) -> None:
    """Show the control that chooses a view, and the view."""
    view = read(VIEW)
    widgets.segmented(VIEW, view, _("Look inside"), {name: _(each.title) for name, each in VIEWS.items()})
    VIEWS[view].show(net, picture)
