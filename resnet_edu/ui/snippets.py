"""The Python behind a figure, ready to copy; every one is run by a test."""

import streamlit as st

from resnet_edu.ui.language import _

PREDICT = """\
from pathlib import Path

from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.image import decode

net = catalogue().nets["{net}"]
picture = decode(Path("{picture}").read_bytes())
seen = net.preprocessing.view(picture.image)
logits = load(net)(net.preprocessing.tensor(seen))
for probability, index in zip(*logits.softmax(1)[0].topk(5)):
    print(f"{{net.classes[index]:20}} {{probability:.1%}}")
"""


def predict_code(net_id: str, picture: str) -> str:
    """Python that classifies the file ``picture``; run it in the project's folder."""
    return PREDICT.format(net=net_id, picture=picture)


def show_code(code: str) -> None:
    """The code in a drawer, with a copy button."""
    with st.expander(_("The Python behind this figure")):
        st.code(code, language="python")
