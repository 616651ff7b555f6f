"""`quantize` gives the bytes of an export."""

import json
import os
import random
import subprocess

import int8
import octet
import pytest
import small_models
import torch
import weight_norm
from safetensors.torch import load_file
from test_load import BY_TOKEN, METHODS, MIXED, OUTLIERS, fingerprint, rounding_inputs, same

import octet_s3gen
from octet_s3gen.int8 import folded, quantized
from octet_s3gen.layers import layers_of
from octet_s3gen.plan import PRESETS, parse_plan, preset, resolve


def random_seed():
    seed = int(os.environ.get("OCTET_TEST_SEED") or random.SystemRandom().randrange(2**31))
    print(f"seed {seed}; to repeat: OCTET_TEST_SEED={seed}")
    return seed


def random_plan(layers, seed):
    """Rules of every kind on names that exist."""
    draw = random.Random(seed)
    precisions = ["int8", "int8", "bf16", "fp16", "fp32"]
    rules = []
    for _ in range(12):
        layer = draw.choice(layers)
        parts = layer.name.split(".")
        match = draw.choice([layer.name, ".".join(parts[:2]) + ".*", parts[0] + ".*." + parts[-1], "*" + parts[-1]])
        rule = {"match": match, "precision": draw.choice(precisions)}
        rule |= {"type": layer.type} if draw.random() < 0.5 else {}
        rule |= {"force": True} if draw.random() < 0.3 else {}
        rules.append(rule)
    chosen = {layer.name: {"precision": draw.choice(precisions)} for layer in draw.sample(layers, 8)}
    plan = {"format": "octet-plan", "version": 1, "name": "random", "base": draw.choice(["bf16", "fp32", "fp16"])}
    return json.dumps({**plan, "rules": rules, "layers": chosen})


@pytest.mark.parametrize("model", ["standard", "meanflow"])
@pytest.mark.parametrize(
    "plan, base",
    [
        ("seed", "bf16"),
        ("all-int8", "fp32"),
        ("all-base", "fp32"),
        ("all-base", "bf16"),
        (MIXED, ""),
        (METHODS, ""),
        (rounding_inputs(BY_TOKEN), ""),
        (rounding_inputs(OUTLIERS), ""),
    ],
)
def test_the_bytes_are_those_of_an_export(model, plan, base, exports):
    quantized_here = small_models.build(model)
    octet_s3gen.quantize(quantized_here, exports.plan(plan, base))
    assert same(quantized_here.state_dict(), load_file(exports.export(model, plan, base)))


def test_random_plans_resolve_as_octet_resolves_them(exports):
    model = small_models.build("standard")
    layers = layers_of(model)
    first = random_seed()
    for seed in range(first, first + 6):
        text = random_plan(layers, seed)
        command = [octet.binary(), "plan", "show", exports.plan(text), exports.checkpoint("standard"), "--json"]
        shown = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        expected = {layer["name"]: (layer["requested"], layer["effective"]) for layer in shown["layers"]}
        resolved = resolve(parse_plan(text, "here"), layers)
        assert {name: (here.requested, here.storage) for name, here in resolved.items()} == expected, text
    octet_s3gen.quantize(model, exports.plan(text))
    assert same(model.state_dict(), load_file(exports.export("standard", text))), text


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_octets(name, exports):
    here, there = preset(name, "fp16"), parse_plan(exports.plan(name, "fp16").read_text(), name)
    assert here == there


def test_roundings_are_those_of_the_text():
    weight = torch.randn(9, 6, 5, generator=torch.Generator().manual_seed(random_seed()))
    weight[0] = 0  # a scale of 1
    weight[1] *= 1e-38  # a scale that would be subnormal
    weight[2, 0, :4] = torch.tensor([127.0, 0.5, 1.5, -2.5])  # halves of a step
    weight[2, 1:] = 0
    for axis in (0, 1):
        values, scale = quantized(weight, axis)
        expected, expected_scale = int8.quantized(weight, axis)
        assert torch.equal(values.float(), expected) and torch.equal(scale, expected_scale)
    magnitude = weight.abs().amax(dim=(1, 2), keepdim=True)
    there = torch.from_numpy(weight_norm.fold(magnitude[2:].numpy(), weight[2:].numpy()))
    assert torch.equal(folded(magnitude[2:], weight[2:]), there)


def test_squares_are_added_one_after_the_other():
    # 16, to which each of 1,024 small squares is too little to matter, though all of them are not: W is then a tie of
    # two fp32 numbers, decided by their evenness
    direction = torch.tensor([[3.0, 2.0, 1.0, 1.0, 1.0] + [2.0**-25] * 1024])
    magnitude = torch.tensor([[2.0**23 + 1]])
    assert folded(magnitude, direction)[0, 0].item() == (3 * (2**23 + 1) + 1) / 4


@pytest.fixture(scope="module")
def untouched():
    return small_models.build("standard")


def _plan(**changes):
    return json.dumps({"format": "octet-plan", "version": 1, "base": "bf16", "rules": [], **changes})


RULE = {"match": "flow.*", "precision": "int8"}
WRONG = {
    "not a plan": ("{}", "octet-plan"),
    "not JSON": ("{", "line 1"),
    "a key nobody knows": (_plan(bass="bf16"), "bass"),
    "a key of a rule nobody knows": (_plan(rules=[RULE | {"presicion": 1}]), "presicion"),
    "base int8": (_plan(base="int8"), "base"),
    "a precision nobody knows": (_plan(rules=[RULE | {"precision": "int4"}]), "int4"),
    "a brace that is left open": (_plan(rules=[RULE | {"match": "flow.{a"}]), "brace"),
    "another model's layer": (_plan(layers={"flow.nowhere": {"precision": "int8"}}), "flow.nowhere"),
    "another model's rules": (_plan(rules=[RULE | {"match": "text_encoder.*"}]), "another model"),
    "a method nobody knows": (_plan(rules=[RULE | {"type": "Linear", "method": "awq"}]), "awq"),
    "an option nobody knows": (_plan(rules=[RULE | {"options": {"block": 128}}]), "block"),
    "another method's option": (_plan(rules=[RULE | {"method": "dynamic", "options": {"clip": "mse"}}]), "clip"),
    "a threshold below all": (_plan(rules=[RULE | {"method": "llm-int8", "options": {"threshold": -1}}]), "-1"),
    "a group of any size": (_plan(rules=[RULE | {"options": {"group": 48}}]), "group is 48"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_plan_changes_nothing_and_is_named(wrong, untouched, tmp_path):
    text, said = WRONG[wrong]
    (tmp_path / "wrong.json").write_text(text)
    before = fingerprint(untouched)
    with pytest.raises(octet_s3gen.PlanError, match=said):
        octet_s3gen.quantize(untouched, tmp_path / "wrong.json")
    after = fingerprint(untouched)
    assert after.keys() == before.keys()
    assert all(after[name][0] is kind for name, (kind, *_) in before.items())


def test_numbers_that_a_type_cannot_hold_are_refused(exports):
    model = small_models.build("standard")
    model.flow.encoder_proj.weight.data[0, 0] = 70000
    with pytest.raises(octet_s3gen.ModelError, match=r"flow\.encoder_proj\.weight.*fp16"):
        octet_s3gen.quantize(model, exports.plan("all-base", "fp16"))
    model.flow.encoder_proj.weight.data[0, 0] = torch.nan
    with pytest.raises(octet_s3gen.ModelError, match=r"flow\.encoder_proj\.weight.*not finite"):
        octet_s3gen.quantize(model, "seed")


def test_what_flows_between_layers_is_of_the_plans_base(exports):
    model = small_models.build("standard")
    octet_s3gen.quantize(model, exports.plan(_plan(layers={"flow.input_embedding": {"precision": "fp32"}})))
    seen = []
    model.flow.encoder_proj.register_forward_hook(lambda _, inputs, output: seen.append(output.dtype))
    small_models.mel(model, dict(small_models.voice("standard")), small_models.tokens())
    assert seen == [torch.bfloat16]


def test_what_is_int8_already_is_not_quantized_again():
    model = small_models.build("standard")
    octet_s3gen.quantize(model, "seed")
    with pytest.raises(octet_s3gen.ModelError, match="int8 already"):
        octet_s3gen.quantize(model, "seed")
