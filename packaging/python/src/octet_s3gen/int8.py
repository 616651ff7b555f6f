"""Octet's arithmetic on weights: int8, and weight norm folded (docs/formats.md). Byte-equal to an export."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .methods import PLAIN, Int8Options

SMALLEST_SCALE = 2.0**-126  # below it quotients are subnormal, which some processors flush to zero


def quantized(weight: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """fp32 weight to int8 values of its shape and one fp32 scale a channel of `axis`, of its rank."""
    values, scale = _symmetric(weight.transpose(0, axis).flatten(1), PLAIN)
    shape = [size if dim == axis else 1 for dim, size in enumerate(weight.shape)]
    return _out_of_groups(values.unsqueeze(1), weight.shape, axis), scale.reshape(shape)


def quantized_by(options: Int8Options, weight: Tensor, axis: int) -> dict[str, Tensor]:
    """What a file has of an fp32 weight: "weight", "weight_scale" and, with zero points, "weight_zero_point"."""
    if not options.in_groups:
        values, scale = _symmetric(weight.transpose(0, axis).flatten(1), options)
        shape = [size if dim == axis else 1 for dim, size in enumerate(weight.shape)]
        return {
            "weight": _out_of_groups(values.unsqueeze(1), weight.shape, axis),
            "weight_scale": scale.reshape(shape),
        }
    groups = _in_groups(weight, axis, options.group)
    if not options.asymmetric:
        values, scale = _symmetric(groups.flatten(0, 1), options)
        return {
            "weight": _out_of_groups(values.reshape(groups.shape), weight.shape, axis),
            "weight_scale": scale.reshape(groups.shape[:2]),
        }
    low, high = groups.amin(2).clamp(max=0), groups.amax(2).clamp(min=0)
    scale = high / 255 - low / 255
    scale = torch.where(scale < SMALLEST_SCALE, torch.ones_like(scale), scale)
    zero_point = torch.round(-128 - low / scale).clamp_(-128, 127)
    values = torch.round(groups / scale.unsqueeze(2)).add_(zero_point.unsqueeze(2)).clamp_(-128, 127)
    return {
        "weight": _out_of_groups(values.to(torch.int8), weight.shape, axis),
        "weight_scale": scale,
        "weight_zero_point": zero_point.to(torch.int8),
    }


def dequantized(values: Tensor, scale: Tensor, dtype: torch.dtype) -> Tensor:
    """values x scale in fp32, rounded once to `dtype`."""
    return (values.float() * scale).to(dtype)


def dequantized_groups(
    values: Tensor, scale: Tensor, zero_point: Tensor | None, axis: int, group: int, dtype: torch.dtype
) -> Tensor:
    """(values - zero_point) x scale likewise; `scale` is [channels, groups]."""
    numbers = _in_groups(values.float(), axis, group)
    if zero_point is not None:
        numbers = numbers - zero_point.float().unsqueeze(2)
    return _out_of_groups(numbers * scale.unsqueeze(2), values.shape, axis).to(dtype)


def rounded_input(x: Tensor, dims: tuple[int, ...]) -> Tensor:
    """What is left of fp32 numbers that share a scale along `dims` when they are rounded to int8 ("Dynamic")."""
    steps, smallest = 255.0, torch.tensor(6.1e-5, dtype=torch.float32).item()
    low, high = x.amin(dims, keepdim=True).clamp(max=0), x.amax(dims, keepdim=True).clamp(min=0)
    scale = (high.double() - low.double()) / steps
    scale = torch.where((scale.float() == 0) | torch.isinf(1 / scale.float()), torch.full_like(scale, 0.1), scale)
    wider = torch.where(high == 0, torch.full_like(low, -smallest * steps), low * (smallest / scale.float()))
    low = torch.where(scale < smallest, wider, low)
    scale = scale.clamp(min=smallest)
    zero_point = (torch.round((-low.double() / scale).clamp(0, steps)) - 128).float()
    step = scale.float()
    return (torch.round(x * (1 / step)).add(zero_point).clamp(-128, 127) - zero_point) * step


def inliers_and_outliers(
    x: Tensor, threshold: float, row: tuple[int, ...], rows: tuple[int, ...]
) -> tuple[Tensor, Tensor]:
    """What is left of fp32 numbers whose rows, along `row`, are rounded to int8, and the features that are not.

    Those are the features in which a number of any row, along `rows`, reaches the threshold ("Outliers").
    """
    size = x.abs()
    reached = size >= torch.tensor(threshold, dtype=torch.float32)
    features = reached.byte().amax(rows, keepdim=True).bool()
    rounded = _rounded_rows(x, size.masked_fill(reached, 0), row)
    return rounded.masked_fill(features, 0), x.masked_fill(~features, 0)


def without_and_of(features: Tensor, x: Tensor, row: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """The same where the features, a bool that broadcasts to x, are known beforehand."""
    inliers = x.masked_fill(features, 0)
    return _rounded_rows(inliers, inliers.abs(), row), x.masked_fill(~features, 0)


def folded(magnitude: Tensor, direction: Tensor) -> Tensor:
    """Weight norm over dim 0: g [N, 1, ...] and v [N, ...] to the weight in fp32, on the CPU.

    The squares are added one after the other, which cumsum does and sum does not.
    """
    v = direction.detach().cpu().float().double().flatten(1)
    g = magnitude.detach().cpu().float().double().reshape(-1, 1)
    norm = torch.stack([(row * row).cumsum(0)[-1] for row in v]).sqrt().unsqueeze(1)
    return (g * v / norm).float().reshape(direction.shape)


def _rounded_rows(x: Tensor, size: Tensor, row: tuple[int, ...]) -> Tensor:
    """What is left of rows, along `row`, whose scales are those of `size`."""
    scale = size.amax(row, keepdim=True) / 127
    scale = torch.where(scale < SMALLEST_SCALE, torch.ones_like(scale), scale)
    return torch.round(x * (1 / scale)).clamp(-127, 127) * scale


def _in_groups(weight: Tensor, axis: int, group: int) -> Tensor:
    """[channels, groups, group], the last group filled up with zeros; 0: one group."""
    rows = weight.transpose(0, axis).flatten(1)
    if group == 0:
        return rows.unsqueeze(1)
    rest = -rows.shape[1] % group
    return torch.nn.functional.pad(rows, (0, rest)).reshape(len(rows), -1, group)


def _out_of_groups(groups: Tensor, shape: torch.Size, axis: int) -> Tensor:
    first = list(shape)
    first[0], first[axis] = first[axis], first[0]
    return groups.flatten(1)[:, : math.prod(first[1:])].reshape(first).transpose(0, axis).contiguous()


def _symmetric(rows: Tensor, options: Int8Options) -> tuple[Tensor, Tensor]:
    """int8 of each row, and its scale [rows, 1]."""
    scale = rows.abs().amax(dim=1, keepdim=True) / 127
    scale = torch.where(scale < SMALLEST_SCALE, torch.ones_like(scale), scale)
    if options.clip == "mse":
        pairs = zip(rows, scale, strict=True)
        scale = torch.stack([_scale_of_least_error(row, plain) for row, plain in pairs])
    elif options.clip == "percentile":
        rank = math.ceil(options.percentile * rows.shape[1] / 100)
        clipped = rows.abs().sort(dim=1).values[:, rank - 1 : rank] / 127
        scale = torch.where(clipped < SMALLEST_SCALE, scale, clipped)
    return torch.round(rows / scale).clamp_(-127, 127).to(torch.int8), scale


def _scale_of_least_error(row: Tensor, plain: Tensor) -> Tensor:
    """Of 64/64 to 32/64 of `plain` [1]. Errors are rounded to fp32, their squares added one after the other."""
    scales = plain * (torch.arange(64, 31, -1, dtype=torch.float32, device=row.device) / 64).unsqueeze(1)
    integers = torch.round(row / scales).clamp_(-127, 127).double()
    errors = (integers * scales.double() - row.double()).float().double()
    sums = (errors * errors).cumsum(1)[:, -1:]
    sums = torch.where(scales < SMALLEST_SCALE, torch.full_like(sums, math.inf), sums)
    return scales[int(sums.flatten().argmin())]
