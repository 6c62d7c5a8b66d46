"""Why this class and not that one? The difference of two scores is the score of a net whose head is another."""

import copy

import torch
from torch import nn


def contrasted(model: nn.Module, head: str, against: int | None) -> nn.Module:
    """A net whose logits are those of ``model`` minus that of the class ``against``; ``model`` itself without one.

    Only the linear layer ``head`` is new: its row for ``against`` is subtracted from every row. All
    else is shared, so a hook on one is a hook on both.
    """
    if against is None:
        return model
    linear = model.get_submodule(head)
    assert isinstance(linear, nn.Linear)
    difference = copy.deepcopy(linear)
    with torch.no_grad():
        difference.weight.sub_(linear.weight[against])
        if linear.bias is not None:
            difference.bias.sub_(linear.bias[against])
    shallow = copy.copy(model)
    shallow._modules = dict(model._modules)
    shallow.add_module(head, difference)
    return shallow
