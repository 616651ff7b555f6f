"""`octet measure --predicted-mos` against distillmos, which has the weights in fp32."""

import distillmos
import numpy as np
import pytest
import torch
from measuring import CHANGES, NAMES, at_rate, measured

RATE = 16000
# Ours are in fp16, which moved the scores of 22 clips by 0.0003 at most.
TOLERANCE = 1e-3


@pytest.fixture(scope="module")
def model():
    return distillmos.ConvTransformerSQAModel().eval()


def check(model, folder, reference, test):
    values, *sounds = measured(folder, reference, test, RATE, "--predicted-mos")
    with torch.no_grad():
        before, after = (model(torch.tensor(np.asarray(sound, np.float32))[None]).item() for sound in sounds)
    assert values["predicted_mos_distilled"] == pytest.approx(after, abs=TOLERANCE)
    assert values["predicted_mos_distilled_change"] == pytest.approx(after - before, abs=2 * TOLERANCE)


@pytest.mark.parametrize("change", ["noisy", "clipped"])
def test_speech_has_distillmos_scores(change, model, tmp_path):
    sound = at_rate(NAMES[0], RATE)
    check(model, tmp_path, sound, CHANGES[change](sound, RATE))


def test_long_speech_is_the_mean_of_segments(model, tmp_path):
    sound = np.tile(at_rate(NAMES[0], RATE), 4)
    check(model, tmp_path, sound, CHANGES["noisy"](sound, RATE))


def test_silence_and_a_constant_have_distillmos_scores(model, tmp_path):
    check(model, tmp_path, np.zeros(9100), np.full(9100, -1.0))
