"""Reference syntheses on disk: DIR/MODEL.safetensors, and for each case DIR/CASE with its inputs and stages.

    case.json                   checkpoint, steps, plan and input files
    reference.wav, source.wav, tokens.safetensors, conds.safetensors, plan.json   what the case gives
    noise.safetensors           every draw (absent where the source is always injected)
    noise_with_source.safetensors   flow noise, and the source upstream made
    expected.safetensors        upstream's stages
"""

import functools
import json
import shutil

import soundfile
import torch
from safetensors.torch import load_file, save_file

import cases
import int8
import random_model
import sounds
import stages
import upstream

# Where upstream itself stands on a knife's edge another correct program may fall to the other side.
LEAST_TOKEN_MARGIN = 1e-5  # of a tanh to the rounding threshold 0.5
LEAST_VOICING_MARGIN = 2e-3  # Hz around the voiced threshold
VOICED_ABOVE = 10  # Hz


def build(model):
    """Upstream's module for a model of the list."""
    if model.sizes is None:
        directory = cases.REPOSITORY / cases.DEMO_VOICE
        config = json.loads((directory / "s3gen_demo.config.json").read_text())
        module = upstream.build(upstream.sizes_of(config))
        result = module.load_state_dict(load_file(directory / "s3gen_demo.safetensors"), strict=False)
        assert not result.unexpected_keys and all(key.startswith("tokenizer.") for key in result.missing_keys)
        return module
    module = random_model.make(model.sizes, model.seed, model.meanflow, model.calm)
    if model.int8:
        int8.fold_weight_norm(module)
    return module


load = functools.lru_cache(maxsize=1)(build)  # a full-size model is 1 GB


def legacy_names(state):
    """The weight-norm spelling of older CosyVoice files."""
    suffixes = {".parametrizations.weight.original0": ".weight_g", ".parametrizations.weight.original1": ".weight_v"}

    def rename(name):
        for suffix, legacy in suffixes.items():
            name = name.removesuffix(suffix) + legacy if name.endswith(suffix) else name
        return name

    return {rename(name): tensor for name, tensor in state.items()}


def metadata_of(model):
    metadata = {"format": "pt"}
    if model.sizes.estimator_head_dim != 64:
        metadata["s3gen_config"] = json.dumps({"estimator_head_dim": model.sizes.estimator_head_dim})
    return metadata


def state_of(model, module):
    tables = ("tokenizer._mel_filters", "tokenizer.window")
    state = module.state_dict()
    return {name: value.contiguous() for name, value in state.items() if model.tables or name not in tables}


def write_model(model, module, directory):
    """The checkpoint's path; the demo voice's is the repository's own file."""
    if model.sizes is None:
        return cases.REPOSITORY / cases.DEMO_VOICE / "s3gen_demo.safetensors"
    path = directory / f"{model.name}.safetensors"
    if not path.exists():
        save_file(state_of(model, module), path, metadata=metadata_of(model))
    return path


def _write_sound(sound, path):
    """A WAV file of it, and what a reader gets back: [channels, samples] and the rate."""
    if sound.clip:
        clip = next((cases.REPOSITORY / cases.DEMO_VOICE / "clips").glob(f"{sound.clip}.*"))
        samples, rate = soundfile.read(clip, dtype="float32")
    else:
        samples, rate = sounds.speech(sound.seconds, sound.rate, sound.seed, sound.channels), sound.rate
    soundfile.write(path, samples, rate, subtype=sound.subtype)
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return torch.from_numpy(samples.T.copy()), rate


def _conditioning(case, module, directory):
    """Conditioning, and the arguments that give it to Octet."""
    path = directory / "conds.safetensors"
    if case.reference is None:
        shutil.copy(cases.REPOSITORY / cases.DEMO_VOICE / "conds" / f"{case.conds}.safetensors", path)
        given = load_file(path)
        given["prompt_token"] = given["prompt_token"].long()
        return {name: given[name] for name in ("prompt_token", "prompt_feat", "embedding")}, ["--conds", path.name]
    sound = directory / "reference.wav"
    conditioning = stages.condition(module, *_write_sound(case.reference, sound))
    if not case.conds:
        return conditioning, ["--reference", sound.name]
    save_file({name: tensor.contiguous() for name, tensor in conditioning.items()}, path)
    return conditioning, ["--conds", path.name]


def _tokens(case, module, directory):
    if case.source is not None:
        sound = directory / "source.wav"
        return stages.tokenize(module, *_write_sound(case.source, sound)), ["--source", sound.name]
    generator = torch.Generator().manual_seed(case.seed)
    tokens = torch.randint(0, 6561, (1, case.tokens), generator=generator)
    path = directory / "tokens.safetensors"
    save_file({"speech_tokens": tokens}, path)
    return tokens, ["--tokens", path.name]


class _Margins:
    """Watches the tokenizer's roundings."""

    def __init__(self, module):
        self.least = float("inf")
        codes = module.tokenizer.quantizer._codebook.project_down
        self._hook = codes.register_forward_hook(self._look)

    def _look(self, module, inputs, output):
        distance = (output.tanh().abs() * 0.9990000128746033 - 0.5).abs().min().item()
        self.least = min(self.least, distance)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._hook.remove()


def _require_margins(case, tokens_margin, f0):
    voicing_margin = (f0 - VOICED_ABOVE).abs().min().item()
    assert tokens_margin > LEAST_TOKEN_MARGIN, f"{case.name}: a token is {tokens_margin:.1e} from another; take other seeds"
    if case.end_to_end:
        assert voicing_margin > LEAST_VOICING_MARGIN, f"{case.name}: f0 is {voicing_margin:.1e} Hz from unvoiced"


def write_case(case, module, checkpoint, parent):
    """Runs a case through upstream and writes its directory."""
    directory = parent / case.name
    directory.mkdir(parents=True)
    with _Margins(module) as margins:
        conditioning, reference_arguments = _conditioning(case, module, directory)
        tokens, token_arguments = _tokens(case, module, directory)
    if case.model.int8:
        plain = {name: value.clone() for name, value in module.state_dict().items()}
        int8.quantize(module)
    noise = stages.draw_noise(module, tokens, conditioning, case.seed)
    expected = stages.synthesize(module, tokens, conditioning, case.steps, noise)
    if case.model.int8:
        module.load_state_dict(plain)
    _require_margins(case, margins.least, expected["f0"])

    if case.end_to_end:
        save_file(noise, directory / "noise.safetensors")
    of_flow = {name: noise[name] for name in ("cfm_noise", "noised_mels") if name in noise}
    save_file({**of_flow, "source": expected["source"]}, directory / "noise_with_source.safetensors")
    save_file({name: tensor.contiguous() for name, tensor in expected.items()}, directory / "expected.safetensors")
    arguments = [*token_arguments, *reference_arguments, "--steps", str(case.steps)]
    if case.plan:
        (directory / "plan.json").write_text(int8.PLAN)
        arguments += ["--plan", "plan.json"]
    place = cases.REPOSITORY if case.model.sizes is None else parent
    description = {"checkpoint": str(checkpoint.relative_to(place)), "arguments": arguments}
    (directory / "case.json").write_text(json.dumps(description, indent=1) + "\n")
    return directory
