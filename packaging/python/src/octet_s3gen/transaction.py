"""A change of a model that is made whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

_TABLES = ("_parameters", "_buffers", "_modules", "_non_persistent_buffers_set", "_load_state_dict_pre_hooks")


@contextmanager
def all_or_nothing(model: nn.Module) -> Iterator[None]:
    """Whatever ends this context early, all modules are again what they were: class, attributes and tensors.

    Tensors must be replaced in here, not written to.
    """
    before = [(module, type(module), _copied(module)) for module in model.modules()]
    try:
        yield
    except BaseException:
        for module, kind, attributes in before:
            module.__class__ = kind
            module.__dict__.clear()
            module.__dict__.update(attributes)
        raise


def _copied(module: nn.Module) -> dict[str, Any]:
    attributes = dict(module.__dict__)
    return attributes | {name: attributes[name].copy() for name in _TABLES if name in attributes}
