"""Writes the .pt files that test_pt.cpp reads: make_pt_files.py DEMO.safetensors OUT_DIR"""

import collections
import json
import os
import pathlib
import struct
import sys
import zipfile

import torch
from torch.nn.utils.parametrizations import weight_norm

TYPES = {"F32": torch.float32, "I64": torch.int64}
MAGNITUDE = ".parametrizations.weight.original0"
DIRECTION = ".parametrizations.weight.original1"


def read_safetensors(path):
    data = bytearray(path.read_bytes())
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    base = 8 + length
    return {
        name: torch.frombuffer(
            data[base + info["data_offsets"][0] : base + info["data_offsets"][1]], dtype=TYPES[info["dtype"]]
        ).reshape(info["shape"])
        for name, info in header.items()
    }


def folded(tensors):
    """Each weight-normed weight as torch's own parametrization computes it."""
    result = {}
    for name in tensors:
        if not name.endswith(MAGNITUDE):
            continue
        layer = name.removesuffix(MAGNITUDE)
        direction = tensors[layer + DIRECTION]
        kind = torch.nn.ConvTranspose1d if ".ups." in layer else torch.nn.Conv1d
        channels = direction.shape[:2] if ".ups." in layer else (direction.shape[1], direction.shape[0])
        module = weight_norm(kind(*channels, direction.shape[2])).eval()
        module.load_state_dict(
            {
                "bias": tensors[layer + ".bias"],
                "parametrizations.weight.original0": tensors[name],
                "parametrizations.weight.original1": direction,
            }
        )
        result[layer] = module.weight.detach()
    return result


class Evil:
    def __reduce__(self):
        return os.system, ("touch " + str(out / "evil-was-run"),)


demo = read_safetensors(pathlib.Path(sys.argv[1]))
out = pathlib.Path(sys.argv[2])

state_dict = collections.OrderedDict(demo)
state_dict._metadata = collections.OrderedDict({"": {"version": 1}})  # as Module.state_dict() leaves it
torch.save(state_dict, out / "state_dict.pt")
torch.save(folded(demo), out / "folded.pt")

vocoder = {name.removeprefix("mel2wav."): t for name, t in demo.items() if name.startswith("mel2wav.")}
flow = {name.removeprefix("flow."): t for name, t in demo.items() if name.startswith("flow.")}
old_names = {name.replace(MAGNITUDE, ".weight_g").replace(DIRECTION, ".weight_v"): t for name, t in vocoder.items()}
torch.save(flow, out / "flow.pt")
torch.save({"generator." + name: t for name, t in old_names.items()}, out / "hift.pt")
torch.save({"state_dict": vocoder, "epoch": 3, "lr": 1e-4}, out / "nested.pt")
torch.save({"model": {"mel2wav." + name: t for name, t in vocoder.items()}}, out / "model.pt")

counted = torch.arange(6, dtype=torch.float32)
torch.save(
    {
        "t3": {"emotion": counted[:2].half(), "clap": None, "scale": 0.5, "on": True, "big": 2**40, "less": -3},
        "gen": {
            "prompt_token": torch.tensor([[1, 2, 6560]]),
            "transposed": counted.reshape(2, 3).t(),
            "slice": counted[2:5],
            "every_other": counted[::2],
            "parameter": torch.nn.Parameter(counted[:1]),
            "scalar": torch.tensor(7.0),
            "none": torch.empty(0, 4),
            "mask": torch.tensor([True, False]),
            "bf16": torch.tensor([1.5], dtype=torch.bfloat16),
            "list": [torch.tensor([1]), (torch.tensor([2]),)],
        },
    },
    out / "conds.pt",
)
torch.save(torch.tensor([3, 1, 4]), out / "lone.pt")
torch.save({"x": Evil()}, out / "evil.pt")
torch.save({"x": torch.ones(3, dtype=torch.complex64)}, out / "complex.pt")
torch.save({"x": counted}, out / "legacy.pt", _use_new_zipfile_serialization=False)

with zipfile.ZipFile(out / "lone.pt") as source, zipfile.ZipFile(out / "deflated.pt", "w") as target:
    for name in source.namelist():
        target.writestr(name, source.read(name), zipfile.ZIP_DEFLATED)
