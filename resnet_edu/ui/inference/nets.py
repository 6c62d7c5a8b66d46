"""The choice of a net, facts about it, and its download if it is not here yet."""

from collections.abc import Iterator
from html import escape

import streamlit as st

from resnet_edu.nets.cifar import CIFAR10_CLASSES, CifarSpec, Family
from resnet_edu.nets.published import BY_ID
from resnet_edu.paths import is_readable
from resnet_edu.training.data import CIFAR10_NAME, CIFAR10_PICTURES
from resnet_edu.training.tiny_data import DESCRIPTION as TINY_IMAGENET
from resnet_edu.ui.shared.engines import downloads
from resnet_edu.ui.shared.taught import taught_nets
from resnet_edu.ui.text.language import _, explain, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.links import choose_all
from resnet_edu.ui.url.query import OneOf, read
from resnet_edu.vision.catalogue import Catalogue, Net, Source, catalogue, damage, numbered
from resnet_edu.vision.download import DownloadStage

POLL_SECONDS = 0.5
MOST_OFFERED = 3
OF_ONE_NET = ("off", "swap", "layer", "channel", "at", "operation", "unit", "class", "rather_than", "cam_layer")
"""Choices that mean something for the net alone for which they were made."""


def choose_net() -> Net:
    """Show the control that chooses a net, with nets on this machine first, and return the choice."""
    found = catalogue()
    nets = {**found.nets, **taught_nets()}
    titles = {name: _label(net) for name, net in nets.items()}
    parameter = OneOf("net", nets, found.default.id)
    net = read(parameter)
    widgets.select(parameter, net, _("Network"), titles, changes=_changes_of_net)
    _tell_refused(found)
    return nets[net]


def _changes_of_net(name: str) -> dict[str, object]:
    """Return the changes for another net, without a warning about choices that only fitted the old one."""
    return {"net": name, **dict.fromkeys(OF_ONE_NET)}


def is_usable(net: Net) -> bool:
    """Return whether the weights are here and, if downloaded, undamaged."""
    return net.is_ready and not damage(net)


def show_facts(net: Net) -> None:
    """Show the main facts about a net in one row."""
    rows = [
        (_("Depth"), _("{depth} layers", depth=net.depth)),
        (_("Parameters"), f"{net.parameters:,}"),
        (_("Trained on"), _trained_on(net)),
        (_("Top-1 accuracy"), _accuracy(net)),
    ]
    cells = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in rows)
    st.html(f'<dl class="facts">{cells}</dl>')


def honest_line(net: Net) -> str:
    """Say what this net can know and what its answers are worth, as Markdown in the reader's language."""
    side = net.preprocessing.crop
    if net.learned:
        return _(
            "You taught this net in this session: it knows {names}, at {side} × {side} pixels. Whatever you show it, it"
            " answers with one of them.",
            names=marks().listed(net.classes),
            side=side,
        )
    if net.source is Source.OPERATOR:
        line = _(
            "Whoever runs this server provided this net. It knows {count} classes at {side} × {side} pixels;"
            " whatever you show it, it answers with one of them.",
            count=len(net.classes),
            side=side,
        )
        return marks().sentences((line, *_assumptions(net)))
    if isinstance(net.architecture, CifarSpec):
        line = _(
            "This net knows ten things, {names}, at {side} × {side} pixels. Whatever you show it, it answers with one"
            " of them.",
            names=marks().listed(_(name) for name in net.classes),
            side=side,
        )
        return marks().sentences((line, _against_the_paper(net.architecture)))
    if net.data == TINY_IMAGENET:
        return _(
            "This net knows {count} classes of animals and everyday things. We trained it on Tiny ImageNet, whose"
            " pictures have {detail} × {detail} pixels. It gets {accuracy} of {pictures} validation pictures right; for"
            " {top5} the right class is among its best five. Whatever you show it, it answers with one of its"
            " classes.",
            count=len(net.classes),
            detail=net.preprocessing.detail,
            pictures=f"{net.test_pictures:,}",
            accuracy=f"{net.accuracy:.1%}",
            top5=f"{net.top5:.1%}",
        )
    return _(
        "This net knows the {count} classes of ImageNet, animals and everyday things, at {side} × {side} pixels."
        " Whatever you show it, it answers with one of them.",
        count=len(net.classes),
        side=side,
    )


def _trained_on(net: Net) -> str:
    """Name the data set, and how much of it was used if it was not all."""
    if not net.data:
        return _("not stated in the file")
    if net.learned:
        return _("{data}, then by you", data=_(net.data))
    here = (net.train_pictures or 0) + (net.test_pictures or 0)
    if net.data == CIFAR10_NAME and 0 < here < CIFAR10_PICTURES:
        return _(
            "{data}, {here} of its {published} pictures",
            data=_(net.data),
            here=f"{here:,}",
            published=f"{CIFAR10_PICTURES:,}",
        )
    return _(net.data)


def _assumptions(net: Net) -> Iterator[str]:
    """Say what is assumed about an operator's net because nothing states it."""
    if "classes" in net.assumed:
        if net.classes == numbered(len(net.classes)):
            yield _("No file names its classes, so they are numbered.")
        else:
            data = "CIFAR-10" if net.classes == CIFAR10_CLASSES else "ImageNet"
            yield _("No file names its classes; those of {data} are assumed, as the number fits.", data=data)
    if net.assumed & {"mean", "std"}:
        data = "CIFAR-10" if isinstance(net.architecture, CifarSpec) else "ImageNet"
        yield _(
            "No file says how its pictures were normalised; the mean and standard deviation of {data} are assumed.",
            data=data,
        )
    if net.assumed:
        yield _("A small file next to the weights can say so (README, “Networks”).")


def _against_the_paper(architecture: CifarSpec) -> str:
    """Quote the published accuracy, if there is one."""
    published = BY_ID.get(f"resnet-{architecture.depth}")
    if architecture.family is not Family.RESIDUAL or published is None:
        return ""
    return _(
        "He et al. 2015 report {paper} for this net.",
        paper=_("{accuracy}% (table 6)", accuracy=f"{100 - published.printed[0].error:.2f}"),
    )


def _accuracy(net: Net) -> str:
    if net.accuracy is None:
        return _("not measured")
    if net.data == TINY_IMAGENET and net.source is Source.OURS:
        source = _("validation set, our run")
    elif net.source is Source.OURS:
        source = _("test set, our run")
    elif net.source is Source.OPERATOR:
        source = _("as stated with the file")
    else:
        source = _("validation set, torchvision's figure")
    return marks().noted(f"{net.accuracy:.2%}", source)


def fetch(net: Net) -> None:
    """Offer the download of a net and show its progress; the page reruns once the net is here."""
    download = downloads().find(net.id)
    running = download is not None and download.status.stage in (DownloadStage.CONNECTING, DownloadStage.RUNNING)
    st.fragment(_fetch, run_every=POLL_SECONDS if running else None)(net)


def _fetch(net: Net) -> None:
    if damaged := damage(net):
        st.error(explain(damaged))
    else:
        st.markdown(
            _(
                "**{net}** is not on this machine yet. Its weights are {size:.0f} MB, from torchvision's server.",
                net=net.title,
                size=net.size / 2**20,
            )
        )
    download = downloads().find(net.id)
    status = download.status if download else None
    if download and status and status.stage in (DownloadStage.CONNECTING, DownloadStage.RUNNING):
        share = min(1.0, status.received / status.total)
        st.progress(
            share, _("{received:.0f} of {total:.0f} MB", received=status.received / 2**20, total=status.total / 2**20)
        )
        if st.button(_("Cancel"), key="cancel"):
            download.cancel()
            st.rerun()
        return
    if status and status.stage is DownloadStage.DONE and is_readable(net.path) and not damaged:
        st.rerun()
    if status and status.error:
        st.warning(explain(status.error))
    if st.button(_("Fetch {size:.0f} MB", size=net.size / 2**20), key="fetch", type="primary"):
        downloads().start(net)
        st.rerun()


def offer_stronger(net: Net) -> None:
    """Offer nets with more classes when a net is not sure: a click opens one, and downloads it if necessary."""
    found = catalogue().stronger(net)[:MOST_OFFERED]
    if not found:
        return
    st.caption(_("These nets know more:"))
    for each in found:
        text = _("{net}: {count} classes", net=_label(each), count=f"{len(each.classes):,}")
        st.button(text, key=f"stronger {each.id}", on_click=_open, args=(each,), width="stretch")


def _open(net: Net) -> None:
    choose_all(_changes_of_net(net.id))
    if not net.is_ready:
        downloads().start(net)


def _label(net: Net) -> str:
    if net.is_ready:
        return net.title
    return _("{net} · {size:.0f} MB to fetch", net=net.title, size=net.size / 2**20)


def _tell_refused(found: Catalogue) -> None:
    if not found.refused:
        return
    with st.expander(_("Weight files that could not be used: {count}", count=len(found.refused))):
        for refused in found.refused:
            st.text(f"{refused.name}{marks().colon}{explain(refused.error)}")
