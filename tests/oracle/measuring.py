"""What `octet measure` is tried on: demo clips at several rates, and what can happen to them."""

import json
import subprocess

import librosa
import numpy as np
import octet
import soundfile

CLIPS = octet.REPOSITORY / "resources/demo_voice/clips"
NAMES = ["ref00_en_f_nora.wav", "ref01_en_m_kumo.flac", "ref20_ja_f_gong.flac"]


def _noisy(sound, rate):
    """Noise that follows the speech, 20 dB under it."""
    return sound * (1 + 0.14 * np.random.default_rng(1).standard_normal(len(sound)))


def _muffled(sound, rate):
    spectrum = np.fft.rfft(sound)
    spectrum[int(0.12 * len(spectrum)) :] *= 0.1
    return np.fft.irfft(spectrum, len(sound))


CHANGES = {
    "noisy": _noisy,
    "muffled": _muffled,
    "quieter": lambda sound, _: 0.4 * sound,
    "hissing": lambda sound, _: sound + 0.003 * np.random.default_rng(2).standard_normal(len(sound)),
    "clipped": lambda sound, _: np.clip(4 * sound, -0.99, 0.99),
    "with DC": lambda sound, _: sound + 0.05,
    "shorter": lambda sound, rate: sound[: len(sound) - rate // 7],
}


def measured(folder, reference, test, rate, *options):
    """Values of all measures, by id, of two sounds of this rate, and the sounds as the files have them."""
    paths = [folder / "reference.wav", folder / "test.wav"]
    for path, sound in zip(paths, (reference, test), strict=True):
        soundfile.write(path, sound.astype(np.float32), rate, subtype="FLOAT")
    command = [octet.binary(), "measure", *paths, "--json", "--quiet", "--threads", "2", *options]
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    kept = min(len(reference), len(test))
    sounds = [soundfile.read(path, dtype="float64")[0][:kept] for path in paths]
    return {row["id"]: row["value"] for row in json.loads(result.stdout)["measures"]}, *sounds


def at_rate(name, rate):
    sound, native = soundfile.read(CLIPS / name, dtype="float64")
    return sound if native == rate else librosa.resample(sound, orig_sr=native, target_sr=rate)


def log_mel(sound):
    """Upstream's mel, of librosa's parts: 80 bands of the magnitudes of 1920 samples every 480, at 24 kHz."""
    padded = np.pad(sound, (720, 720), mode="reflect")
    magnitudes = np.abs(librosa.stft(padded, n_fft=1920, hop_length=480, win_length=1920, center=False))
    filters = librosa.filters.mel(sr=24000, n_fft=1920, n_mels=80, fmin=0, fmax=8000)
    return np.log(np.maximum(filters @ np.sqrt(magnitudes**2 + 1e-9), 1e-5))
