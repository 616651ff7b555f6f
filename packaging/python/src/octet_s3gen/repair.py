"""Upstream's S3Gen made right in half precision, in place.

What is wrong with it, and seen in runs: a cast to bf16 rounds token ids (846 of 6,561 survive) and the time grid (by up
to 44 % in the time embedding), writes both into the caller's dictionary, and raises in the filter bank, the source, the
STFT and the iSTFT. One synthesis waits for the GPU 142 times only to look at masks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.utils.parametrize import is_parametrized

from .repaired_flow import RepairedAttention, RepairedEncoder, RepairedEstimator, RepairedFlow, RepairedSolver
from .repaired_synthesis import RepairedSpeakerEncoder, RepairedSynthesis
from .repaired_vocoder import RepairedSineGenerator, RepairedSnake, RepairedVocoder
from .swapped_class import Repaired, become
from .weight_norm import drop_parametrization
from .wide_layers import widen

HALF_OR_SINGLE = (torch.float32, torch.bfloat16, torch.float16)


@dataclass(frozen=True)
class Repair:
    """One thing that was repaired: where, as upstream names the module ("" is the model itself), and what, in words."""

    module: str
    what: str

    def __str__(self) -> str:
        return f"{self.module or 's3gen'}: {self.what}"


@dataclass(frozen=True)
class _Part:
    """A module as upstream builds it, told by what it has."""

    name: str
    attributes: tuple[str, ...]
    repaired: type[Repaired]
    what: str


_PARTS = [
    _Part(
        "",
        ("tokenizer", "speaker_encoder", "flow", "mel2wav", "trim_fade"),
        RepairedSynthesis,
        "token ids stay integers, mels stay fp32, the caller's dictionary stays as it is",
    ),
    _Part("speaker_encoder", ("head", "xvector"), RepairedSpeakerEncoder, "filter bank and statistics in fp32"),
    _Part(
        "flow",
        ("input_embedding", "spk_embed_affine_layer", "encoder", "encoder_proj", "decoder", "vocab_size"),
        RepairedFlow,
        "ids out of range are refused with their place; no waiting for lengths that are known",
    ),
    _Part(
        "flow.encoder",
        ("embed", "pre_lookahead_layer", "encoders", "up_layer", "up_embed", "up_encoders", "after_norm"),
        RepairedEncoder,
        "masks without waiting for the GPU",
    ),
    _Part(
        "flow.decoder",
        ("estimator", "t_scheduler", "inference_cfg_rate"),
        RepairedSolver,
        "time grid, steps and state in fp32",
    ),
    _Part(
        "flow.decoder.estimator",
        ("time_embeddings", "time_mlp", "down_blocks", "mid_blocks", "up_blocks", "final_block", "final_proj"),
        RepairedEstimator,
        "time embedding in fp32; masks without waiting for the GPU",
    ),
    _Part(
        "mel2wav",
        ("f0_predictor", "m_source", "f0_upsamp", "conv_pre", "ups", "conv_post", "stft_window", "istft_params"),
        RepairedVocoder,
        "f0, source, STFT, activations and iSTFT in fp32; an iSTFT that can be recorded",
    ),
    _Part(
        "mel2wav.m_source.l_sin_gen",
        ("harmonic_num", "sampling_rate", "sine_amp", "noise_std", "_f02uv"),
        RepairedSineGenerator,
        "harmonics in fp32, made where f0 is",
    ),
]


def repair(s3gen: nn.Module, dtype: torch.dtype | None = torch.bfloat16) -> list[Repair]:
    """Makes an S3Token2Wav of chatterbox-tts or chatterbox-vllm right in `dtype`, in place, and says what it changed.

    bfloat16 and float16: the weights are cast too, but for what must be exact (tokenizer, source, fade). float32:
    weights and results stay as they are, but for the iSTFT's rounding. None: the weights stay, whatever types they
    have, and what flows between layers is of the type of the flow's first weight; so does a model that holds int8.
    Doing it twice changes nothing more. The object, its state_dict's values and its place in other objects stay; live
    weight norm is folded before a cast to half precision, which renames its tensors to `weight`.

    Raises ValueError, before anything is changed, when a part is not built as upstream's.
    """
    if dtype is not None and dtype not in HALF_OR_SINGLE:
        raise ValueError(f"S3Gen runs in float32, bfloat16 or float16, not in {dtype}")
    for part in _PARTS:
        _found(s3gen, part)
    repairs = _cast(s3gen, dtype) if dtype is not None else []
    return repairs + repair_between_layers(s3gen, dtype or _floating_type(s3gen.get_submodule("flow")))


def repair_between_layers(s3gen: nn.Module, activations: torch.dtype) -> list[Repair]:
    """The same for weights that stay as they are, and a given type of what flows between layers."""
    repairs = []
    for part, module in [(part, _found(s3gen, part)) for part in _PARTS]:
        if not isinstance(module, part.repaired):
            become(module, part.repaired)
            repairs.append(Repair(part.name, part.what))
    if count := _become_each(s3gen, RepairedAttention, _is_attention):
        repairs.append(Repair("flow.encoder", f"{count} attentions add their biases in the type of what flows"))
    if count := _become_each(s3gen, RepairedSnake, _is_snake):
        repairs.append(Repair("mel2wav", f"{count} snakes take 1 / (alpha + 1e-9) in fp32"))
    for module in s3gen.modules():
        if isinstance(module, (RepairedFlow, RepairedEstimator, RepairedAttention)):
            module.activations = activations
    if count := _make_strides_plain(s3gen):
        repairs.append(
            Repair("mel2wav", f"{count} strides are plain integers, which torch.compile takes for constants")
        )
    for name in ("flow", "mel2wav", "speaker_encoder"):
        if count := widen(s3gen.get_submodule(name)):
            repairs.append(Repair(name, f"{count} layers compute in the wider of their own and their input's type"))
    return repairs


def _found(s3gen: nn.Module, part: _Part) -> nn.Module:
    try:
        module = s3gen.get_submodule(part.name)
    except AttributeError:
        raise ValueError(f"{type(s3gen).__name__} has no {part.name}: it is no S3Gen of chatterbox") from None
    missing = [name for name in part.attributes if not hasattr(module, name)]
    if missing:
        place = part.name or "s3gen"
        raise ValueError(
            f"{place} ({type(module).__name__}) has no {missing[0]}: it is not built as chatterbox's S3Gen"
        )
    return module


def _floating_type(module: nn.Module) -> torch.dtype:
    return next((p.dtype for p in module.parameters() if p.is_floating_point()), torch.float32)


def _is_attention(module: nn.Module) -> bool:
    return "pos_bias_u" in module._parameters and "pos_bias_v" in module._parameters


def _is_snake(module: nn.Module) -> bool:
    return "alpha" in module._parameters and hasattr(module, "alpha_logscale") and hasattr(module, "no_div_by_zero")


def _become_each(s3gen: nn.Module, repaired: type[Repaired], fits: Callable[[nn.Module], bool]) -> int:
    found = [module for module in s3gen.modules() if fits(module) and not isinstance(module, Repaired)]
    for module in found:
        become(module, repaired)
    return len(found)


def _make_strides_plain(s3gen: nn.Module) -> int:
    """Makes of numpy.int64, as np.cumprod gives, int."""
    count = 0
    for module in s3gen.modules():
        if not isinstance(module, nn.Conv1d) or isinstance(module.padding, str):
            continue
        if any(type(value) is not int for value in (*module.stride, *module.padding)):
            module.stride = tuple(int(value) for value in module.stride)
            module.padding = tuple(int(value) for value in module.padding)
            count += 1
    return count


def _cast(s3gen: nn.Module, dtype: torch.dtype) -> list[Repair]:
    """The weights in `dtype`; in fp32 those of what must be exact, and of what has not the range of fp16."""
    exact = {"tokenizer": s3gen.get_submodule("tokenizer"), "mel2wav.m_source": s3gen.get_submodule("mel2wav.m_source")}
    rounded = [name for name, module in exact.items() if _floating_type(module) != torch.float32]
    repairs = [Repair(name, "back in fp32, but rounded before: load its weights anew") for name in rounded]
    for module in exact.values():
        module.float()
    s3gen.trim_fade = _fade_of(s3gen.get_buffer("trim_fade"))

    kept = {id(module) for part in exact.values() for module in part.modules()}
    cast = [module for module in s3gen.modules() if id(module) not in kept and not _lacks_range(module, dtype)]
    normed = [module for module in cast if is_parametrized(module, "weight")] if dtype != torch.float32 else []
    for module in normed:
        _fold(module)
    if normed:
        repairs.append(Repair("mel2wav", f"the weight norm of {len(normed)} layers folded before the cast"))
    for module in cast:
        tensors: list[torch.Tensor] = list(module.parameters(recurse=False))
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            tensors += module.buffers(recurse=False)
        for tensor in tensors:
            if tensor.is_floating_point():
                tensor.data = tensor.data.to(dtype)
    return repairs


def _fold(module: nn.Module) -> None:
    """Replaces live weight norm by the weight it makes."""
    weight = module.weight
    assert isinstance(weight, torch.Tensor)
    drop_parametrization(module)
    module.register_parameter("weight", nn.Parameter(weight.detach(), requires_grad=False))


def _lacks_range(module: nn.Module, dtype: torch.dtype) -> bool:
    """Whether this module's numbers may lie beyond those of fp16: running variances, and alphas that are divided by."""
    return dtype == torch.float16 and (isinstance(module, nn.modules.batchnorm._BatchNorm) or _is_snake(module))


def _fade_of(fade: torch.Tensor) -> torch.Tensor:
    """Upstream's fade-in in fp32: half zeros, half a raised cosine."""
    silent = fade.numel() // 2
    exact = torch.zeros(2 * silent)
    exact[silent:] = (torch.cos(torch.linspace(torch.pi, 0, silent)) + 1) / 2
    return exact.to(fade.device)
