"""Why do we care? The story of the lecture, chapter by chapter."""

import streamlit as st

from resnet_edu.ui.home import figure, story
from resnet_edu.ui.shared import notebook
from resnet_edu.ui.shell import frame, lecture
from resnet_edu.ui.text.language import _, lesson

plan = lecture.plan()

with frame.section("start"):
    words, picture = st.columns([6, 5], vertical_alignment="center", gap="large")
    with words:
        frame.title(_("Residual networks, taken apart live"), _("Why can a net of 152 layers learn?"), hero=True)
        st.markdown(lesson("home"))
    with picture:
        figure.show()

with frame.section("story", _("The story in {count} chapters", count=len(plan.chapters))):
    for row in range(0, len(plan.chapters), 3):
        for number, (column, chapter) in enumerate(
            zip(st.columns(3), plan.chapters[row : row + 3], strict=False), start=row + 1
        ):
            with column, st.container(key=f"card-{number}", border=True, height="stretch"):
                story.card(number, chapter, plan)
    story.offer_paper(plan)
    notebook.offer("home", "home")
