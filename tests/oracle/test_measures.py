"""`octet measure` against public implementations of its measures: demo clips, what can happen to them, edges."""

import auraloss
import librosa
import numpy as np
import pyloudnorm
import pystoi
import pytest
import scipy.fft
import scipy.signal
import torch
from measuring import CHANGES, NAMES, at_rate, log_mel, measured


def yin(sound, rate):
    """f0 by frame, 0 where it is not voiced: de Cheveigne and Kawahara's equations 6 and 8, and steps 4 and 5."""
    window, lags, hop = rate // 50, -(-rate // 50) + 2, rate // 100
    frames = np.lib.stride_tricks.sliding_window_view(sound, window + lags - 1)[::hop]
    energy = (frames**2).sum(axis=1)
    found = []
    for frame, level in zip(frames, energy, strict=True):
        moved = np.lib.stride_tricks.sliding_window_view(frame, window)
        difference = ((moved - moved[0]) ** 2).sum(axis=1)
        dips = np.ones(lags)
        dips[1:] = difference[1:] * np.arange(1, lags) / np.maximum(np.cumsum(difference[1:]), 1e-300)
        below = [lag for lag in range(rate // 600, lags - 1) if dips[lag] < 0.15]
        if level < 1e-5 * energy.max() or not below:
            found.append(0.0)
            continue
        lag = below[0]
        while lag + 2 < lags and dips[lag + 1] < dips[lag]:
            lag += 1
        before, here, after = dips[lag - 1 : lag + 2]
        bend = before - 2 * here + after
        found.append(rate / (lag + (np.clip((before - after) / 2 / bend, -0.5, 0.5) if bend > 0 else 0)))
    return np.array(found)


def log_spectral_distance(r, t, rate):
    """The root mean square over bins in dB, mean over frames, of librosa's spectra; bins under -120 dB count so."""
    n_fft = 2048 * rate // 48000
    full_scale = scipy.signal.get_window("hann", n_fft).sum() / 2

    def decibels(sound):
        spectrum = np.abs(librosa.stft(sound, n_fft=n_fft, hop_length=rate // 100, pad_mode="reflect"))
        return 20 * np.log10(np.maximum(spectrum / full_scale, 1e-6))

    return np.sqrt(((decibels(r) - decibels(t)) ** 2).mean(axis=0)).mean()


def segmental_snr(r, t, rate):
    """Loizou's comp_snr, without the frames 40 dB under the loudest."""
    length = rate * 3 // 100
    window = scipy.signal.get_window("hann", length)

    def energies(sound):
        frames = np.lib.stride_tricks.sliding_window_view(sound, length)[:: length // 4]
        return ((frames * window) ** 2).sum(axis=1)

    signal, noise = energies(r), energies(r - t)
    heard = signal >= 1e-4 * signal.max()
    return np.clip(10 * np.log10(signal[heard] / noise[heard]), -10, 35).mean()


def check_signals_and_spectra(values, r, t, rate):
    def one(sound):
        return torch.from_numpy(sound.astype(np.float32))[None, None]

    with np.errstate(divide="ignore"):  # where both are the same; limited then
        snr = min(200, 10 * np.log10((r**2).sum() / ((r - t) ** 2).sum()))
        assert values["snr"] == pytest.approx(snr, abs=1e-6)
        assert values["segmental_snr"] == pytest.approx(segmental_snr(r, t, rate), abs=1e-6)
    assert values["log_spectral_distance"] == pytest.approx(log_spectral_distance(r, t, rate), abs=1e-4)
    # auraloss computes in fp32
    distance = auraloss.freq.MultiResolutionSTFTLoss()(one(t), one(r)).item()
    assert values["mr_stft"] == pytest.approx(distance, rel=1e-3)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", NAMES)
def test_measures_of_speech_are_those_of_public_programs(name, change, tmp_path):
    rate = 24000
    sound = at_rate(name, rate)
    values, r, t = measured(tmp_path, sound, CHANGES[change](sound, rate), rate)

    def one(sound):
        return torch.from_numpy(sound)[None, None]

    sdr = -auraloss.time.SISDRLoss(eps=1e-20)(one(t), one(r)).item()
    # where only the level differs both are limits: ours 200, theirs what rounding leaves
    assert values["si_sdr"] == pytest.approx(sdr, abs=1e-3) or min(values["si_sdr"], sdr) > 120
    # pystoi resamples to 10 kHz by another filter
    assert values["stoi"] == pytest.approx(pystoi.stoi(r, t, rate), abs=2e-3)
    assert values["extended_stoi"] == pytest.approx(pystoi.stoi(r, t, rate, extended=True), abs=5e-3)
    meter = pyloudnorm.Meter(rate)
    # pyloudnorm's filters are an approximation: up to 0.1 LU on either side
    expected = meter.integrated_loudness(t) - meter.integrated_loudness(r)
    assert values["loudness_difference"] == pytest.approx(expected, abs=0.1)
    mel_r, mel_t = log_mel(r), log_mel(t)
    assert values["mel_l1"] == pytest.approx(np.abs(mel_t - mel_r).mean(), rel=1e-3, abs=1e-5)
    cepstra = scipy.fft.dct(mel_t - mel_r, axis=0)[1:14] / 80  # of type 2, which has the 2 within
    distortion = 10 / np.log(10) * np.sqrt(2 * (cepstra**2).sum(axis=0)).mean()
    assert values["mel_cepstral_distortion"] == pytest.approx(distortion, rel=1e-3, abs=1e-5)
    assert values["constant_offset"] == pytest.approx(100 * t.mean(), abs=1e-6)
    check_signals_and_spectra(values, r, t, rate)
    assert values["noise_under_speech"] <= 10 * np.log10(max(1e-14, ((t - r) ** 2).max())) + 0.1


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_measures_at_other_rates_are_those_of_public_programs(rate, tmp_path):
    sound = at_rate(NAMES[0], rate)
    values, r, t = measured(tmp_path, sound, CHANGES["noisy"](sound, rate), rate)
    assert values["stoi"] == pytest.approx(pystoi.stoi(r, t, rate), abs=2e-3)
    assert values["extended_stoi"] == pytest.approx(pystoi.stoi(r, t, rate, extended=True), abs=5e-3)
    meter = pyloudnorm.Meter(rate)
    expected = meter.integrated_loudness(t) - meter.integrated_loudness(r)
    assert values["loudness_difference"] == pytest.approx(expected, abs=0.1)
    check_signals_and_spectra(values, r, t, rate)


def test_stoi_without_resampling_is_pystois(tmp_path):
    sound = at_rate(NAMES[0], 10000)
    values, r, t = measured(tmp_path, sound, CHANGES["noisy"](sound, 10000), 10000)
    # samples are fp32 in between
    assert values["stoi"] == pytest.approx(pystoi.stoi(r, t, 10000), abs=1e-6)
    assert values["extended_stoi"] == pytest.approx(pystoi.stoi(r, t, 10000, extended=True), abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_pitch_is_that_of_yin(name, tmp_path):
    """Of speech beside itself, played 1 % faster and hissing."""
    rate = 24000
    sound = at_rate(name, rate)
    faster = np.interp(np.arange(0, len(sound) - 1, 1.01), np.arange(len(sound)), sound)
    values, r, t = measured(tmp_path, sound, CHANGES["hissing"](faster, rate), rate)
    of_r, of_t = yin(r, rate), yin(t, rate)
    both = (of_r > 0) & (of_t > 0)
    cents = 1200 * np.log2(of_t[both] / of_r[both])
    assert values["pitch_difference"] == pytest.approx(np.sqrt((cents**2).mean()), rel=1e-6)
    assert values["voicing_error"] == pytest.approx(100 * ((of_r > 0) != (of_t > 0)).mean(), abs=1e-9)
    # librosa's windows are tapered and a frame longer: nearly the same where the voice is steady
    theirs = librosa.yin(
        r,
        fmin=50,
        fmax=600,
        sr=rate,
        frame_length=rate // 20,
        hop_length=rate // 100,
        trough_threshold=0.15,
        center=False,
    )
    pairs = [(a, b) for a, b in zip(of_r[1:], theirs, strict=False) if a > 0]
    apart = [1200 * abs(np.log2(b / a)) for a, b in pairs]
    assert np.median(apart) < 12


@pytest.mark.parametrize("samples", [0, 1, 700, 2400])
@pytest.mark.parametrize("kind", ["silent", "constant", "speech"])
def test_edges_have_a_value_or_none(samples, kind, tmp_path):
    sound = {"silent": np.zeros(2400), "constant": np.full(2400, 0.5), "speech": at_rate(NAMES[0], 24000)[9000:11400]}
    reference = sound[kind][:samples]
    if samples == 0:
        return
    values, _, _ = measured(tmp_path, reference, 0.5 * reference, 24000)
    assert all(value is None or np.isfinite(value) for value in values.values())
    assert values["stoi"] is None and values["loudness_difference"] is None
    if kind == "silent":
        assert values["si_sdr"] is None and values["noise_under_speech"] is None
