"""The timeline: in order, every error with its source, torchvision's as in its metadata."""

from itertools import pairwise

from torchvision.models import ConvNeXt_Tiny_Weights, ResNet50_Weights, ResNeXt50_32X4D_Weights, ViT_B_16_Weights

from resnet_edu.measure.sweeps import PRESETS
from resnet_edu.nets.milestones import milestones
from resnet_edu.nets.vocabulary import Normalisation
from resnet_edu.ui.shell.navigation import PAGES


def test_steps_are_in_order_and_each_figure_has_its_source() -> None:
    for before, after in pairwise(milestones()):
        assert before.year <= after.year
    for step in milestones():
        assert step.citation
        assert step.error is None or (step.error.citation and 0 < float(step.error.percent) < 100)


def test_torchvisions_errors_are_those_of_its_metadata() -> None:
    errors = {step.name: step.error.percent for step in milestones() if step.error}
    for name, weights in {
        "ResNeXt": ResNeXt50_32X4D_Weights.IMAGENET1K_V1,
        "ResNet-50 anew": ResNet50_Weights.IMAGENET1K_V2,
        "ViT": ViT_B_16_Weights.IMAGENET1K_V1,
        "ConvNeXt": ConvNeXt_Tiny_Weights.IMAGENET1K_V1,
    }.items():
        assert errors[name] == f"{100 - weights.meta['_metrics']['ImageNet-1K']['acc@1']:.2f}"


def test_every_link_leads_to_a_section_of_a_page() -> None:
    sections = {page.id: page.sections for page in PAGES}
    for step in milestones():
        assert step.setting.get("show", sections[step.page][0]) in sections[step.page]


def test_a_link_shows_what_its_step_brought_or_says_what_it_shows_instead() -> None:
    preset = {each.id: each for each in PRESETS}
    for step in milestones():
        if "preset" in step.setting:
            assert preset[step.setting["preset"]].setting.normalisation is Normalisation.BATCH
        if step.setting.get("show") == "nets":
            assert step.link.startswith("Not built here")
