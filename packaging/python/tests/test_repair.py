"""Each trap of upstream in half precision, on models that were repaired. On stock ones these fail."""

import collections
import contextlib
import copy
import io
import math
import pickle

import numpy as np
import pytest
import small_models
import torch
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from octet_s3gen import repair
from octet_s3gen.wide_layers import widen

VARIANTS = ["standard", "meanflow"]
HALVES = [torch.bfloat16, torch.float16]


def repaired(name, dtype=torch.bfloat16):
    model = small_models.build(name)
    repair(model, dtype)
    return model


def inputs_of(module, run):
    """The first input of each call of this module while `run` runs."""
    seen = []
    hook = module.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].clone()))
    try:
        run()
    finally:
        hook.remove()
    return seen


@pytest.mark.parametrize("variant", [*VARIANTS, "demo"])
def test_fp32_is_what_it_was(variant):
    stock, voice, tokens = small_models.build(variant), small_models.voice(variant), small_models.tokens()
    model = repaired(variant, torch.float32)
    assert torch.equal(small_models.mel(model, voice, tokens), small_models.mel(stock, dict(voice), tokens))
    wave, source = small_models.synthesize(model, voice, tokens)
    expected_wave, expected_source = small_models.synthesize(stock, dict(voice), tokens)
    assert torch.equal(source, expected_source)
    # the iSTFT is another: a rounding or two of fp32, 6e-8 each
    assert small_models.relative(wave, expected_wave) < 1e-6


def test_fp32_keeps_every_tensor():
    stock = small_models.build("standard")
    model = repaired("standard", torch.float32)
    expected = stock.state_dict()
    assert list(model.state_dict()) == list(expected)
    assert all(torch.equal(tensor, expected[name]) for name, tensor in model.state_dict().items())


def test_the_same_seed_draws_the_same_noise():
    voice, tokens = small_models.voice("meanflow"), small_models.tokens()
    waves = []
    for model in (small_models.build("meanflow"), repaired("meanflow", torch.float32)):
        torch.manual_seed(11)
        with contextlib.redirect_stdout(None):
            waves.append(model.inference(tokens, ref_dict=dict(voice))[0])
    assert small_models.relative(waves[1], waves[0]) < 1e-6


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("variant", VARIANTS)
def test_half_precision_costs_its_rounding_and_no_more(variant, dtype):
    stock, voice, tokens = small_models.build(variant), small_models.voice(variant), small_models.tokens()
    expected = small_models.mel(stock, dict(voice), tokens)
    error = small_models.relative(small_models.mel(repaired(variant, dtype), voice, tokens), expected)
    # an epsilon a layer, of some ten layers in a row; wrong ids or times cost a hundred times more
    assert 0 < error < 2 * torch.finfo(dtype).eps


def test_half_precision_sounds_the_same_under_the_same_source():
    stock, voice, tokens = small_models.build("demo"), small_models.voice("demo"), small_models.tokens()
    wave, source = small_models.synthesize(stock, dict(voice), tokens)
    mel = small_models.mel(stock, dict(voice), tokens)
    with torch.inference_mode():
        error = small_models.relative(repaired("demo").mel2wav.decode(mel, source), stock.mel2wav.decode(mel, source))
    # docs/architecture.md: bf16 weights with fp32 activations cost 1.1 % of the wave at most on the demo clips
    assert wave.dtype == torch.float32 and error < 0.02


@pytest.mark.parametrize("variant", VARIANTS)
def test_ids_reach_the_embedding_as_they_are(variant):
    model, voice, tokens = repaired(variant), small_models.voice(variant), small_models.tokens()
    ids = inputs_of(model.flow.input_embedding, lambda: small_models.synthesize(model, voice, tokens))
    assert not ids[0].is_floating_point()
    assert torch.equal(ids[0], torch.cat([voice["prompt_token"], tokens], dim=1))


@pytest.mark.parametrize("as_numpy", [False, True])
def test_the_callers_voice_stays_as_it_is(as_numpy):
    voice = {name: value for name, value in small_models.voice("standard").items()}
    if as_numpy:
        voice = {name: None if value is None else value.numpy() for name, value in voice.items()}
    before = dict(voice)
    model, tokens = repaired("standard"), small_models.tokens()
    with contextlib.redirect_stdout(None):
        model.inference(tokens, ref_dict=voice)
        model(tokens, None, None, voice, True)
    assert voice.keys() == before.keys()
    assert all(voice[name] is before[name] for name in before)
    assert np.asarray(voice["prompt_token"]).dtype == np.int64


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_time_grid_is_exact(variant):
    model, voice, tokens = repaired(variant), small_models.voice(variant), small_models.tokens()
    times = inputs_of(
        model.flow.decoder.estimator.time_embeddings, lambda: small_models.synthesize(model, voice, tokens)
    )
    steps = 2 if variant == "meanflow" else 10
    grid = [step / steps if variant == "meanflow" else 1 - math.cos(math.pi / 2 * step / steps) for step in range(11)]
    expected = [grid[0], grid[1], grid[1], grid[2]] if variant == "meanflow" else grid[:steps]
    actual = [float(t[0]) for t in times]
    # fp32's own rounding; bf16 is off by 2e-3
    assert actual == pytest.approx(expected, abs=1e-7)


def test_pitch_source_and_spectra_are_fp32():
    model, voice, tokens = repaired("standard"), small_models.voice("standard"), small_models.tokens()
    vocoder, seen = model.mel2wav, {}

    def note(name):
        return lambda module, inputs, output: seen.__setitem__(name, (inputs[0].dtype, output.dtype))

    layers = {"f0": vocoder.f0_predictor, "downs": vocoder.source_downs[0], "last": vocoder.conv_post}
    hooks = [layer.register_forward_hook(note(name)) for name, layer in layers.items()]
    wave, source = small_models.synthesize(model, voice, tokens)
    for hook in hooks:
        hook.remove()
    assert set(seen.values()) == {(torch.float32, torch.float32)} and len(seen) == len(layers)
    assert wave.dtype == source.dtype == torch.float32
    assert vocoder.conv_post.weight.dtype == torch.bfloat16 and vocoder.m_source.l_linear.weight.dtype == torch.float32


@pytest.mark.parametrize("wave_type", [torch.float32, torch.bfloat16, np.float64])
def test_a_voice_can_be_made_when_the_rest_is_bf16(wave_type):
    wave = torch.from_numpy(small_models.sounds.speech(1.5, 24000, seed=9))[None]
    wave = wave.to(wave_type) if isinstance(wave_type, torch.dtype) else wave.numpy().astype(wave_type)
    heard = wave.float() if torch.is_tensor(wave) else wave
    expected = small_models.build("standard").embed_ref(heard, 24000)
    voice = repaired("standard").embed_ref(wave, 24000)
    assert torch.equal(voice["prompt_token"], expected["prompt_token"])
    assert torch.equal(voice["prompt_feat"], expected["prompt_feat"]) and voice["prompt_feat"].dtype == torch.float32
    # bf16 weights, 60 random layers deep
    assert F.cosine_similarity(voice["embedding"], expected["embedding"]).item() > 0.99


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("id_", [6561, -1])
def test_ids_out_of_range_are_refused_with_their_place(dtype, id_):
    model, voice, tokens = repaired("standard", dtype), dict(small_models.voice("standard")), small_models.tokens()
    wrong = tokens.clone()
    wrong[0, 7] = id_
    with pytest.raises(ValueError, match=rf"speech_tokens\[0, 7\] is {id_}, 1 of 20 ids .* from 0 to 6560"):
        model.inference(wrong, ref_dict=voice)
    voice["prompt_token"] = voice["prompt_token"].clone()
    voice["prompt_token"][0, 2] = id_
    with pytest.raises(ValueError, match=rf"prompt_token\[0, 2\] is {id_}"):
        model.inference(tokens, ref_dict=voice)


def test_ids_that_a_cast_rounded_are_refused():
    model, voice = repaired("standard"), dict(small_models.voice("standard"))
    # stock fp32 leaves exact floats in its caller's dictionary: they are taken
    voice["prompt_token"] = voice["prompt_token"].float()
    model.inference(small_models.tokens(), ref_dict=voice)
    voice["prompt_token"] = voice["prompt_token"].bfloat16()
    with pytest.raises(ValueError, match=r"prompt_token is torch\.bfloat16: its token ids were rounded"):
        model.inference(small_models.tokens(), ref_dict=voice)


class Waits(TorchFunctionMode):
    """Counts what makes a program wait for the GPU: values of tensors that Python asks for."""

    def __init__(self):
        super().__init__()
        self.count = collections.Counter()

    def __torch_function__(self, function, types, args=(), kwargs=None):
        name = getattr(function, "__name__", "")
        if name in ("item", "tolist", "numpy", "cpu", "nonzero", "__bool__", "__int__", "__float__", "__index__"):
            self.count[name] += 1
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_synthesis_waits_once_to_look_at_its_ids(variant):
    model, voice, tokens = repaired(variant), small_models.voice(variant), small_models.tokens()
    with Waits() as waits:
        small_models.synthesize(model, voice, tokens)
    assert waits.count == {"__bool__": 1}


@pytest.mark.parametrize("speech_lengths", [None, [12, 20]])
def test_a_batch_is_what_it_was(speech_lengths):
    voice = small_models.voice("standard")
    tokens = torch.cat([small_models.tokens(seed=3), small_models.tokens(seed=4)])
    lengths = None if speech_lengths is None else torch.tensor(speech_lengths)
    mels = []
    for model in (small_models.build("standard"), repaired("standard", torch.float32)):
        torch.manual_seed(5)
        mels.append(model.flow_inference(tokens, ref_dict=dict(voice), speech_token_lens=lengths, finalize=True))
    # the speaker of a batch is projected row by row: a rounding of fp32
    assert small_models.relative(mels[1], mels[0]) < 1e-6


def test_repairing_twice_changes_nothing_more():
    model, voice, tokens = repaired("standard"), small_models.voice("standard"), small_models.tokens()
    before, classes = model.state_dict(), [type(module) for module in model.modules()]
    wave, _ = small_models.synthesize(model, voice, tokens)
    assert repair(model) == []
    assert classes == [type(module) for module in model.modules()]
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert torch.equal(small_models.synthesize(model, voice, tokens)[0], wave)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_are_repaired_too(copied):
    model, voice, tokens = repaired("standard"), small_models.voice("standard"), small_models.tokens()
    other = copied(model)
    assert repair(other) == []
    expected, _ = small_models.synthesize(model, voice, tokens)
    assert torch.equal(small_models.synthesize(other, voice, tokens)[0], expected)


def test_copies_that_are_not_repaired_keep_their_weight_norm():
    stock = small_models.build("standard")
    repair(copy.deepcopy(stock))
    assert stock.mel2wav.conv_pre.weight.dtype == torch.float32
    assert "mel2wav.conv_pre.parametrizations.weight.original0" in stock.state_dict()


def test_a_moved_model_stays_right():
    model, voice, tokens = repaired("standard"), small_models.voice("standard"), small_models.tokens()
    expected, _ = small_models.synthesize(model, voice, tokens)
    assert torch.equal(small_models.synthesize(model.to("cpu").eval(), voice, tokens)[0], expected)


def test_weights_come_back_through_their_state_dict():
    model, voice, tokens = repaired("standard"), small_models.voice("standard"), small_models.tokens()
    buffer = io.BytesIO()
    torch.save(model.state_dict(), buffer)
    other = small_models.build("standard")
    repair(other)
    for parameter in other.parameters():
        parameter.data.zero_()
    buffer.seek(0)
    assert not any(other.load_state_dict(torch.load(buffer), strict=True))
    expected, _ = small_models.synthesize(model, voice, tokens)
    assert torch.equal(small_models.synthesize(other, voice, tokens)[0], expected)


def test_what_must_be_exact_is_brought_back_and_said():
    model = small_models.build("standard").to(torch.bfloat16)
    said = [str(what) for what in repair(model)]
    assert "tokenizer: back in fp32, but rounded before: load its weights anew" in said
    assert {p.dtype for p in model.tokenizer.parameters()} == {torch.float32}
    assert torch.equal(model.trim_fade, small_models.build("standard").trim_fade)
    small_models.synthesize(model, small_models.voice("standard"), small_models.tokens())


def test_weights_of_any_types_work_together():
    """As a plan leaves them: here every other layer is bf16, what flows is fp32."""
    model, voice, tokens = small_models.build("standard"), small_models.voice("standard"), small_models.tokens()
    expected = small_models.mel(model, dict(voice), tokens)
    leaves = [m for part in (model.flow, model.speaker_encoder) for m in part.modules() if not list(m.children())]
    for module in leaves[::2]:
        module.to(torch.bfloat16)
    repair(model, None)
    assert {p.dtype for p in model.flow.parameters()} == {torch.float32, torch.bfloat16}
    assert small_models.relative(small_models.mel(model, voice, tokens), expected) < 2 * torch.finfo(torch.bfloat16).eps
    model.embed_ref(torch.from_numpy(small_models.sounds.speech(1.5, 24000, seed=9))[None], 24000)


@pytest.mark.parametrize("narrow", HALVES)
def test_wide_layers_compute_in_the_wider_type(narrow):
    torch.manual_seed(2)
    layers = [
        (torch.nn.Linear(9, 5), torch.randn(3, 9)),
        (torch.nn.Conv1d(9, 6, 3, padding=1, groups=3), torch.randn(2, 9, 7)),
        (torch.nn.Conv2d(3, 4, 3, stride=(2, 1)), torch.randn(2, 3, 8, 7)),
        (torch.nn.ConvTranspose1d(9, 4, 4, stride=2, padding=1), torch.randn(2, 9, 7)),
        (torch.nn.LayerNorm(9), torch.randn(3, 9)),
        (torch.nn.BatchNorm1d(9).eval(), torch.randn(2, 9, 7)),
        (torch.nn.BatchNorm2d(3).eval(), torch.randn(2, 3, 8, 7)),
    ]
    for layer, x in layers:
        rounded = copy.deepcopy(layer).to(narrow)
        expected = copy.deepcopy(rounded).float()(x)
        holder = torch.nn.Sequential(rounded)
        assert widen(holder) == 1
        torch.testing.assert_close(holder(x), expected, rtol=0, atol=0)
        # and the other way round: what flows is narrow, the weights are not
        holder.float()
        assert holder(x.to(narrow)).dtype == narrow


@pytest.mark.parametrize("variant", VARIANTS)
def test_an_estimator_step_compiles_without_a_break(variant):
    estimator = repaired(variant).flow.decoder.estimator
    time = torch.tensor([0.25])
    inputs = dict(x=torch.randn(1, 80, 12), mask=torch.ones(1, 1, 12), mu=torch.randn(1, 80, 12), t=time)
    inputs |= dict(
        spks=torch.randn(1, 80), cond=torch.randn(1, 80, 12), r=time + 0.5 if variant == "meanflow" else None
    )
    with torch.no_grad():
        compiled = torch.compile(estimator.forward, fullgraph=True, backend="eager")
        assert torch.equal(compiled(**inputs), estimator.forward(**inputs))


def test_what_is_no_s3gen_is_refused_and_left_alone():
    with pytest.raises(ValueError, match=r"Linear.* has no tokenizer: it is not built as chatterbox's S3Gen"):
        repair(torch.nn.Linear(2, 2))
    with pytest.raises(ValueError, match=r"not in torch\.float64"):
        repair(small_models.build("standard"), torch.float64)
    model = small_models.build("standard")
    del model.mel2wav.m_source.l_sin_gen.noise_std
    classes = [type(module) for module in model.modules()]
    with pytest.raises(ValueError, match=r"mel2wav.m_source.l_sin_gen \(SineGen\) has no noise_std"):
        repair(model)
    assert classes == [type(module) for module in model.modules()]
    assert {p.dtype for p in model.parameters()} == {torch.float32}
