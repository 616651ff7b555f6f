"""Writes tests/dsp/goldens/*.f32: what torchaudio and librosa compute for the signal of test_signal.h.

Run with torch 2.11.0, torchaudio 2.11.0 and librosa 0.11.0. The files are little-endian float32 without a header.
"""

from pathlib import Path

import librosa
import numpy as np
import torch
import torchaudio

GOLDENS = Path(__file__).parent / "goldens"


def noise(samples: int) -> torch.Tensor:
    """[1, samples]: white noise whose level falls by 6 dB every 500 samples, eight times, then starts again."""
    state, values = 1, []
    for i in range(samples):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append(((state >> 8) / 2**24 - 0.5) / 2 ** (i // 500 % 8))
    return torch.tensor([values], dtype=torch.float32)


def save(name: str, values) -> None:
    np.asarray(values, dtype="<f4").tofile(GOLDENS / f"{name}.f32")


def save_filters(name: str, filters: np.ndarray) -> None:
    """Triples (band, bin, weight) of what is not zero."""
    band, bin_ = np.nonzero(filters)
    save(name, np.stack([band, bin_, filters[band, bin_]], axis=1))


def tokenizer_log_mel(x: torch.Tensor) -> torch.Tensor:
    filters = torch.from_numpy(librosa.filters.mel(sr=16000, n_fft=400, n_mels=128))
    spectrum = torch.stft(x, 400, 160, window=torch.hann_window(400), return_complex=True)
    power = spectrum[..., :-1].abs() ** 2
    log_mel = torch.clamp(filters @ power, min=1e-10).log10()
    return (torch.maximum(log_mel, log_mel.max() - 8.0) + 4.0) / 4.0


def prompt_log_mel(x: torch.Tensor) -> torch.Tensor:
    filters = torch.from_numpy(librosa.filters.mel(sr=24000, n_fft=1920, n_mels=80, fmin=0, fmax=8000))
    x = torch.nn.functional.pad(x.unsqueeze(1), (720, 720), mode="reflect").squeeze(1)
    spectrum = torch.stft(x, 1920, 480, 1920, torch.hann_window(1920), center=False, return_complex=True)
    magnitude = torch.sqrt(torch.view_as_real(spectrum).pow(2).sum(-1) + 1e-9)
    return torch.log(torch.clamp(filters @ magnitude, min=1e-5))


def main() -> None:
    GOLDENS.mkdir(exist_ok=True)
    for source, target in [(48000, 24000), (48000, 16000), (44100, 24000), (44100, 16000), (24000, 16000),
                           (16000, 24000), (22050, 24000), (8000, 16000)]:
        save(f"resample_{source}_{target}", torchaudio.transforms.Resample(source, target)(noise(1234)))
    save_filters("mel_16000_400_128", librosa.filters.mel(sr=16000, n_fft=400, n_mels=128))
    save_filters("mel_24000_1920_80", librosa.filters.mel(sr=24000, n_fft=1920, n_mels=80, fmin=0, fmax=8000))
    save("kaldi_fbank", torchaudio.compliance.kaldi.fbank(noise(4321), num_mel_bins=80))
    save("tokenizer_log_mel", tokenizer_log_mel(noise(4321)))
    save("prompt_log_mel", prompt_log_mel(noise(6543)))


if __name__ == "__main__":
    main()
