"""Why do we care? The story of the lecture, chapter by chapter."""

import streamlit as st

from resnet_edu.ui.components import component
from resnet_edu.ui.home import story
from resnet_edu.ui.shell import frame, lecture
from resnet_edu.ui.text.language import _, lesson

plan = lecture.plan()

with frame.section("start"):
    words, picture = st.columns([6, 5], vertical_alignment="center", gap="large")
    with words:
        frame.title(_("Residual networks, taken apart live"), _("Why can a net of 152 layers learn?"), hero=True)
        st.markdown(lesson("home"))
    with picture:
        component("home/block_in_motion")(
            key="block_in_motion",
            data={
                "title": _("A residual block in motion"),
                "description": _(
                    "The input x goes two ways: through two convolutions, which compute F(x), and unchanged over the"
                    " shortcut. Both are added. The gradient returns by the same two ways."
                ),
                "shortcut": _("shortcut: the identity"),
                "forward": _("signal, forward"),
                "backward": _("gradient, backward"),
                "pause": _("Pause"),
                "play": _("Play"),
            },
        )

with frame.section("story", _("The story in {count} chapters", count=len(plan.chapters))):
    for row in range(0, len(plan.chapters), 3):
        for number, (column, chapter) in enumerate(
            zip(st.columns(3), plan.chapters[row : row + 3], strict=False), start=row + 1
        ):
            with column, st.container(key=f"card-{number}", border=True, height="stretch"):
                story.card(number, chapter, plan)
    story.offer_paper(plan)
