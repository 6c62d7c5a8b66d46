"""How far back does the learning signal reach? Drag the depth, watch it die or live."""

import streamlit as st

from resnet_edu.ui.shell import frame
from resnet_edu.ui.shell.loading import loading
from resnet_edu.ui.text.language import _, lesson, marks

frame.header("gradients")
with loading():
    from resnet_edu.ui.gradients import first_steps, hero, settings, shattering
    from resnet_edu.ui.shared import notebook

now = settings.chosen()

with frame.section("gradients"):
    settings.choose_preset(now)
    hero.choose_quantity(now)
    hero.show_gradients(now)
    settings.tell_measured(now)
    with frame.about():
        if now.preset:
            st.markdown(f"{_(now.preset.look_for)}{marks().sentence}*{marks().cited(now.preset.citation)}*")
    settings.choose_own(now)

with frame.section("first-steps", _("The first steps of training")):
    frame.intro("first-steps")
    first_steps.offer_case(now)
    first_steps.show_first_steps(now)
    with frame.about():
        st.markdown(lesson("first-steps-seen"))

with frame.section("shattering", _("Size is not everything")):
    frame.intro("shattering")
    shattering.show_shattering(now)
    with frame.about():
        st.markdown(lesson("shattering-seen"))

with frame.section("chain-rule", _("The chain rule, with these numbers")):
    nets = hero.nets_now(now)
    if nets:
        hero.explain_chain_rule(now, nets)
        hero.download(now, nets)

with frame.section("more"):
    frame.try_this(
        (
            "gradients",
            _("Batch normalisation reverses the story: where does the gradient explode?"),
            {"preset": "paper", "depth": "110"},
        ),
        (
            "gradients",
            _("A sigmoid after every addition: how much still arrives?"),
            {"preset": "sigmoid", "depth": "20"},
        ),
        (
            "gradients",
            _("Without normalisation: how large does the signal grow?"),
            {"preset": "unnormalised", "depth": "110", "quantity": "output_std"},
        ),
    )
    st.markdown(lesson("gradients"))
    notebook.offer("gradients", "gradients", "first-steps", "first-steps-seen", "shattering", "shattering-seen")
