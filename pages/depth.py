"""Does deeper mean better? Answer, look at real training, then make a deeper net that is no worse."""

import streamlit as st

from resnet_edu.ui.shell import frame
from resnet_edu.ui.shell.loading import loading
from resnet_edu.ui.text.language import _, lesson

frame.header("depth")
with loading():
    from resnet_edu.ui.depth import deeper, identity, landscape, race, race_seeds, train_it, training_runs
    from resnet_edu.ui.hall import share
    from resnet_edu.ui.shared import notebook

records = training_runs.runs()
now = training_runs.chosen(records)

with frame.section("training"):
    training_runs.ask(now)
    training_runs.tell_result(now, records)
    training_runs.show_runs(now, records)
    with frame.about():
        training_runs.compare_responses(now, records)
        training_runs.explain_runs(now, records)
        if now.has_residual:
            deeper.starts(records)

with frame.section("published", _("With shortcuts, is deeper always better?")):
    deeper.published_errors(may_be_seen=now.has_residual or share.is_alone("published"))

with frame.section("identity", _("The identity experiment")):
    frame.intro("identity")
    identity.show_insertions()

if landscape.is_due():
    with frame.section("landscape", _("The loss landscape")):
        frame.intro("landscape")
        landscape.show_landscapes()
        with frame.about():
            st.markdown(lesson("landscape-seen"))

with frame.section("race", _("A race")):
    frame.intro("race")
    race.show_race()
    race_seeds.show_recorded_races()
    with frame.about():
        st.markdown(lesson("race-seen"))

with frame.section("train", _("Train it yourself")):
    train_it.show_command()

with frame.section("more"):
    frame.try_this(
        ("depth", _("Plain nets only: when does the deeper one fall behind?"), {"nets": "plain"}),
        ("depth", _("Before the first step: where is the gradient large?"), {"nets": "both", "epoch": "0"}),
        (
            "inference",
            _("How large is what each block adds?"),
            {"net": "cifar10-residual-56", "view": "maps", "sample": "cat", "show": "inside"},
        ),
    )
    st.markdown(lesson("depth"))
    notebook.offer("depth", "depth", "race", "race-seen", "identity", "identity-seen", "landscape", "landscape-seen")
