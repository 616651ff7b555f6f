"""Mel to wave as upstream computes it, right in half precision.

Follows hifigan.py of chatterbox-tts 0.1.7. f0, source, STFT, iSTFT and all activations are fp32; what may be narrower
are the weights. The vocoder's last layer makes a phase, so errors of its activations are heard.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .swapped_class import Repaired


class RepairedVocoder(Repaired):
    """HiFTGenerator."""

    stft_window: Tensor
    istft_params: dict[str, int]

    def inference(self, speech_feat: Tensor, cache_source: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Wave [batch, samples] and source [batch, 1, samples], both fp32, of mel [batch, 80, frames]."""
        if cache_source is None:
            cache_source = torch.zeros(1, 1, 0, device=speech_feat.device)
        stock: Any = super()
        made: tuple[Tensor, Tensor] = stock.inference(
            speech_feat=speech_feat.float(), cache_source=cache_source.float()
        )
        return made

    def decode(self, x: Tensor, s: Tensor) -> Tensor:
        """Wave [batch, samples] of mel [batch, 80, frames] and source [batch, 1, samples]."""
        self._place_window(x.device)
        stock: Any = super()
        wave: Tensor = stock.decode(x=x.float(), s=s.float())
        return wave

    def _place_window(self, device: torch.device) -> None:
        # upstream copies this attribute to the GPU twice a call, and waits
        if self.stft_window.device != device:
            self.stft_window = self.stft_window.to(device)

    def _istft(self, magnitude: Tensor, phase: Tensor) -> Tensor:
        """torch.istft without its look at the window's envelope, which waits for the GPU and cannot be recorded."""
        magnitude = torch.clip(magnitude, max=1e2)
        size, hop = self.istft_params["n_fft"], self.istft_params["hop_len"]
        window = self.stft_window.to(magnitude.device)
        spectrum = torch.complex(magnitude * torch.cos(phase), magnitude * torch.sin(phase))
        frames = torch.fft.irfft(spectrum, n=size, dim=1) * window[:, None]
        count = frames.size(-1)
        length = size + hop * (count - 1)
        squares = (window * window)[:, None].expand(-1, count)[None]

        def overlapped(parts: Tensor) -> Tensor:
            return F.fold(parts, (1, length), (1, size), stride=(1, hop))[:, 0, 0, size // 2 : length - size // 2]

        return overlapped(frames) / overlapped(squares)


class RepairedSineGenerator(Repaired):
    """SineGen, whose harmonics are made where f0 is and not on the CPU. The phase is drawn there, as upstream does."""

    harmonic_num: int
    sampling_rate: int
    sine_amp: float
    noise_std: float
    _f02uv: Any

    @torch.no_grad()
    def forward(self, f0: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Sines [batch, harmonics + 1, samples], voiced or not, and noise, of f0 [batch, 1, samples] in Hz."""
        f0 = f0.float()
        harmonics = torch.arange(1, self.harmonic_num + 2, device=f0.device).view(1, -1, 1)
        cycles = f0 * harmonics / self.sampling_rate
        angles = 2 * math.pi * (torch.cumsum(cycles, dim=-1) % 1)
        uniform = torch.distributions.Uniform(low=-math.pi, high=math.pi, validate_args=False)
        phase = uniform.sample(sample_shape=torch.Size((f0.size(0), self.harmonic_num + 1, 1)))
        phase[:, 0, :] = 0
        sines = self.sine_amp * torch.sin(angles + phase.to(f0.device, non_blocking=True))
        voiced = self._f02uv(f0)
        amplitude = voiced * self.noise_std + (1 - voiced) * self.sine_amp / 3
        noise = amplitude * torch.randn_like(sines)
        return sines * voiced + noise, voiced, noise


class RepairedSnake(Repaired):
    """Snake, whose 1 / (alpha + 1e-9) is taken in fp32: it overflows fp16 and loses seven bits in bf16."""

    alpha: nn.Parameter
    alpha_logscale: bool
    no_div_by_zero: float

    def forward(self, x: Tensor) -> Tensor:
        """x [batch, channels, frames]."""
        alpha = self.alpha.float().unsqueeze(0).unsqueeze(-1)
        if self.alpha_logscale:
            alpha = torch.exp(alpha)
        wave = x + (1.0 / (alpha + self.no_div_by_zero)) * torch.pow(torch.sin(x * alpha), 2)
        return wave.to(x.dtype)
