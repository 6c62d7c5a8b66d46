"""The layer table of one net, to read and to download."""

from typing import Any

import streamlit as st

from resnet_edu.figures.layer_table import layer_csv, layer_markdown, layer_rows
from resnet_edu.ui.parameters.code import layers_code
from resnet_edu.ui.parameters.costs import ChosenCosts, choose_net, counted, side_of
from resnet_edu.ui.shared.figures import below_table
from resnet_edu.ui.text.language import _, current, marks


def show_layers(now: ChosenCosts) -> None:
    """Show every operation with its cost and receptive field, and offer the table as CSV and Markdown."""
    choose_net(now, "net_in_layers")
    st.dataframe(
        _rows(now.net.id, current()),
        key="layers",
        hide_index=True,
        height=380,
        column_config={
            "stage": _("Stage"),
            "block": _("Block"),
            "operation": _("Operation"),
            "layer": _("Layer"),
            "output": _("Output"),
            "parameters": st.column_config.NumberColumn(_("Parameters"), format="localized"),
            "multiply_adds": st.column_config.NumberColumn(_("Multiply-adds"), format="localized"),
            "output_bytes": st.column_config.NumberColumn(_("Bytes of output"), format="localized"),
            "kept_bytes": st.column_config.NumberColumn(_("Bytes kept"), format="localized"),
            "receptive_field": _("Receptive field"),
            "stride": _("Stride"),
        },
    )
    left, right, _rest = st.columns([1, 1, 3])
    for column, label, kind, text, mime in (
        (left, _("Layers as CSV"), "csv", _csv(now.net.id), "text/csv"),
        (right, _("Layers as Markdown"), "md", _markdown(now.net.id), "text/markdown"),
    ):
        column.download_button(
            label,
            text,
            file_name=f"layers-{now.net.id}.{kind}",
            mime=mime,
            icon=":material/download:",
            on_click="ignore",
        )
    title = _("Layer by layer")
    below_table("layers", f"{title}{marks().colon}{now.net.name}", layers_code(now.net.id, side_of(now.net)))


@st.cache_resource(show_spinner=False, max_entries=64)
def _rows(net_id: str, language: str) -> list[dict[str, Any]]:
    """Return the rows of the table; ``language`` only distinguishes cached results."""
    return layer_rows(counted(net_id), _)


@st.cache_resource(show_spinner=False, max_entries=64)
def _csv(net_id: str) -> str:
    return layer_csv(counted(net_id))


@st.cache_resource(show_spinner=False, max_entries=64)
def _markdown(net_id: str) -> str:
    return layer_markdown(counted(net_id))
