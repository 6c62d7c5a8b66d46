"""Where did the shortcut go? What detectors, Transformers and later nets took over from ResNet."""

import streamlit as st

from resnet_edu.ui.shell import frame
from resnet_edu.ui.shell.loading import loading
from resnet_edu.ui.text.language import _, lesson

frame.header("beyond")
with loading():
    from resnet_edu.ui.beyond import (
        context,
        depth,
        detection,
        dropping,
        finding,
        probes,
        reversal,
        stream,
        timeline,
        tokens,
    )
    from resnet_edu.ui.shared import notebook
    from resnet_edu.ui.shared.pictures import choose_picture, invite

section = frame.folded("beyond")

with section("tokens", _("What keeps the tokens of a Transformer apart?")):
    frame.intro("transformers")
    tokens.show_tokens()

with section("residual-stream", _("Where does the normalisation go?")):
    frame.intro("stream")
    stream.show_stream()

with section("reversal", _("Can it learn without shortcuts?")):
    frame.intro("reversal")
    reversal.show_reversal()

with section("detection", _("Why does a detector take four stages?")):
    frame.intro("detection")
    picture = choose_picture()
    if picture:
        detection.show_levels(picture)
    else:
        invite()
    detection.show_pyramid()
    if picture:
        finding.show(picture)
    detection.show_weights()

if probes.is_due():
    with section("probes", _("What each stage knows")):
        frame.intro("probes")
        probes.show_probes()

if context.is_due():
    with section("context", _("How much of a picture, and at which scale?")):
        frame.intro("context")
        context.show_parts()
        context.show_scales()
        context.show_about()

with section("flow", _("A block as a step")):
    frame.intro("deep-enough")
    depth.show_flow()

if depth.is_due():
    with section("half-steps", _("Do trained nets follow a flow?")):
        depth.show_steps()

with section("depth", _("How deep is deep enough?")):
    depth.show_published()
    dropping.show_dropping()

with section("milestones", _("A timeline")):
    timeline.show()

with frame.section("more"):
    st.markdown(lesson("beyond"))
    notebook.offer(
        "beyond",
        before={
            "tokens": ("transformers",),
            "residual-stream": ("stream",),
            "reversal": ("reversal",),
            "detection-levels": ("detection",),
            "detection-pyramid": ("pyramid",),
            "detection-found": ("finding",),
            "detection-weights": ("backbones",),
            "probes": ("probes",),
            "context-radius": ("context",),
            "flow": ("deep-enough",),
            "stochastic-depth": ("stochastic-depth",),
            "timeline": ("timeline",),
        },
        after={
            "tokens": ("tokens-bound", "tokens-seen"),
            "residual-stream": ("stream-seen",),
            "reversal": ("reversal-seen",),
            "probes": ("probes-seen",),
            "context-scale": ("context-seen",),
            "steps": ("steps-seen",),
            "timeline": ("beyond",),
        },
    )
