"""What torchvision's detectors and segmentation nets can find, for translation: COCO's names, then VOC's own."""

from resnet_edu.errors import mark

NAMES = frozenset(
    (
        *(mark("person"), mark("bicycle"), mark("car"), mark("motorcycle"), mark("airplane"), mark("bus")),
        *(mark("train"), mark("truck"), mark("boat"), mark("traffic light"), mark("fire hydrant"), mark("stop sign")),
        *(mark("parking meter"), mark("bench"), mark("bird"), mark("cat"), mark("dog"), mark("horse"), mark("sheep")),
        *(mark("cow"), mark("elephant"), mark("bear"), mark("zebra"), mark("giraffe"), mark("backpack")),
        *(mark("umbrella"), mark("handbag"), mark("tie"), mark("suitcase"), mark("frisbee"), mark("skis")),
        *(mark("snowboard"), mark("sports ball"), mark("kite"), mark("baseball bat"), mark("baseball glove")),
        *(mark("skateboard"), mark("surfboard"), mark("tennis racket"), mark("bottle"), mark("wine glass")),
        *(mark("cup"), mark("fork"), mark("knife"), mark("spoon"), mark("bowl"), mark("banana"), mark("apple")),
        *(mark("sandwich"), mark("orange"), mark("broccoli"), mark("carrot"), mark("hot dog"), mark("pizza")),
        *(mark("donut"), mark("cake"), mark("chair"), mark("couch"), mark("potted plant"), mark("bed")),
        *(mark("dining table"), mark("toilet"), mark("tv"), mark("laptop"), mark("mouse"), mark("remote")),
        *(mark("keyboard"), mark("cell phone"), mark("microwave"), mark("oven"), mark("toaster"), mark("sink")),
        *(mark("refrigerator"), mark("book"), mark("clock"), mark("vase"), mark("scissors"), mark("teddy bear")),
        *(mark("hair drier"), mark("toothbrush")),
        *(mark("aeroplane"), mark("diningtable"), mark("motorbike"), mark("pottedplant"), mark("sofa")),
        mark("tvmonitor"),
    )
)
