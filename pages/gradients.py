"""How far back does the learning signal reach? Drag the depth, watch it die or live."""

import streamlit as st

from resnet_edu.ui.shell import frame
from resnet_edu.ui.shell.loading import loading
from resnet_edu.ui.text.language import _, lesson, marks

frame.header("gradients")
with loading():
    from resnet_edu.ui.gradients import first_steps, hero, settings, shattering
    from resnet_edu.ui.shared import notebook
    from resnet_edu.ui.url import query

now = settings.chosen()
settings.choose_preset(now)
hero.choose_quantity(now)
query.note_mended(now.mended)

hero.show_gradients(now)

if now.preset:
    st.markdown(f"{_(now.preset.look_for)}{marks().sentence}*{marks().cited(now.preset.citation)}*")
settings.choose_own(now)

frame.heading(_("The first steps of training"), "first-steps")
st.markdown(lesson("first-steps"))
first_steps.show_first_steps(now)

frame.heading(_("Size is not everything"), "shattering")
st.markdown(lesson("shattering"))
shattering.show_shattering(now)

frame.heading(_("The chain rule, with these numbers"), "chain-rule")
nets = hero.nets_now(now)
if nets:
    hero.explain_chain_rule(now, nets)
    hero.download(now, nets)

frame.try_this(
    (
        "gradients",
        _("Batch normalisation turns the story round: where does it explode?"),
        {"preset": "paper", "depth": "110"},
    ),
    (
        "gradients",
        _("A sigmoid after every addition: does the shortcut still help?"),
        {"preset": "sigmoid", "depth": "20"},
    ),
    (
        "gradients",
        _("Without normalisation: how large does the signal grow?"),
        {"preset": "unnormalised", "depth": "110", "quantity": "output_std"},
    ),
)

st.markdown(lesson("gradients"))
notebook.offer("gradients", "gradients", "first-steps", "shattering")
