"""Taps the inputs and outputs of chosen modules while a net runs."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

T = TypeVar("T")


@dataclass(frozen=True)
class Taps(Generic[T]):
    """By module name, what was kept of the first input and of the output in the last pass."""

    inputs: dict[str, T] = field(default_factory=dict)
    outputs: dict[str, T] = field(default_factory=dict)


def copied(values: Tensor) -> Tensor:
    """Copy to float32 on the CPU in new memory, because torchvision's blocks write to their inputs in place."""
    return values.detach().float().cpu().clone()


@contextmanager
def tapped(
    net: nn.Module, keep: Callable[[Tensor], T], outputs: Collection[str], inputs: Collection[str] = ()
) -> Iterator[Taps[T]]:
    """Fill the taps on every pass of the net within the context; the hooks are always removed afterwards.

    ``keep`` runs at once, before anything can be overwritten, and must not hold on to its tensor. Not for a
    net that another thread is using.
    """
    taps: Taps[T] = Taps()
    hooks: list[RemovableHandle] = []
    try:
        hooks.extend(net.get_submodule(each).register_forward_hook(_out(taps.outputs, each, keep)) for each in outputs)
        hooks.extend(net.get_submodule(each).register_forward_pre_hook(_in(taps.inputs, each, keep)) for each in inputs)
        yield taps
    finally:
        for hook in hooks:
            hook.remove()


class _Reached(Exception):
    """Raised when the last module of interest has run."""


@contextmanager
def ending_at(net: nn.Module, module: str) -> Iterator[None]:
    """End the context's work once a pass of the net has left ``module``, because nothing after it matters.

    Enter it after registering whatever records that module's output. Not for a net that another thread is
    using.
    """

    def stop(module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> None:
        raise _Reached

    hook = net.get_submodule(module).register_forward_hook(stop)
    try:
        with suppress(_Reached):
            yield
    finally:
        hook.remove()


def _out(kept: dict[str, T], name: str, keep: Callable[[Tensor], T]) -> Callable[..., None]:
    def note(module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> None:
        kept[name] = keep(output)

    return note


def _in(kept: dict[str, T], name: str, keep: Callable[[Tensor], T]) -> Callable[..., None]:
    def note(module: nn.Module, args: tuple[Tensor, ...]) -> None:
        kept[name] = keep(args[0])

    return note
