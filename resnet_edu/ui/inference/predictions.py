"""A net's answer to a picture: what it saw, what it says, how long it took."""

from functools import partial
from html import escape

import streamlit as st

from resnet_edu.figures.top_classes import top_classes
from resnet_edu.nets.card import Calibration, Strangers
from resnet_edu.nets.outline import family
from resnet_edu.ui.components import component
from resnet_edu.ui.inference.class_names import class_name
from resnet_edu.ui.inference.nets import offer_stronger
from resnet_edu.ui.shared.asking import ask
from resnet_edu.ui.shared.encoded import data_url
from resnet_edu.ui.shared.engines import engine
from resnet_edu.ui.text.language import _, marks
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.image import Picture
from resnet_edu.vision.predict import Predict, Prediction


def predict(net: Net, picture: Picture) -> Prediction | None:
    """Return the prediction if it is ready soon; else show the place in the queue and return None."""
    return ask(Predict(net, picture), "prediction")


def show_seen(net: Net, prediction: Prediction) -> None:
    """Show the crop at the net's own resolution, each pixel as a square."""
    said = _("The picture as the net sees it, {side} pixels wide and high", side=net.preprocessing.crop)
    with st.container(key="seen"):
        st.html(f'<img src="{data_url(prediction.seen)}" alt="{escape(said)}">')
        st.caption(caption_of_seen(net))


def caption_of_seen(net: Net) -> str:
    """Say how the net's input is made from a picture."""
    side, detail = net.preprocessing.crop, net.preprocessing.detail
    if detail:
        return _(
            "What the net sees: the central square sampled at {detail} × {detail} points, unfiltered, and enlarged to"
            " {side} × {side} pixels, as its training pictures were",
            detail=detail,
            side=side,
        )
    return _("What the net sees: {side} × {side} pixels", side=side)


def show_top(
    net: Net,
    prediction: Prediction,
    key: str = "bars",
    *,
    whose: str | None = None,
    news: str | None = None,
    asked: bool = False,
) -> None:
    """Show the most probable classes as bars in the net's colour; ``key`` must be unique on the page.

    So should be ``whose`` they are, which names the list for screen readers: the net's title, or that and more.
    Screen readers announce the first class whenever ``news`` changes, and from the start if the reader has ``asked``.
    """
    rows = top_classes(prediction, partial(class_name, net))
    said = _("{net}: {name}, {probability}.", net=net.title, name=rows[0]["name"], probability=rows[0]["text"])
    component("inference/bars")(
        key=key,
        data={
            "label": marks().titled(_("Most probable classes"), whose or net.title),
            "key": prediction.key,
            "family": family(net.architecture),
            "rows": rows,
            "news": None if news is None else {"about": key, "of": news, "text": said, "asked": asked},
        },
    )


def show_doubt(net: Net, prediction: Prediction) -> None:
    """Say so when the best guess is more likely wrong than right, by what was measured on pictures of its classes."""
    if net.calibration and net.is_doubtful(prediction.top[0].probability):
        st.info(doubt(net, net.calibration))
        offer_stronger(net)


def doubt(net: Net, calibration: Calibration) -> str:
    """What is said of a best guess that is more likely wrong than right; Markdown."""
    return _(
        "**The net is not sure.** On {pictures} pictures of its classes that it was not trained"
        " on, best guesses below {bound} were wrong {wrong} of the time. This may well be"
        " something else, or none of its {count} classes.",
        count=len(net.classes),
        pictures=f"{calibration.measured:,}",
        bound=f"{calibration.doubtful_below:.0%}",
        wrong=f"{calibration.doubtful_wrong:.0%}",
    )


def show_measured(net: Net, prediction: Prediction) -> None:
    """Show the device, the time, how well the probabilities are calibrated, and any note on the prediction."""
    st.caption(
        _(
            "{device} · forward pass {milliseconds:.1f} ms, measured",
            device=f"{prediction.device_type.upper()} · {engine().device_name}",
            milliseconds=prediction.milliseconds,
        )
    )
    show_worth(net)
    if prediction.note:
        st.info(_(prediction.note))


def show_worth(net: Net) -> None:
    """What the shares are worth, where it was measured."""
    if net.calibration:
        with st.expander(_("What these probabilities are worth")):
            st.caption(marks().sentences((_how_calibrated(net.calibration), _what_doubt_cannot_tell(net.strangers))))


def _how_calibrated(calibration: Calibration) -> str:
    return _(
        "Before the softmax the outputs are divided by a temperature of {temperature:.2f}, fitted on {pictures}"
        " pictures of its classes that it was not trained on, so that a probability says how often such an answer is"
        " right (Guo et al. 2017). On {measured} others, answers from {bound} up were right {right} of the time.",
        temperature=calibration.temperature,
        pictures=f"{calibration.pictures:,}",
        measured=f"{calibration.measured:,}",
        bound=f"{calibration.doubtful_below:.0%}",
        right=f"{calibration.sure_right:.0%}",
    )


def _what_doubt_cannot_tell(strangers: Strangers | None) -> str:
    if strangers is None:
        return _("All this holds for pictures of its classes: about anything else a probability says nothing.")
    return _(
        "All this holds for pictures of its classes. Of {pictures} photos of other things ({what}) it doubted"
        " {doubtful}; of the other {sure} it was sure, and wrong each time.",
        pictures=strangers.pictures,
        what=_(strangers.what),
        doubtful=strangers.doubtful,
        sure=strangers.pictures - strangers.doubtful,
    )
