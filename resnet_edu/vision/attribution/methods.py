"""All methods; a new one is a function with its description, and a line here."""

from resnet_edu.vision.attribution.cams import (
    ABLATION_CAM,
    EIGEN_CAM,
    GRAD_CAM,
    GRAD_CAM_PLUS_PLUS,
    HIRESCAM,
    LAYER_CAM,
)
from resnet_edu.vision.attribution.gradients import (
    DECONVOLUTION,
    DEEP_LIFT,
    GRADIENT_SHAP,
    GUIDED_BACKPROP,
    GUIDED_GRAD_CAM,
    INPUT_X_GRADIENT,
    INTEGRATED_GRADIENTS,
    SALIENCY,
    SMOOTHGRAD,
)
from resnet_edu.vision.attribution.method import Method
from resnet_edu.vision.attribution.occlusion import OCCLUSION

METHODS: dict[str, Method] = {
    method.id: method
    for method in (
        SALIENCY,
        INPUT_X_GRADIENT,
        INTEGRATED_GRADIENTS,
        SMOOTHGRAD,
        GRADIENT_SHAP,
        GUIDED_BACKPROP,
        DECONVOLUTION,
        GRAD_CAM,
        HIRESCAM,
        LAYER_CAM,
        GRAD_CAM_PLUS_PLUS,
        EIGEN_CAM,
        ABLATION_CAM,
        GUIDED_GRAD_CAM,
        DEEP_LIFT,
        OCCLUSION,
    )
}
"""In the order in which the page lists them."""
