"""A module's class exchanged in place, so that it keeps its weights, its name and its place in the model."""

from __future__ import annotations

from typing import Any, TypeVar

from torch import nn

Module = TypeVar("Module", bound=nn.Module)


class Repaired(nn.Module):
    """What stands before a stock class in the bases of a module that was repaired."""

    def __reduce_ex__(self, protocol: Any) -> Any:
        # the joined class is made while the program runs, so pickle cannot find it by name
        joined = type(self)
        return _remade, joined.__bases__, self.__dict__


_joined_classes: dict[tuple[type[nn.Module], type[nn.Module]], type[nn.Module]] = {}


def _joined(repaired: type[nn.Module], stock: type[nn.Module]) -> type[nn.Module]:
    # the stock name: upstream and others tell modules by it
    made = type(stock.__name__, (repaired, stock), {"__module__": repaired.__module__})
    return _joined_classes.setdefault((repaired, stock), made)


def _remade(repaired: type[nn.Module], stock: type[nn.Module]) -> nn.Module:
    joined = _joined(repaired, stock)
    return joined.__new__(joined)


def become(module: nn.Module, repaired: type[Module]) -> Module:
    """The same object, whose methods are now looked up in `repaired` first and in its stock class next."""
    assert issubclass(repaired, Repaired)
    module.__class__ = _joined(repaired, type(module))
    assert isinstance(module, repaired)
    return module
