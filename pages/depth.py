"""Does deeper mean better? Vote, look at real training, then make a deeper net that is no worse."""

import streamlit as st

from resnet_edu.ui.shell import frame
from resnet_edu.ui.shell.loading import loading
from resnet_edu.ui.text.language import _, lesson

frame.header("depth")
with loading():
    from resnet_edu.ui.depth import deeper, identity, landscape, race, race_seeds, train_it, training_runs
    from resnet_edu.ui.shared import notebook
    from resnet_edu.ui.url import query

records = training_runs.runs()
now = training_runs.chosen(records)
training_runs.ask_the_hall(now)
query.note_mended(now.mended)

training_runs.show_runs(now, records)
training_runs.tell_result(now, records)
training_runs.compare_responses(now, records)
training_runs.explain_runs(records)
if now.vote != training_runs.OPEN:
    deeper.starts(records)
    deeper.published_errors()

frame.heading(_("The identity experiment"), "identity")
identity.show_insertions()

landscape.show_landscapes()

frame.heading(_("A race"), "race")
st.markdown(lesson("race"))
race.show_race()
race_seeds.show_recorded_races()
st.markdown(lesson("race-seen"))

frame.heading(_("Train it yourself"), "train")
train_it.show_command()

frame.try_this(
    ("depth", _("Plain nets only: when does the deeper one fall behind?"), {"vote": "show", "nets": "plain"}),
    ("depth", _("Before the first step: where is the gradient large?"), {"vote": "show", "epoch": "0"}),
    (
        "inference",
        _("How large is what each block adds?"),
        {"net": "cifar10-residual-56", "view": "maps", "sample": "cat"},
    ),
)

st.markdown(lesson("depth"))
notebook.offer("depth", "depth", "race", "race-seen", "identity", "landscape")
