"""Why do we care? The story in six steps."""

from html import escape

import streamlit as st

from resnet_edu.ui.home import figure
from resnet_edu.ui.home.story import STORY
from resnet_edu.ui.shared import notebook
from resnet_edu.ui.shell import frame, navigation
from resnet_edu.ui.text.language import _, lesson, marks

words, picture = st.columns([6, 5], vertical_alignment="center", gap="large")
with words:
    frame.title(_("Residual networks, taken apart live"), _("Why can a net of 152 layers learn?"), hero=True)
    st.markdown(lesson("home"))
with picture:
    figure.show()

frame.heading(_("The story in six steps"), "story")
for row in range(0, len(STORY), 3):
    for number, (column, step) in enumerate(zip(st.columns(3), STORY[row : row + 3], strict=True), start=row + 1):
        with column, st.container(key=f"card-{number}", border=True, height="stretch"):
            st.html(
                f'<p class="number" aria-hidden="true">{number}</p><h3>{escape(_(step.title))}</h3>'
                f'<p>{escape(_(step.text))}</p><p class="citation">{escape(marks().cited(step.citation))}</p>'
            )
            st.page_link(
                navigation.page(step.page),
                label=_("Open"),
                icon=":material/arrow_forward:",
                query_params=step.setting,
            )

notebook.offer("home", "home")
