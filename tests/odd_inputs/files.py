"""Files as other programs leave them, written by hand where no library would write them so."""

import json
import struct
import wave
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

DEMO = Path(__file__).resolve().parents[2] / "resources/demo_voice"
CHECKPOINT = DEMO / "s3gen_demo.safetensors"
VOICE = DEMO / "conds/voice_f_nora.safetensors"
CLIP = DEMO / "clips/ref00_en_f_nora.wav"
IDS = [(37 * i) % 6561 for i in range(25)]


def weights():
    """The demo checkpoint's tensors by name."""
    return load_file(CHECKPOINT)


def metadata():
    """The demo checkpoint's `__metadata__`."""
    with open(CHECKPOINT, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    return header.get("__metadata__", {})


def save_checkpoint(path, tensors):
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, metadata())


def rewrite_header(path, change):
    """The file with `change` applied to its safetensors header, which is a dict."""
    content = path.read_bytes()
    size = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8 : 8 + size])
    change(header)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + content[8 + size :])


def save_tokens(path, ids=IDS):
    save_file({"speech_tokens": torch.tensor([ids])}, path)


def save_npy(path, descr, shape, data, order="False"):
    header = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    path.write_bytes(b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + data)


def samples():
    """16-bit samples of the demo clip, and their rate."""
    with wave.open(str(CLIP)) as file:
        return (
            list(struct.unpack(f"<{file.getnframes()}h", file.readframes(file.getnframes()))),
            file.getframerate(),
        )


def chunk(name, data, size=None):
    """A RIFF chunk whose length field says `size`."""
    return name + struct.pack("<I", len(data) if size is None else size) + data + b"\0" * (len(data) % 2)


def save_wav(path, values, rate, *, tag=1, data_size=None, riff_size=None):
    """A mono WAV of 16-bit integers (`tag` 1) or 32-bit floats (`tag` 3)."""
    code, bits = {1: ("h", 16), 3: ("f", 32)}[tag]
    layout = chunk(b"fmt ", struct.pack("<HHIIHH", tag, 1, rate, rate * bits // 8, bits // 8, bits))
    body = b"WAVE" + layout + chunk(b"data", struct.pack(f"<{len(values)}{code}", *values), data_size)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body) if riff_size is None else riff_size) + body)
