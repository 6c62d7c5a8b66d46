"""What does a residual network see? A picture, a net and its answer."""

import streamlit as st

from resnet_edu.ui.shell import frame
from resnet_edu.ui.shell.loading import loading
from resnet_edu.ui.text.language import _, lesson

TEN_CLASSES = "cifar10-residual-20"

frame.header("inference")
with loading():
    from resnet_edu.ui.inference import nets, predictions, stream, views
    from resnet_edu.ui.inference.code import predict_code
    from resnet_edu.ui.shared import notebook, pictures
    from resnet_edu.ui.shared.figures import below

with frame.section("picture"):
    with st.container(key="answered"):  # on a phone the answer comes before what the net saw
        live = pictures.is_live()
        source, *others = st.columns([5, 11] if live else [5, 4, 5], gap="large")
    with source:
        picture = pictures.choose_picture(live=True)
        net = nets.choose_net()
    usable = nets.is_usable(net)
    if live:
        with others[0]:
            if usable:
                stream.show(net)
            others = st.columns([4, 5], gap="large")
    seen, answer = others
    with answer:
        if not usable:
            nets.fetch(net)
        elif picture is None and not live:
            pictures.invite()
        elif picture and (prediction := predictions.predict(net, picture)):
            predictions.show_top(net, prediction, news=prediction.key, asked=pictures.is_own())
            below("bars", _("Most probable classes"), predict_code(net.id, pictures.reproducible_path()))
            predictions.show_doubt(net, prediction)
            with seen:
                predictions.show_seen(net, prediction)
    with frame.about():
        nets.show_facts(net)
        if usable and picture is not None and prediction:
            predictions.show_measured(net, prediction)
        st.markdown(nets.honest_line(net))

if usable and picture is not None:
    with frame.section("inside", _("Look inside")):
        views.show(net, picture)

with frame.section("more"):
    frame.try_this(
        (
            "inference",
            _("A rocket: what does a net say that has never seen one?"),
            {"net": TEN_CLASSES, "sample": "rocket"},
        ),
        ("inference", _("Only a silhouette: is the outline enough?"), {"net": TEN_CLASSES, "sample": "horse"}),
        ("inference", _("A cup of coffee: how sure can a wrong answer be?"), {"net": TEN_CLASSES, "sample": "coffee"}),
    )
    st.markdown(lesson("inference"))
    notebook.offer("inference", "inference")
