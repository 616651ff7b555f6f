"""Writes small valid files for the fuzzers to start from, a folder each: make_seeds.py OUT_DIR"""

import io
import json
import pathlib
import sys
import zipfile

import numpy
import safetensors.torch
import soundfile
import torch

out = pathlib.Path(sys.argv[1])


def write(kind, name, content):
    folder = out / kind
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def pickle_of(value, protocol=2):
    buffer = io.BytesIO()
    torch.save(value, buffer, pickle_protocol=protocol)
    with zipfile.ZipFile(buffer) as archive:
        return archive.read(next(name for name in archive.namelist() if name.endswith("data.pkl")))


tensors = {"flow.a.weight": torch.ones(2, 3), "b": torch.zeros(4, dtype=torch.int64), "c": torch.tensor(1.5)}
write("pickle", "state_dict", pickle_of(torch.nn.Linear(2, 3).state_dict()))
write("pickle", "module", pickle_of(torch.nn.Conv1d(2, 3, 1)))
write("pickle", "views", pickle_of({"model": [tensors["flow.a.weight"].T, tensors["b"].expand(2, 4)], "n": [1, 2]}))
write("pickle", "protocol_4", pickle_of({"ids": {"a": [1, 2**40, -1]}, "s": {1, 2}, "f": 1.5}, protocol=4))
write("safetensors", "three", safetensors.torch.save(tensors, {"format": "pt"}))
write("safetensors", "none", safetensors.torch.save({}))
for subtype in ("PCM_16", "PCM_24", "FLOAT", "PCM_U8"):
    buffer = io.BytesIO()
    soundfile.write(buffer, numpy.zeros((9, 2)), 24000, subtype, format="WAV")
    write("wav", subtype, buffer.getvalue())
for subtype, form in (("PCM_16", "FLAC"), ("VORBIS", "OGG"), ("PCM_16", "AIFF"), ("DOUBLE", "WAV")):
    buffer = io.BytesIO()
    soundfile.write(buffer, numpy.zeros((9, 2)), 24000, subtype, format=form)
    write("sound", form, buffer.getvalue())
for name, text in {"numbers": "3, 1 4\n1", "list": "[3, 1, 4]", "rows": '{"speech_tokens": [[3, 1, -4]]}'}.items():
    write("tokens", name, text.encode())
    write("tokens", name + "_utf16", text.encode("utf-16"))
for kind in ("<i8", ">i4", "|u1", "<u2"):
    for array in (numpy.arange(6, dtype=kind), numpy.asfortranarray(numpy.ones((2, 3), dtype=kind))):
        buffer = io.BytesIO()
        numpy.save(buffer, array)
        write("npy", f"{kind[1:]}_{array.ndim}{kind[0] == '>'}", buffer.getvalue())
plan = {
    "format": "octet-plan",
    "version": 1,
    "name": "n",
    "base": "bf16",
    "rules": [{"match": "flow.*", "precision": "int8"}],
    "layers": {"flow.a": {"precision": "fp32"}},
}
write("plan", "utf8", json.dumps(plan, indent=1).encode())
write("plan", "utf16", json.dumps(plan).encode("utf-16"))
clip = {"file": "a.wav", "sha256": "a" * 64, "seconds": 1.5, "speaker": "s", "tags": ["quiet"], "made_from": "b.wav"}
set_file = {"format": "octet-set", "version": 1, "name": "n", "clips": [clip, clip | {"file": "c"}]}
write("set", "two", json.dumps(set_file, indent=1).encode())
