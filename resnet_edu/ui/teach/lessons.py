"""What this session has learned, and from what: features, computed once per picture, then a head."""

from collections.abc import Hashable
from dataclasses import dataclass

import streamlit as st

from resnet_edu.teaching.collection import MOST_CLASSES, MOST_PICTURES, Collection, Shot
from resnet_edu.teaching.features import ExtractFeatures, Features, joined, rows
from resnet_edu.teaching.tasks import LAST, Fit, Fitted
from resnet_edu.teaching.taught import with_head
from resnet_edu.ui.shared import asking
from resnet_edu.ui.shared.taught import keep_taught
from resnet_edu.ui.teach.settings import TeachSettings
from resnet_edu.ui.text.language import _
from resnet_edu.vision.catalogue import Net

LEARNT = "learnt collection"
KNOWN = "known features"
MOST_KNOWN = 3 * MOST_CLASSES * MOST_PICTURES
"""How many pictures' features are kept; beyond that, they are dropped and computed again when needed."""


@dataclass(frozen=True)
class TeachingLesson:
    """A net, the pictures it was taught with, their features, and the fitted head."""

    net: Net
    taught: Net
    collection: Collection
    features: Features
    fitted: Fitted
    is_private: bool

    @property
    def name(self) -> Hashable:
        """Return a key for the net and the pictures with their classes."""
        return name_of(self.net, self.collection)

    @property
    def classes(self) -> int:
        """Return the number of classes."""
        return len(self.collection.classes)


def name_of(net: Net, collection: Collection) -> Hashable:
    """Names a net, and pictures with their classes."""
    return net, tuple(tuple(shot.sha256 for shot in shots) for shots in collection.shots_by_class)


def learnt(now: TeachSettings, collection: Collection) -> TeachingLesson | None:
    """Return what was learned from ``collection`` once it is ready; until then, show the reader the progress."""
    features = features_of(now, collection.shots)
    if features is None:
        return None
    classes = len(collection.classes)
    fitted = asking.ask(Fit(features.last, collection.labels, classes, (name_of(now.net, collection), LAST)), "fit")
    if fitted is None:
        return None
    taught = with_head(now.net, fitted.heads, collection.names)
    keep_taught(taught, is_example=not now.is_own)
    return TeachingLesson(now.net, taught, collection, features, fitted, now.is_own)


def features_of(now: TeachSettings, shots: tuple[Shot, ...], *, untrained: bool = False) -> Features | None:
    """Return the pictures' features, computing only those that this session doesn't have yet."""
    held: dict[tuple[Net, bool], tuple[tuple[str, ...], Features]] = st.session_state.setdefault(KNOWN, {})
    key = (now.net, untrained)
    for other in [each for each in held if each[0] != now.net]:  # features of one net at a time are kept
        del held[other]
    known = held.get(key)
    if known and len(known[0]) > MOST_KNOWN:
        known = None
    new = tuple({shot.sha256: shot for shot in shots if known is None or shot.sha256 not in known[0]}.values())
    if new:
        panel = f"features {untrained}"
        title = _("Features of {count} pictures", count=len(new))
        found = asking.ask(ExtractFeatures(now.net, new, untrained, now.is_own), panel, title=title)
        if found is None:
            return None
        asking.forget(panel)  # the ticket holds the pictures
        names = tuple(shot.sha256 for shot in new)
        known = (known[0] + names, joined([known[1], found])) if known else (names, found)
        held[key] = known
    assert known is not None
    place = {sha256: index for index, sha256 in enumerate(known[0])}
    return rows(known[1], [place[shot.sha256] for shot in shots])
