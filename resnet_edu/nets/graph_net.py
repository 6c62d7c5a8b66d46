"""Turns any graph into a module."""

from torch import Tensor, nn

from resnet_edu.nets.operations import INPUT, Graph


class GraphNet(nn.Module):
    """The graph as a module with fresh weights; its state dict uses the operations' dotted names.

    Every operation is its own module and none is in-place, so that hooks and attributions see what the
    diagram shows. Under ``torch.device("meta")`` it takes no memory.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph
        for operation in graph.operations:
            path, _, name = operation.name.rpartition(".")
            self._container(path).add_module(name, operation.layer.module())
        self._last_use = {name: operation.name for operation in graph.operations for name in operation.inputs}

    def _container(self, path: str) -> nn.Module:
        """Return the module at a dotted path, creating it if necessary."""
        container: nn.Module = self
        for name in path.split(".") if path else ():
            if name not in container._modules:
                container.add_module(name, nn.Module())
            container = container.get_submodule(name)
        return container

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the output of the last operation."""
        values = {INPUT: x}
        for operation in self.graph.operations:
            inputs = [values[name] for name in operation.inputs]
            values[operation.name] = self.get_submodule(operation.name)(*inputs)
            for name in set(operation.inputs):
                if self._last_use[name] == operation.name:
                    del values[name]
        return values[self.graph.output]
