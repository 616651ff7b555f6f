"""An export of Octet, read strictly (docs/formats.md, "Export"): formats 1 and 2."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from .errors import ExportError, PlanError, listed
from .int8 import SMALLEST_SCALE
from .layers import COMPONENTS
from .methods import METHODS, PLAIN, Int8Options, options_of
from .plan import Plan, parse_plan

VARIANTS = ("chatterbox", "v3", "meanflow", "cosyvoice2")
DTYPES = {"F32": torch.float32, "BF16": torch.bfloat16, "F16": torch.float16, "I8": torch.int8, "I64": torch.int64}
NAMES = {torch.float32: "fp32", torch.bfloat16: "bf16", torch.float16: "fp16", torch.int8: "int8", torch.int64: "int64"}
_SCALE = ".weight_scale"
_ZERO_POINT = ".weight_zero_point"
_OUTLIERS = ".weight_outliers"
_COMFY = ".comfy_quant"
_NEWER = "use a newer octet_s3gen"


@dataclass(frozen=True)
class StoredTensor:
    """A tensor's place in the header."""

    dtype: torch.dtype
    shape: tuple[int, ...]

    @property
    def bytes(self) -> int:
        return self.dtype.itemsize * torch.Size(self.shape).numel()


@dataclass(frozen=True)
class Scheme:
    """How a layer with an int8 weight is stored: `base` is the type of its bias."""

    base: torch.dtype
    method: str = "weight-only"
    options: Int8Options = PLAIN

    @property
    def parts(self) -> tuple[str, ...]:
        """What state_dict has of the weight."""
        zero_points = ["weight_zero_point"] if self.options.asymmetric else []
        outliers = ["weight_outliers"] if self.options.has_fixed_outliers else []
        return ("weight", "weight_scale", *zero_points, *outliers)


@dataclass(frozen=True)
class Export:
    """What a file says; no weight is read before it is asked for."""

    path: Path
    plan: Plan
    components: tuple[str, ...]
    variant: str
    source_sha256: str
    schemes: dict[str, Scheme]  # of every layer whose weight is int8
    tensors: dict[str, StoredTensor] = field(repr=False)

    @property
    def bytes(self) -> int:
        """Of all tensors."""
        return sum(tensor.bytes for tensor in self.tensors.values())

    def read(self) -> Iterator[tuple[str, Tensor]]:
        """All tensors, one after the other, in memory of their own, on the CPU. Raises ExportError for numbers that
        no export has."""
        with _opened(self.path) as file:
            for name, stored in self.tensors.items():
                tensor = file.get_tensor(name)
                if tensor.dtype != stored.dtype or tuple(tensor.shape) != stored.shape:
                    raise ExportError(f"{self.path}: {name} has changed since the file was opened")
                _check_values(self.path, name, tensor, self.schemes.get(name.rpartition(".")[0]))
                yield name, tensor.clone()  # not a piece of the mapped file


def open_export(path: str | os.PathLike[str]) -> Export:
    """The export at `path`, its header checked. Raises ExportError naming the file, and the tensor or key."""
    path = Path(path)
    with _opened(path) as file:
        metadata: dict[str, str] = file.metadata() or {}
        tensors = {}
        for name in file.keys():  # noqa: SIM118
            piece = file.get_slice(name)
            tensors[name] = StoredTensor(_dtype(path, name, piece.get_dtype()), tuple(piece.get_shape()))
    if "octet_format" not in metadata:
        stock = "octet_stock" in metadata
        raise ExportError(
            f"{path}: {'an export in the format stock' if stock else 'no export of Octet'}: its metadata has no "
            "octet_format",
            "upstream's load_state_dict reads it" if stock else "make one: octet export CKPT --plan PLAN -o FILE",
        )
    version = metadata["octet_format"]
    if version not in ("1", "2"):
        raise ExportError(f"{path}: octet_format is {version!r}, known are 1 and 2", _NEWER)
    if metadata.get("octet_for") == "comfy":
        tensors = {name: tensor for name, tensor in tensors.items() if not _is_for_comfy(name, tensors)}

    components = tuple(_value(path, metadata, "octet_components").split(","))
    _check_components(path, components, tensors)
    variant = _value(path, metadata, "octet_variant")
    if variant not in VARIANTS:
        raise ExportError(f"{path}: octet_variant is {variant!r}, known are {', '.join(VARIANTS)}", _NEWER)
    sha256 = _value(path, metadata, "octet_source_sha256")
    if not re.fullmatch("[0-9a-f]{64}", sha256):
        raise ExportError(f"{path}: octet_source_sha256 is no SHA-256")
    try:
        plan = parse_plan(_value(path, metadata, "octet_plan"), "octet_plan")
    except PlanError as error:
        raise ExportError(f"{path}: {error}") from None
    schemes = _schemes(path, None if version == "1" else _value(path, metadata, "octet_layers"), tensors)
    return Export(path, plan, components, variant, sha256, schemes, tensors)


def _is_for_comfy(name: str, tensors: dict[str, StoredTensor]) -> bool:
    """Whether this is the entry beside an int8 weight that ComfyUI's kind of loader reads."""
    weight = tensors.get(name.removesuffix(_COMFY) + ".weight")
    return name.endswith(_COMFY) and weight is not None and weight.dtype == torch.int8


def _opened(path: Path) -> Any:
    try:
        if not path.is_file():
            raise ExportError(f"{path}: there is no such file")
        return safe_open(path, framework="pt", device="cpu")  # type: ignore[no-untyped-call]
    except (SafetensorError, OSError) as error:
        raise ExportError(f"{path}: not a whole safetensors file: {error}", "copy or export it again") from None


def _dtype(path: Path, name: str, code: str) -> torch.dtype:
    # other programs' tensors, which a comfy export has, are only left out by name
    dtype = DTYPES.get(code, torch.uint8 if code == "U8" and name.endswith(_COMFY) else None)
    if dtype is None:
        raise ExportError(f"{path}: {name} is of type {code}, which no export has")
    return dtype


def _value(path: Path, metadata: dict[str, str], key: str) -> str:
    if key not in metadata:
        raise ExportError(f"{path}: an export without {key} in its metadata")
    return metadata[key]


def _check_components(path: Path, stated: tuple[str, ...], tensors: dict[str, StoredTensor]) -> None:
    strange = [name for name in tensors if name.partition(".")[0] not in COMPONENTS]
    if strange:
        raise ExportError(f"{path}: tensors of no component of S3Gen: {listed(strange)}")
    held = tuple(c for c in COMPONENTS if any(name.startswith(c + ".") for name in tensors))
    if stated != held:
        raise ExportError(f"{path}: octet_components is {','.join(stated)}, but the file holds {','.join(held)}")


def _schemes(path: Path, text: str | None, tensors: dict[str, StoredTensor]) -> dict[str, Scheme]:
    int8 = [
        name.removesuffix(".weight")
        for name, tensor in tensors.items()
        if tensor.dtype == torch.int8 and name.endswith(".weight")
    ]
    known = (".weight", _ZERO_POINT, _OUTLIERS)
    stray = [n for n, t in tensors.items() if t.dtype == torch.int8 and not n.endswith(known)]
    if stray:
        raise ExportError(f"{path}: {listed(stray)} cannot be int8")
    stated = {name: _implied(name, tensors) for name in int8} if text is None else _parsed_schemes(path, text)
    if unstated := sorted(set(int8) - set(stated)):
        raise ExportError(f"{path}: octet_layers does not say how {listed(unstated)} is stored")
    if absent := sorted(set(stated) - set(int8)):
        raise ExportError(f"{path}: octet_layers names {listed(absent)}, whose weight the file does not hold in int8")
    for layer, scheme in stated.items():
        _check_parts(path, layer, scheme, tensors)
    owned = {f"{layer}.{part}" for layer, scheme in stated.items() for part in scheme.parts}
    if loose := [n for n in tensors if n.endswith((_SCALE, _ZERO_POINT, _OUTLIERS)) and n not in owned]:
        raise ExportError(f"{path}: {listed(loose)} belongs to no int8 weight")
    return stated


def _implied(layer: str, tensors: dict[str, StoredTensor]) -> Scheme:
    bias = tensors.get(layer + ".bias")
    return Scheme(bias.dtype if bias else torch.float32)


def _parsed_schemes(path: Path, text: str) -> dict[str, Scheme]:
    try:
        stated = json.loads(text)
    except (ValueError, RecursionError):
        stated = None
    if not isinstance(stated, dict):
        raise ExportError(f"{path}: octet_layers is not a JSON object")
    types = {name: dtype for dtype, name in NAMES.items() if dtype.is_floating_point}
    schemes = {}
    for layer, said in stated.items():
        if not isinstance(said, dict) or set(said) - {"options"} != {"storage", "base", "method"}:
            raise ExportError(f"{path}: octet_layers: layer {layer} is not stored in a way known here", _NEWER)
        known = {"storage": ["int8"], "method": list(METHODS), "base": list(types)}
        for key, values in known.items():
            if said[key] not in values:
                raise ExportError(f"{path}: octet_layers: {key} of layer {layer} is {said[key]!r}", _NEWER)
        given = said.get("options", {})
        if not isinstance(given, dict):
            raise ExportError(f"{path}: octet_layers: options of layer {layer} are no object")
        try:
            options = options_of(said["method"], given)
        except ValueError as error:
            raise ExportError(f"{path}: octet_layers: layer {layer}: {error}", _NEWER) from None
        schemes[layer] = Scheme(types[said["base"]], said["method"], options)
    return schemes


def _check_parts(path: Path, layer: str, scheme: Scheme, tensors: dict[str, StoredTensor]) -> None:
    weight, scale, bias = (tensors.get(layer + part) for part in (".weight", _SCALE, ".bias"))
    assert weight is not None
    if scale is None:
        raise ExportError(f"{path}: {layer}{_SCALE} is missing")
    zero_point = tensors.get(layer + _ZERO_POINT)
    if scheme.options.asymmetric and (
        zero_point is None or zero_point.dtype != torch.int8 or zero_point.shape != scale.shape
    ):
        raise ExportError(f"{path}: {layer}{_ZERO_POINT} is not as {layer}{_SCALE}, of int8")
    outliers = tensors.get(layer + _OUTLIERS)
    if scheme.options.has_fixed_outliers and (
        outliers is None or outliers.dtype != torch.int8 or outliers.shape != weight.shape[1:2]
    ):
        raise ExportError(f"{path}: {layer}{_OUTLIERS} is not the inputs of {layer}.weight, of int8")
    rank = len(weight.shape)
    along = [axis for axis in range(rank) if len(scale.shape) == rank and scale.shape[axis] == weight.shape[axis]]
    one_axis = any(
        all(size == (weight.shape[axis] if axis == at else 1) for axis, size in enumerate(scale.shape)) for at in along
    )
    groups = len(scale.shape) == 2 and scale.shape[0] in weight.shape  # load() knows which
    if scale.dtype != torch.float32 or not (groups if scheme.options.in_groups else one_axis):
        raise ExportError(
            f"{path}: {layer}{_SCALE} is {NAMES[scale.dtype]} {list(scale.shape)}, which is no scale for a weight "
            f"of {list(weight.shape)}"
        )
    if bias is not None and bias.dtype != scheme.base:
        raise ExportError(
            f"{path}: octet_layers has the bias of {layer} as {NAMES[scheme.base]}, it is {NAMES[bias.dtype]}"
        )


def _check_values(path: Path, name: str, tensor: Tensor, scheme: Scheme | None) -> None:
    if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
        raise ExportError(f"{path}: {name} has a number that is not finite")
    symmetric = scheme is None or not scheme.options.asymmetric
    if tensor.dtype == torch.int8 and symmetric and bool((tensor == -128).any()):
        raise ExportError(f"{path}: {name} has -128, which no int8 weight of Octet has")
    if name.endswith(_OUTLIERS) and not bool(((tensor == 0) | (tensor == 1)).all()):
        raise ExportError(f"{path}: {name} has another number than 0 and 1")
    if name.endswith(_SCALE) and not bool((tensor >= SMALLEST_SCALE).all()):
        raise ExportError(f"{path}: {name} has a scale that is not positive and normal")
    if name.endswith(".running_var") and bool((tensor < 0).any()):
        raise ExportError(f"{path}: {name} has a negative variance")
