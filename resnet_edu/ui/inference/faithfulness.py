"""Part of the view of attributions: a number for which map is right, and the controls it must beat."""

from collections.abc import Callable

import streamlit as st

from resnet_edu.figures.faithfulness import probability_curves
from resnet_edu.figures.spoken import spoken
from resnet_edu.ui.components.pane import halves
from resnet_edu.ui.inference.attribution_settings import MEASURE, AskedMaps
from resnet_edu.ui.inference.class_names import class_names
from resnet_edu.ui.inference.code import faithfulness_code
from resnet_edu.ui.shared import asking
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shared.pictures import reproducible_path
from resnet_edu.ui.shell.theme import chart, is_dark
from resnet_edu.ui.text.language import _, lesson, marks
from resnet_edu.ui.url import widgets
from resnet_edu.vision.attribution.faithfulness import (
    NEIGHBOURS,
    PATCHES,
    PIXELS,
    RANDOM,
    SQUARES,
    Faithfulness,
    Verify,
)
from resnet_edu.vision.attribution.methods import METHODS
from resnet_edu.vision.image import Picture

PETSIUK, YEH = "Petsiuk et al. 2018", "Yeh et al. 2019"


def show_faithfulness(now: AskedMaps, picture: Picture) -> None:
    """Curves and measures of the chosen maps and of two random ones, once they are asked for."""
    widgets.toggle(MEASURE, now.measure, _("Measure these maps, and random ones"))
    figure = st.container()
    wanted = (*RANDOM, *now.methods) if now.measure else ()
    tasks = {method: Verify(now.net, picture, method, now.target, now.options) for method in wanted}
    done = [each for each in asking.ask_each("measure", tasks, _title, (*RANDOM, *METHODS)).values() if each]
    if done:
        with figure:
            _draw(now, done)


def _title(method: str) -> str:
    return {PIXELS: _("random pixels"), PATCHES: _("random patches")}.get(method) or _(METHODS[method].title)


def _draw(now: AskedMaps, done: list[Faithfulness]) -> None:
    code = faithfulness_code(now.net.id, reproducible_path(), list(now.methods), now.target, now.options)
    name = class_names(now.net)[now.net.classes[now.target]]
    probability = _("Probability of {name}, %", name=name)
    left, right = halves()
    with left:
        axis = (_("Brightest pixels covered in grey, %"), probability)
        _curves("deletion", _("Deletion: the faster it falls, the better the map."), axis, done, code)
    with right:
        axis = (_("Brightest pixels shown, the rest blurred, %"), probability)
        _curves("insertion", _("Insertion: the faster it rises, the better the map."), axis, done, code)
    _table(done)


def _curves(kind: str, title: str, axis: tuple[str, str], done: list[Faithfulness], code: str) -> None:
    def curves(chosen: Callable[[str], bool]) -> dict[str, tuple[tuple[float, ...], tuple[float, ...]]]:
        each = {one.method: getattr(one, kind) for one in done if chosen(one.method)}
        return {_title(method): (found.shares, found.probabilities) for method, found in each.items()}

    figure = probability_curves(
        curves(lambda method: method not in RANDOM), curves(lambda method: method in RANDOM), axis, is_dark()
    )
    st.markdown(f"**{title}**")
    chart(figure, kind, f"{title} {axis[1]} · {axis[0]}{marks().stop}{spoken(figure, **marks().of_lists())}")
    below(kind, title, code, PETSIUK)


def _table(done: list[Faithfulness]) -> None:
    head = [
        "",
        _("Deletion: area, lower is better"),
        _("Insertion: area, higher is better"),
        _("Infidelity, lower is better"),
        _("Sensitivity, lower is steadier"),
        _("Time"),
    ]
    rows = [
        [
            _title(each.method),
            f"{each.deletion.area:.3f}",
            f"{each.insertion.area:.3f}",
            f"{each.infidelity:.3g}",
            f"{each.sensitivity:.2g}",
            _("{milliseconds:.0f} ms", milliseconds=each.milliseconds),
        ]
        for each in (*(one for one in done if one.method not in RANDOM), *(one for one in done if one.method in RANDOM))
    ]
    st.markdown("\n".join([_row(head), "|---|---:|---:|---:|---:|---:|", *map(_row, rows)]))
    st.caption(
        _(
            "Areas are mean probabilities ([{petsiuk}](https://arxiv.org/abs/1806.07421)). Infidelity: a map's sum over"
            " a random square, scaled best, should tell how far the score falls when it is covered; mean squared error"
            " over {squares} squares. Sensitivity: the largest change of the map over {neighbours} pictures that hardly"
            " differ ([{yeh}](https://arxiv.org/abs/1901.09392), by Captum). One picture: no verdict on a method.",
            petsiuk=marks().cited(PETSIUK),
            yeh=marks().cited(YEH),
            squares=SQUARES,
            neighbours=NEIGHBOURS,
        )
    )
    st.markdown(lesson("faithfulness"))


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
