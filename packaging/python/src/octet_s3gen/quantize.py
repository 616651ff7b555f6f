"""A loaded model quantized by a plan, to the bytes of `octet export`."""

from __future__ import annotations

import os

import torch
from torch import Tensor, nn

from .errors import ModelError, listed
from .file import Scheme
from .int8 import folded, quantized_by
from .layers import Layer, LayerTensor, layers_of
from .load import put
from .plan import PRECISIONS, Plan, Resolved, plan_of, resolve
from .report import Report
from .weight_norm import magnitude_and_direction


def quantize(s3gen: nn.Module, plan: str | os.PathLike[str] | Plan) -> Report:
    """Gives each layer of an S3Token2Wav the precision of a plan, in place, and repairs its half precision.

    `plan`: a file, the name of a preset (over bf16), or a Plan. The weights should be fp32 as upstream's checkpoint has
    them: what is rounded already is not made better. The int8 values and scales, and all other tensors, are those of
    `octet export` with the same plan. Raises PlanError or ModelError, ValueErrors both; the model is then as it was.
    """
    layers = layers_of(s3gen)
    plan = plan if isinstance(plan, Plan) else plan_of(plan)
    resolved = resolve(plan, layers)
    if held := [layer.name for layer in layers if any(t.dtype == torch.int8 for t in layer.tensors)]:
        raise ModelError(f"{listed(held)} is int8 already", "quantize an fp32 model: load upstream's checkpoint first")
    tensors: dict[str, Tensor] = {}
    schemes: dict[str, Scheme] = {}
    with torch.no_grad():
        for layer in layers:
            made = resolved[layer.name]
            if made.storage == "int8":
                schemes[layer.name] = Scheme(PRECISIONS[made.base], made.method, made.options)
            for part in layer.tensors:
                tensors |= _made(layer, part, made)
    return put(s3gen, layers, tensors, schemes, resolved, plan.base)


def _made(layer: Layer, part: LayerTensor, made: Resolved) -> dict[str, Tensor]:
    """The tensors of one part of a layer, as an export has them."""
    source = _source(layer.module, part.key)
    if not source.is_floating_point():
        return {part.name: source.clone()}
    if source.device.type == "meta":
        raise ModelError(f"{part.name} is on the meta device: it has no numbers")
    source = source.float()
    if not bool(torch.isfinite(source).all()):
        raise ModelError(f"{part.name} has a number that is not finite")
    if made.storage == "int8" and part.key == "weight":
        parts = quantized_by(made.options, source, layer.scale_axis)
        return {f"{layer.name}.{key}": tensor for key, tensor in parts.items()}
    base = made.base if layer.type != "Buffer" else made.storage
    values = source.to(PRECISIONS[base], copy=True)
    if not bool(torch.isfinite(values).all()):
        raise ModelError(f"{part.name} has a number that {base} cannot hold", "give the layer bf16 or fp32 in the plan")
    return {part.name: values}


def _source(module: nn.Module, key: str) -> Tensor:
    parts = magnitude_and_direction(module) if key == "weight" else None
    if parts is not None:
        return folded(*parts).to(parts[1].device)
    tensor = {**module._parameters, **module._buffers}[key]
    assert tensor is not None
    return tensor.detach()
