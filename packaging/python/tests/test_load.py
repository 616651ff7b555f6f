"""An export in upstream's classes is what Octet runs; a file of another model changes nothing."""

import copy
import json
import pickle
import re
import sys

import octet_synthesis
import pytest
import small_models
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from small_models import relative

import octet_s3gen

MIXED = """{"format": "octet-plan", "version": 1, "name": "mixed", "base": "bf16", "rules": [
 {"match": "flow.input_embedding", "precision": "int8"},
 {"match": "speaker_encoder.head.*", "type": "Conv2d", "precision": "int8"},
 {"match": "tokenizer.*.mlp.*", "precision": "int8", "force": true},
 {"match": "flow.decoder.estimator.final_proj", "precision": "int8"},
 {"match": "mel2wav.ups.*", "precision": "int8"},
 {"match": "mel2wav.conv_post", "precision": "fp32"},
 {"match": "flow.encoder.*", "type": "Linear", "precision": "fp16"}]}"""

METHODS = """{"format": "octet-plan", "version": 1, "name": "methods", "base": "fp32", "rules": [
 {"match": "flow.encoder.*", "type": "Linear", "precision": "int8", "options": {"clip": "mse"}},
 {"match": "flow.decoder.*", "type": "Linear", "precision": "int8",
  "options": {"clip": "percentile", "percentile": 98}},
 {"match": "flow.decoder.*", "type": "Conv1d", "precision": "int8", "options": {"group": 32}},
 {"match": "flow.input_embedding", "precision": "int8", "options": {"group": 64, "asymmetric": true}},
 {"match": "speaker_encoder.head.*", "type": "Conv2d", "precision": "int8", "options": {"group": 32, "clip": "mse"}},
 {"match": "mel2wav.*", "type": "Conv1d", "precision": "int8", "options": {"asymmetric": true}},
 {"match": "mel2wav.ups.*", "precision": "int8", "options": {"group": 128, "asymmetric": true}},
 {"match": "mel2wav.f0_predictor.*", "type": "Conv1d", "precision": "int8", "method": "gptq"}]}"""


BY_TOKEN = {"method": "dynamic", "options": {"scales": "token"}}
OUTLIERS = {"method": "llm-int8", "options": {"threshold": 2.5}}


def rounding_inputs(how, match="flow.*"):
    """Layers whose inputs are rounded, too."""
    rule = {"match": match, "precision": "int8", **how}
    return json.dumps({"format": "octet-plan", "version": 1, "name": "inputs", "base": "fp32", "rules": [rule]})


def same(one, other):
    return one.keys() == other.keys() and all(
        one[key].dtype == other[key].dtype and torch.equal(one[key], other[key]) for key in one
    )


def content(path):
    """Header and bytes of a file; the library writes entries of metadata in any order."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        return json.loads(file.read(length)), file.read()


@pytest.fixture(scope="module")
def seeded(exports):
    """A model with the seed policy over bf16, and its file."""
    path = exports.export("standard", "seed")
    model = small_models.build("standard")
    octet_s3gen.load(model, path)
    return model, path


@pytest.mark.parametrize("model", ["standard", "meanflow"])
@pytest.mark.parametrize(
    "plan, base",
    [
        ("seed", "bf16"),
        ("all-int8", "fp32"),
        ("all-base", "fp32"),
        ("all-base", "bf16"),
        (MIXED, ""),
        (METHODS, "fp32"),
    ],
)
def test_state_dict_and_sound_are_those_of_the_file(model, plan, base, exports, tmp_path):
    path = exports.export(model, plan, base)
    loaded = small_models.build(model)
    octet_s3gen.load(loaded, path)
    assert same(loaded.state_dict(), load_file(path))
    if model != "demo":  # whose file lacks the tokenizer's tables, which the model has
        save_file(loaded.state_dict(), tmp_path / "again.safetensors", metadata=safe_open(path, "pt").metadata())
        assert content(tmp_path / "again.safetensors") == content(path)

    octet_synthesis.hold_to_octets(loaded, model, base, path, exports, tmp_path)


@pytest.mark.parametrize("how", [{"method": "dynamic"}, BY_TOKEN, OUTLIERS], ids=["tensor", "token", "outliers"])
@pytest.mark.parametrize(
    "layer, half",
    [("embed.out.0", 2.6), ("pre_lookahead_layer.conv1", 20), ("encoders.0.feed_forward.w_1", 2.4)],
)
def test_layers_that_round_inputs_compute_what_octets_do(layer, half, how, exports, tmp_path):
    if how == OUTLIERS:
        how = {**how, "options": {"threshold": half}}  # that about half of the features reach
    # One: behind it, what a last bit moves over the edge between two integers moves more of them.
    path = exports.export("standard", rounding_inputs(how, "flow.encoder." + layer))
    loaded = small_models.build("standard")
    octet_s3gen.load(loaded, path)
    assert same(loaded.state_dict(), load_file(path))
    here, noise = octet_synthesis.in_python(loaded, "standard")
    made = octet_synthesis.by_octet(path, "standard", here, noise, tmp_path)
    plain = exports.export("standard", rounding_inputs({"method": "weight-only"}, "flow.encoder." + layer))
    weights = octet_synthesis.by_octet(plain, "standard", here, noise, tmp_path)
    assert relative(here["mel"], made["mel"]) < min(1e-4, 0.2 * relative(here["mel"], weights["mel"]))


def test_only_the_components_of_the_file_change(exports):
    path = exports.export("standard", "seed", components="flow,mel2wav")
    loaded, stock = small_models.build("standard"), small_models.build("standard")
    report = octet_s3gen.load(loaded, path)
    assert report.left_alone == ("tokenizer", "speaker_encoder")
    assert same(loaded.tokenizer.state_dict(), stock.tokenizer.state_dict())
    assert same({k: v for k, v in loaded.state_dict().items() if k.startswith(("flow", "mel2wav"))}, load_file(path))


def test_memory_is_that_of_the_export(seeded):
    model, path = seeded
    storages = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in model.state_dict().values()}
    stored = octet_s3gen.open_export(path).bytes
    # beyond state_dict: upstream's positional tables, fade and window
    assert stored <= sum(storages.values()) <= 1.02 * stored


def test_a_model_is_its_own_whatever_becomes_of_the_file(exports, tmp_path):
    path = exports.export("standard", "seed")
    (tmp_path / "file").write_bytes(path.read_bytes())
    model = small_models.build("standard")
    octet_s3gen.load(model, tmp_path / "file")
    with (tmp_path / "file").open("r+b") as file:  # in place, as a copy over it writes
        file.write(bytes(path.stat().st_size))
    assert same(model.state_dict(), load_file(path))


def test_a_report_adds_up_and_says_why(seeded, exports):
    model = small_models.build("standard")
    before = sum(tensor.nbytes for tensor in model.state_dict().values())
    report = octet_s3gen.load(model, exports.export("standard", "all-base", "fp16"))
    assert report.bytes_before == before
    assert report.bytes_after == sum(tensor.nbytes for tensor in model.state_dict().values())
    layers = {layer.name: layer for layer in report.layers}
    kept = layers["mel2wav.resblocks.0.activations1.0"]
    assert (kept.stored, kept.requested) == ("fp32", "fp16") and "overflows fp16" in kept.note
    assert re.search(r"mel2wav\.resblocks\.0\.activations1\.0 +Snake +fp32 +fp16 +fp32 .*overflows fp16", str(report))
    assert report.repairs and all(f"repaired: {repair}" in str(report) for repair in report.repairs)


def test_an_export_over_another_export_is_as_over_the_stock_model(exports):
    one, two = small_models.build("standard"), small_models.build("standard")
    path = exports.export("standard", "all-base", "fp32")
    octet_s3gen.load(one, exports.export("standard", "seed"))
    octet_s3gen.load(one, path)
    octet_s3gen.load(two, path)
    assert same(one.state_dict(), two.state_dict())
    voice, tokens = small_models.voice("standard"), small_models.tokens()
    assert torch.equal(small_models.mel(one, dict(voice), tokens), small_models.mel(two, dict(voice), tokens))


def test_an_export_for_comfy_is_read_but_for_what_is_comfys(exports, tmp_path):
    def comfy(tensors, metadata):
        metadata["octet_for"] = "comfy"
        tensors["mel2wav.ups.0.comfy_quant"] = torch.zeros(12, dtype=torch.uint8)

    path = exports.export("standard", "seed")
    edited(path, tmp_path / "comfy", comfy)
    model = small_models.build("standard")
    octet_s3gen.load(model, tmp_path / "comfy")
    assert same(model.state_dict(), load_file(path))


# --- files that are of no use --------------------------------------------------------------------------------


def edited(path, target, change):
    """The file after change(tensors, metadata)."""
    tensors = load_file(path)
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    change(tensors, metadata)
    save_file(tensors, target, metadata)


def _rename(tensors, _):
    tensors["flow.encoder_projection.weight"] = tensors.pop("flow.encoder_proj.weight")


def _plan_of_another_model(_, metadata):
    plan = json.loads(metadata["octet_plan"])
    plan["layers"] = {"flow.no_such_layer": {"precision": "int8"}}
    metadata["octet_plan"] = json.dumps(plan)


INT8 = "mel2wav.ups.0"
WRONG = {
    "one tensor is missing": (lambda t, m: t.pop("flow.encoder_proj.bias"), "flow.encoder_proj.bias"),
    "one is renamed": (_rename, "flow.encoder_proj.weight"),
    "one too many": (lambda t, m: t.update({"flow.more": torch.ones(2)}), "flow.more"),
    "of no component": (lambda t, m: t.update({"t3.weight": torch.ones(2)}), "t3.weight"),
    "another shape": (lambda t, m: t.update({"flow.encoder_proj.bias": torch.ones(79)}), "[79]"),
    "an entry for comfy beside no int8 weight": (
        lambda t, m: (m.update(octet_for="comfy"), t.update({"flow.encoder_proj.comfy_quant": torch.zeros(2).byte()})),
        "flow.encoder_proj.comfy_quant",
    ),
    "not finite": (lambda t, m: t["flow.encoder_proj.bias"].fill_(torch.nan), "flow.encoder_proj.bias"),
    "the scale is missing": (lambda t, m: t.pop(INT8 + ".weight_scale"), INT8),
    "the scale is zero": (lambda t, m: t[INT8 + ".weight_scale"].zero_(), INT8),
    "the scale is along the other axis": (
        lambda t, m: t.update({INT8 + ".weight_scale": torch.ones(t[INT8 + ".weight"].shape[0], 1, 1)}),
        INT8,
    ),
    "-128": (lambda t, m: t[INT8 + ".weight"].view(-1)[:1].fill_(-128), INT8),
    "integers where numbers are": (
        lambda t, m: t.update({"flow.encoder_proj.bias": torch.ones(80, dtype=torch.int64)}),
        "flow.encoder_proj.bias",
    ),
    "schemes without end": (lambda t, m: m.update(octet_layers="[" * 100_000), "octet_layers"),
    "a plan without end": (lambda t, m: m.update(octet_plan="[" * 100_000), "octet_plan"),
    "no schemes": (lambda t, m: m.pop("octet_layers"), "octet_layers"),
    "a layer without a scheme": (
        lambda t, m: m.update(octet_layers=m["octet_layers"].replace(INT8 + '"', INT8 + 'x"')),
        INT8,
    ),
    "a method of the future": (
        lambda t, m: m.update(octet_layers=m["octet_layers"].replace("weight-only", "nearest")),
        "nearest",
    ),
    "another format": (lambda t, m: m.update(octet_format="3"), "octet_format"),
    "no export": (lambda t, m: m.clear(), "octet_format"),
    "another variant": (lambda t, m: m.update(octet_variant="meanflow"), "meanflow"),
    "components that are not there": (lambda t, m: m.update(octet_components="flow"), "octet_components"),
    "a plan that is none": (lambda t, m: m.update(octet_plan="{}"), "octet_plan"),
    "a plan for another model": (_plan_of_another_model, "flow.no_such_layer"),
}


def fingerprint(model):
    return {
        name: (type(module), dict(module._parameters), dict(module._buffers), list(module._modules))
        for name, module in model.named_modules()
    }


@pytest.fixture(scope="module")
def untouched():
    return small_models.build("standard")


def _refused(model, path, said):
    before, keys = fingerprint(model), list(model.state_dict())
    with pytest.raises(octet_s3gen.OctetError) as refusal:
        octet_s3gen.load(model, path)
    assert said in str(refusal.value)
    after = fingerprint(model)
    assert before.keys() == after.keys() and keys == list(model.state_dict())
    for name, (kind, parameters, buffers, children) in before.items():
        assert after[name][0] is kind and after[name][3] == children
        for held, now in ((parameters, after[name][1]), (buffers, after[name][2])):
            assert held.keys() == now.keys() and all(held[key] is now[key] for key in held)


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_file_changes_nothing_and_is_named(wrong, exports, untouched, tmp_path):
    change, said = WRONG[wrong]
    edited(exports.export("standard", "seed"), tmp_path / "wrong.safetensors", change)
    _refused(untouched, tmp_path / "wrong.safetensors", said)


def test_a_file_that_is_cut_off_or_foreign_changes_nothing(exports, untouched, tmp_path):
    whole = exports.export("standard", "seed").read_bytes()
    for name, content in {"cut": whole[:-100], "header": whole[:50], "empty": b"", "text": b"hello" * 100}.items():
        (tmp_path / name).write_bytes(content)
        _refused(untouched, tmp_path / name, name)
    _refused(untouched, tmp_path / "absent", "absent")
    _refused(untouched, exports.checkpoint("standard"), "octet_format")
    _refused(untouched, exports.export("meanflow", "seed"), "meanflow")
    _refused(untouched, exports.export("demo", "all-base"), "this model")


def test_a_failure_at_the_very_end_changes_nothing(exports, untouched, monkeypatch):
    monkeypatch.setattr(
        sys.modules["octet_s3gen.load"],
        "repair_between_layers",
        lambda *_, **__: (_ for _ in ()).throw(octet_s3gen.OctetError("late")),
    )
    _refused(untouched, exports.export("standard", "seed"), "late")


def test_what_is_no_s3gen_is_refused(exports):
    with pytest.raises(octet_s3gen.ModelError, match=r"tts\.s3gen"):
        octet_s3gen.load(torch.nn.Linear(2, 2), exports.export("standard", "seed"))


# --- what becomes of a loaded model --------------------------------------------------------------------------


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_is_the_same_model(copied, seeded):
    model, _ = seeded
    twin = copied(model)
    assert same(twin.state_dict(), model.state_dict())
    voice, tokens = small_models.voice("standard"), small_models.tokens()
    assert torch.equal(small_models.mel(twin, dict(voice), tokens), small_models.mel(model, dict(voice), tokens))


def test_state_dict_loads_into_a_model_of_the_same_plan(seeded):
    model, path = seeded
    twin = copy.deepcopy(model)
    for tensor in twin.state_dict().values():
        tensor.zero_()
    twin.load_state_dict(load_file(path), strict=True)
    assert same(twin.state_dict(), model.state_dict())


def test_what_upstream_asks_is_answered(exports):
    model = small_models.build("standard")
    octet_s3gen.load(model, exports.export("standard", MIXED))
    assert next(model.flow.parameters()).dtype == torch.bfloat16
    assert model.flow.decoder.estimator.dtype == torch.bfloat16
    assert model.state_dict()["flow.decoder.estimator.final_proj.weight"].dtype == torch.int8
