"""What does depth cost? Weights, multiply-adds and memory, of two blocks and of whole nets."""

import streamlit as st

from resnet_edu.ui.shell import frame
from resnet_edu.ui.shell.loading import loading
from resnet_edu.ui.text.language import _, lesson

frame.header("parameters")
with loading():
    from resnet_edu.ui.parameters import bottleneck, costs, fit, layers, versions, whole_nets
    from resnet_edu.ui.shared import notebook
    from resnet_edu.ui.url import query

now = costs.chosen()
bottleneck.choose_comparison(now)
query.note_mended(now.mended)
bottleneck.show_blocks(now)

frame.heading(_("Where in a net do its costs sit?"), "where")
costs.choose_net(now, "net")
whole_nets.show_costs()

frame.heading(_("Is depth worth its price?"), "worth")
whole_nets.show_comparison()

frame.heading(_("All nets"), "nets")
whole_nets.show_table()

frame.heading(_("Why torchvision's ResNet-50 has 4.1 billion multiply-adds, and the paper's 3.8"), "versions")
versions.show_versions()

frame.heading(_("Will it fit?"), "fit")
fit.show_fit(now)

frame.heading(_("Layer by layer"), "layers")
layers.show_layers(now)

frame.try_this(
    (
        "parameters",
        _("At equal cost, what does the bottleneck buy, and what does it pay with?"),
        {"compare": "same-cost"},
    ),
    ("parameters", _("VGG-16: in which layer are three quarters of its parameters?"), {"net": "vgg-16"}),
    (
        "parameters",
        _("1,202 layers have fewer parameters than ResNet-34. Do they fit?"),
        {"net": "resnet-1202", "by": "kept", "batch": "128"},
    ),
)

st.markdown(lesson("parameters"))
notebook.offer("parameters", "parameters")
