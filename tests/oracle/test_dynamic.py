"""Methods that round inputs, against torch.ao's and bitsandbytes' in upstream's model, under the same noise."""

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
# The stage that shows it, and an outlier's least size: about half of the layer's features reach it.
LAYERS = {
    "flow.encoder.embed.out.0": ("encoder_out", 2.7),
    "flow.encoder.pre_lookahead_layer.conv1": ("encoder_out", 21),
    "flow.encoder.encoders.0.self_attn.linear_q": ("encoder_out", 2.7),
    "flow.encoder.encoders.1.feed_forward.w_2": ("encoder_out", 2.6),
    "flow.encoder.up_layer.conv": ("encoder_out", 31),
    "flow.decoder.estimator.down_blocks.0.0.block1.block.0": ("mel", 3.2),
    "flow.decoder.estimator.mid_blocks.0.1.0.ff.net.0.proj": ("mel", 2.4),
}


def plan(layer, method):
    choice = {"precision": "int8", "method": method}
    choice |= {"options": {"threshold": LAYERS[layer][1]}} if method == "llm-int8" else {}
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


def by_torch(model, layer):
    module = model.get_submodule(layer)
    if isinstance(module, nn.Conv1d):
        return round_inputs_of(module)
    parent, _, child = layer.rpartition(".")
    setattr(model.get_submodule(parent), child, linear_of_torch(module))


def by_bitsandbytes(rows, values, scale, threshold):
    """bitsandbytes.nn.Linear8bitLt's forward, of weights that are no longer floating."""
    pytest.importorskip("bitsandbytes")
    rounded, largest, outliers = torch.ops.bitsandbytes.int8_vectorwise_quant(rows.clone(), threshold)
    of_weight = scale.flatten() * 127
    return torch.ops.bitsandbytes.int8_mixed_scaled_mm(
        rows, rounded, values.to(torch.int8), largest, of_weight, outliers, None
    )[0]


def by_numpy(rows, values, scale, threshold):
    """"Outliers" of docs/formats.md, in fp64 but for the rounding."""
    x, w = rows.numpy(), values.numpy().astype(np.float64) * scale.numpy().astype(np.float64)
    reached = np.abs(x) >= np.float32(threshold)
    features = reached.any(axis=0)
    assert features.any() and not features.all(), "the case has no outliers, or nothing else"
    step = np.where(reached, 0, np.abs(x)).max(axis=1, keepdims=True) / np.float32(127)
    step = np.where(step < np.float32(2.0**-126), np.float32(1), step)
    integers = np.clip(np.round(x * (np.float32(1) / step)), -127, 127).astype(np.float64)
    return torch.from_numpy(np.where(features, x, integers * step.astype(np.float64)) @ w.T).float()


def multiply_rows_of(product):
    """Replaces a layer's forward by a product of rows: of a convolution, of the frames that each result sees."""

    def replace(model, layer):
        module = model.get_submodule(layer)
        values, scale = int8.quantized(module.weight.detach(), 0)
        values, scale, bias = values.flatten(1), scale.flatten(1), module.bias

        def linear(x):
            y = product(x.reshape(-1, x.shape[-1]), values, scale, LAYERS[layer][1]).view(*x.shape[:-1], -1)
            return y if bias is None else y + bias

        def convolve(x, _weight, _bias):
            assert module.groups == 1
            taps, dilation, stride = module.kernel_size[0], module.dilation[0], module.stride[0]
            x = nn.functional.pad(x, (module.padding[0], module.padding[0]))
            seen = x.unfold(2, dilation * (taps - 1) + 1, stride)[..., ::dilation]  # [batch, channels, results, taps]
            return linear(seen.transpose(1, 2).flatten(2)).transpose(1, 2)

        if isinstance(module, nn.Conv1d):
            module._conv_forward = convolve
        else:
            module.forward = linear

    return replace


OTHERS = {
    "torch.ao": ("dynamic", by_torch),
    "bitsandbytes": ("llm-int8", multiply_rows_of(by_bitsandbytes)),
    "numpy": ("llm-int8", multiply_rows_of(by_numpy)),
}


def distance(actual, expected):
    return float(np.linalg.norm(actual - np.asarray(expected)) / np.linalg.norm(expected))


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("other", OTHERS)
@torch.no_grad()
def test_inputs_are_rounded_as_others_round_them(other, layer, workshop, tmp_path):
    case, (stage, _) = cases.CASES[0], LAYERS[layer]
    asked, replace = OTHERS[other]
    directory = workshop.case(case)
    made = {}
    for method in (asked, "weight-only"):
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
    error, effect = distance(made[asked][stage], expected[stage]), distance(made["weight-only"][stage], expected[stage])
    print(f"{layer}: {error:.2e} from {other}'s, {effect:.2e} with inputs as they come")
    # bitsandbytes multiplies by 127 / a, rounded once: a number at the edge between two integers may be the other
    assert error < (3e-5 if other == "bitsandbytes" else 1e-5) and error < effect / 10
