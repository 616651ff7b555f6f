"""`octet measure --predicted-mos` against speechmos, which runs the same network in ONNX Runtime."""

import librosa
import numpy as np
import pytest
import speechmos.dnsmos
from measuring import CHANGES, NAMES, at_rate, measured

RATE = 16000
# Octet's id, speechmos' key
SCORES = {"speech": "sig_mos", "background": "bak_mos", "overall": "ovrl_mos"}
# Both compute in fp32; sums in another order leave 1e-6 of scores of 1 to 5.
TOLERANCE = 1e-4


def check(folder, reference, test, rate=RATE, tolerance=TOLERANCE):
    values, *sounds = measured(folder, reference, test, rate, "--predicted-mos")
    if rate != RATE:
        sounds = [librosa.resample(sound, orig_sr=rate, target_sr=RATE) for sound in sounds]
    expected = [speechmos.dnsmos.run(np.clip(sound, -1, 1).astype(np.float32), RATE) for sound in sounds]
    for score, key in SCORES.items():
        assert values[f"predicted_mos_{score}"] == pytest.approx(expected[1][key], abs=tolerance)
    change = expected[1]["ovrl_mos"] - expected[0]["ovrl_mos"]
    assert values["predicted_mos_change"] == pytest.approx(change, abs=2 * tolerance)


@pytest.mark.parametrize("change", ["noisy", "clipped"])
def test_speech_has_speechmos_scores(change, tmp_path):
    sound = at_rate(NAMES[0], RATE)
    check(tmp_path, sound, CHANGES[change](sound, RATE))


def test_silence_and_a_constant_have_speechmos_scores(tmp_path):
    """Short ones, which are doubled until they fill a segment."""
    check(tmp_path, np.zeros(9100), np.full(9100, -1.0))


def test_other_rates_are_nearly_those_of_another_resampler(tmp_path):
    """librosa's soxr keeps what lies between 7.5 and 8 kHz, which torchaudio's filter softens."""
    sound = at_rate(NAMES[0], 24000)
    check(tmp_path, sound, CHANGES["hissing"](sound, 24000), 24000, tolerance=0.05)
