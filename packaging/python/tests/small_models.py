"""Upstream's S3Gen, small and at its own size, and one synthesis of it under given noise. Builds on tests/oracle."""

from __future__ import annotations

import contextlib
import copy
import functools
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch: threads that wait actively starve others

import torch

REPOSITORY = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(REPOSITORY / "tests/oracle"))

import bundles  # noqa: E402
import cases  # noqa: E402
import noise as draws  # noqa: E402
import octet  # noqa: E402, F401 - for the tests
import sounds  # noqa: E402
import stages  # noqa: E402
import upstream  # noqa: E402, F401 - for the tests

torch.set_num_threads(1)
MODELS = {"standard": cases.SMALL, "meanflow": cases.MEANFLOW, "demo": cases.DEMO}
MODELS |= {"full": cases.FULL, "full-meanflow": cases.FULL_MEANFLOW}


@functools.cache
def _built(name):
    return bundles.build(MODELS[name])


def build(name):
    """A model of one's own: in fp32, in evaluation mode, with live weight norm."""
    return copy.deepcopy(_built(name))


def checkpoint(name, folder):
    """The model's file, as Octet opens it."""
    return bundles.write_model(MODELS[name], _built(name), folder)


@functools.cache
def voice(name):
    """What upstream's embed_ref makes of two seconds, as callers get it."""
    with torch.inference_mode():
        made = _built(name).embed_ref(torch.from_numpy(sounds.speech(2.0, 24000, seed=5))[None], 24000)
    return {key: None if value is None else value.clone() for key, value in made.items()}


def tokens(count=20, seed=3):
    return torch.randint(0, 6561, (1, count), generator=torch.Generator().manual_seed(seed))


def synthesize(model, ref_dict, speech_tokens, seed=1):
    """Wave and source of upstream's inference() under drawn noise."""
    with draws.injected(stages.draw_noise(model, speech_tokens, ref_dict, seed)), contextlib.redirect_stdout(None):
        return model.inference(speech_tokens, ref_dict=ref_dict)


def mel(model, ref_dict, speech_tokens, seed=1):
    """Mel [1, 80, frames] of a synthesis under drawn noise."""
    seen = []
    hook = model.mel2wav.f0_predictor.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].clone()))
    try:
        synthesize(model, ref_dict, speech_tokens, seed)
    finally:
        hook.remove()
    return seen[0]


def relative(actual, expected):
    """L2 of the difference over that of what is expected."""
    return ((actual.double() - expected.double()).norm() / expected.double().norm()).item()
