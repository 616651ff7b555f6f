"""Dynamic int8 against torch.ao's modules in upstream's model, under the same noise."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torch.ao.nn.quantized import dynamic

import bundles
import cases
import int8
import octet
import stages

# One at a time: where a last bit moves an input over the edge between two integers the result moves by a step, and
# that moves more of them in the layers behind, until two programs' roundings have nothing in common.
LAYERS = {
    "flow.encoder.embed.out.0": "encoder_out",
    "flow.encoder.pre_lookahead_layer.conv1": "encoder_out",
    "flow.encoder.encoders.0.self_attn.linear_q": "encoder_out",
    "flow.encoder.encoders.1.feed_forward.w_2": "encoder_out",
    "flow.encoder.up_layer.conv": "encoder_out",
    "flow.decoder.estimator.down_blocks.0.0.block1.block.0": "mel",
    "flow.decoder.estimator.mid_blocks.0.1.0.ff.net.0.proj": "mel",
}


def plan(layer, method):
    choice = {"precision": "int8", "method": method}
    return json.dumps({"format": "octet-plan", "version": 1, "base": "fp32", "rules": [], "layers": {layer: choice}})


def linear_of_torch(linear):
    """quantize_dynamic's module with the integers of docs/formats.md."""
    values, scale = int8.quantized(linear.weight.detach(), 0)
    channels = len(values)
    weight = torch._make_per_channel_quantized_tensor(
        values.to(torch.int8), scale.flatten().double(), torch.zeros(channels, dtype=torch.long), 0
    )
    made = dynamic.Linear(linear.in_features, channels, bias_=linear.bias is not None)
    made.set_weight_bias(weight, linear.bias.detach() if linear.bias is not None else None)
    made.version = 3  # later ones keep a bit of the input back, for processors whose sums saturate
    return made


def round_inputs_of(convolution):
    """torch.ao has no dynamic Conv1d: what the integers stand for, convolved in fp64."""
    values, scale = int8.quantized(convolution.weight.detach(), 0)
    exact_weight = values.double() * scale.double()

    def forward(x, _, bias):
        step, zero_point = torch._choose_qparams_per_tensor(x, False)
        rounded = torch.quantize_per_tensor(x, step, zero_point, torch.quint8).int_repr()
        exact = (rounded.double() - zero_point) * float(np.float32(step))
        c = convolution
        added = None if bias is None else bias.double()
        return nn.functional.conv1d(exact, exact_weight, added, c.stride, c.padding, c.dilation, c.groups).to(x.dtype)

    convolution._conv_forward = forward


def replace(model, layer):
    module = model.get_submodule(layer)
    if isinstance(module, nn.Conv1d):
        return round_inputs_of(module)
    parent, _, child = layer.rpartition(".")
    setattr(model.get_submodule(parent), child, linear_of_torch(module))


def distance(actual, expected):
    return float(np.linalg.norm(actual - np.asarray(expected)) / np.linalg.norm(expected))


@pytest.mark.parametrize("layer", LAYERS)
@torch.no_grad()
def test_dynamic_int8_is_that_of_torch(layer, workshop, tmp_path):
    case, stage = cases.CASES[0], LAYERS[layer]
    directory = workshop.case(case)
    made = {}
    for method in ("dynamic", "weight-only"):
        (tmp_path / method).mkdir()
        (tmp_path / method / "plan.json").write_text(plan(layer, method))
        options = ("--device", "cpu", "--threads", "2", "--plan", tmp_path / method / "plan.json")
        made[method] = octet.synthesize(directory, directory / "noise.safetensors", tmp_path / method, options=options)
    module = bundles.build(case.model)
    replace(module, layer)
    given = load_file(directory / "expected.safetensors")
    conditioning = {name: given[name] for name in ("prompt_token", "prompt_feat", "embedding")}
    noise = load_file(directory / "noise.safetensors")
    expected = stages.synthesize(module, given["speech_tokens"], conditioning, case.steps, noise)
    error, effect = distance(made["dynamic"][stage], expected[stage]), distance(made["weight-only"][stage], expected[stage])
    print(f"{layer}: {error:.2e} from torch.ao's, {effect:.2e} with inputs as they come")
    assert error < 1e-5 and error < effect / 10
