"""The comparison itself: it agrees with itself, names what differs, and notices every known mistake.

Each mistake is made in upstream's code, whose stages are then held against those of the intact code with the
tolerances that Octet is held to. So the models and inputs of the oracle are such that a wrong detail shows.
"""

import contextlib
import types
from unittest import mock

import pytest
import torch
from torch import nn

import bundles
import cases
import figures
import int8
import sounds
import stages
import upstream

MODELS = {"small": cases.SMALL, "calm": cases.CALM, "meanflow": cases.MEANFLOW, "int8": cases.INT8}


class Bench:
    """One model with a request, run again and again."""

    def __init__(self, model):
        self.model = bundles.build(model)
        self.audio = torch.from_numpy(sounds.speech(1.5, 16000, seed=31))[None]
        self.tokens = stages.tokenize(self.model, torch.from_numpy(sounds.speech(1.0, 16000, seed=32))[None], 16000)
        self.noise = stages.draw_noise(self.model, self.tokens, stages.condition(self.model, self.audio, 16000), 33)
        self.plain = {name: value.clone() for name, value in self.model.state_dict().items()}
        self.prepare = lambda: None

    def run(self):
        self.model.load_state_dict(self.plain)
        self.prepare()
        conditioning = stages.condition(self.model, self.audio, 16000)
        result = stages.synthesize(self.model, self.tokens, conditioning, 2, self.noise)
        return {name: tensor.numpy() for name, tensor in result.items()}


@pytest.fixture(scope="module")
def bench():
    benches = {}

    def of(name):
        if name not in benches:
            benches[name] = Bench(MODELS[name])
            if name == "int8":
                benches[name].prepare = lambda: int8.quantize(benches[name].model)
            benches[name].expected = benches[name].run()
        return benches[name]

    return of


# --- mistakes: each a context in which the model is wrong in one detail ------------------------------------------


def _all(model, kind):
    return [module for module in model.modules() if type(module).__name__ == kind]


@contextlib.contextmanager
def _attribute(modules, name, value):
    with contextlib.ExitStack() as stack:
        for module in modules:
            stack.enter_context(mock.patch.object(module, name, value))
        yield


def encoder_layer_norm_eps(bench):
    layers = [*bench.model.flow.encoder.encoders, *bench.model.flow.encoder.up_encoders]
    norms = [norm for layer in layers for norm in (layer.norm_ff, layer.norm_mha)]
    assert all(norm.eps == 1e-12 for norm in norms)
    return _attribute(norms, "eps", 1e-5)


def _functional_with(module, **replaced):
    """The module sees another torch.nn.functional; nothing else does."""
    functional = types.SimpleNamespace(**{**vars(torch.nn.functional), **replaced})
    return mock.patch.object(module, "F", functional)


def last_slope(bench):
    def leaky_relu(x, slope=0.1):
        return nn.functional.leaky_relu(x, slope)

    return _functional_with(upstream.module("s3gen.hifigan"), leaky_relu=leaky_relu)


def look_ahead_slope(bench):
    def leaky_relu(x, slope=0.1):
        return nn.functional.leaky_relu(x, slope)

    return _functional_with(upstream.module("s3gen.transformer.upsample_encoder"), leaky_relu=leaky_relu)


def magnitude_clip(bench):
    return mock.patch.object(torch, "clip", lambda x, max: x)


def waveform_limit(bench):
    return mock.patch.object(bench.model.mel2wav, "audio_limit", float("inf"))


def snake_epsilon(bench):
    return _attribute(_all(bench.model, "Snake"), "no_div_by_zero", 0.0)


def estimator_gelu(bench):
    return _attribute(_all(bench.model.flow, "GELU"), "approximate", "tanh")


def relative_shift(bench):
    attention = upstream.module("s3gen.transformer.attention").RelPositionMultiHeadedAttention
    intact = attention.rel_shift
    return mock.patch.object(attention, "rel_shift", lambda self, x: intact(self, x).roll(1, dims=-1))


def biased_deviation(bench):
    pool = upstream.module("s3gen.xvector").statistics_pooling
    return mock.patch.object(pool, "__defaults__", (-1, False, False, 1e-2))


def context_segment(bench):
    layer = upstream.module("s3gen.xvector").CAMLayer
    return mock.patch.object(layer.seg_pooling, "__defaults__", (50, "avg"))


def ignored_noised_mels(bench):
    decoder = bench.model.flow.decoder
    intact = decoder.forward
    return mock.patch.object(decoder, "forward", lambda **given: intact(**{**given, "noised_mels": None}))


def meanflow_end_time(bench):
    estimator = bench.model.flow.decoder.estimator
    intact = estimator.forward
    return mock.patch.object(estimator, "forward", lambda x, **given: intact(x, **{**given, "r": given["t"]}))


def guidance(bench):
    return mock.patch.object(bench.model.flow.decoder, "inference_cfg_rate", 0.7 + 1e-3)


def linear_time_grid(bench):
    return mock.patch.object(bench.model.flow.decoder, "t_scheduler", "linear")


def embedding_not_normalized(bench):
    return _functional_with(upstream.module("s3gen.flow"), normalize=lambda x, dim: x)


def phase_of_first_harmonic(bench):
    """The source made as if the first row of the phases were drawn like the others."""
    generator = bench.model.mel2wav.m_source.l_sin_gen
    intact = torch.sin

    def sin(x):
        return intact(x + bench.noise["sine_phase"] * (torch.arange(x.shape[1]) == 0)[None, :, None])

    def forward(f0):
        with mock.patch.object(torch, "sin", sin):
            return type(generator).forward(generator, f0)

    return mock.patch.object(generator, "forward", forward)


def voiced_threshold(bench):
    return mock.patch.object(bench.model.mel2wav.m_source.l_sin_gen, "voiced_threshold", 30)


def padding_on_the_other_side(bench):
    return mock.patch.object(bench.model.mel2wav, "reflection_pad", nn.ReflectionPad1d((0, 1)))


@contextlib.contextmanager
def phase_without_its_sine(bench):
    vocoder = bench.model.mel2wav
    intact, spectra = vocoder._istft, []

    def istft(magnitude, phase):
        return intact(magnitude, spectra[-1][:, magnitude.shape[1] :])

    hook = vocoder.conv_post.register_forward_hook(lambda module, inputs, output: spectra.append(output))
    with mock.patch.object(vocoder, "_istft", istft):
        yield
    hook.remove()


def transposed_scale_axis(bench):
    model = bench.model
    return mock.patch.object(bench, "prepare", lambda: int8.quantize(model, transposed_axis=0))


def tokenizer_memory(bench):
    attention = _all(bench.model.tokenizer, "FSMNMultiHeadAttention")
    return _attribute(attention, "pad_fn", nn.ConstantPad1d((16, 14), 0.0))


MISTAKES = [
    ("calm", encoder_layer_norm_eps, "encoder_out"),
    ("small", last_slope, "waveform"),
    ("small", look_ahead_slope, "encoder_out"),
    ("small", magnitude_clip, "waveform"),
    ("small", waveform_limit, "waveform"),
    ("small", snake_epsilon, "waveform"),
    ("small", estimator_gelu, "mel_step_1"),
    ("calm", estimator_gelu, "mel_step_1"),
    ("meanflow", estimator_gelu, "mel_step_1"),
    ("small", relative_shift, "encoder_out"),
    ("calm", relative_shift, "encoder_out"),
    ("small", biased_deviation, "embedding"),
    ("small", context_segment, "embedding"),
    ("meanflow", ignored_noised_mels, "mel_step_1"),
    ("meanflow", meanflow_end_time, "mel_step_1"),
    ("small", guidance, "mel_step_1"),
    ("small", linear_time_grid, "mel_step_1"),
    ("small", embedding_not_normalized, "mel_step_1"),
    ("small", phase_of_first_harmonic, "source"),
    ("small", voiced_threshold, "source"),
    ("small", padding_on_the_other_side, "waveform"),
    ("small", phase_without_its_sine, "waveform"),
    ("int8", transposed_scale_axis, "waveform"),
    ("small", tokenizer_memory, "prompt_token"),
]


@pytest.mark.parametrize(
    ("model", "mistake", "stage"), MISTAKES, ids=[f"{mistake.__name__}-{model}" for model, mistake, _ in MISTAKES]
)
def test_a_mistake_shows(model, mistake, stage, bench):
    subject = bench(model)
    with mistake(subject):
        wrong = subject.run()
    too_far = [figure.stage for figure in figures.compare(wrong, subject.expected, False) if not figure.holds]
    assert too_far and too_far[0] == stage, f"too far are only {too_far}"


# --- the comparison ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
def test_upstream_agrees_with_itself(model, bench):
    subject = bench(model)
    again = figures.compare(subject.run(), subject.expected, True)
    assert [figure.value for figure in again] == [0.0] * len(again)


@pytest.mark.parametrize("stage", ["prompt_feat", "embedding", "encoder_out", "mel_step_2", "f0", "source", "waveform"])
def test_a_perturbed_stage_is_named(stage, bench):
    expected = bench("small").expected
    limit = figures.limit_of(stage, source_injected=False)
    for size, count in ((1.5 * limit, 1), (0.5 * limit, 0)):
        perturbed = {**expected, stage: expected[stage] * (1 + size)}
        too_far = [figure.stage for figure in figures.compare(perturbed, expected, False) if not figure.holds]
        assert too_far == [stage] * count


def test_wrong_ids_shapes_gaps_and_nan_are_named(bench):
    expected = bench("small").expected
    tokens = expected["prompt_token"].copy()
    tokens[0, 3] += 1
    damaged = {
        **expected,
        "prompt_token": tokens,
        "f0": expected["f0"][:, 1:],
        "waveform": expected["waveform"] * float("nan"),
    }
    del damaged["mel"]
    too_far = [figure.stage for figure in figures.compare(damaged, expected, False) if not figure.holds]
    assert too_far == ["prompt_token", "mel", "f0", "waveform"]


@pytest.mark.parametrize("model", MODELS)
def test_random_weights_reach_every_branch(model, bench):
    """Voiced and unvoiced frames, clipped magnitudes, limited samples, many tokens, nothing vanished."""
    subject = bench(model)
    magnitudes = []
    with mock.patch.object(torch, "clip", lambda x, max: magnitudes.append(x.clone()) or x.clamp(max=max)):
        stages_made = subject.run()
    clipped = (magnitudes[0] > 100).float().mean().item()
    limited = (abs(stages_made["waveform"]) >= 0.99).mean()
    f0 = stages_made["f0"]
    assert 1e-5 < clipped < 0.02
    assert 1e-3 < limited < 0.3
    assert (f0 > 10).any() and (f0 <= 10).any() and f0.max() > 150
    assert len(set(subject.tokens.flatten().tolist())) > 0.6 * subject.tokens.numel()
    for stage in ("encoder_out", "mel", "embedding"):
        assert 0.1 < stages_made[stage].std() < 20
