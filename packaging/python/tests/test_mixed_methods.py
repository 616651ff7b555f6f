"""A random plan that mixes all methods is exported, verified, and loaded into upstream's classes."""

import json
import random

import octet
import octet_synthesis
import pytest
import small_models
import soundfile
import sounds
from safetensors.torch import load_file
from small_models import relative
from test_load import same
from test_quantize import random_seed

import octet_s3gen
from octet_s3gen.layers import layers_of

# Each method, with every option that files and Python have to agree about.
OF_WEIGHTS = (
    ("weight-only", {}),
    ("weight-only", {"clip": "mse"}),
    ("weight-only", {"group": 32}),
    ("weight-only", {"asymmetric": True, "group": 64}),
    ("weight-only", {"bias_correction": True}),
    ("gptq", {}),
    ("gptq", {"group": 128, "order": "given"}),
    ("adaround", {"steps": 3}),
)
OF_INPUTS = (
    ("dynamic", {}),
    ("dynamic", {"scales": "token"}),
    ("llm-int8", {"threshold": 1.5}),
    ("llm-int8", {"threshold": "infinity"}),
    ("llm-int8", {"threshold": 3, "outliers": "calibration"}),
)


@pytest.fixture(scope="module")
def calibration(exports, tmp_path_factory):
    folder = tmp_path_factory.mktemp("calibration")
    (folder / "clips").mkdir()
    for seed in (1, 2):
        soundfile.write(folder / "clips" / f"{seed}.wav", sounds.speech(2, 24000, seed), 24000)
    made = folder / "two.calibration"
    octet.run("calibrate", exports.checkpoint("standard"), "--clips", folder / "clips", "--steps", 1, "-o", made)
    return made


def random_plan(ways, seed):
    """Each layer of flow and vocoder that multiplies, by one of the ways; every way has a Linear at least."""
    draw = random.Random(seed)
    layers = [
        layer for layer in layers_of(small_models.build("standard")) if layer.name.startswith(("flow.", "mel2wav."))
    ]
    draw.shuffle(layers)
    chosen, first = {}, list(ways)
    for layer in layers:
        if layer.type not in ("Linear", "Conv1d", "ConvTranspose1d"):
            continue
        method, options = first.pop() if first and layer.type == "Linear" else draw.choice(ways)
        chosen[layer.name] = {"precision": "int8", "method": method, "options": options}
    return json.dumps(
        {"format": "octet-plan", "version": 1, "name": "mixed", "base": "fp32", "rules": [], "layers": chosen}
    )


@pytest.mark.parametrize("ways", [OF_WEIGHTS, OF_WEIGHTS + OF_INPUTS], ids=["of weights", "of weights and inputs"])
def test_a_random_mix_of_methods_is_the_same_in_both_programs(ways, exports, calibration, tmp_path):
    checkpoint = exports.checkpoint("standard")
    plan, path = tmp_path / "mixed.plan.json", tmp_path / "mixed.safetensors"
    plan.write_text(random_plan(ways, random_seed()))
    octet.run("export", checkpoint, "--plan", plan, "--calibration", calibration, "-o", path)
    octet.run("verify", path, "--against", checkpoint, "--calibration", calibration)
    model = small_models.build("standard")
    octet_s3gen.load(model, path)
    methods = {scheme.method for scheme in octet_s3gen.open_export(path).schemes.values()}
    assert methods == {method for method, _ in ways}
    assert same(model.state_dict(), load_file(path))
    if ways == OF_WEIGHTS:
        return octet_synthesis.hold_to_octets(model, "standard", "fp32", path, exports, tmp_path)
    # What a last bit moves over the edge between two integers moves more behind it, so that the roundings of two
    # programs are nearly independent: hence sqrt(2) of what int8 costs.
    here, noise = octet_synthesis.in_python(model, "standard")
    made = octet_synthesis.by_octet(path, "standard", here, noise, tmp_path)
    fp32 = exports.plan("all-base", "fp32")
    exact = octet_synthesis.by_octet(checkpoint, "standard", here, noise, tmp_path, plan=fp32)
    assert relative(here["mel"], made["mel"]) < 1.1 * 2**0.5 * relative(made["mel"], exact["mel"])
