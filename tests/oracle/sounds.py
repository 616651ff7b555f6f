"""Test sounds: speech-like, made from a seed, the same everywhere."""

import numpy as np


def speech(seconds, rate, seed, channels=1):
    """Harmonics with moving pitch, formants and syllables over breath noise; float32, [samples] or [samples, 2]."""
    random = np.random.RandomState(seed)
    count = int(round(seconds * rate))
    time = np.arange(count) / rate

    def wander(low, high, per_second):
        """A smooth random curve."""
        points = random.uniform(low, high, int(seconds * per_second) + 3)
        return np.interp(time * per_second, np.arange(len(points)), points)

    phase = 2 * np.pi * np.cumsum(wander(90, 320, 3)) / rate
    formants = [wander(300, 900, 5), wander(900, 2400, 5), wander(2400, 3600, 5)]
    pitch = np.gradient(phase) * rate / (2 * np.pi)
    voice = np.zeros(count)
    for harmonic in range(1, 30):
        frequency = harmonic * pitch
        level = sum(np.exp(-(((frequency - formant) / 250) ** 2)) for formant in formants) + 0.02 / harmonic
        voice += np.where(frequency < 0.45 * rate, level, 0) * np.sin(harmonic * phase)
    syllables = np.clip(wander(-0.4, 1.0, 8), 0, None)
    breath = random.randn(count) * wander(0.0, 0.1, 6)
    mono = syllables * voice * 0.15 + breath * 0.3 + 0.0005 * random.randn(count)
    if channels == 1:
        return np.clip(mono, -0.98, 0.98).astype(np.float32)
    delayed = np.roll(mono, int(0.0004 * rate)) * 0.7 + 0.01 * random.randn(count)
    return np.clip(np.stack([mono, delayed], axis=1), -0.98, 0.98).astype(np.float32)
