"""Can I teach it something new? The reader's own pictures, a head on frozen features, and why it works."""

import streamlit as st

from resnet_edu.ui.shell import frame
from resnet_edu.ui.shell.loading import loading
from resnet_edu.ui.text.language import _, lesson

frame.header("teach")
with loading():
    from resnet_edu.ui.teach import answering, collecting, comparing, fine_tuning, live, settings, take_home

now = settings.chosen()
collection = collecting.collection(now)
with frame.section("pictures"):
    settings.choose_source(now)
    pictures, answers = st.columns([6, 5], gap="large")
    with pictures:
        camera = collecting.panel(now)
    with answers:
        settings.choose_net(now)
        taught = answering.panel(now, collection)
    if now.is_own:
        with camera:
            live.panel(now, collection, taught)
    if taught:
        answering.pictures_panel(now, taught)

if taught:
    with frame.section("features", _("What knows it? The same new layer on other features")):
        comparing.features_panel(now, taught)
    with frame.section("curve", _("How many pictures does it take?")):
        comparing.curve_panel(now, taught)
    if not now.is_own:
        with frame.section("grounds", _("The same things on other backgrounds")):
            comparing.break_panel(now, taught)
    with frame.section("tuning", _("Fine-tune more of it")):
        fine_tuning.panel(taught)
    with frame.section("take", _("Take it home")):
        take_home.panel(now, taught)

with frame.section("more"):
    with st.expander(_("The usual fine-tuning script, done right")):
        st.markdown(lesson("teach-script"))
    frame.try_this(
        ("teach", _("Perfect on held-out pictures, and wrong: what did it learn?"), {"pictures": "grounds"}),
        ("teach", _("Which house does it take for a fish, and why?"), {"cell": "1-0", "cam": "True"}),
        ("teach", _("Teach it two things that lie on your desk"), {"pictures": "own"}),
    )
    st.markdown(lesson("teach"))
