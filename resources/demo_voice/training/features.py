"""Features of upstream's four parts, batched in torch, and the pitch track the vocoder's f0 predictor learns from.

mel: log of 80 mels at 24 kHz, hop 480 (flow and vocoder); log_mel: 128 mels at 16 kHz, hop 160 (tokenizer);
fbank: Kaldi's 80 mels at 16 kHz (speaker encoder). Each equals upstream's own extractor.
"""

import functools

import numpy as np
import torch
import torch.nn.functional as F

RATE = 24000
HOP = 480  # samples per mel frame; two frames per token
TOKEN = 960  # samples per token
FLOOR = float(np.log(1e-5))  # the mel of silence


def mel_filterbank(rate, n_fft, n_mels, low=0.0, high=None):
    """Slaney mel filters [n_mels, n_fft / 2 + 1], equal to librosa.filters.mel's defaults."""
    def to_mel(hertz):
        hertz = np.asarray(hertz, float)
        return np.where(hertz >= 1000, 15 + np.log(np.maximum(hertz, 1e-9) / 1000) / (np.log(6.4) / 27), hertz * 3 / 200)

    def to_hertz(mel):
        mel = np.asarray(mel, float)
        return np.where(mel >= 15, 1000 * np.exp(np.log(6.4) / 27 * (mel - 15)), mel * 200 / 3)

    corners = to_hertz(np.linspace(to_mel(low), to_mel(high or rate / 2), n_mels + 2))
    ramps = corners[:, None] - np.linspace(0, rate / 2, n_fft // 2 + 1)[None]
    width = np.diff(corners)
    filters = np.maximum(0, np.minimum(-ramps[:-2] / width[:-1, None], ramps[2:] / width[1:, None]))
    return (filters * (2 / (corners[2:] - corners[:-2]))[:, None]).astype(np.float32)


@functools.lru_cache(maxsize=None)
def _filters(rate, n_fft, n_mels, high, device):
    return torch.from_numpy(mel_filterbank(rate, n_fft, n_mels, 0.0, high)).to(device)


@functools.lru_cache(maxsize=None)
def _hann(length, device):
    return torch.hann_window(length, device=device)


def mel(wave, padded=False):
    """wave [B, L] to [B, 80, L / 480]. `padded`: the wave already has 720 samples of context on either side."""
    if not padded:
        wave = F.pad(wave[:, None], (720, 720), mode="reflect")[:, 0]
    spectrum = torch.stft(wave, 1920, HOP, 1920, _hann(1920, wave.device), center=False, return_complex=True)
    magnitude = torch.sqrt(torch.view_as_real(spectrum).pow(2).sum(-1) + 1e-9)
    return torch.log(torch.clamp(_filters(RATE, 1920, 80, 8000, wave.device) @ magnitude, min=1e-5))


def log_mel(wave16):
    """wave16 [B, L] at 16 kHz to [B, 128, L / 160]."""
    spectrum = torch.stft(wave16, 400, 160, window=_hann(400, wave16.device), return_complex=True)
    power = _filters(16000, 400, 128, None, wave16.device) @ spectrum[..., :-1].abs().square()
    decades = torch.clamp(power, min=1e-10).log10()
    return (torch.maximum(decades, decades.amax(dim=(-1, -2), keepdim=True) - 8.0) + 4) / 4


@functools.lru_cache(maxsize=None)
def _kaldi(device):
    """Kaldi's window of 25 ms [400] and mel filters [80, 257]."""
    import torchaudio
    window = torch.hann_window(400, periodic=False, device=device) ** 0.85
    filters, _ = torchaudio.compliance.kaldi.get_mel_banks(80, 512, 16000, 20.0, 0.0, 100.0, -500.0, 1.0)
    return window, F.pad(filters, (0, 1)).to(device)


def fbank(wave16):
    """wave16 [B, L] at 16 kHz to [B, (L - 240) / 160, 80], as Kaldi.fbank with its defaults, not mean-subtracted."""
    window, filters = _kaldi(wave16.device)
    frames = wave16.unfold(-1, 400, 160)
    frames = frames - frames.mean(-1, keepdim=True)
    before = torch.cat([frames[..., :1], frames[..., :-1]], -1)
    spectrum = torch.fft.rfft((frames - 0.97 * before) * window, 512)
    power = torch.view_as_real(spectrum).square().sum(-1)
    return torch.log(torch.clamp(power @ filters.T, min=torch.finfo(torch.float32).eps))


def to_16k(wave):
    """wave [..., L] at 24 kHz to 16 kHz, as upstream's embed_ref resamples."""
    import torchaudio
    return torchaudio.functional.resample(wave, RATE, 16000)


def pitch(wave, low=60.0, high=520.0):
    """f0 in Hz per mel frame (0 where unvoiced) of a 24 kHz numpy wave.

    YIN's cumulative mean normalized difference (de Cheveigné and Kawahara, 2002) at 12 kHz; a Viterbi search picks
    one of six candidates, or unvoiced, per frame.
    """
    window, candidates, unvoiced_cost, n_fft = 480, 6, 0.55, 2048
    smooth = np.hanning(7) / np.hanning(7).sum()
    half = np.convolve(np.asarray(wave, np.float64), smooth, "same")[::2]
    rate, hop, frames = RATE // 2, HOP // 2, len(wave) // HOP
    longest, shortest = int(rate / low) + 2, int(rate / high)
    padded = np.pad(half, (window, window + 2 * longest))
    start = np.arange(frames) * hop + hop // 2 + window - (window + longest) // 2
    pieces = padded[start[:, None] + np.arange(window + longest)[None]]
    cross = np.fft.irfft(np.fft.rfft(pieces, n_fft) * np.conj(np.fft.rfft(pieces[:, :window], n_fft)), n_fft)
    energy = np.concatenate([np.zeros((frames, 1)), np.cumsum(pieces**2, 1)], 1)
    difference = (energy[:, window:window + 1] + energy[:, window:window + longest] - energy[:, :longest]
                  - 2 * cross[:, :longest])
    difference[:, 0] = 0
    mean = np.maximum(np.cumsum(np.maximum(difference[:, 1:], 0), 1), 1e-12)
    normalized = np.concatenate([np.ones((frames, 1)), difference[:, 1:] * np.arange(1, longest) / mean], 1)

    level = 10 * np.log10(energy[:, window] / window + 1e-12)
    audible = level >= max(level.max() - 48, -75)
    lag, cost = np.zeros((frames, candidates)), np.full((frames, candidates), 9.0)
    for frame in np.flatnonzero(audible):
        d = normalized[frame]
        dips = np.flatnonzero((d[1:-1] < d[:-2]) & (d[1:-1] <= d[2:])) + 1
        dips = dips[(dips >= shortest) & (dips < longest - 1)]
        dips = dips[np.argsort(d[dips])[:candidates]]
        before, here, after = d[dips - 1], d[dips], d[dips + 1]
        offset = np.clip(0.5 * (before - after) / (before - 2 * here + after + 1e-12), -0.5, 0.5)
        lag[frame, :len(dips)] = dips + offset
        cost[frame, :len(dips)] = here + 0.0006 * dips  # prefers the shorter of two equal periods

    f0 = np.where(lag > 0, rate / np.maximum(lag, 1), 1.0)
    octave = np.log2(f0)
    state_cost = np.concatenate([cost, np.full((frames, 1), unvoiced_cost)], 1)
    back = np.zeros((frames, candidates + 1), int)
    total = state_cost[0].copy() if frames else np.zeros(candidates + 1)
    change = np.full((candidates + 1, candidates + 1), 0.12)
    change[-1, -1] = 0
    for frame in range(1, frames):
        change[:-1, :-1] = np.minimum(np.abs(octave[frame][None] - octave[frame - 1][:, None]) * 1.2, 1.5)
        path = total[:, None] + change
        back[frame] = path.argmin(0)
        total = path.min(0) + state_cost[frame]
    track, state = np.zeros(frames, np.float32), int(total.argmin())
    for frame in range(frames - 1, -1, -1):
        track[frame] = 0 if state == candidates else f0[frame, state]
        state = back[frame, state]
    return track
