"""Layers that hold their weight in int8.

`weight` (I8), `weight_scale` (F32) and, with zero points, `weight_zero_point` (I8), with outliers that a calibration
found, `weight_outliers` (I8) are buffers, so that state_dict has what an export has. Read as an attribute, `weight` is
the dequantized one in the layer's floating type: what asks a layer for its weight's type, or computes with it, gets
what it would from a dense layer. A call dequantizes once, into a scratch of that one weight. Layers that round their
input (dynamic, llm-int8) do it as Octet does and multiply in fp32 what the integers stand for: the same numbers but for
the last bits, not the speed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .file import Scheme
from .int8 import dequantized, dequantized_groups, inliers_and_outliers, rounded_input, without_and_of
from .methods import ROUNDING_INPUT
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

    scheme: Scheme

    def weight_in(self, dtype: torch.dtype) -> Tensor:
        return self.rows_in(dtype, lambda part: part)

    def rows_in(self, dtype: torch.dtype, rows: Callable[[Tensor], Tensor]) -> Tensor:
        """The weight made of these rows of its parts."""
        values, scale = self._buffers["weight"], self._buffers["weight_scale"]
        assert values is not None and scale is not None
        options = self.scheme.options
        if not options.in_groups:
            return dequantized(rows(values), rows(scale), dtype)
        zero_point = self._buffers.get("weight_zero_point")
        axis = 1 if isinstance(self, nn.ConvTranspose1d) else 0
        numbers = rows(values), rows(scale), None if zero_point is None else rows(zero_point)
        return dequantized_groups(*numbers, axis, options.group, dtype)

    @property
    def rounds_input(self) -> bool:
        return self.scheme.method in ROUNDING_INPUT

    def product(
        self, x: Tensor, row: tuple[int, ...], rows: tuple[int, ...], multiplied: Callable[[Tensor, Tensor], Tensor]
    ) -> Tensor:
        """x, whose rows lie along `row`, and beside each other along `rows`, times the weight; in fp32."""
        weight = self.weight_in(torch.float32)
        if self.scheme.method == "dynamic":
            tensor = self.scheme.options.scales == "tensor"
            return multiplied(rounded_input(x.float(), row + rows if tensor else row), weight)
        if self.scheme.options.has_fixed_outliers:
            inliers, outliers = without_and_of(self.outliers_along(row[0], x.dim()), x.float(), row)
        else:
            inliers, outliers = inliers_and_outliers(x.float(), self.scheme.options.threshold, row, rows)
        return multiplied(inliers, weight) + multiplied(outliers, self.weight_in(x.dtype).float())

    def outliers_along(self, axis: int, dims: int) -> Tensor:
        """Which channels of an input of `dims` axes, along this one, are multiplied as they are."""
        outliers = self._buffers["weight_outliers"]
        assert outliers is not None
        shape = [1] * dims
        shape[axis] = -1
        return outliers.bool().reshape(shape)

    def bias_in(self, dtype: torch.dtype) -> Tensor | None:
        bias = self._parameters.get("bias")
        return None if bias is None else bias.to(dtype)

    def _apply(self, fn: Callable[..., Any], recurse: bool = True) -> Any:
        kept = {key: self._buffers[key] for key in self.scheme.parts}
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for key, before in kept.items():
            after = self._buffers[key]
            assert before is not None and after is not None
            if after.dtype != before.dtype:  # moved with the rest, but never cast
                self._buffers[key] = before.to(after.device)
        return self

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        # load_state_dict(strict=False), which chatterbox uses, would round a dense weight to integers and say nothing
        given = [state_dict.get(prefix + key) for key in self.scheme.parts]
        types = [None if tensor is None else tensor.dtype for tensor in given]
        if types in ([torch.int8, torch.float32, torch.int8][: len(types)], [None] * len(types)):
            super()._load_from_state_dict(state_dict, prefix, *rest)
            return
        errors: list[str] = rest[-1]
        errors.append(f"{prefix}weight is held in int8, and takes an int8 weight with its fp32 weight_scale only")

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, int8"


class Int8Linear(Int8Layer, nn.Linear):
    """x [..., in] to [..., out]; the scale is [out, 1]."""

    def forward(self, input: Tensor) -> Tensor:
        if self.rounds_input:
            y = self.product(input, (-1,), tuple(range(input.dim() - 1)), F.linear)
            bias = self.bias_in(torch.float32)
            return (y if bias is None else y + bias).to(input.dtype)
        return F.linear(input, self.weight_in(input.dtype), self.bias_in(input.dtype))


class _Int8Convolution(Int8Layer, nn.modules.conv._ConvNd):
    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if weight.dtype != input.dtype:
            weight = self.weight_in(input.dtype)
        output: Tensor = super()._conv_forward(input, weight, self.bias_in(input.dtype))
        return output


class Int8Conv1d(_Int8Convolution, nn.Conv1d):
    """x [batch, in, frames] to [batch, out, frames']; the scale is [out, 1, 1]."""

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if not self.rounds_input:
            return super()._conv_forward(input, weight, bias)
        bias = self.bias_in(torch.float32)
        parts = input.reshape(len(input), self.groups, -1, input.shape[-1])  # each has scales of its own
        if self.scheme.method == "dynamic" and self.scheme.options.scales == "tensor":
            x, weight = rounded_input(parts.float(), (0, 2, 3)).flatten(1, 2), self.weight_in(torch.float32)
            y = F.conv1d(x, weight, bias, self.stride, self.padding, self.dilation, self.groups)
            return y.to(input.dtype)
        assert not isinstance(self.padding, str)
        reach = self.dilation[0] * (self.kernel_size[0] - 1) + 1
        seen = F.pad(parts, (self.padding[0], self.padding[0])).unfold(3, reach, self.stride[0])
        seen = seen[..., :: self.dilation[0]]  # [batch, groups, channels, results, taps]

        def multiplied(x: Tensor, weight: Tensor) -> Tensor:
            by_group = weight.reshape(self.groups, -1, *weight.shape[1:])
            return torch.einsum("bgcrt,gwct->bgwr", x, by_group).flatten(1, 2)

        y = self.product(seen, (2, 4), (0, 3), multiplied)
        return (y if bias is None else y + bias.unsqueeze(1)).to(input.dtype)


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
        like = self._buffers["floating_type"]
        assert like is not None
        rows = self.rows_in(like.dtype, lambda part: part[input.flatten()])
        return rows.reshape(*input.shape, -1)


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
    for key in ("weight", "weight_scale", "weight_zero_point", "weight_outliers", "floating_type"):
        module._buffers.pop(key, None)
        module._non_persistent_buffers_set.discard(key)


def hold_int8(module: nn.Module, parts: Mapping[str, Tensor], scheme: Scheme) -> None:
    """Makes a dense layer one that holds these parts of its scheme, whose base is the type that it computes in."""
    forget_weight(module)
    int8 = next(int8 for stock, int8 in _INT8 if isinstance(module, stock))
    become(module, int8).scheme = scheme
    for key in scheme.parts:
        module._buffers[key] = parts[key]
    # without elements: it only goes where .to() and .half() take the layer
    module._buffers["floating_type"] = torch.empty(0, dtype=scheme.base, device=parts["weight"].device)
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
