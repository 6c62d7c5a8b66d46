"""How deep is deep enough? A residual net as Euler's method, recorded and watched, and the papers' errors by depth."""

import streamlit as st

from resnet_edu.figures.depth_limits import depth_limits
from resnet_edu.figures.spoken import spoken
from resnet_edu.figures.steps import accuracy_by_steps
from resnet_edu.measure.steps import STEPS, Refined, load_refined
from resnet_edu.nets.cifar import CifarSpec
from resnet_edu.nets.depth_limits import AtDepth, Design, errors_by_depth
from resnet_edu.nets.published import BY_ID
from resnet_edu.paths import BEYOND
from resnet_edu.teaching.held_out import wilson
from resnet_edu.ui.beyond import flow
from resnet_edu.ui.shared.data_sets import data_name
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shared.recorded import record_of
from resnet_edu.ui.shell import frame
from resnet_edu.ui.shell.theme import chart, is_dark
from resnet_edu.ui.text.language import _, lesson, marks
from resnet_edu.ui.url.query import read
from resnet_edu.vision.catalogue import Net, catalogue

EULER = "Greff et al. 2017; Chen et al. 2018"
SWAP = {
    "net": "cifar10-residual-56",
    "view": "knockout",
    "sample": "cat",
    "swap": "layer2.3-layer2.4",
    "show": "inside",
}
STEPS_CODE = """\
from resnet_edu.measure.steps import STEPS, load_refined
from resnet_edu.paths import BEYOND

for path in sorted(BEYOND.glob("steps-*.json")):
    recorded = load_refined(path)
    for steps in STEPS:
        mean, low, high = recorded.change(steps)
        right = recorded.answers[steps].right / recorded.pictures
        print(f"{recorded.net}, h = 1/{steps}: {right:.1%}, {mean:+.1%} ({low:+.1%} to {high:+.1%})")
"""
PUBLISHED_CODE = """\
from resnet_edu.nets.depth_limits import errors_by_depth

for design, nets in errors_by_depth().items():
    for net in nets:
        print(f"{design:16} {net.depth:5,} layers: {net.error:.2f}% ({net.citation})")
"""


@st.fragment
def show_flow() -> None:
    """Show a flow in the plane and Euler's steps along it."""
    steps = read(flow.STEPS)
    flow.show_flow(steps)


def is_due() -> bool:
    """Whether trained nets have been recorded in smaller steps."""
    return bool(_records())


def show_steps() -> None:
    """Plot what more and smaller steps do to the trained nets, as recorded, and say whether they help."""
    records = _records()
    st.markdown(
        _(
            "Every block that keeps its shape takes 1, 2, 4 or 8 steps x + h F(x) instead of one; nothing is trained"
            " again."
        )
    )
    lines = {
        net.title: [
            (found.right / record.pictures, *wilson(found.right, record.pictures)) for found in record.answers.values()
        ]
        for net, record in records.items()
    }
    ticks = [f"{steps} × 1/{steps}" if steps > 1 else "1 × 1" for steps in STEPS]
    axis = (_("Steps in each block × h"), _("right on test pictures"))
    figure = accuracy_by_steps(lines, ticks, axis, is_dark())
    chart(figure, "steps", f"{axis[1]} · {axis[0]}{marks().stop}{spoken(figure, **marks().of_lists())}")
    below("steps", _("Trained nets in smaller steps"), STEPS_CODE, EULER)
    st.markdown("\n".join(f"- {_verdict(net, record)}" for net, record in records.items()))
    with frame.about():
        st.markdown(lesson("steps-seen"))
        st.caption(_measured(next(iter(records.values()))))


def _records() -> dict[Net, Refined]:
    found = {net: record_of(net, BEYOND / f"steps-{net.id}.json", load_refined) for net in catalogue().nets.values()}
    return {net: record for net, record in found.items() if record}


def _verdict(net: Net, record: Refined) -> str:
    """Say what halving h once does, and what the smallest steps do, with intervals of the change."""
    assert isinstance(net.architecture, CifarSpec)
    first, last = (record.change(steps) for steps in (STEPS[1], STEPS[-1]))
    if first[1] > 0:
        title = _("Half the step helps a little")
    elif first[2] < 0:
        title = _("Half the step hurts")
    else:
        title = _("Half the step changes nothing that these pictures could show")
    return _(
        "**{title}: {net}**, {blocks} blocks a stage. In points of accuracy, against one step: {first} with h = 1/2;"
        " {last} with h = 1/{steps}.",
        title=title,
        net=net.title,
        blocks=net.architecture.blocks_per_stage,
        first=_points(first),
        last=_points(last),
        steps=STEPS[-1],
    )


def _points(change: tuple[float, float, float]) -> str:
    mean, low, high = (f"{100 * each:+.1f}".replace("-", "−") for each in change)
    return marks().noted(mean, _("{low} to {high}", low=low, high=high))


def _measured(record: Refined) -> str:
    return _(
        "Recorded by `{command}` on {pictures:,} test pictures, {data} (torch {torch}); one trained net of each depth."
        " Whiskers: 95% confidence of each accuracy. The changes are measured on the same pictures, and their 95%"
        " intervals count only answers that changed.",
        command=record.command,
        pictures=record.pictures,
        data=data_name(record.data),
        torch=record.versions["torch"],
    )


def show_published() -> None:
    """Plot the papers' errors by depth and say where more layers stopped helping."""
    errors = errors_by_depth()
    st.markdown(_("Where depth stopped helping, in the papers' own figures:"))
    axis = (_("Layers"), _("CIFAR-10 test error, %"))
    figure = depth_limits(errors, {design: _(str(design)) for design in errors}, axis, is_dark())
    chart(figure, "depth-limits", f"{axis[1]} · {axis[0]}{marks().stop}{spoken(figure, **marks().of_lists())}")
    below("depth-limits", _("Published errors by depth"), PUBLISHED_CODE)
    st.markdown("\n".join(f"- {said}" for said in (_on_cifar(errors), _on_imagenet())))
    sources = dict.fromkeys(marks().cited(each.citation) for nets in errors.values() for each in nets)
    st.caption(
        _(
            "Printed in {sources}. The timeline's 4.62% for 1,001 layers is the best that He et al. 2016 print, in"
            " their abstract.",
            sources=marks().clauses(sources),
        )
    )
    frame.link("inference", _("Do the blocks need their order? Swap two of them"), SWAP)


def _on_cifar(errors: dict[Design, tuple[AtDepth, ...]]) -> str:
    original, wide = errors[Design.ORIGINAL], errors[Design.WIDE]
    deepest, best = original[-1], min(original, key=lambda net: net.error)
    best_wide = min(wide, key=lambda net: net.error)
    lightest = min(wide, key=lambda net: float(net.parameters.removesuffix("M")))
    (dropped,) = errors[Design.STOCHASTIC_DEPTH]
    pre = errors[Design.PRE_ACTIVATION][-1]
    return _(
        "On CIFAR-10 the original design is best with {best} layers ({best_error:.2f}%), and worse with {deepest:,}"
        " ({deepest_error:.2f}%), although it trains. A thousand layers pay again with blocks left out at random"
        " ({dropped:.2f}%) or with pre-activation ({pre:.2f}%, {pre_depth:,} layers). But {wide} wide layers do better"
        " than all of them: {wide_error:.2f}% with {wide_size} parameters. So do {light} with {light_size}"
        " ({light_error:.2f}%), where the {deepest:,} layers have {deepest_size}.",
        best=best.depth,
        best_error=best.error,
        deepest=deepest.depth,
        deepest_error=deepest.error,
        dropped=dropped.error,
        pre=pre.error,
        pre_depth=pre.depth,
        wide=best_wide.depth,
        wide_error=best_wide.error,
        wide_size=best_wide.parameters,
        light=lightest.depth,
        light_error=lightest.error,
        light_size=lightest.parameters,
        deepest_size=deepest.parameters,
    )


def _on_imagenet() -> str:
    shallow, deep = BY_ID["resnet-50-v1-5"], BY_ID["resnet-152-v1-5"]
    return _(
        "On ImageNet a newer recipe is worth more than {more} layers: torchvision's ResNet-{shallow} has an error of"
        " {new:.1f}% with its second weights, ResNet-{deep} {old:.1f}% with its first ones. Bello et al. 2021"
        " (abstract) advise more depth only where the net would overfit otherwise, and more width elsewhere.",
        more=deep.depth - shallow.depth,
        shallow=shallow.depth,
        deep=deep.depth,
        new=shallow.newer_results[0].error,
        old=deep.results[0].error,
    )
