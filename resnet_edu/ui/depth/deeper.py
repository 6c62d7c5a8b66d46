"""Which net learns faster at first, and the papers' final errors: deeper isn't always better, even with shortcuts."""

from collections.abc import Sequence

import streamlit as st

from resnet_edu.nets.block_errors import VERSION_ERRORS
from resnet_edu.nets.cifar import Family
from resnet_edu.nets.published import NETS, Result, Series
from resnet_edu.training.record import RunRecord
from resnet_edu.ui.text.language import _, marks

EARLY = 10
"""Number of epochs that count as the start of a run."""


def starts(records: Sequence[RunRecord]) -> None:
    """Show the first epochs of plain and residual nets of equal depth, as recorded."""
    by_depth: dict[int, dict[str, RunRecord]] = {}
    for record in records:
        by_depth.setdefault(record.architecture["depth"], {})[record.architecture["family"]] = record
    pairs = [
        _(
            "{depth} layers {plain} and {residual}, the residual net ahead in {ahead}",
            depth=depth,
            **_start(nets[Family.PLAIN], nets[Family.RESIDUAL]),
        )
        for depth, nets in by_depth.items()
        if {Family.PLAIN, Family.RESIDUAL} <= set(nets)
    ]
    if pairs:
        st.markdown(
            _(
                "**Who learns faster at first?** Training error of the plain and the residual net"
                " after the first epoch, and in how many of the first {epochs} the residual one is"
                " ahead: {pairs}. He et al. 2015 (§ 4.1) saw this even with 18 layers, where the plain"
                " net ends up about as good.",
                epochs=EARLY,
                pairs=marks().clauses(pairs),
            )
        )


def _start(plain: RunRecord, residual: RunRecord) -> dict[str, str]:
    return {
        "plain": f"{plain.epochs[0].train_error:.1%}",
        "residual": f"{residual.epochs[0].train_error:.1%}",
        "ahead": str(ahead(plain, residual)),
    }


def ahead(plain: RunRecord, residual: RunRecord) -> int:
    """Return in how many of the first epochs the residual net had the lower training error."""
    early = zip(plain.epochs[:EARLY], residual.epochs[:EARLY], strict=True)
    return sum(theirs.train_error < ours.train_error for ours, theirs in early)


def published_errors(*, may_be_seen: bool) -> None:
    """The papers' final errors on CIFAR-10 by depth, plain, residual and with pre-activation, once they may be seen."""
    if not may_be_seen:
        st.markdown(_("First look at the residual nets at the top: this table would give their result away."))
        return
    plain, residual = (_by_depth(series) for series in (Series.PLAIN, Series.RESNET))
    original, pre_activation = (
        {each.depth: f"{getattr(each, version):.2f}%" for each in VERSION_ERRORS}
        for version in ("original", "pre_activation")
    )
    columns = (plain, original | residual, pre_activation)
    head = (_("Layers"), _("Plain net"), _("Residual net"), _("With pre-activation"))
    rows = [(f"{depth:,}", *(column.get(depth, "") for column in columns)) for depth in sorted(set().union(*columns))]
    st.markdown(_("No. The papers' final errors:"))
    st.markdown("\n".join([_row(head), "|---:|---:|---:|---:|", *map(_row, rows)]))
    st.caption(
        _(
            "CIFAR-10 test error. He et al. 2015, table 6 and fig. 6 (–: only a curve); with 164 and 1,001 layers"
            " (bottlenecks) and with pre-activation He et al. 2016, table 3, median of five runs."
        )
    )


def _by_depth(series: Series) -> dict[int, str]:
    nets = (net for net in NETS if net.series is series and net.data == "CIFAR-10")
    return {net.depth: marks().listed(map(_told, net.printed)) or "–" for net in nets}


def _told(result: Result) -> str:
    if result.is_bound:
        return _(result.note)
    return marks().noted(f"{result.error:.2f}%", _(result.note) if result.note else "")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
