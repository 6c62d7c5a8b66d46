"""Encoders before training, layer by layer: recorded for the default setting, measured live for the reader's own."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from resnet_edu.errors import UserError
from resnet_edu.measure.live import LiveSeries
from resnet_edu.measure.transformers import (
    DEEPEST,
    SEEDS,
    SEQUENCES,
    TOKENS,
    EncoderRecord,
    EncoderSetting,
    load_encoders,
)
from resnet_edu.paths import TRANSFORMERS
from resnet_edu.ui.beyond.encoder_settings import is_recorded
from resnet_edu.ui.components import as_text
from resnet_edu.ui.shared.engines import live_measurements
from resnet_edu.ui.shared.watching import go_on, was_stopped_here, watch
from resnet_edu.ui.text.language import _, explain
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import heard
from resnet_edu.ui.url.query import Parameter

T = TypeVar("T")
Looks = Mapping[str, tuple[str, str, bool]]
"""Each net's name, its colour, "with" or "without" shortcuts, and whether its line is dashed."""


def show_live(
    key: tuple[Any, ...], source: Callable[[], Iterator[tuple[int, T]]], count: int, draw: Any, *, progress: str
) -> None:
    """Draw a measurement as it arrives, made once for all readers of ``key``; whoever stops it can go on with it.

    ``progress`` is that of ``watch``.
    """
    name = "-".join(map(str, key))
    series = live_measurements().find_series(key)
    try:
        if series and series.is_stopped and was_stopped_here(name):
            st.caption(_("Stopped after {done} of {all}.", done=len(series.results), all=count))
            st.button(_("Measure the rest"), key=f"rest-{name}", on_click=partial(_go_on, name))
        else:
            series = live_measurements().start_series(key, lambda: LiveSeries(source(), count))
    except UserError as error:
        st.error(explain(error))
        return
    watch(series, draw, name, progress=progress)


def _go_on(name: str) -> None:
    heard()
    go_on(name)


def draw_by_layer(
    name: str,
    position: Parameter[int],
    at: int,
    curves: Mapping[Any, Any],
    looks: Looks,
    words: Mapping[str, str],
    **how: Any,
) -> None:
    """Show the ``by_layer`` component with ``curves`` of nets by depth; ``position`` is set by its slider."""
    titles = {net: title for net, (title, _kind, _dashed) in looks.items()}
    widgets.component(
        "beyond/by_layer",
        key=name,
        data={
            "position": at,
            "deepest": DEEPEST,
            "curves": as_text(curves),
            "nets": [{"id": net, "kind": kind, "dashed": dashed} for net, (_title, kind, dashed) in looks.items()],
            "labels": {
                "nets": titles,
                "layer": _("Layer"),
                "range": _("{low} to {high}"),
                "hint": _("Point at a layer or tap it, or walk with the arrow keys, to read its numbers."),
                **words,
            },
            **how,
        },
        url={"position": position},
    )


def runs(setting: EncoderSetting) -> str:
    """Say how many nets are behind the lines."""
    if is_recorded(setting):
        return _("median and range of {count} seeds", count=len(SEEDS))
    return _("one run, seed {seed}", seed=setting.seed)


def seeds(setting: EncoderSetting) -> tuple[int, ...]:
    """Return the seeds behind the lines."""
    return SEEDS if is_recorded(setting) else (setting.seed,)


def measured() -> str:
    """Say on what it is measured, and how the record was made."""
    return _(
        "{sequences} sequences of {tokens} standard normal tokens, first weights as torch's nn.Transformer draws them,"
        " float64. Recorded by `{command}` (torch {torch}) for {heads} heads and width {width}; other sizes are"
        " measured here.",
        sequences=SEQUENCES,
        tokens=TOKENS,
        command=recorded().command,
        torch=recorded().versions["torch"],
        heads=recorded().setting.heads,
        width=recorded().setting.width,
    )


def recorded() -> EncoderRecord:
    """Return the record, read again when its file changes."""
    return _load(TRANSFORMERS, TRANSFORMERS.stat().st_mtime_ns)


@st.cache_resource(show_spinner=False, max_entries=2)
def _load(path: Path, changed: int) -> EncoderRecord:
    return load_encoders(path)
