"""The layers of an S3Gen as Octet names them, found by structure in whatever module the classes were defined."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .errors import ModelError, listed
from .methods import Int8Options
from .weight_norm import magnitude_and_direction

COMPONENTS = ("tokenizer", "speaker_encoder", "flow", "mel2wav")
# tables that upstream computes; files may leave them out
COMPUTED_TABLES = ("tokenizer._mel_filters", "tokenizer.window")
QUANTIZABLE = ("Linear", "Conv1d", "ConvTranspose1d", "Conv2d", "Embedding")
_TYPES: list[tuple[type[nn.Module], str]] = [
    (nn.Linear, "Linear"),
    (nn.Conv1d, "Conv1d"),
    (nn.ConvTranspose1d, "ConvTranspose1d"),
    (nn.Conv2d, "Conv2d"),
    (nn.Embedding, "Embedding"),
    (nn.LayerNorm, "LayerNorm"),
    (nn.modules.batchnorm._BatchNorm, "BatchNorm"),
]


@dataclass(frozen=True)
class LayerTensor:
    """A parameter or buffer that state_dict has, weight norm folded: the scale of an int8 weight is not one."""

    name: str  # as in state_dict, such as "mel2wav.ups.0.weight"
    key: str  # within its module, such as "weight"
    shape: tuple[int, ...]
    dtype: torch.dtype


@dataclass(frozen=True)
class Layer:
    """A module as people decide about it, or a free parameter or table of one."""

    name: str  # module path in upstream's S3Token2Wav
    type: str  # "Conv1d" ..., "Snake", "Parameter", "Buffer"
    module: nn.Module
    tensors: tuple[LayerTensor, ...]

    @property
    def component(self) -> str:
        return self.name.partition(".")[0]

    @property
    def quantizable(self) -> bool:
        return self.type in QUANTIZABLE

    @property
    def scale_axis(self) -> int:
        return 1 if self.type == "ConvTranspose1d" else 0

    def scale_shape(self, options: Int8Options) -> tuple[int, ...]:
        shape = self.tensors[0].shape
        if options.in_groups:
            channels = shape[self.scale_axis]
            inputs = math.prod(shape) // channels
            return channels, 1 if options.group == 0 else -(-inputs // options.group)
        return tuple(size if axis == self.scale_axis else 1 for axis, size in enumerate(shape))


def layers_of(s3gen: nn.Module) -> list[Layer]:
    """All layers of the four components, weight first in each. Raises ModelError for what is no S3Gen."""
    missing = [name for name in COMPONENTS if not isinstance(getattr(s3gen, name, None), nn.Module)]
    if missing:
        raise ModelError(
            f"{type(s3gen).__name__} has no {listed(missing)}: it is not built as chatterbox's S3Gen",
            "give tts.s3gen, not tts",
        )
    return [
        layer
        for component in COMPONENTS
        for name, module in s3gen.get_submodule(component).named_modules(prefix=component)
        if "parametrizations" not in name.split(".")
        for layer in _layers_in(name, module)
    ]


def is_meanflow(s3gen: nn.Module) -> bool:
    """Whether the estimator was trained for two steps: it then mixes two times."""
    return any(name.endswith("estimator.time_embed_mixer") for name, _ in s3gen.named_modules())


def device_of(module: nn.Module) -> torch.device:
    """That of a module's tensors."""
    return next((tensor.device for tensor in _all_tensors(module)), torch.device("cpu"))


def _all_tensors(module: nn.Module) -> Iterator[Tensor]:
    yield from module.parameters()
    yield from module.buffers()


def _own_tensors(module: nn.Module) -> dict[str, Tensor]:
    """What state_dict has of the module itself, weight first, magnitude and direction as one weight."""
    own: dict[str, Tensor] = {}
    if (parts := magnitude_and_direction(module)) is not None:
        own["weight"] = parts[1]
    tensors = {**module._parameters, **module._buffers}
    for key in sorted(tensors, key=lambda key: key != "weight"):
        tensor = tensors[key]
        if (
            tensor is not None
            and key not in module._non_persistent_buffers_set
            and key not in ("weight_scale", "weight_zero_point", "weight_outliers")
        ):
            own[key] = tensor
    return own


def _layers_in(name: str, module: nn.Module) -> Iterator[Layer]:
    own = _own_tensors(module)
    if not own:
        return
    parts = {key: LayerTensor(f"{name}.{key}", key, tuple(t.shape), t.dtype) for key, t in own.items()}
    known = next((type_name for kind, type_name in _TYPES if isinstance(module, kind)), None)
    if known is None and set(own) == {"alpha"}:
        known = "Snake"
    if known is not None:
        yield Layer(name, known, module, tuple(parts.values()))
        return
    for key, part in parts.items():
        yield Layer(part.name, "Buffer" if key in module._buffers else "Parameter", module, (part,))
