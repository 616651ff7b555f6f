"""Octet's arithmetic on weights: int8, and weight norm folded (docs/formats.md). Byte-equal to an export."""

from __future__ import annotations

import torch
from torch import Tensor

SMALLEST_SCALE = 2.0**-126  # below it quotients are subnormal, which some processors flush to zero


def quantized(weight: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """fp32 weight to int8 values of its shape and one fp32 scale a channel of `axis`, of its rank."""
    others = [dim for dim in range(weight.dim()) if dim != axis]
    scale = weight.abs().amax(dim=others, keepdim=True) / 127
    scale = torch.where(scale < SMALLEST_SCALE, torch.ones_like(scale), scale)
    return torch.round(weight / scale).clamp_(-127, 127).to(torch.int8), scale


def dequantized(values: Tensor, scale: Tensor, dtype: torch.dtype) -> Tensor:
    """values x scale in fp32, rounded once to `dtype`."""
    return (values.float() * scale).to(dtype)


def folded(magnitude: Tensor, direction: Tensor) -> Tensor:
    """Weight norm over dim 0: g [N, 1, ...] and v [N, ...] to the weight in fp32, on the CPU.

    The squares are added one after the other, which cumsum does and sum does not.
    """
    v = direction.detach().cpu().float().double().flatten(1)
    g = magnitude.detach().cpu().float().double().reshape(-1, 1)
    norm = torch.stack([(row * row).cumsum(0)[-1] for row in v]).sqrt().unsqueeze(1)
    return (g * v / norm).float().reshape(direction.shape)
