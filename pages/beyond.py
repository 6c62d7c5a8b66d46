"""Where did the shortcut go? What detectors, Transformers and later nets took over from ResNet."""

import streamlit as st

from resnet_edu.ui.shell import frame
from resnet_edu.ui.shell.loading import loading
from resnet_edu.ui.text.language import _, lesson

frame.header("beyond")
with loading():
    from resnet_edu.ui.beyond import detection, probes, reversal, stream, timeline, tokens
    from resnet_edu.ui.shared import notebook

with frame.section("timeline", _("A timeline")):
    timeline.show()

with frame.section("detection", _("Why does a detector take four stages?")):
    detection.show_levels()
    detection.show_weights()

if probes.is_due():
    with frame.section("probes", _("What each stage knows")):
        frame.intro("probes")
        probes.show_probes()

with frame.section("tokens", _("What keeps the tokens of a Transformer apart?")):
    frame.intro("transformers")
    tokens.show_tokens()

with frame.section("residual-stream", _("Where does the normalisation go?")):
    frame.intro("stream")
    stream.show_stream()

with frame.section("reversal", _("Can it learn without shortcuts?")):
    frame.intro("reversal")
    reversal.show_reversal()

with frame.section("more"):
    st.markdown(lesson("beyond"))
    notebook.offer(
        "beyond",
        "beyond",
        "probes",
        "probes-seen",
        "transformers",
        "tokens-bound",
        "tokens-seen",
        "stream",
        "stream-seen",
        "reversal",
        "reversal-seen",
    )
