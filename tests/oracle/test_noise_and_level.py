"""`octet measure` against numpy, scipy, librosa and torchaudio: noise by band, clicks, clipping, level, mel cosine."""

import itertools

import numpy as np
import pytest
import scipy.signal
import torch
import torchaudio
from measuring import CHANGES, NAMES, at_rate, log_mel, measured

RATES = [8000, 16000, 24000, 48000]
FLOORS = {"100_1000": (100, 1000), "1_4k": (1000, 4000), "4_8k": (4000, 8000), "8_12k": (8000, 12000)}


def _clicking(sound, rate):
    """A jump of one sample every 300 ms, as steep as nothing in speech."""
    clicked = sound.copy()
    clicked[rate // 5 :: 3 * rate // 10] += 0.4
    return clicked


ALL = {**CHANGES, "clicking": _clicking}


def ratio(signal, noise):
    """In dB, 200 at most on either side."""
    if signal <= 0:
        return None
    return 200.0 if noise <= 0 else float(np.clip(10 * np.log10(signal / noise), -200, 200))


def lowest_third_octave_snr(r, t, rate):
    """By the energies of one Fourier transform between IEC 61260-1's edges."""
    signal, noise = (np.abs(np.fft.rfft(x)) ** 2 for x in (r, r - t))
    hertz = np.fft.rfftfreq(len(r), 1 / rate)
    bands = []
    for n in range(-10, 11):
        low, high = (1000 * 10 ** (n / 10 + half) for half in (-0.05, 0.05))
        if high > rate / 2:
            break
        within = (low <= hertz) & (hertz < high)
        bands.append((signal[within].sum(), noise[within].sum()))
    strongest = max((energy for energy, _ in bands), default=0)
    return min((ratio(*band) for band in bands if band[0] > 1e-6 * strongest), default=None)


def spectrogram(sound, rate):
    """scipy's, as mean squares by bin: frames of 20 ms every 10 ms."""
    length = rate // 50
    hertz, _, density = scipy.signal.spectrogram(
        sound, rate, window="hann", nperseg=length, noverlap=length - rate // 100, detrend=False
    )
    density[-1] *= 2  # one side of the spectrum, the last bin like the others
    return hertz, density * rate / length


def pauses(levels):
    return (levels <= 1e-3 * np.quantile(levels, 0.95)) & (levels > 0)


def noise_floors(r, t, rate, band):
    """dB in the band in the pauses of the reference: of it, and of the test; None where there is none."""
    (hertz, of_r), (_, of_t) = (spectrogram(x, rate) for x in (r, t))
    quiet = pauses(of_r[1:].sum(axis=0))
    if quiet.sum() < 5 or band[1] > rate / 2:
        return None, None
    within = (band[0] <= hertz) & (hertz < band[1])
    return tuple(10 * np.log10(np.median(np.maximum(of[within].sum(axis=0), 1e-14)[quiet])) for of in (of_r, of_t))


def noise_under_speech(r, t, rate):
    levels = spectrogram(r, rate)[1][1:].sum(axis=0)
    speaks = ~pauses(levels) & (levels > 0)
    return 10 * np.log10(max(1e-14, spectrogram(t - r, rate)[1][1:].sum(axis=0)[speaks].mean()))


def clicks(r, t, rate):
    """By fourth differences beside their running median and the reference's running maximum."""
    smooth, seen = (np.pad(np.abs(np.diff(x, 4)), 2) for x in (r, t))
    window = rate // 50
    found, last = 0, 0
    for n in np.flatnonzero(seen > 1e-6):
        if found and n <= last + window // 4:
            continue
        near = smooth[max(0, n - rate // 1000) : n + rate // 1000 + 1].max()
        around = np.sort(seen[max(0, n - window // 2) : n + window // 2 + 1])
        if seen[n] > 4 * near and seen[n] > 25 * max(1e-6, around[len(around) // 2]):
            found, last = found + 1, n
    return found * rate / len(r)


def clipping(t):
    runs = [(abs(value), len(list(run))) for value, run in itertools.groupby(t)]
    return 100 * sum(length for level, length in runs if level >= 0.98 and length >= 4) / len(t)


def mel_cosine(r, t, rate):
    def features(sound):
        moved = torchaudio.functional.resample(torch.from_numpy(sound.astype(np.float32)), rate, 24000)
        above = log_mel(moved.double().numpy()) - np.log(1e-5)
        return np.where(above > 1e-4, above, 0).ravel()

    a, b = features(r), features(t)
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


def close(expected, tolerance):
    return None if expected is None else pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("change", ALL)
@pytest.mark.parametrize("rate", RATES)
def test_noise_and_level_are_those_of_public_programs(rate, change, tmp_path):
    sound = at_rate(NAMES[0], rate)
    values, r, t = measured(tmp_path, sound, ALL[change](sound, rate), rate)
    # Sums of fp64 in another order.
    assert values["snr_third_octave"] == close(lowest_third_octave_snr(r, t, rate), 1e-6)
    for name, band in FLOORS.items():
        of_r, of_t = noise_floors(r, t, rate, band)
        assert values[f"noise_floor_rise_{name}"] == close(None if of_r is None else of_t - of_r, 1e-6)
        if name == "1_4k":
            assert values["noise_floor_1_4k"] == close(of_t, 1e-6)
    assert values["noise_under_speech"] == close(noise_under_speech(r, t, rate), 1e-6)
    assert values["clicks"] == close(clicks(r, t, rate), 1e-9)
    assert values["clipping"] == close(clipping(t), 1e-9)
    assert values["level_difference"] == close(10 * np.log10((t**2).sum() / (r**2).sum()), 1e-6)
    # Mel spectra are fp32.
    assert values["mel_cosine"] == close(mel_cosine(r, t, rate), 1e-5)


@pytest.mark.parametrize("rate", RATES)
def test_clicks_are_counted_where_they_were_put(rate, tmp_path):
    sound = at_rate(NAMES[1], rate)
    clicked = _clicking(sound, rate)
    values, _, _ = measured(tmp_path, sound, clicked, rate)
    assert values["clicks"] == pytest.approx((clicked != sound).sum() * rate / len(sound), rel=0.1)
    assert measured(tmp_path, sound, sound, rate)[0]["clicks"] == 0


def loudness(sound, rate):
    """BS.1770-4 by the response that its tables 1 and 2 give at 48 kHz, at whatever rate; gated blocks of 400 ms."""
    hertz = np.fft.rfftfreq(2 * len(sound), 1 / rate)
    shelf = [1.53512485958697, -2.69169618940638, 1.19839281085285], [1, -1.69065929318241, 0.73248077421585]
    high_pass = [1, -2, 1], [1, -1.99004745483398, 0.99007225036621]
    response = np.prod([scipy.signal.freqz(*filt, worN=hertz, fs=48000)[1] for filt in (shelf, high_pass)], axis=0)
    heard = np.fft.irfft(np.fft.rfft(sound, 2 * len(sound)) * response)[: len(sound)]
    starts = range(0, len(sound) - 2 * rate // 5 + 1, rate // 10)
    blocks = np.array([(heard[start : start + 2 * rate // 5] ** 2).mean() for start in starts])
    blocks = blocks[blocks > 10 ** (-6.9309)]
    return -0.691 + 10 * np.log10(blocks[blocks > 0.1 * blocks.mean()].mean())


@pytest.mark.parametrize("rate", RATES)
def test_loudness_itself_is_that_of_bs1770(rate, tmp_path):
    """Beside a sine of -23 LUFS by EBU Tech 3341: 1 kHz, its peak at -20 dBFS, in one channel."""
    sound = at_rate(NAMES[0], rate)
    sine = 0.1 * np.sin(2 * np.pi * 1000 * np.arange(len(sound)) / rate)
    values, r, t = measured(tmp_path, sine, sound, rate)
    assert loudness(r, rate) == pytest.approx(-23, abs=0.01)
    # Meters may be 0.1 LU off; at 8 kHz filters made by the bilinear transform bend, pyloudnorm's as ours.
    tolerance = 0.2 if rate == 8000 else 0.1
    assert values["loudness_difference"] == pytest.approx(loudness(t, rate) - loudness(r, rate), abs=tolerance)


@pytest.mark.parametrize("rate", RATES)
def test_edges_are_what_they_are_by_definition(rate, tmp_path):
    sound = at_rate(NAMES[0], rate)[:rate]
    silence = np.zeros(rate)

    def of(reference, test):
        return measured(tmp_path, reference, test, rate)[0]

    silent = of(sound, silence)
    assert silent["level_difference"] is None and silent["mel_cosine"] is None
    assert silent["snr_third_octave"] == pytest.approx(0, abs=1e-9)  # what is missing is the signal itself
    assert silent["clicks"] == 0 and silent["clipping"] == 0 and silent["constant_offset"] == 0
    of_nothing = of(silence, sound)
    assert of_nothing["snr_third_octave"] is None and of_nothing["noise_floor_1_4k"] is None

    one = of(np.array([0.5]), np.array([0.25]))
    assert one["level_difference"] == pytest.approx(-20 * np.log10(2), abs=1e-9)
    assert one["clicks"] is None and one["mel_cosine"] is None and one["noise_floor_1_4k"] is None
    assert one["clipping"] == 0 and one["constant_offset"] == pytest.approx(25, abs=1e-9)

    same = of(sound, sound)
    assert same["snr_third_octave"] == 200 and same["mel_cosine"] == pytest.approx(1, abs=1e-9)
    assert same["noise_floor_rise_1_4k"] == 0 and same["clicks"] == 0

    shifted = of(sound, sound + 0.05)  # a constant is no sound: no band has it
    assert shifted["constant_offset"] == pytest.approx(100 * (sound.mean() + 0.05), abs=1e-4)
    full = of(sound, np.where(np.arange(rate) % 100 < 10, 1.0, 0.1))
    assert full["clipping"] == pytest.approx(10, abs=1e-9)
