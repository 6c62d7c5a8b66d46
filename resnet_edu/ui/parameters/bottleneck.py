"""The main figure of the parameters page: a basic block against a bottleneck."""

from typing import Any

import streamlit as st

from resnet_edu.ui.parameters.code import blocks_code
from resnet_edu.ui.parameters.costs import COMPARE, COMPARISONS, OPTIONS, ChosenCosts
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url import widgets


def choose_comparison(now: ChosenCosts) -> None:
    """Show whether the blocks are compared at equal channels or at equal cost."""
    titles = {name: _(title) for name, title in COMPARISONS.items()}
    widgets.segmented(COMPARE, "same-cost" if now.setting.equal_cost else "same-channels", _("Compared at"), titles)


def show_blocks(now: ChosenCosts) -> None:
    """Show the two blocks, their arithmetic and their costs; the browser redraws them during a drag."""
    widgets.component(
        "parameters/bottleneck",
        key="bottleneck",
        data={
            "setting": {name: getattr(now.setting, name) for name in OPTIONS},
            "equalCost": now.setting.equal_cost,
            "options": OPTIONS,
            "labels": _labels(),
        },
        url={"setting": _changes},
    )
    title = _("A basic block against a bottleneck")
    below("bottleneck", title, blocks_code(now.setting), "He et al. 2015, fig. 5")
    if now.setting.equal_cost:
        st.markdown(
            _(
                "At about the same cost, the bottleneck carries {channels} channels past its three layers where the"
                " basic block has two layers on {width}. It pays with memory: the wide maps at its ends are kept."
                " *He et al. 2015, figure 5*",
                channels=now.setting.channels,
                width=now.setting.width,
            )
        )
    else:
        st.markdown(
            _(
                "Both take and give the same shape. Is it a fair comparison? The paper sets the two side by side at the"
                " **same cost**: switch over, and see what the bottleneck buys. *He et al. 2015, § 4.1 and figure 5*"
            )
        )


def _changes(setting: dict[str, Any] | None) -> dict[str, object]:
    setting = setting or {}
    return {name: setting[name] for name in OPTIONS if setting.get(name) in OPTIONS[name]}


def _labels() -> dict[str, str]:
    return {
        "basic": _("Two basic layers, 3×3"),
        "bottleneck": _("Bottleneck, 1×1 · 3×3 · 1×1"),
        "weights": _("Weights"),
        "multiplyAdds": _("Multiply-adds, one picture"),
        "kept": _("Memory kept for training, one picture"),
        "unit": _("weights"),
        "fewer": _("fewer weights in the bottleneck"),
        "more": _("more weights in the bottleneck"),
        "channels": _("Channels"),
        "width": _("Bottleneck width"),
        "size": _("Height × width"),
        "blocks": _("Number of blocks"),
    }
