"""What does depth cost? Weights, multiply-adds and memory of two blocks and of whole nets."""

import streamlit as st

from resnet_edu.ui.shell import frame
from resnet_edu.ui.shell.loading import loading
from resnet_edu.ui.text.language import _, lesson

frame.header("parameters")
with loading():
    from resnet_edu.ui.parameters import bottleneck, costs, fit, layers, versions, whole_nets
    from resnet_edu.ui.shared import notebook

now = costs.chosen()

with frame.section("bottleneck"):
    bottleneck.choose_comparison(now)
    bottleneck.show_blocks(now)

with frame.section("where", _("Where in a net do its costs sit?")):
    costs.choose_net(now, "net")
    whole_nets.show_costs()

with frame.section("worth", _("Is depth worth its price?")):
    whole_nets.show_comparison()

with frame.section("nets", _("All nets")):
    whole_nets.show_table()

with frame.section("versions", _("Why torchvision's ResNet-50 has 4.1 billion multiply-adds, and the paper's 3.8")):
    versions.show_versions()

with frame.section("fit", _("Will it fit?")):
    fit.show_fit(now)

with frame.section("layers", _("Layer by layer")):
    layers.show_layers(now)

with frame.section("more"):
    frame.try_this(
        (
            "parameters",
            _("At equal cost, what does the bottleneck buy, and what does it pay with?"),
            {"compare": "same-cost"},
        ),
        (
            "parameters",
            _("VGG-16: in which layer are three quarters of its parameters?"),
            {"net": "vgg-16", "show": "where"},
        ),
        (
            "parameters",
            _("1,202 layers have fewer parameters than ResNet-34. Do they fit?"),
            {"net": "resnet-1202", "by": "kept", "batch": "128", "show": "fit"},
        ),
    )
    st.markdown(lesson("parameters"))
    notebook.offer("parameters", "parameters")
