"""S3Token2Wav from outside: what is given to it and what it gives is fp32 and integers, whatever its weights are.

Follows s3gen.py of chatterbox-tts 0.1.7 and of chatterbox-vllm, whose methods take other arguments: they are bound by
the stock signatures.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from .repaired_flow import whole_ids
from .swapped_class import Repaired

_IDS = ("prompt_token", "prompt_token_len", "prompt_feat_len")


def _stock_arguments(model: nn.Module, method: str, given: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """Arguments by the names and with the defaults of the class that was repaired."""
    stock = type(model).__bases__[1]
    bound = inspect.signature(getattr(stock, method)).bind(model, *given, **named)
    bound.apply_defaults()
    return dict(bound.arguments)


class RepairedSynthesis(Repaired):
    """S3Token2Wav."""

    flow: Any
    mel2wav: Any
    trim_fade: Tensor
    device: torch.device

    @property
    def dtype(self) -> torch.dtype:
        """Of mels, embeddings and waves, in and out. (Upstream: of the weights.)"""
        return torch.float32

    @torch.inference_mode()
    def embed_ref(self, ref_wav: Any, *given: Any, **named: Any) -> dict[str, Any]:
        """Upstream's, with a wave of any floating type."""
        stock: Any = super()
        wave = ref_wav.float() if torch.is_tensor(ref_wav) else ref_wav
        voice: dict[str, Any] = stock.embed_ref(wave, *given, **named)
        return voice

    def forward(self, *given: Any, **named: Any) -> Tensor:
        """Wave [batch, samples], or mel [batch, 80, frames] with skip_vocoder."""
        arguments = _stock_arguments(self, "forward", given, named)
        mels = self._mels(arguments, noise=arguments.get("noised_mels"))
        if arguments.get("skip_vocoder"):
            return mels
        wave: Tensor = self.mel2wav.inference(speech_feat=mels, cache_source=None)[0]
        if self.training:
            return wave
        fade = self.trim_fade[: wave.size(1)]
        return torch.cat([wave[:, : len(fade)] * fade, wave[:, len(fade) :]], dim=1)

    @torch.inference_mode()
    def flow_inference(self, *given: Any, **named: Any) -> Tensor:
        """Mel [batch, 80, frames]."""
        arguments = _stock_arguments(self, "flow_inference", given, named)
        if not getattr(self, "meanflow", False):
            return self._mels(arguments, noise=None)
        frames = 2 * arguments["speech_tokens"].size(-1)
        return self._mels(arguments, noise=torch.randn(1, 80, frames, dtype=self.dtype, device=self.device))

    def _mels(self, arguments: Mapping[str, Any], noise: Tensor | None) -> Tensor:
        voice, wave = arguments["ref_dict"], arguments["ref_wav"]
        if (voice is None) == (wave is None):
            raise ValueError("a synthesis takes either ref_wav or ref_dict")
        if voice is None:
            voice = self.embed_ref(wave, arguments["ref_sr"])
        tokens: Tensor = arguments["speech_tokens"].to(self.device)
        tokens = tokens if tokens.ndim == 2 else tokens.reshape(1, -1)
        lengths = arguments.get("speech_token_lens")
        meanflow = bool(getattr(self, "meanflow", False))
        steps = arguments.get("n_cfm_timesteps") or arguments.get("n_timesteps") or (2 if meanflow else 10)
        mels: Tensor = self.flow.inference(
            token=tokens,
            token_len=lengths,
            finalize=arguments["finalize"],
            n_timesteps=steps,
            noised_mels=noise,
            meanflow=meanflow,
            **self._voice(voice),
        )[0]
        return mels

    def _voice(self, given: Mapping[str, Any]) -> dict[str, Tensor | None]:
        """The voice on the model's device: ids as int64, all else fp32. The caller's dictionary stays as it is."""
        voice: dict[str, Tensor | None] = dict.fromkeys(("prompt_token_len", "prompt_feat_len"))
        for name, value in given.items():
            if value is None:
                continue
            tensor = torch.as_tensor(value)
            tensor = whole_ids(tensor, name) if name in _IDS else tensor.float()
            voice[name] = tensor.to(self.device)
        return voice


class RepairedSpeakerEncoder(Repaired):
    """CAMPPlus, whose filter bank has no half precision."""

    def inference(self, audio_list: Tensor) -> Tensor:
        """Embedding [batch, 192] in fp32 of audio [batch, samples] at 16 kHz."""
        stock: Any = super()
        embedding: Tensor = stock.inference(audio_list.float())
        return embedding.float()
