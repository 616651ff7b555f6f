"""An export put into a model that upstream's classes built."""

from __future__ import annotations

import os
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from .errors import ExportError, ModelError, listed
from .file import NAMES, Export, Scheme, StoredTensor, open_export
from .flowing import executed_type
from .layers import COMPONENTS, COMPUTED_TABLES, Layer, device_of, is_meanflow, layers_of
from .modules import hold_dense, hold_int8
from .plan import PRECISIONS, Resolved, resolve
from .repair import repair_between_layers
from .report import LayerReport, Report
from .transaction import all_or_nothing
from .weight_norm import magnitude_and_direction


def load(s3gen: nn.Module, path: str | os.PathLike[str]) -> Report:
    """Puts an export into an S3Token2Wav of chatterbox-tts or chatterbox-vllm, in place, and repairs it.

    Nothing is quantized. The model's layers go where its own were (device), in the types of the file. A component that
    the file does not hold stays as it is. Raises ExportError (file, tensor), PlanError or ModelError, all of them
    ValueErrors, when the file is not of this model, to the last name, shape and number; the model is then as it was.
    """
    return put_export(s3gen, open_export(path), None)


def put_export(s3gen: nn.Module, export: Export, device: torch.device | None) -> Report:
    """The same for an export that is open; on `device` even what has no memory yet, or where the model is (None)."""
    layers = layers_of(s3gen)
    check_fit(export, layers, is_meanflow(s3gen))
    held = [layer for layer in layers if layer.component in export.components]
    devices = {layer.name: device or device_of(layer.module) for layer in held}
    if on_meta := [name for name, device in devices.items() if device.type == "meta"]:
        raise ModelError(
            f"{listed(on_meta)} is on the meta device", "octet_s3gen.open_s3gen builds models from exports"
        )
    module_of = {tensor.name: layer for layer in held for tensor in layer.tensors}
    part_of = {f"{layer}.{part}": f"{layer}.weight" for layer, s in export.schemes.items() for part in s.parts}
    tensors = {}
    for name, tensor in export.read():
        owner = module_of[part_of.get(name, name)]
        tensors[name] = tensor.to(devices[owner.name])
    left_alone = tuple(name for name in COMPONENTS if name not in export.components)
    return put(
        s3gen, held, tensors, export.schemes, resolve(export.plan, layers, made=True), export.plan.base, left_alone
    )


def put(
    s3gen: nn.Module,
    layers: list[Layer],
    tensors: Mapping[str, Tensor],
    schemes: Mapping[str, Scheme],
    resolved: Mapping[str, Resolved],
    activations: str,
    left_alone: tuple[str, ...] = (),
) -> Report:
    """Gives each layer its tensors, and repairs what computes with them: whole or not at all."""
    before = [_bytes_held(layer) for layer in layers]
    with all_or_nothing(s3gen), torch.no_grad():
        for layer in layers:
            _put_layer(layer, tensors, schemes.get(layer.name))
        repairs = repair_between_layers(s3gen, PRECISIONS[activations])
    reports = [
        _report(layer, held, resolved[layer.name], schemes.get(layer.name), PRECISIONS[activations])
        for layer, held in zip(layers, before, strict=True)
    ]
    return Report(tuple(reports), tuple(str(done) for done in repairs), left_alone)


def check_fit(export: Export, layers: list[Layer], meanflow: bool) -> None:
    """Raises ExportError, naming what is missing, unknown or of another shape."""
    path, stored = export.path, export.tensors
    if "flow" in export.components and meanflow != (export.variant == "meanflow"):
        kinds = {True: "a meanflow (turbo) model", False: "a standard model"}
        raise ExportError(f"{path}: the file is of {kinds[not meanflow]}, this is {kinds[meanflow]}")
    expected = {t.name: (layer, t) for layer in layers for t in layer.tensors if layer.component in export.components}
    if missing := [name for name in expected if name not in stored and name not in COMPUTED_TABLES]:
        raise ExportError(f"{path}: tensors are missing: {listed(missing)}", "the model or the file is another one")
    parts = {f"{layer}.{part}" for layer, scheme in export.schemes.items() for part in scheme.parts}
    if unknown := [name for name in stored if name not in expected and name not in parts]:
        raise ExportError(f"{path}: this model has no {listed(unknown)}", "the model or the file is another one")
    for name, (layer, tensor) in expected.items():
        if name in stored:
            _check_tensor(export, layer, name, stored[name], tensor.shape, tensor.dtype)


def _check_tensor(
    export: Export, layer: Layer, name: str, stored: StoredTensor, shape: tuple[int, ...], dtype: torch.dtype
) -> None:
    if stored.shape != shape:
        raise ExportError(f"{export.path}: {name} is {list(stored.shape)}, this model's is {list(shape)}")
    if stored.dtype == torch.int8:
        if not layer.quantizable:
            raise ExportError(f"{export.path}: {name} is int8, which a {layer.type} cannot be")
        scale = export.tensors[layer.name + ".weight_scale"].shape
        fitting = layer.scale_shape(export.schemes[layer.name].options)
        if scale != fitting:
            raise ExportError(
                f"{export.path}: {layer.name}.weight_scale is {list(scale)}, a {layer.type} has {list(fitting)}"
            )
    elif stored.dtype.is_floating_point != (dtype.is_floating_point or dtype == torch.int8):
        raise ExportError(f"{export.path}: {name} is {NAMES[stored.dtype]}, this model's is {dtype}")


def _put_layer(layer: Layer, tensors: Mapping[str, Tensor], scheme: Scheme | None) -> None:
    for part in layer.tensors:
        if scheme is not None and part.key == "weight":
            parts = {part: tensors[f"{layer.name}.{part}"] for part in scheme.parts}
            hold_int8(layer.module, parts, scheme)
        elif part.name in tensors:
            hold_dense(layer.module, part.key, tensors[part.name])


def _tensors_held(layer: Layer) -> list[Tensor]:
    held = {**layer.module._parameters, **layer.module._buffers}
    if layer.type in ("Parameter", "Buffer"):
        kept = [held[layer.tensors[0].key]]
    else:
        kept = [held[key] for key in held if key not in layer.module._non_persistent_buffers_set]
        kept += magnitude_and_direction(layer.module) or ()
    return [tensor for tensor in kept if tensor is not None]


def _bytes_held(layer: Layer) -> int:
    return sum(tensor.nbytes for tensor in _tensors_held(layer))


def _report(
    layer: Layer, bytes_before: int, resolved: Resolved, scheme: Scheme | None, activations: torch.dtype
) -> LayerReport:
    tensors = {**layer.module._parameters, **layer.module._buffers}
    weight = tensors[layer.tensors[0].key]
    assert weight is not None

    def named(dtype: torch.dtype) -> str:
        return NAMES.get(dtype, str(dtype))

    return LayerReport(
        name=layer.name,
        type=layer.type,
        stored=named(weight.dtype),
        requested=resolved.requested,
        executed=named(executed_type(layer, weight.dtype, scheme, activations)),
        bytes_before=bytes_before,
        bytes_after=_bytes_held(layer),
        note=resolved.kept_because if resolved.requested != resolved.storage else "",
    )
