"""Dense layers whose weights may have another type than what flows through them.

They compute in the wider of the two types and return the input's, as Octet's layers do (core/ops/layer_ops.h); where
both are of one type they are the stock layers.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from .swapped_class import Repaired, become


def _maybe(tensor: Tensor | None, dtype: torch.dtype) -> Tensor | None:
    return None if tensor is None else tensor.to(dtype)


class WideLinear(Repaired, nn.Linear):
    """x [..., in] to [..., out]."""

    def forward(self, input: Tensor) -> Tensor:
        if input.dtype == self.weight.dtype:
            return super().forward(input)
        wide = torch.promote_types(input.dtype, self.weight.dtype)
        return F.linear(input.to(wide), self.weight.to(wide), _maybe(self.bias, wide)).to(input.dtype)


class _WideConvolution(Repaired, nn.modules.conv._ConvNd):
    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        wide = torch.promote_types(input.dtype, weight.dtype)
        output: Tensor = super()._conv_forward(input.to(wide), weight.to(wide), _maybe(bias, wide))
        return output.to(input.dtype)


class WideConv1d(_WideConvolution, nn.Conv1d):
    """x [batch, in, frames] to [batch, out, frames']."""


class WideConv2d(_WideConvolution, nn.Conv2d):
    """x [batch, in, rows, columns] to [batch, out, rows', columns']."""


class WideConvTranspose1d(Repaired, nn.ConvTranspose1d):
    """x [batch, in, frames] to [batch, out, frames']."""

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        if input.dtype == self.weight.dtype or output_size is not None:
            return super().forward(input, output_size)
        assert not isinstance(self.padding, str)
        wide = torch.promote_types(input.dtype, self.weight.dtype)
        return F.conv_transpose1d(
            input.to(wide),
            self.weight.to(wide),
            _maybe(self.bias, wide),
            self.stride,
            self.padding,
            self.output_padding,
            self.groups,
            self.dilation,
        ).to(input.dtype)


class WideLayerNorm(Repaired, nn.LayerNorm):
    """x [..., *normalized_shape], the statistics in fp32."""

    def forward(self, input: Tensor) -> Tensor:
        if self.weight is None or input.dtype == self.weight.dtype:
            return super().forward(input)
        weight, bias = self.weight.float(), _maybe(self.bias, torch.float32)
        return F.layer_norm(input.float(), self.normalized_shape, weight, bias, self.eps).to(input.dtype)


class _WideBatchNorm(Repaired, nn.modules.batchnorm._BatchNorm):
    def forward(self, input: Tensor) -> Tensor:
        mean, variance = self.running_mean, self.running_var
        if self.training or mean is None or variance is None or input.dtype == mean.dtype:
            return super().forward(input)
        weight, bias = _maybe(self.weight, torch.float32), _maybe(self.bias, torch.float32)
        return F.batch_norm(
            input.float(), mean.float(), variance.float(), weight, bias, training=False, eps=self.eps
        ).to(input.dtype)


class WideBatchNorm1d(_WideBatchNorm, nn.BatchNorm1d):
    """x [batch, channels] or [batch, channels, frames], normalized by what was seen in training."""


class WideBatchNorm2d(_WideBatchNorm, nn.BatchNorm2d):
    """x [batch, channels, rows, columns], normalized by what was seen in training."""


_WIDE: list[tuple[type[nn.Module], str, type[Repaired]]] = [
    (nn.Linear, "forward", WideLinear),
    (nn.Conv1d, "_conv_forward", WideConv1d),
    (nn.Conv2d, "_conv_forward", WideConv2d),
    (nn.ConvTranspose1d, "forward", WideConvTranspose1d),
    (nn.LayerNorm, "forward", WideLayerNorm),
    (nn.BatchNorm1d, "forward", WideBatchNorm1d),
    (nn.BatchNorm2d, "forward", WideBatchNorm2d),
]


def _computes_as(module: nn.Module, stock: type[nn.Module], method: str) -> bool:
    """Whether this is torch's layer: one with a method of its own is not, but for diffusers' without its adapter."""
    if not isinstance(module, stock):
        return False
    return getattr(type(module), method) is getattr(stock, method) or getattr(module, "lora_layer", module) is None


def widen(root: nn.Module) -> int:
    """Makes the dense layers below `root` wide, and returns how many were not yet.

    Layers with a live weight norm stay as they are: their class belongs to torch's parametrization.
    """
    count = 0
    for module in root.modules():
        if isinstance(module, Repaired) or is_parametrized(module):
            continue
        for stock, method, wide in _WIDE:
            if _computes_as(module, stock, method):
                become(module, wide)
                count += 1
                break
    return count
