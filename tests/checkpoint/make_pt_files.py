"""Writes the .pt files that test_pt.cpp reads: make_pt_files.py DEMO.safetensors OUT_DIR"""

import argparse
import collections
import importlib.util
import json
import os
import pathlib
import pickle
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


class Names(collections.OrderedDict):
    """A dict of a class of its own, with an attribute."""


class Losses(list):
    pass


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
torch.save({"x": counted}, out / "legacy.pt", _use_new_zipfile_serialization=False)

with zipfile.ZipFile(out / "lone.pt") as source, zipfile.ZipFile(out / "deflated.pt", "w") as target:
    for name in source.namelist():
        target.writestr(name, source.read(name), zipfile.ZIP_DEFLATED)

with zipfile.ZipFile(out / "lone.pt") as source, zipfile.ZipFile(out / "big-endian.pt", "w") as target:
    for name in source.namelist():
        target.writestr(name, b"big" if name.endswith("/byteorder") else source.read(name))

# What trainers leave beside weights. Each is a file of its own, by each protocol that torch.save can write.
names = Names(y=1)
names.origin = "trainer"
tied = torch.nn.Linear(2, 2)
tied.itself = [tied]
quantized = torch.quantize_per_tensor(counted, 0.1, 0, torch.qint8)
foreign = {
    "size": torch.Size([1, 2]),
    "device": torch.device("cpu"),
    "dtype": torch.float32,
    "counter": collections.Counter("abca"),
    "defaultdict": collections.defaultdict(list, a=[1]),
    "set": {1, 2},
    "frozenset": frozenset({"a"}),
    "bytes": b"\0raw",
    "bytearray": bytearray(b"raw"),
    "complex": 1 + 2j,
    "large": 2**70,
    "namespace": argparse.Namespace(lr=1, betas=(0.9, 0.99)),
    "ordered": names,
    "list_of_a_class": Losses([1.5]),
    "path": pathlib.PurePosixPath("a/b"),
    "exception": ValueError("no"),
    "function": len,
    "optimizer": torch.optim.Adam([torch.nn.Parameter(torch.zeros(2))], lr=1e-3).state_dict(),
    "generator": torch.get_rng_state(),
    "quantized": quantized,
    "sparse": torch.eye(2).to_sparse(),
    "meta": torch.empty(2, device="meta"),
    "complex_tensor": torch.ones(3, dtype=torch.complex64),
    "fp8": torch.zeros(4).to(torch.float8_e4m3fn),
    "uint16": torch.zeros(4, dtype=torch.uint16),
    "expanded": torch.arange(4).expand(3, 4),
    "subclass": torch.nn.Buffer(counted),
    "model": tied,
    "nothing": None,
}
if importlib.util.find_spec("numpy"):
    import numpy

    foreign |= {"numpy_scalar": numpy.float64(1.5), "numpy_array": numpy.arange(3)}
(out / "foreign").mkdir()
for name, thing in foreign.items():
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        torch.save({"x": counted, "thing": thing}, out / "foreign" / f"{name}-{protocol}.pt", pickle_protocol=protocol)

# All of that beside a whole model, as a trainer wraps it.
everything = {name: thing for name, thing in foreign.items() if name != "generator"}
torch.save({"epoch": 3, "model_state_dict": state_dict, **everything}, out / "trainer.pt")


def module_tree(tensors):
    """Modules that hold tensors under the given dotted names."""
    root = torch.nn.Module()
    for name, tensor in tensors.items():
        *path, last = name.split(".")
        module = root
        for part in path:
            if part not in module._modules:
                module.add_module(part, torch.nn.Module())
            module = module._modules[part]
        if tensor.is_floating_point():
            module.register_parameter(last, torch.nn.Parameter(tensor, requires_grad=False))
        else:
            module.register_buffer(last, tensor)
    return root


torch.save(module_tree(demo), out / "whole_model.pt")
scripted = module_tree({"mel2wav." + name: t for name, t in vocoder.items()})
torch.jit.script(scripted).save(str(out / "scripted.pt"))

# What CosyVoice prepares.
torch.save({"utt1": [3, 1, 4]}, out / "utt2speech_token.pt")
torch.save({"utt1": [3, 1, 4], "utt2": [1, 5]}, out / "utt2speech_tokens.pt")
speaker = {
    "llm_prompt_speech_token": torch.tensor([[9, 9]]),
    "flow_prompt_speech_token": torch.tensor([[1, 2, 3]], dtype=torch.int32),
    "flow_prompt_speech_token_len": torch.tensor([3]),
    "prompt_speech_feat": torch.ones(1, 6, 80),
    "llm_embedding": torch.zeros(1, 4),
    "flow_embedding": torch.ones(1, 4),
}
torch.save({"nora": speaker}, out / "spk2info.pt")
torch.save({"nora": speaker, "adam": speaker}, out / "spk2infos.pt")
torch.save([3, 1, 4], out / "list.pt")
torch.save(torch.tensor(3), out / "scalar.pt")

with zipfile.ZipFile(out / "model.zip", "w") as other:
    other.writestr("s3gen.safetensors", "weights")
