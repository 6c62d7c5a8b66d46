"""Pictures side by side, each with a caption, a map laid over it, or a button that removes it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
from torch import Tensor

from resnet_edu.teaching.collection import Shot
from resnet_edu.ui.components import component
from resnet_edu.ui.shared.encoded import text
from resnet_edu.ui.text.language import _, marks


@dataclass(frozen=True)
class Tile:
    """A picture, its caption, and a square map of values from 0 to 1 to lay over the crop the net sees."""

    shot: Shot
    note: str = ""
    is_wrong: bool = False
    map: Tensor | None = None


def show(
    key: str, *, label: str, shown: Sequence[Tile], remove: Callable[[str], None] | None = None, large: bool = False
) -> None:
    """Show the tiles in rows; ``remove`` receives the SHA-256 of the picture whose button is pressed."""
    tiles = [
        {
            "id": tile.shot.sha256,
            "source": f"data:image/jpeg;base64,{text(tile.shot.content)}",
            "name": marks().listed(filter(None, (_("picture {number}", number=number), tile.note))),
            "note": tile.note,
            "wrong": tile.is_wrong,
            "map": None if tile.map is None else text((255 * tile.map).round().byte().numpy().tobytes()),
        }
        for number, tile in enumerate(shown, 1)
    ]
    told: dict[str, Any] = {"on_removed_change": lambda: _told(key, remove)} if remove else {}
    component("teach/tiles")(
        key=key,
        data={
            "label": label,
            "tiles": tiles,
            "large": large,
            "remove": _("Remove") if remove else "",
            "empty": _("No picture yet."),
            "legend": _("bright: speaks for this answer (Grad-CAM, last stage)"),
        },
        **told,
    )


def _told(key: str, remove: Callable[[str], None]) -> None:
    if sha256 := st.session_state[key].removed:
        remove(str(sha256))
