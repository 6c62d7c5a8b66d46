"""The page's settings, as kept in its URL."""

from dataclasses import dataclass

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.teaching.collection import MOST_CLASSES
from resnet_edu.teaching.example import Example
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import OneOf, Switch, read
from resnet_edu.vision.catalogue import Net, catalogue

OWN = "own"
SOURCES = {
    Example.THINGS.value: mark("Example: things on any ground"),
    Example.GROUNDS.value: mark("Example: the background gives it away"),
    OWN: mark("Your own classes"),
}
SOURCE = OneOf("pictures", SOURCES, Example.THINGS.value)
CLASS = OneOf("class", range(MOST_CLASSES), 0)
CELL = OneOf("cell", [f"{true}-{said}" for true in range(MOST_CLASSES) for said in range(MOST_CLASSES)], "")
LOOKED_AT = Switch("cam")


@dataclass(frozen=True)
class TeachSettings:
    """The page's settings: the pictures, the net to teach, the class shown, and the open cell."""

    source: str
    net: Net
    label: int
    cell: tuple[int, int] | None
    looked_at: bool

    @property
    def is_own(self) -> bool:
        """Return whether the pictures are the reader's own."""
        return self.source == OWN


def chosen() -> TeachSettings:
    """Return the settings in the URL."""
    nets = {net.id: net for net in catalogue().nets.values() if net.is_ready}
    source, net_id = read(SOURCE), read(_net(nets))
    label, cell, looked_at = read(CLASS), read(CELL), read(LOOKED_AT)
    true, _dash, said = cell.partition("-")
    place = (int(true), int(said)) if cell else None
    return TeachSettings(source, nets[net_id], label, place, looked_at)


def choose_source(now: TeachSettings) -> None:
    """Show the control for the pictures; a new choice closes the open cell."""
    titles = {name: _(title) for name, title in SOURCES.items()}
    closed = {CELL.name: None, CLASS.name: None}
    widgets.segmented(SOURCE, now.source, _("Pictures"), titles, changes=lambda source: {SOURCE.name: source, **closed})


def choose_net(now: TeachSettings) -> None:
    """Show the control for the net to teach."""
    nets = {net.id: net for net in catalogue().nets.values() if net.is_ready}
    widgets.select(_net(nets), now.net.id, _("Network to teach"), {name: net.title for name, net in nets.items()})
    st.caption(
        _(
            "Its {parameters} weights stay as they are. Only a new last layer learns.",
            parameters=f"{now.net.parameters:,}",
        )
    )


def _net(nets: dict[str, Net]) -> OneOf[str]:
    return OneOf("net", nets, next(iter(nets)))
