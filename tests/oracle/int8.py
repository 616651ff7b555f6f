"""int8 weight-only as docs/formats.md defines it, applied to upstream's modules.

Written from the format's text alone, so that both implementations check each other.
"""

import re

import numpy as np
import torch
from torch import nn
from torch.nn.utils import parametrize

import weight_norm

# The seed policy's layers with every other weight left fp32.
PLAN = """{"format": "octet-plan", "version": 1, "name": "seed in fp32", "base": "fp32",
 "rules": [
  {"match": "mel2wav.{resblocks,source_resblocks}.*", "type": "Conv1d", "precision": "int8"},
  {"match": "mel2wav.ups.*", "type": "ConvTranspose1d", "precision": "int8"},
  {"match": "mel2wav.f0_predictor.condnet.*", "type": "Conv1d", "precision": "int8"},
  {"match": "flow.encoder.{pre_lookahead_layer,up_layer}.*", "type": "Conv1d", "precision": "int8"},
  {"match": "flow.encoder.*.feed_forward.*", "type": "Linear", "precision": "int8"},
  {"match": "flow.decoder.estimator.{down,mid,up}_blocks.*", "type": "Conv1d", "precision": "int8"},
  {"match": "flow.decoder.estimator.*.ff.*", "type": "Linear", "precision": "int8"}]}
"""
_LAYERS = [
    (nn.Conv1d, r"mel2wav\.(source_)?resblocks\..*"),
    (nn.ConvTranspose1d, r"mel2wav\.ups\..*"),
    (nn.Conv1d, r"mel2wav\.f0_predictor\.condnet\..*"),
    (nn.Conv1d, r"flow\.encoder\.(pre_lookahead_layer|up_layer)\..*"),
    (nn.Linear, r"flow\.encoder\..*\.feed_forward\..*"),
    (nn.Conv1d, r"flow\.decoder\.estimator\.(down|mid|up)_blocks\..*"),
    (nn.Linear, r"flow\.decoder\.estimator\..*\.ff\..*"),
]


def layers(model):
    return [
        module
        for name, module in model.named_modules()
        if any(isinstance(module, kind) and re.fullmatch(pattern, name) for kind, pattern in _LAYERS)
    ]


def fold_weight_norm(model):
    for module in model.modules():
        if parametrize.is_parametrized(module, "weight"):
            parts = module.parametrizations.weight
            folded = weight_norm.fold(parts.original0.detach().numpy(), parts.original1.detach().numpy())
            parametrize.remove_parametrizations(module, "weight")
            module.weight = nn.Parameter(torch.from_numpy(folded))


def clipped_by_mse(channels, plain):
    """"Clipping", of channels in rows: the scale of least squared error."""

    def error(scale):
        integers = np.clip(np.round(channels / scale), -127, 127).astype(np.float64)
        errors = (integers * scale.astype(np.float64) - channels).astype(np.float32).astype(np.float64)
        return np.add.accumulate(errors * errors, axis=1)[:, -1:]

    best, least = plain, error(plain)
    for steps in range(63, 31, -1):
        scale = plain * np.float32(steps / 64)
        tried = error(scale)
        taken = (scale >= np.float32(2.0**-126)) & (tried < least)
        best, least = np.where(taken, scale, best), np.where(taken, tried, least)
    return best


def clipped_by_percentile(channels, plain, percentile):
    rank = int(np.ceil(percentile * channels.shape[1] / 100))
    scale = np.sort(np.abs(channels), axis=1)[:, rank - 1 : rank] / np.float32(127)
    return np.where(scale < np.float32(2.0**-126), plain, scale)


def quantized(weight, axis, clip="none", percentile=99.9):
    """The integers, and one scale a channel of this axis."""
    others = [dim for dim in range(weight.dim()) if dim != axis]
    scale = weight.abs().amax(dim=others, keepdim=True) / 127
    scale = torch.where(scale < 2.0**-126, torch.ones_like(scale), scale)
    channels, plain = weight.transpose(0, axis).flatten(1).numpy(), scale.numpy().reshape(-1, 1)
    if clip == "mse":
        scale = torch.from_numpy(clipped_by_mse(channels, plain)).reshape(scale.shape)
    elif clip == "percentile":
        scale = torch.from_numpy(clipped_by_percentile(channels, plain, percentile)).reshape(scale.shape)
    return torch.round(weight / scale).clamp(-127, 127), scale


def grouped(weight, axis, group, asymmetric):
    """"Groups and zero points": integers of the weight's shape, scales and zero points [channels, groups]."""
    first = np.moveaxis(weight.numpy(), axis, 0)
    rows = first.reshape(len(first), -1)
    size = group or rows.shape[1]
    integers, scales, zero_points = np.empty_like(rows), [], []
    for row, into in zip(rows, integers):
        for begin in range(0, len(row), size):
            some = row[begin : begin + size]
            low, high = min(np.float32(0), some.min()), max(np.float32(0), some.max())
            scale = high / np.float32(255) - low / np.float32(255) if asymmetric else max(-low, high) / np.float32(127)
            scale = scale if scale >= np.float32(2.0**-126) else np.float32(1)
            zero_point = np.clip(np.round(np.float32(-128) - low / scale), -128, 127) if asymmetric else np.float32(0)
            into[begin : begin + size] = np.clip(np.round(some / scale) + zero_point, -128 if asymmetric else -127, 127)
            scales.append(scale)
            zero_points.append(zero_point)
    integers = np.moveaxis(integers.reshape(first.shape), 0, axis)
    return integers, np.reshape(scales, (len(rows), -1)), np.reshape(zero_points, (len(rows), -1))


def through_int8(weight, axis):
    """What is left of a weight after int8."""
    values, scale = quantized(weight, axis)
    return values * scale


@torch.no_grad()
def quantize(model, transposed_axis=1):
    """Replaces the layers' weights; weight norm must be folded. The axis is an argument for the tests of tests."""
    for module in layers(model):
        axis = transposed_axis if isinstance(module, nn.ConvTranspose1d) else 0
        module.weight.copy_(through_int8(module.weight, axis))
