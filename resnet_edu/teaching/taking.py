"""A taught net to take home: its weights and their card in a ZIP, made in memory."""

import datetime
import hashlib
import io
import zipfile

from safetensors.torch import save
from torch import Tensor
from torch.nn import functional as F

from resnet_edu.nets.card import Given, ModelCard, Resolution, card_text
from resnet_edu.teaching.head import PENALTY
from resnet_edu.teaching.held_out import HeldOut
from resnet_edu.versions import versions
from resnet_edu.vision.catalogue import Net, load

NAME = "taught"


def packed(net: Net, begun: Net, found: HeldOut, recipe: dict[str, object] | None = None) -> bytes:
    """``taught.safetensors`` and ``taught.json``, as ``weights import`` reads them.

    ``begun`` is the net before it was taught; ``recipe`` says how, a head on frozen features without it.
    """
    weights = save({name: value.contiguous() for name, value in load(net).state_dict().items()})
    card = card_text(card_of(net, begun, found, hashlib.sha256(weights).hexdigest(), recipe))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in ((f"{NAME}.safetensors", weights), (f"{NAME}.json", card.encode())):
            archive.writestr(zipfile.ZipInfo(name), content)
    return file.getvalue()


def card_of(net: Net, begun: Net, found: HeldOut, sha256: str, recipe: dict[str, object] | None = None) -> ModelCard:
    """What the net is and how good; the accuracy is that of nets which had not seen the picture."""
    seen = net.preprocessing
    head = {"name": "linear head", "solver": "L-BFGS", "penalty": PENALTY, "folds": found.folds}
    return ModelCard(
        name=NAME,
        architecture=net.architecture.as_dict(),
        classes=net.classes,
        data="pictures of one's own",
        recipe={**(recipe or head), "begun_with": begun.id},
        command="",
        metrics={
            "test_accuracy": found.accuracy,
            "test_loss": loss_of(found.shares, found.labels),
            "test_pictures": len(found.labels),
            "train_pictures": len(found.labels),
        },
        date=datetime.date.today().isoformat(),
        versions=versions("torch", "torchvision"),
        sha256=sha256,
        resolution=Resolution(seen.detail, seen.crop) if seen.detail else None,
        given=None if seen.detail else Given(seen.resize, seen.crop, seen.mean, seen.std),
        confusion=tuple(map(tuple, found.confusion().tolist())),
    )


def loss_of(shares: Tensor, labels: Tensor) -> float:
    """Mean cross-entropy of (N, classes) softmax shares."""
    return float(F.nll_loss(shares.clamp(min=1e-30).log(), labels))
