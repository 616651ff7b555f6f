"""Writes tests/export/goldens: one small vocoder as exports of format 1 and of format 2, from docs/formats.md's text alone.

`python tests/export/make_goldens.py [FOLDER]`. The same bytes on every machine: values come from integers.
"""

import hashlib
import json
import struct
import sys
from pathlib import Path

import numpy as np

CHANNELS = [8, 4, 2, 1]  # before the first upsampling, and after each
KERNELS = [16, 11, 7]
PLAN = {
    "format": "octet-plan",
    "version": 1,
    "name": "golden",
    "base": "fp16",
    "rules": [
        {"match": "mel2wav.{resblocks,source_resblocks}.*", "type": "Conv1d", "precision": "int8"},
        {"match": "mel2wav.ups.*", "type": "ConvTranspose1d", "precision": "int8"},
    ],
    "layers": {},
}


def values(name, shape):
    """Multiples of 2^-15 within ±1, told by the name alone."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little")
    index = np.arange(int(np.prod(shape)), dtype=np.uint64)
    drawn = ((index + np.uint64(seed)) * np.uint64(2654435761)) % np.uint64(1 << 32) >> np.uint64(16)
    return ((drawn.astype(np.float64) - 32768) / 32768).astype(np.float32).reshape(shape)


def layers():
    """Name, shapes of weight and bias, and the axis of output channels where int8 is asked for."""
    yield "conv_pre", [CHANNELS[0], 80, 7], [CHANNELS[0]], None
    yield "conv_post", [18, CHANNELS[3], 7], [18], None
    yield "f0_predictor.condnet.0", [2, 80, 3], [2], None
    yield "f0_predictor.classifier", [1, 2], [1], None
    for stage in range(3):
        before, after = CHANNELS[stage : stage + 2]
        yield f"ups.{stage}", [before, after, KERNELS[stage]], [after], 1
        yield f"source_downs.{stage}", [after, 18, [30, 6, 1][stage]], [after], None
        for block in ("resblocks", "source_resblocks"):
            for half in "12":
                for i in range(3):
                    yield f"{block}.{stage}.convs{half}.{i}", [after, after, 3], [after], 0


def quantized(weight, axis):
    others = tuple(dim for dim in range(weight.ndim) if dim != axis)
    scale = np.abs(weight).max(axis=others, keepdims=True) / np.float32(127)
    scale = np.where(scale < np.float32(2.0**-126), np.float32(1), scale)
    return np.clip(np.round(weight / scale), -127, 127).astype(np.int8), scale


def content():
    """Tensors by name, and the schemes of int8 layers."""
    tensors, schemes = {}, {}
    for layer, weight_shape, bias_shape, axis in layers():
        name = "mel2wav." + layer
        weight = values(name + ".weight", weight_shape)
        tensors[name + ".bias"] = values(name + ".bias", bias_shape).astype(np.float16)
        if axis is None:
            tensors[name + ".weight"] = weight.astype(np.float16)
        else:
            tensors[name + ".weight"], tensors[name + ".weight_scale"] = quantized(weight, axis)
            schemes[name] = {"storage": "int8", "base": "fp16", "method": "weight-only"}
    # Kept in fp32 whatever the plan says: the source, and Snake's alpha, which is positive.
    for part, shape in (("weight", [1, 2]), ("bias", [1])):
        name = "mel2wav.m_source.l_linear." + part
        tensors[name] = values(name, shape)
    for stage in range(3):
        for block in ("resblocks", "source_resblocks"):
            for half in "12":
                for i in range(3):
                    name = f"mel2wav.{block}.{stage}.activations{half}.{i}.alpha"
                    tensors[name] = np.abs(values(name, [CHANNELS[stage + 1]])) + np.float32(0.5)
    return tensors, schemes


def compact(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def file_bytes(tensors, metadata):
    """As the safetensors library lays it out: types by falling size, then names; header padded to 8."""
    types = {"float32": (0, "F32"), "float16": (1, "F16"), "int8": (2, "I8")}
    order = sorted(tensors, key=lambda name: (types[str(tensors[name].dtype)][0], name))
    header, offset = {"__metadata__": dict(sorted(metadata.items()))}, 0
    for name in order:
        end = offset + tensors[name].nbytes
        dtype = types[str(tensors[name].dtype)][1]
        header[name] = {"dtype": dtype, "shape": list(tensors[name].shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(tensors[name].tobytes() for name in order)


def goldens():
    tensors, schemes = content()
    metadata = {
        "format": "pt",
        "octet_plan": compact(PLAN),
        "octet_components": "mel2wav",
        "octet_variant": "chatterbox",
        "octet_source_sha256": "ab" * 32,
    }
    return {
        "format1.safetensors": file_bytes(tensors, metadata | {"octet_format": "1"}),
        "format2.safetensors": file_bytes(
            tensors, metadata | {"octet_format": "2", "octet_layers": compact(schemes)}
        ),
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "goldens"
    for name, data in goldens().items():
        (folder / name).write_bytes(data)
