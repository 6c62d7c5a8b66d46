"""A picture with a receptive field on it."""

from PIL import Image, ImageDraw

from resnet_edu.measure.receptive_field import ReceptiveField

SIDE = 240
LINES = (("#000000", 7), ("#ffffff", 3))
"""A frame that is seen on any ground."""


def framed(seen: Image.Image, field: ReceptiveField, places: int) -> Image.Image:
    """The field of the middle one of ``places`` values along a side; what lies outside of it is paler.

    Where the field is larger than the picture, the frame runs along its edges.
    """
    scale = SIDE / seen.width
    first, end = (round(edge * scale) for edge in field.window(places // 2))
    box = (max(0, first), max(0, first), min(SIDE, end), min(SIDE, end))
    large = seen.resize((SIDE, SIDE), Image.Resampling.NEAREST)
    pale = Image.blend(large, Image.new("RGB", large.size, "#ffffff"), 0.55)
    pale.paste(large.crop(box), box)
    draw = ImageDraw.Draw(pale)
    for colour, width in LINES:
        inset = (LINES[0][1] - width) // 2
        draw.rectangle((box[0] + inset, box[1] + inset, box[2] - 1 - inset, box[3] - 1 - inset), None, colour, width)
    return pale
