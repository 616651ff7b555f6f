"""Other programs read what `octet export --format` writes for them."""

import hashlib
import json
import subprocess
import sys
import types

import pytest
import torch
from safetensors.torch import load_file, save_file

import bundles
import cases
import compressed
import octet

MAGNITUDE, DIRECTION = ".parametrizations.weight.original0", ".parametrizations.weight.original1"
TABLES = ("tokenizer._mel_filters", "tokenizer.window")  # upstream makes them itself


@pytest.fixture(scope="module")
def model():
    """Upstream's model with the demo voice's weights, and whole: the tables that the demo leaves out, too."""
    return bundles.build(cases.DEMO)


@pytest.fixture(scope="module")
def source(model, tmp_path_factory):
    state = {name: value.clone() for name, value in model.state_dict().items()}
    state["mel2wav.conv_pre" + MAGNITUDE][0] = 0  # a channel of zeros
    path = tmp_path_factory.mktemp("source") / "source.safetensors"
    save_file(state, path)
    return path


def exported(source, plan, form, path):
    octet.run("export", source, "--plan", plan, "--format", form, "-o", path)
    return load_file(path)


@pytest.mark.parametrize("plan", ["all-base", "seed", "all-int8"])
def test_upstream_loads_a_stock_export_strictly(plan, model, source, tmp_path):
    state = exported(source, plan, "stock", tmp_path / "stock.safetensors")
    assert all(value.dtype in (torch.float32, torch.int64) for value in state.values())
    model.load_state_dict(state, strict=True)
    octets = exported(source, plan, "octet", tmp_path / "octet.safetensors")
    weights = dict(model.state_dict())
    for name, module in model.named_modules():
        if torch.nn.utils.parametrize.is_parametrized(module, "weight"):
            weights[name + ".weight"] = module.weight.detach()
    for name, stored in octets.items():
        if name.endswith("_scale"):
            continue
        want = stored.float() * octets[name + "_scale"] if stored.dtype == torch.int8 else stored.float()
        # PyTorch sums the squares of weight norm in fp32.
        bound = 2**-20 * want.abs() if name.removesuffix(".weight") + DIRECTION in state else 0
        assert ((weights[name].float() - want).abs() <= bound).all(), name


def test_comfy_entries_say_what_lies_beside_them(source, tmp_path):
    state = exported(source, "linear-only", "comfy", tmp_path / "comfy.safetensors")
    octets = exported(source, "linear-only", "octet", tmp_path / "octet.safetensors")
    entries = {name: bytes(state.pop(name).tolist()) for name in list(state) if name.endswith(".comfy_quant")}
    int8 = {name.removesuffix(".weight") for name, value in state.items() if value.dtype == torch.int8}
    assert int8 and {name.removesuffix(".comfy_quant") for name in entries} == int8
    for layer in int8:
        assert json.loads(entries[layer + ".comfy_quant"]) == {"format": "int8_tensorwise"}
        rows, columns = state[layer + ".weight"].shape
        assert state[layer + ".weight_scale"].shape == (rows, 1) and state[layer + ".weight_scale"].dtype == torch.float32
    assert state.keys() == octets.keys()
    assert all(torch.equal(state[name], octets[name]) for name in state)


@pytest.mark.parametrize("form", ["octet", "stock", "comfy", "compressed-tensors"])
def test_every_format_says_where_it_came_from(form, source, tmp_path):
    command = [octet.binary(), "export", source, "--plan", "linear-only", "--format", form, "--json"]
    said = subprocess.run([*command, "-o", tmp_path / "export"], check=True, capture_output=True).stdout
    assert json.loads(said)["source_sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()


def run_lines_of(card, folder, model, monkeypatch):
    """Does what a model card says, where the file is, with the model in a chatterbox called tts."""
    monkeypatch.chdir(folder)
    lines = card.read_text().split("```python\n")[1].split("```")[0]
    exec(lines, {"tts": types.SimpleNamespace(s3gen=model)})  # noqa: S102


@pytest.mark.parametrize("kept", ["whole", "without its tables", "a part"])
@pytest.mark.parametrize("form", ["octet", "stock", "compressed-tensors"])
def test_the_lines_of_a_card_load_the_export(form, kept, source, tmp_path, monkeypatch):
    if form == "octet":
        monkeypatch.syspath_prepend(str(octet.REPOSITORY / "packaging/python/src"))
    else:
        monkeypatch.setitem(sys.modules, "octet_s3gen", None)
    checkpoint, part = source, []
    if kept == "without its tables":
        state = load_file(source)
        checkpoint = tmp_path / "bare.safetensors"
        save_file({name: value for name, value in state.items() if name not in TABLES}, checkpoint)
    if kept == "a part":
        part = ["--components", "flow,mel2wav"]
    card = tmp_path / "README.md"
    plan = "linear-only" if form == "compressed-tensors" else "seed"
    arguments = ["--plan", plan, "--format", form, "--card", card, "-o", tmp_path / "a model.safetensors"]
    octet.run("export", checkpoint, *arguments, *part)
    model = bundles.build(cases.DEMO)
    with compressed.imported():
        run_lines_of(card, tmp_path, model, monkeypatch)
    layer = "flow.encoder.encoders.0.feed_forward.w_1"
    stored = exported(source, "linear-only", "octet", tmp_path / "int8.safetensors")
    weight = model.get_submodule(layer).weight.float()
    want = stored[layer + ".weight"].float() * stored[layer + ".weight_scale"]
    assert torch.equal(weight, want.bfloat16().float() if form == "octet" else want)


def test_compressed_tensors_reads_and_writes_the_same_layers(source, tmp_path, monkeypatch):
    path = tmp_path / "compressed.safetensors"
    card = tmp_path / "README.md"
    arguments = ["--plan", "linear-only", "--format", "compressed-tensors", "--card", card]
    octet.run("export", source, *arguments, "-o", path)
    state = load_file(path)
    octets = exported(source, "linear-only", "octet", tmp_path / "octet.safetensors")
    assert state.keys() == octets.keys() and all(torch.equal(state[name], octets[name]) for name in state)
    model = bundles.build(cases.DEMO)
    with compressed.imported():
        run_lines_of(card, tmp_path, model, monkeypatch)
        from compressed_tensors.compressors import compress_module
        from compressed_tensors.quantization.utils import is_module_quantized
    modules = {name: module for name, module in model.named_modules() if is_module_quantized(module)}
    int8 = {name.removesuffix(".weight") for name, value in state.items() if value.dtype == torch.int8}
    assert len(int8) == 125 and set(modules) == int8
    for name, module in modules.items():
        want = state[name + ".weight"].float() * state[name + ".weight_scale"]
        assert torch.equal(module.weight, want), name
        module.to(torch.float32)
        inputs = torch.ones(1, module.in_features)
        assert torch.equal(module(inputs), torch.nn.functional.linear(inputs, want, module.bias)), name
        compress_module(module)  # the library's own integers
        assert torch.equal(module.weight, state[name + ".weight"]), name


def test_an_export_without_int8_is_dense_to_compressed_tensors(source, tmp_path, monkeypatch):
    card = tmp_path / "README.md"
    arguments = ["--plan", "all-base", "--format", "compressed-tensors", "--card", card]
    octet.run("export", source, *arguments, "-o", tmp_path / "dense.safetensors")
    model = bundles.build(cases.DEMO)
    with compressed.imported():
        run_lines_of(card, tmp_path, model, monkeypatch)
    name = "flow.encoder.encoders.0.feed_forward.w_1.weight"
    assert torch.equal(dict(model.named_parameters())[name], load_file(source)[name].bfloat16().float())
