"""One synthesis by upstream's own classes, with its stages under the names of Octet's --dump-stages file."""

import contextlib
from unittest import mock

import torch
import torchaudio

import noise as draws

SPEECH_RATE = 16000
LONGEST_REFERENCE = 10  # seconds that Octet takes of a reference


def condition(model, audio, rate):
    """Reference audio [channels, samples] to conditioning, as Octet defines it: mean of channels, first 10 s."""
    mono = audio.mean(dim=0, keepdim=True)[:, : LONGEST_REFERENCE * rate]
    with torch.inference_mode():
        conditioning = model.embed_ref(mono, rate)
    return {name: conditioning[name] for name in ("prompt_token", "prompt_feat", "embedding")}


def tokenize(model, audio, rate):
    """Source audio [channels, samples] to speech tokens [1, tokens]."""
    mono = audio.mean(dim=0, keepdim=True)
    if rate != SPEECH_RATE:
        mono = torchaudio.transforms.Resample(rate, SPEECH_RATE)(mono)
    tokens, _ = model.tokenizer(mono)
    return tokens


def output_frames(tokens, conditioning):
    """Mel frames of the output: an odd reference loses one, because upstream cuts the tokens only."""
    return 2 * (conditioning["prompt_token"].shape[1] + tokens.shape[1]) - conditioning["prompt_feat"].shape[1]


def draw_noise(model, tokens, conditioning, seed):
    made = output_frames(tokens, conditioning)
    return draws.draw(
        seed,
        frames=conditioning["prompt_feat"].shape[1] + made,
        output_frames=made,
        tokens=tokens.shape[1],
        harmonics=model.mel2wav.nb_harmonics,
        meanflow=model.meanflow,
    )


def synthesize(model, tokens, conditioning, steps, noise):
    """Every stage of upstream's inference() under this noise."""
    stages = {"speech_tokens": tokens, **conditioning}
    states = []

    def keep(name, pick):
        def hook(module, inputs, output):
            stages[name] = pick(inputs, output).clone()

        return hook

    estimate = model.flow.decoder.estimator.forward

    def estimate_keeping_state(*positional, **named):
        state = named["x"] if "x" in named else positional[0]
        states.append(state[:1].clone())  # the second row of a CFG batch holds the same
        return estimate(*positional, **named)

    hooks = [
        model.flow.encoder_proj.register_forward_hook(keep("encoder_out", lambda _, output: output)),
        model.flow.decoder.register_forward_hook(keep("last_state", lambda _, output: output[0])),
        model.mel2wav.f0_predictor.register_forward_hook(keep("mel", lambda inputs, _: inputs[0])),
        model.mel2wav.f0_predictor.register_forward_hook(keep("f0", lambda _, output: output)),
    ]
    reference = {
        **{name: tensor.clone() for name, tensor in conditioning.items()},
        "prompt_token_len": torch.tensor([conditioning["prompt_token"].shape[1]]),
        "prompt_feat_len": None,
    }
    try:
        with (
            draws.injected(noise),
            mock.patch.object(model.flow.decoder.estimator, "forward", estimate_keeping_state),
            contextlib.redirect_stdout(None),
        ):
            waveform, source = model.inference(tokens, ref_dict=reference, n_cfm_timesteps=steps)
    finally:
        for hook in hooks:
            hook.remove()
    # the state after step k is what the estimator is given in step k + 1
    states = states[1:] + [stages.pop("last_state")]
    stages |= {f"mel_step_{step}": state for step, state in enumerate(states, start=1)}
    stages |= {"source": source, "waveform": waveform}
    return {name: tensor.clone() for name, tensor in stages.items()}
