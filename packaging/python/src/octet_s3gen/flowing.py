"""What layers of a repaired model compute in, whatever their weights are stored in."""

from __future__ import annotations

import re

import torch

from .file import Scheme
from .layers import Layer
from .methods import ROUNDING_INPUT

# what is given to these is fp32 (repaired_flow, repaired_vocoder, repaired_synthesis)
_GIVEN_FP32 = re.compile(
    r"tokenizer\.|speaker_encoder\.|mel2wav\.|flow\.spk_embed_affine_layer|flow\.decoder\.estimator\.(time_|.*\.mlp\.1$)"
)


def executed_type(layer: Layer, weight: torch.dtype, scheme: Scheme | None, activations: torch.dtype) -> torch.dtype:
    """The type in which a layer multiplies, of a stored weight and of what flows through the flow.

    Dense layers compute in the wider of their own and their input's type (wide_layers), int8 ones in their input's, and
    in fp32 where they round it (modules). Embeddings only look up.
    """
    if layer.type == "Embedding":
        return scheme.base if scheme else weight
    given = torch.float32 if _GIVEN_FP32.match(layer.name) else activations
    if scheme is not None:
        return torch.float32 if scheme.method in ROUNDING_INPUT else given
    return torch.promote_types(given, weight) if weight.is_floating_point else weight
