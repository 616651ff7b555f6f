"""Exports hold the bytes that docs/formats.md says, whatever instructions the processor has."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import cases
import int8
import octet
import weight_norm

DEMO = cases.REPOSITORY / cases.DEMO_VOICE / "s3gen_demo.safetensors"
MAGNITUDE, DIRECTION = ".parametrizations.weight.original0", ".parametrizations.weight.original1"
PLANS = [("seed", "bf16"), ("all-int8", "fp16"), ("all-base", "fp32")]

# Where roundings are decided: ties of bf16 and fp16 to even and odd, subnormal numbers of fp16, bf16 and fp32,
# signed zero, the largest that fp16 can be rounded to.
EDGES = [1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-11, 1 + 3 * 2**-11, 2**-25, 3 * 2**-25, 1e-7, 6e-5, 1e-39, 2**-149]
EDGES += [-0.0, 65519.0, -65519.0, 2**-126, -1e-38, 0.1]


def capabilities():
    """What this processor can be asked to use, as ATen names it."""
    best = ["default", "avx2", "avx512"].index(torch.backends.cpu.get_cpu_capability().lower())
    for number, name in enumerate(["default", "avx2", "avx512"]):
        unknown = pytest.mark.skip(reason=f"this processor has no {name}")
        yield pytest.param(name, marks=[] if number <= best else unknown)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """The demo voice with some numbers that are hard to round, in a dense layer and in channels of int8 ones."""
    state = load_file(DEMO)
    for name in ("flow.encoder_proj.weight", "flow.encoder.after_norm.bias"):
        state[name].view(-1)[: len(EDGES)] = torch.tensor(EDGES)
    quiet = state["flow.encoder.encoders.0.feed_forward.w_1.weight"]
    quiet[0] *= 1e-38  # a scale that is subnormal: zeros
    quiet[1] = 0
    quiet[2, :4] = torch.tensor([127.0, 0.5, 1.5, -2.5])  # halves of a step
    path = tmp_path_factory.mktemp("source") / "source.safetensors"
    save_file(state, path)
    return path


def folded(state):
    """Every tensor of a checkpoint in fp32, weight norm folded."""
    tensors = {name: value for name, value in state.items() if MAGNITUDE not in name and DIRECTION not in name}
    for name in state:
        if name.endswith(DIRECTION):
            layer = name.removesuffix(DIRECTION)
            weight = weight_norm.fold(state[layer + MAGNITUDE].numpy(), state[name].numpy())
            tensors[layer + ".weight"] = torch.from_numpy(weight)
    return tensors


def half(values):
    """fp32 to bf16: the upper half of the bits, rounded to nearest even."""
    bits = values.numpy().view(np.uint32).astype(np.uint64)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)


def bits(tensor):
    return tensor.view(torch.int16).numpy().view(np.uint16) if tensor.dtype == torch.bfloat16 else tensor.numpy()


@pytest.mark.parametrize("preset, base", PLANS)
@pytest.mark.parametrize("capability", capabilities())
def test_exports_hold_the_bytes_of_the_text(preset, base, capability, source, tmp_path):
    plan, path = tmp_path / "plan.json", tmp_path / "export.safetensors"
    octet.run("plan", "new", "--preset", preset, "--base", base, "-o", plan)
    octet.run("export", source, "--plan", plan, "-o", path, ATEN_CPU_CAPABILITY=capability)
    exported, expected = load_file(path), folded(load_file(source))
    assert {name for name in exported if not name.endswith("_scale")} == set(expected)
    for name, stored in exported.items():
        if name.endswith("_scale"):
            continue
        values = expected[name]
        if stored.dtype == torch.int8:
            axis = 1 if name.startswith("mel2wav.ups.") else 0
            integers, scale = int8.quantized(values, axis)
            np.testing.assert_array_equal(exported[name + "_scale"].numpy(), scale.numpy(), err_msg=name)
            values = integers.to(torch.int8)
        elif stored.dtype == torch.float16:
            values = torch.from_numpy(values.numpy().astype(np.float16))
        want = half(values) if stored.dtype == torch.bfloat16 else values.numpy()
        assert want.tobytes() == bits(stored).tobytes(), f"{name} is not what docs/formats.md says"


def exported_with(options, source, folder):
    """An export whose int8 layers have these options, once it is verified and has come back the same from itself."""
    plan, path, again = folder / "plan.json", folder / "export.safetensors", folder / "again.safetensors"
    octet.run("plan", "new", "--preset", "all-base", "--base", "fp32", "-o", plan)
    spelled = [value if isinstance(value, str) else json.dumps(value) for value in options.values()]
    settings = [word for key, value in zip(options, spelled) for word in ("--option", f"{key}={value}")]
    for pattern in ("flow.*", "mel2wav.{conv_pre,ups.*,resblocks.*}"):
        octet.run("plan", "set", plan, pattern, "int8", *settings)
    octet.run("export", source, "--plan", plan, "-o", path)
    octet.run("verify", path, "--against", source)
    octet.run("export", path, "--plan", plan, "-o", again)
    assert again.read_bytes() == path.read_bytes()
    return path


@pytest.mark.parametrize("options", [{"clip": "mse"}, {"clip": "percentile"}, {"clip": "percentile", "percentile": 98.7}])
def test_clipped_exports_hold_the_bytes_of_the_text_and_come_back(options, source, tmp_path):
    path = exported_with(options, source, tmp_path)
    exported, expected = load_file(path), folded(load_file(source))
    clipped = 0
    for name in (name for name, stored in exported.items() if stored.dtype == torch.int8):
        axis = 1 if name.startswith("mel2wav.ups.") else 0
        integers, scale = int8.quantized(expected[name], axis, **options)
        np.testing.assert_array_equal(exported[name + "_scale"].numpy(), scale.numpy(), err_msg=name)
        np.testing.assert_array_equal(exported[name].numpy(), integers.numpy(), err_msg=name)
        clipped += not torch.equal(scale, int8.quantized(expected[name], axis)[1])
    # At 99.9 %, only channels of a thousand weights and more lose one: few of the demo voice's are so large.
    assert clipped > (20 if len(options) == 2 or options["clip"] == "mse" else 0), "nothing is clipped"
    with safe_open(path, "pt") as file:
        stated = json.loads(file.metadata()["octet_layers"])
    assert all(scheme["options"] == options for scheme in stated.values())


@pytest.mark.parametrize("options", [{"group": 32}, {"asymmetric": True}, {"group": 128, "asymmetric": True}])
def test_grouped_exports_hold_the_bytes_of_the_text_and_come_back(options, source, tmp_path):
    path = exported_with(options, source, tmp_path)
    exported, expected = load_file(path), folded(load_file(source))
    names = [name for name, stored in exported.items() if stored.dtype == torch.int8 and name.endswith(".weight")]
    assert len(names) > 100
    for name in names:
        axis = 1 if name.startswith("mel2wav.ups.") else 0
        group, asymmetric = options.get("group", 0), options.get("asymmetric", False)
        integers, scale, zero_point = int8.grouped(expected[name], axis, group, asymmetric)
        np.testing.assert_array_equal(exported[name].numpy(), integers, err_msg=name)
        np.testing.assert_array_equal(exported[name + "_scale"].numpy(), scale, err_msg=name)
        assert (name + "_zero_point" in exported) == asymmetric
        if asymmetric:
            np.testing.assert_array_equal(exported[name + "_zero_point"].numpy(), zero_point, err_msg=name)


def test_metadata_states_the_scheme_of_every_int8_layer(source, tmp_path):
    octet.run("export", source, "--plan", "all-int8", "-o", tmp_path / "export")
    with safe_open(tmp_path / "export", "pt") as file:
        metadata = file.metadata()
        int8_layers = {name.removesuffix(".weight") for name in file.keys() if file.get_slice(name).get_dtype() == "I8"}
    assert metadata["octet_format"] == "2"
    scheme = {"storage": "int8", "base": "bf16", "method": "weight-only"}
    stated = json.loads(metadata["octet_layers"])
    assert set(stated) == int8_layers
    exact = {"mel2wav.m_source.l_linear"}  # beside an int8 weight, too, the source's bias is kept
    assert all(stated[layer] == (scheme | {"base": "fp32"} if layer in exact else scheme) for layer in stated)


def test_the_kept_files_of_both_formats_are_what_the_script_makes(tmp_path):
    folder = cases.REPOSITORY / "tests/export"
    subprocess.run([sys.executable, folder / "make_goldens.py", tmp_path], check=True)
    for kept in (folder / "goldens").iterdir():
        assert (tmp_path / kept.name).read_bytes() == kept.read_bytes(), kept.name


@pytest.mark.parametrize("threads", [2, 3])
def test_the_number_of_threads_changes_no_byte(threads, source, tmp_path):
    octet.run("export", source, "--plan", "seed", "-o", tmp_path / "one", "--threads", 1)
    octet.run("export", source, "--plan", "seed", "-o", tmp_path / "more", "--threads", threads)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "more").read_bytes()
