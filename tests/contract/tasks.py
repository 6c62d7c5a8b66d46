"""Tasks that pages submit for one of our nets, each done in a single pass."""

from typing import Any

from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.vision.arithmetic import WorkOut
from resnet_edu.vision.attribution.task import Attribute
from resnet_edu.vision.effective_field import MeasureField
from resnet_edu.vision.feature_maps import LookAt, SurveyLayers
from resnet_edu.vision.inside_block import TakeApart
from resnet_edu.vision.journey import FollowPicture
from resnet_edu.vision.knocked_out import Without
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.samples import sample_picture
from resnet_edu.vision.streamed import Glance
from resnet_edu.vision.turned_down import TurnDown, fitted

from .jobs import NET

CAT = sample_picture("cat")
ONE_PASS: list[Any] = [
    Predict(NET, CAT),
    Without(NET, CAT, frozenset({"layer1.0", "layer2.2"})),
    SurveyLayers(NET, CAT),
    LookAt(NET, CAT, "layer2.0"),
    MeasureField(NET, CAT, "layer1.0", 0, 3, 3),
    TakeApart(NET, CAT, "layer1.1", 4),
    FollowPicture(NET, CAT, frozenset({"layer2.1"})),
    WorkOut(NET, CAT, "layer2.0", "layer2.0.conv2", (3, 4, 5)),
    TurnDown(NET, CAT, (2, 1), fitted(BlockSpec(), 32)),
    Attribute(NET, CAT, "saliency", 3),
    Glance(NET, NET.preprocessing.view(CAT.image), 0),
    Glance(NET, NET.preprocessing.view(CAT.image), 1, layer="layer2.0", off=frozenset({"layer1.1"})),
]
