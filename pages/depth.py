"""Does deeper mean better? Vote, look at real training, then make a deeper net that is no worse."""

import streamlit as st

from resnet_edu.ui import frame
from resnet_edu.ui.language import _, lesson

frame.header("depth")
with frame.loading():
    from resnet_edu.ui import identity, landscape, query, race, race_seeds, snippets, train_it, training_runs

records = training_runs.runs()
now = training_runs.chosen(records)
training_runs.ask_the_hall(now)
query.note_mended(now.mended)

training_runs.figure(now, records)
training_runs.tell_result(now, records)
training_runs.compare_responses(now, records)
training_runs.explain_runs(records)

frame.heading(_("The identity experiment"))
identity.panel()

frame.heading(_("The loss landscape"))
landscape.panel()

frame.heading(_("A race"))
st.markdown(lesson("race"))
race.panel()
race_seeds.panel()
st.markdown(lesson("race-seen"))

frame.heading(_("Train it yourself"))
train_it.panel()

frame.heading(_("Try this"))
for column, (page, label, setting) in zip(
    st.columns(3),
    (
        ("depth", _("Plain nets only: when does the deeper one fall behind?"), {"vote": "show", "nets": "plain"}),
        ("depth", _("Before the first step: where is the gradient large?"), {"vote": "show", "epoch": "0"}),
        (
            "inference",
            _("How large is what each block adds?"),
            {"net": "cifar10-residual-56", "view": "maps", "sample": "cat"},
        ),
    ),
    strict=True,
):
    with column:
        frame.link(page, label, setting)

st.markdown(lesson("depth"))
snippets.show_code(snippets.RUNS)
