"""Octet's stages of an export, under the draws and the source of a synthesis in Python."""

import json
import subprocess

import octet
import small_models
import stages
from safetensors.torch import load_file, save_file


def in_python(model, name, steps=2):
    """All stages of a model's synthesis, and the draws."""
    voice, tokens = _inputs(name)
    noise = stages.draw_noise(model, tokens, voice, seed=1)
    return stages.synthesize(model, tokens, voice, steps, noise), noise


def by_octet(export, name, expected, noise, directory, steps=2, plan=None):
    """The stages from the same inputs, flow noise and source."""
    voice, tokens = _inputs(name)
    of_flow = {key: noise[key] for key in ("cfm_noise", "noised_mels") if key in noise}
    save_file({"speech_tokens": tokens}, directory / "tokens.safetensors")
    save_file({key: value.contiguous() for key, value in voice.items()}, directory / "conds.safetensors")
    save_file({**of_flow, "source": expected["source"].float().contiguous()}, directory / "noise.safetensors")
    arguments = ["--tokens", directory / "tokens.safetensors", "--conds", directory / "conds.safetensors"]
    arguments += ["--noise", directory / "noise.safetensors", "--steps", steps]
    arguments += ["--plan", plan] if plan else []
    dumped = directory / "stages.safetensors"
    octet.run("synth", export, *arguments, "--dump-stages", dumped, "-o", directory / "out.wav")
    return load_file(dumped)


def hold_to_octets(model, name, base, path, exports, directory):
    """A loaded model's synthesis is Octet's of the export, which was made with the base type."""
    expected, noise = in_python(model, name)
    made = by_octet(path, name, expected, noise, directory)
    if base == "fp32":
        assert small_models.relative(expected["waveform"], made["waveform"]) < 1e-4  # another order of sums
        return
    # the floor is what half precision costs Octet; the roundings of two programs are independent, hence sqrt(2) of it
    fp32 = exports.plan("all-base", "fp32")
    exact = by_octet(exports.checkpoint(name), name, expected, noise, directory, plan=fp32)
    for stage in ("mel", "waveform"):
        floor = small_models.relative(made[stage], exact[stage])
        assert small_models.relative(expected[stage].float(), made[stage]) < 1.1 * 2**0.5 * floor


def _inputs(name):
    voice = small_models.voice(name)
    return {key: voice[key] for key in ("prompt_token", "prompt_feat", "embedding")}, small_models.tokens()


def of_captured(checkpoint, folder, noise, output, *options):
    """The waveform Octet makes of a captured folder under its draws in the file `noise`. It must not warn."""
    arguments = json.loads((folder / "capture.json").read_text())["arguments"]
    arguments = [str(folder / word) if (folder / word).is_file() else word for word in arguments]
    arguments[arguments.index("--noise") + 1] = str(folder / noise)
    stages = output / f"{noise}.stages.safetensors"
    command = [octet.binary(), "synth", checkpoint, *arguments, *options, "--dump-stages", stages]
    command += ["-o", output / "out.wav", "--device", "cpu", "--threads", "2"]
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "warning" not in result.stderr.lower(), result.stderr
    return load_file(stages)["waveform"]
