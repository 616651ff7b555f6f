"""Layers that hold their weight in int8.

`weight` (I8) and `weight_scale` (F32) are buffers, so that state_dict has what an export has. Read as an attribute,
`weight` is the dequantized one in the layer's floating type: what asks a layer for its weight's type, or computes with
it, gets what it would from a dense layer. A call dequantizes once, into a scratch of that one weight.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .int8 import dequantized
from .swapped_class import Repaired, become
from .weight_norm import drop_parametrization, magnitude_and_direction


class Int8Layer(Repaired):
    """What the layers have in common. Numbers of the input's type go in and come out; the product is in that type."""

    if TYPE_CHECKING:
        weight: Tensor
    else:

        @property
        def weight(self) -> Tensor:
            """The dequantized weight in the layer's floating type, which `.half()` and `.to(dtype)` change."""
            return self.weight_in(self._buffers["floating_type"].dtype)

    def weight_in(self, dtype: torch.dtype) -> Tensor:
        values, scale = self._buffers["weight"], self._buffers["weight_scale"]
        assert values is not None and scale is not None
        return dequantized(values, scale, dtype)

    def bias_in(self, dtype: torch.dtype) -> Tensor | None:
        bias = self._parameters.get("bias")
        return None if bias is None else bias.to(dtype)

    def _apply(self, fn: Callable[..., Any], recurse: bool = True) -> Any:
        kept = {key: self._buffers[key] for key in ("weight", "weight_scale")}
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for key, before in kept.items():
            after = self._buffers[key]
            assert before is not None and after is not None
            if after.dtype != before.dtype:  # moved with the rest, but never cast
                self._buffers[key] = before.to(after.device)
        return self

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        # load_state_dict(strict=False), which chatterbox uses, would round a dense weight to integers and say nothing
        given = {key: state_dict.get(prefix + key) for key in ("weight", "weight_scale")}
        types = [None if tensor is None else tensor.dtype for tensor in given.values()]
        if types in ([torch.int8, torch.float32], [None, None]):
            super()._load_from_state_dict(state_dict, prefix, *rest)
            return
        errors: list[str] = rest[-1]
        errors.append(f"{prefix}weight is held in int8, and takes an int8 weight with its fp32 weight_scale only")

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, int8"


class Int8Linear(Int8Layer, nn.Linear):
    """x [..., in] to [..., out]; the scale is [out, 1]."""

    def forward(self, input: Tensor) -> Tensor:
        return F.linear(input, self.weight_in(input.dtype), self.bias_in(input.dtype))


class _Int8Convolution(Int8Layer, nn.modules.conv._ConvNd):
    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if weight.dtype != input.dtype:
            weight = self.weight_in(input.dtype)
        output: Tensor = super()._conv_forward(input, weight, self.bias_in(input.dtype))
        return output


class Int8Conv1d(_Int8Convolution, nn.Conv1d):
    """x [batch, in, frames] to [batch, out, frames']; the scale is [out, 1, 1]."""


class Int8Conv2d(_Int8Convolution, nn.Conv2d):
    """x [batch, in, rows, columns] to [batch, out, rows', columns']; the scale is [out, 1, 1, 1]."""


class Int8ConvTranspose1d(Int8Layer, nn.ConvTranspose1d):
    """x [batch, in, frames] to [batch, out, frames']; the scale is [1, out, 1]."""

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        assert not isinstance(self.padding, str)
        padding = self.output_padding
        if output_size is not None:
            lists = [list(sizes) for sizes in (self.stride, self.padding, self.kernel_size, self.dilation)]
            stride, cut, kernel, dilation = lists
            padding = tuple(self._output_padding(input, output_size, stride, cut, kernel, 1, dilation))
        return F.conv_transpose1d(
            input,
            self.weight_in(input.dtype),
            self.bias_in(input.dtype),
            self.stride,
            self.padding,
            padding,
            self.groups,
            self.dilation,
        )


class Int8Embedding(Int8Layer, nn.Embedding):
    """ids [...] to [..., width] in the layer's floating type; the scale is [V, 1]. Rows asked for are dequantized."""

    def forward(self, input: Tensor) -> Tensor:
        values, scale, like = (self._buffers[key] for key in ("weight", "weight_scale", "floating_type"))
        assert values is not None and scale is not None and like is not None
        return dequantized(F.embedding(input, values), F.embedding(input, scale), like.dtype)


_INT8: list[tuple[type[nn.Module], type[Int8Layer]]] = [
    (nn.Linear, Int8Linear),
    (nn.Conv1d, Int8Conv1d),
    (nn.ConvTranspose1d, Int8ConvTranspose1d),
    (nn.Conv2d, Int8Conv2d),
    (nn.Embedding, Int8Embedding),
]


def forget_weight(module: nn.Module) -> None:
    """Takes a layer back to its stock class, without its weight, however it was kept."""
    if isinstance(module, Repaired):
        module.__class__ = type(module).__bases__[1]
    if magnitude_and_direction(module) is not None:
        drop_parametrization(module)
    module._parameters.pop("weight", None)
    for key in ("weight", "weight_scale", "floating_type"):
        module._buffers.pop(key, None)
        module._non_persistent_buffers_set.discard(key)


def hold_int8(module: nn.Module, values: Tensor, scale: Tensor, floating_type: torch.dtype) -> None:
    """Makes a dense layer one that holds these; `floating_type` is that of its bias and of what it computes."""
    forget_weight(module)
    int8 = next(int8 for stock, int8 in _INT8 if isinstance(module, stock))
    become(module, int8)
    module._buffers["weight"] = values
    module._buffers["weight_scale"] = scale
    # without elements: it only goes where .to() and .half() take the layer
    module._buffers["floating_type"] = torch.empty(0, dtype=floating_type, device=values.device)
    module._non_persistent_buffers_set.add("floating_type")


def hold_dense(module: nn.Module, key: str, values: Tensor) -> None:
    """Sets a parameter or buffer of a layer; a weight also where there was another kind of it."""
    if key == "weight" and (isinstance(module, Int8Layer) or magnitude_and_direction(module) is not None):
        forget_weight(module)
        module.register_parameter(key, nn.Parameter(values, requires_grad=False))
    elif key in module._parameters:
        module._parameters[key] = nn.Parameter(values, requires_grad=False)
    else:
        module._buffers[key] = values
