"""Layers whose weight is stored as magnitude and direction, as upstream's vocoder has them."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized


def magnitude_and_direction(module: nn.Module) -> tuple[Tensor, Tensor] | None:
    """g [N, 1, ...] and v [N, ...]; None for a layer that has a plain weight."""
    if not is_parametrized(module, "weight"):
        return None
    parts = module.get_submodule("parametrizations.weight")
    return parts.get_parameter("original0"), parts.get_parameter("original1")


def drop_parametrization(module: nn.Module) -> None:
    """Leaves the layer without a weight, for one to be set.

    Not by torch's remove_parametrizations: it edits the class, which copies of the module share.
    """
    module.__class__ = type(module).__bases__[0]
    del module.parametrizations
    # its hook for old spellings, which pickle cannot write
    hooks = module._load_state_dict_pre_hooks
    for key, hook in list(hooks.items()):
        if "weight_norm" in getattr(getattr(hook, "hook", hook), "__qualname__", ""):
            del hooks[key]
