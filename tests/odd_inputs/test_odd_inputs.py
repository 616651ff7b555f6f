"""What strangers' files do to the command line: one row a situation from a public bug report or a review.

Each row makes its files in an empty folder, runs one command there and holds three things: the exit code of
docs/cli.md, that stderr names what it has to, and that no file but the expected ones appeared, changed or went.
"""

import collections
import gzip
import hashlib
import json
import math
import os
import resource
import subprocess
import zipfile
from argparse import Namespace
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

import pytest
import torch
from safetensors.torch import save_file

from files import (
    CHECKPOINT,
    CLIP,
    IDS,
    VOICE,
    chunk,
    metadata,
    rewrite_header,
    samples,
    save_checkpoint,
    save_npy,
    save_tokens,
    save_wav,
    weights,
)

OCTET = Path(os.environ.get("OCTET_BINARY", Path(__file__).resolve().parents[2] / "build/bin/octet"))
MEMORY_LIMIT = 6 << 30  # of address space: a reader that takes 4 GB of a small file does not pass

ok, said_no, usage, bad_input, no_output = 0, 1, 2, 3, 6
C, V, R = str(CHECKPOINT), str(VOICE), str(CLIP)


def synth(checkpoint=C, *, tokens="t.safetensors", source=None, voice=("--conds", V), out="out.wav", more=()):
    said = ("--source", source) if source else ("--tokens", tokens)
    return ["synth", checkpoint, *said, *voice, "--steps", "1", *more, "-o", out]


def compare(folder):
    return ["compare", C, "--plan", "all-base", "--plan", "seed", "--steps", "1", "--clips", folder]


@dataclass
class Row:
    name: str
    command: list
    code: int
    says: list = field(default_factory=list)  # parts of stderr, any case
    make: Callable = lambda folder: None
    writes: list = field(default_factory=list)  # files that appear or change
    stdin: Callable = lambda: b""
    environment: dict = field(default_factory=dict)


ROWS = []


def row(name, command, code, says=(), writes=(), **more):
    """Adds a row whose files the decorated function makes."""

    def add(make):
        ROWS.append(Row(name, command, code, list(says), make, list(writes), **more))
        return make

    return add


def nothing(folder):
    pass


# --- checkpoints that other programs wrapped -----------------------------------------------------------------


@row("the S3Gen fine-tuner's model_state_dict", ["inspect", "x.pt"], ok, ["optimizer_state_dict", "not used"])
def _(folder):
    flow = {name: tensor for name, tensor in weights().items() if not name.startswith("mel2wav.")}
    optimizer = {
        "state": {0: {"step": torch.tensor(5.0), "exp_avg": torch.zeros(4)}},
        "param_groups": [{"lr": 5e-6}],
    }
    torch.save(
        {"epoch": 3, "model_state_dict": flow, "optimizer_state_dict": optimizer, "loss": 1.25},
        folder / "x.pt",
    )


def prefixed(prefix):
    return lambda folder: save_checkpoint(
        folder / "x.safetensors", {prefix + k: v for k, v in weights().items()}
    )


for prefix in ("module.", "_orig_mod.module.", "model.module.", "s3gen.", "state_dict."):
    row(f"names that begin with {prefix}", ["inspect", "x.safetensors"], ok)(prefixed(prefix))


@row(
    "t3, s3gen and ve in one file",
    synth("x.safetensors"),
    ok,
    ["t3.text_emb.weight", "not used"],
    ["out.wav"],
)
def _(folder):
    save_tokens(folder / "t.safetensors")
    everything = {"s3gen." + name: tensor for name, tensor in weights().items()}
    save_checkpoint(folder / "x.safetensors", everything | {"t3.text_emb.weight": torch.ones(2, 2)})


@row("a CosyVoice2 flow that DeepSpeed saved", ["inspect", "x.pt"], ok)
def _(folder):
    flow = {name[5:]: tensor for name, tensor in weights().items() if name.startswith("flow.")}
    torch.save(
        {
            "module": flow,
            "optimizer": None,
            "ds_version": "0.15",
            "param_shapes": [{"a": torch.Size([2, 3])}],
        },
        folder / "x.pt",
    )


@row(
    "names of no known model", ["inspect", "x.safetensors"], bad_input, ["x.safetensors", "my_model.layer0.w"]
)
def _(folder):
    save_file({f"my_model.layer{i}.w": torch.ones(2) for i in range(50)}, folder / "x.safetensors")


# --- foreign things beside good weights ----------------------------------------------------------------------


def beside(**foreign):
    return lambda folder: torch.save({"state_dict": weights(), **foreign}, folder / "x.pt")


FOREIGN = {
    "torch.Size, a device and a dtype": {
        "a": torch.Size([1, 2]),
        "b": torch.device("cpu"),
        "c": torch.float32,
    },
    "a Counter and a set": {"a": collections.Counter("abc"), "b": {1, 2}},
    "a defaultdict and bytes": {"a": collections.defaultdict(list), "b": b"\0raw"},
    "a Namespace": {"hparams": Namespace(lr=1)},
    "an expanded tensor": {"position_ids": torch.arange(512).expand(4, -1)},
    "fp8, u16 and complex tensors": {
        "a": torch.zeros(4).to(torch.float8_e4m3fn),
        "b": torch.zeros(4, dtype=torch.uint16),
        "c": torch.zeros(2, dtype=torch.complex64),
    },
}
for what, foreign in FOREIGN.items():
    row(f"a .pt with {what}", ["inspect", "x.pt"], ok)(beside(**foreign))


@row("a .pt of pickle protocol 4", ["inspect", "x.pt"], ok)
def _(folder):
    torch.save(weights(), folder / "x.pt", pickle_protocol=4)


@row("safetensors with unused u32 and fp8 tensors", ["inspect", "x.safetensors"], ok, ["steps", "not used"])
def _(folder):
    foreign = {"steps": torch.zeros(3, dtype=torch.int32), "amax": torch.zeros(4).to(torch.float8_e4m3fn)}
    save_checkpoint(folder / "x.safetensors", weights() | foreign)
    rewrite_header(folder / "x.safetensors", lambda header: header["steps"].update(dtype="U32"))


@row("safetensors with __metadata__ null", ["inspect", "x.safetensors"], ok)
def _(folder):
    save_checkpoint(folder / "x.safetensors", weights())
    rewrite_header(folder / "x.safetensors", lambda header: header.__setitem__("__metadata__", None))


@row("a LoRA that was not merged", synth("x.safetensors"), ok, ["lora", "merge"], ["out.wav"])
def _(folder):
    save_tokens(folder / "t.safetensors")
    name = "flow.decoder.estimator.mid_blocks.0.1.0.attn1.to_q"
    save_checkpoint(folder / "x.safetensors", weights() | {name + ".lora_A.weight": torch.ones(4, 8)})


# --- what is no checkpoint, by its name -----------------------------------------------------------------------


class Small(torch.nn.Module):
    def forward(self, x):
        return x


@row("a whole model", ["inspect", "x.pt"], bad_input, ["x.pt", "not an S3Gen model", "bias, weight"])
def _(folder):
    torch.save(torch.nn.Linear(2, 2), folder / "x.pt")


@row("TorchScript", ["inspect", "x.zip"], bad_input, ["x.zip", "not an S3Gen model"])
def _(folder):
    torch.jit.script(Small()).save(str(folder / "x.zip"))


@row("a zip archive of a folder", ["inspect", "x.zip"], bad_input, ["x.zip", "zip archive of s3gen/a.safetensors", "unpack"])
def _(folder):
    with zipfile.ZipFile(folder / "x.zip", "w") as archive:
        archive.writestr("s3gen/a.safetensors", b"weights")


@row("a pickle of a PyTorch before 1.6", ["inspect", "x.pt"], bad_input, ["x.pt", "torch.save"])
def _(folder):
    torch.save(weights(), folder / "x.pt", _use_new_zipfile_serialization=False)


LOOKALIKES = {
    "ONNX": (b"\x08\x08\x12\x07pytorch\x1a\x052.1.0:\xf5\x06" + b"\n\x10" * 500, "ONNX"),
    "GGUF": (b"GGUF\3\0\0\0" + b"\0" * 200, "GGUF"),
    "a git-lfs pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1056\n",
        "git lfs pull",
    ),
    "a web page": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "HTML"),
    "gzip": (gzip.compress(b"weights" * 99), "gzip"),
    "nothing at all": (b"", "0 bytes"),
}
for what, (content, named) in LOOKALIKES.items():
    row(f"{what} instead of a checkpoint", ["inspect", "x.safetensors"], bad_input, ["x.safetensors", named])(
        lambda folder, content=content: (folder / "x.safetensors").write_bytes(content)
    )


@row("a download that broke off", ["inspect", "x.safetensors"], bad_input, ["x.safetensors", "truncated"])
def _(folder):
    (folder / "x.safetensors").write_bytes(CHECKPOINT.read_bytes()[: 9 << 20])


# --- where checkpoints lie -----------------------------------------------------------------------------------


@row("a snapshot folder", ["inspect", "snapshot"], ok)
def _(folder):
    (folder / "snapshot").mkdir()
    (folder / "snapshot/s3gen.safetensors").symlink_to(CHECKPOINT)


@row(
    "a link whose target is gone",
    ["inspect", "s3gen.safetensors"],
    bad_input,
    ["s3gen.safetensors", "blobs/abc"],
)
def _(folder):
    (folder / "s3gen.safetensors").symlink_to("blobs/abc")


row(
    "nothing of that name",
    ["inspect", "s3gen.safetensors"],
    bad_input,
    ["s3gen.safetensors", "nowhere/hub"],
    environment={"HF_HOME": "nowhere"},
)(nothing)


@row(
    "a cache named by HUGGINGFACE_HUB_CACHE",
    ["inspect", "s3gen.safetensors"],
    ok,
    ["snapshots"],
    environment={"HUGGINGFACE_HUB_CACHE": "hub"},
)
def _(folder):
    snapshot = folder / "hub/models--x--y/snapshots/1"
    snapshot.mkdir(parents=True)
    (snapshot / "s3gen.safetensors").symlink_to(CHECKPOINT)


# --- weights that cannot be computed with --------------------------------------------------------------------


def exported(folder, plan="seed", *more):
    subprocess.run(
        [OCTET, "export", C, "--plan", plan, *more, "-o", folder / "x.safetensors"],
        check=True,
        capture_output=True,
    )


def with_scale(value):
    def make(folder):
        save_tokens(folder / "t.safetensors")
        exported(folder)
        from safetensors.torch import load_file, safe_open

        with safe_open(folder / "x.safetensors", "pt") as file:
            description = file.metadata()
        tensors = load_file(folder / "x.safetensors")
        tensors["mel2wav.ups.0.weight_scale"].view(-1)[3] = value
        save_file(tensors, folder / "x.safetensors", description)

    return make


for value in (math.nan, math.inf, 0.0, -0.01, 1e-40):
    row(
        f"a stored scale of {value}",
        synth("x.safetensors"),
        bad_input,
        ["x.safetensors", "mel2wav.ups.0.weight_scale"],
    )(with_scale(value))
row(
    "a stored scale that is not finite, exported again",
    ["export", "x.safetensors", "--plan", "seed", "-o", "y.safetensors"],
    bad_input,
    ["mel2wav.ups.0.weight_scale"],
)(with_scale(math.nan))

LARGE = "flow.encoder.encoders.0.feed_forward.w_1.weight"


def large_weight(folder):
    save_tokens(folder / "t.safetensors")
    tensors = weights()
    tensors[LARGE][0, 0] = 70000.0
    save_checkpoint(folder / "x.safetensors", tensors)
    subprocess.run(
        [OCTET, "plan", "new", "--preset", "all-base", "--base", "fp16", "-o", folder / "p.json"], check=True
    )


row(
    "a weight that fp16 cannot hold, exported",
    ["export", "x.safetensors", "--plan", "p.json", "-o", "y.safetensors"],
    bad_input,
    [LARGE, "65504"],
)(large_weight)
row(
    "a weight that fp16 cannot hold, spoken",
    synth("x.safetensors", more=("--plan", "p.json")),
    bad_input,
    [LARGE, "65504"],
)(large_weight)


@row(
    "a weight that is not a number", synth("x.safetensors"), bad_input, ["flow.encoder_proj.weight", "NaN"]
)
def _(folder):
    save_tokens(folder / "t.safetensors")
    tensors = weights()
    tensors["flow.encoder_proj.weight"][0, 0] = math.nan
    save_checkpoint(folder / "x.safetensors", tensors)


@row("an upsampling that no S3Gen has", synth("x.safetensors"), bad_input, ["mel2wav.ups.3"])
def _(folder):
    save_tokens(folder / "t.safetensors")
    tensors = weights()
    for name, tensor in list(tensors.items()):
        if name.startswith("mel2wav.ups.2."):
            tensors[name.replace("ups.2", "ups.3")] = tensor.clone()
    save_checkpoint(folder / "x.safetensors", tensors)


@row(
    "a fourth dilation in a residual block", synth("x.safetensors"), bad_input, ["mel2wav.resblocks.0", ".3"]
)
def _(folder):
    save_tokens(folder / "t.safetensors")
    tensors = weights()
    for name, tensor in list(tensors.items()):
        if name.startswith("mel2wav.resblocks.0.") and (".2." in name[20:]):
            at = name.rindex(".2.")
            tensors[name[:at] + ".3." + name[at + 3 :]] = tensor.clone()
    save_checkpoint(folder / "x.safetensors", tensors)


row("an export without a vocoder, spoken", synth("x.safetensors"), bad_input, ["x.safetensors", "mel2wav"])(
    lambda folder: (save_tokens(folder / "t.safetensors"), exported(folder, "seed", "--components", "flow"))
)
row(
    "an export without a flow, timed",
    ["bench", "x.safetensors", "--rounds", "1"],
    bad_input,
    ["x.safetensors", "flow"],
)(lambda folder: exported(folder, "seed", "--components", "mel2wav"))


# --- files made to hurt --------------------------------------------------------------------------------------


def pickled(folder, program):
    """An archive as torch.save writes it, whose pickle is `program`."""
    torch.save({}, folder / "empty.pt")
    with zipfile.ZipFile(folder / "empty.pt") as source, zipfile.ZipFile(folder / "x.pt", "w") as target:
        for entry in source.infolist():
            is_program = entry.filename.endswith("data.pkl")
            target.writestr(entry.filename, program if is_program else source.read(entry))
    (folder / "empty.pt").unlink()


row("20 MB of one-byte opcodes", ["inspect", "x.pt"], bad_input, ["x.pt"])(
    lambda folder: pickled(folder, b"\x80\2" + b"]" * 20_000_000 + b".")
)


@row("a tensor of two million dimensions", ["inspect", "x.pt"], bad_input, ["x.pt"])
def _(folder):
    ones = b"(" + b"K\1" * 2_000_000 + b"t"
    storage = b"((X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0000X\3\0\0\0cpuK\1tQ"
    pickled(
        folder,
        b"\x80\2}X\1\0\0\0actorch._utils\n_rebuild_tensor_v2\n"
        + storage
        + b"K\0"
        + ones
        + ones
        + b"\x89ccollections\nOrderedDict\n)RtRs.",
    )


@row("a plan pattern of 400,000 stars", ["plan", "show", "p.json", C], bad_input, ["p.json"])
def _(folder):
    (folder / "p.json").write_text(
        '{"format": "octet-plan", "version": 1, "name": "x", "base": "bf16", "rules": [\n{"match": "'
        + "*" * 400_000
        + 'x", "precision": "int8"}]}'
    )


@row("JSON that nests a million times", ["plan", "show", "p.json", C], bad_input, ["p.json"])
def _(folder):
    (folder / "p.json").write_text("[" * 1_000_000)


# --- tokens --------------------------------------------------------------------------------------------------


def npy(descr, shape, code, *, ids=IDS, order="False"):
    import struct

    return lambda folder: save_npy(
        folder / "t.npy", descr, shape, struct.pack(f"{code[0]}{len(ids)}{code[1]}", *ids), order
    )


for what, descr, code in (("int16", "<i2", "<h"), ("uint16", "<u2", "<H"), ("big-endian int64", ">i8", ">q")):
    row(f"{what} tokens", synth(tokens="t.npy"), ok, writes=["out.wav"])(npy(descr, "(1, 25)", code))
row("tokens in Fortran order", synth(tokens="t.npy"), ok, writes=["out.wav"])(
    npy("<i8", "(25,)", "<q", order="True")
)
row("floating tokens", synth(tokens="t.npy"), bad_input, ["t.npy", "int"])(npy("<f4", "(25,)", "<f"))
row("T3's two rows in .npy", synth(tokens="t.npy"), bad_input, ["t.npy", "2"])(
    npy("<i8", "(2, 25)", "<q", ids=IDS * 2)
)
row("T3's two rows in .pt", synth(tokens="t.pt"), bad_input, ["t.pt", "2"])(
    lambda folder: torch.save(torch.tensor([IDS, IDS]), folder / "t.pt")
)
row("tokens as a list in a .pt", synth(tokens="t.pt"), ok, writes=["out.wav"])(
    lambda folder: torch.save(IDS, folder / "t.pt")
)
row("tokens as JSON", synth(tokens="t.json"), ok, writes=["out.wav"])(
    lambda folder: (folder / "t.json").write_text(str(IDS))
)
row("tokens as text", synth(tokens="t.txt"), ok, writes=["out.wav"])(
    lambda folder: (folder / "t.txt").write_text(" ".join(map(str, IDS)))
)
row("tokens with T3's end mark", synth(), bad_input, ["6561", "--drop-invalid"])(
    lambda folder: save_tokens(folder / "t.safetensors", [5, 6, 6561])
)
row("CosyVoice's utt2speech_token.pt", synth(tokens="t.pt"), bad_input, ["t.pt", "utt_b"])(
    lambda folder: torch.save({"utt_a": IDS, "utt_b": IDS}, folder / "t.pt")
)


# --- voices --------------------------------------------------------------------------------------------------


def voice(change):
    def make(folder):
        from safetensors.torch import load_file

        save_tokens(folder / "t.safetensors")
        tensors = load_file(VOICE)
        change(tensors)
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "v.safetensors")

    return make


row(
    "a prompt with half of its mel",
    synth(voice=("--conds", "v.safetensors")),
    ok,
    ["prompt_feat", "left out"],
    ["out.wav"],
)(voice(lambda v: v.__setitem__("prompt_feat", v["prompt_feat"][:, : v["prompt_feat"].shape[1] // 2])))
row(
    "a voice that is not a number",
    synth(voice=("--conds", "v.safetensors")),
    bad_input,
    ["v.safetensors", "embedding"],
)(voice(lambda v: v["embedding"].view(-1).__setitem__(0, math.nan)))


# --- sound ---------------------------------------------------------------------------------------------------

HEADERS = {
    "SoX in a pipe": (0x7FFFF000, 0x7FFFF024),
    "ffmpeg in a pipe": (0xFFFFFFFF, 0xFFFFFFFF),
    "a recorder that was ended": (0, 36),
    "a writer that counts 16 too many": (16 + 2 * 48000, None),
}
for what, (data_size, riff_size) in HEADERS.items():
    row(f"a WAV of {what}", synth(source="x.wav"), ok, ["x.wav"], ["out.wav"])(
        lambda folder, data_size=data_size, riff_size=riff_size: save_wav(
            folder / "x.wav", samples()[0][:48000], samples()[1], data_size=data_size, riff_size=riff_size
        )
    )
row("float sound scaled to 32768", synth(source="x.wav"), ok, ["x.wav", "full scale"], ["out.wav"])(
    lambda folder: save_wav(folder / "x.wav", [float(s) for s in samples()[0][:48000]], samples()[1], tag=3)
)
row("sound that is not finite", synth(source="x.wav"), bad_input, ["x.wav", "finite"])(
    lambda folder: save_wav(folder / "x.wav", [0.1] * 5000 + [math.nan] + [0.1] * 5000, 16000, tag=3)
)


@row("a silent reference", synth(voice=("--reference", "x.wav")), ok, ["x.wav", "silent"], ["out.wav"])
def _(folder):
    save_tokens(folder / "t.safetensors")
    save_wav(folder / "x.wav", [0] * 48000, 24000)


SOUNDLIKE = {
    "m4a": (b"\0\0\0\x20ftypM4A \0\0\0\0" + b"\0" * 400, "x.m4a"),
    "webm": (b"\x1aE\xdf\xa3" + b"\0" * 400, "x.webm"),
}
for what, (content, name) in SOUNDLIKE.items():
    row(f"{what} sound", synth(source=name), bad_input, [name, "ffmpeg"])(
        lambda folder, content=content, name=name: (folder / name).write_bytes(content)
    )
row("a web page called .wav", synth(source="x.wav"), bad_input, ["x.wav", "web page"])(
    lambda folder: (folder / "x.wav").write_bytes(b"<!DOCTYPE html><html></html>")
)


def clips(*names, content=None, length=24000):
    def make(folder):
        (folder / "clips").mkdir()
        for name in names:
            save_wav(folder / "clips" / name, samples()[0][:length], samples()[1])
        for name, odd in (content or {}).items():
            (folder / "clips" / name).write_bytes(odd)

    return make


row("clips called .WAV", compare("clips"), ok)(clips("ZOOM0001.WAV"))
row("a Mac's ._ file among clips", compare("clips"), ok, ["._clip.wav"])(
    clips("clip.wav", content={"._clip.wav": b"\0\5\x16\7\0\2\0\0Mac OS X        " + b"\0" * 4072})
)
row("one clip that is no sound among others", compare("clips"), said_no, ["b.wav"])(
    clips("a.wav", content={"b.wav": b"RIFF\0\0\0\0WAVE"})
)


def set_of(**changes):
    """set.json as `octet set new` would write it, but for `changes` of its only clip."""
    clip = {"file": "a.wav", "sha256": "0" * 64, "seconds": 1.0} | changes
    return json.dumps({"format": "octet-set", "version": 1, "name": "odd", "clips": [clip]}).encode()


SETS = {
    "that is a web page": (b"<!DOCTYPE html>", "set.json"),
    "of a clip that went away": (set_of(file="b.wav"), "b.wav"),
    "of a clip that is another by now": (set_of(), "a.wav is not what"),
    "that leads out of its folder": (set_of(file="../../secret.wav"), "no name of a file"),
    "with a key of another program": (set_of(rating=5), "rating"),
    "nested beyond reason": (b"[" * 100000, "set.json"),
}
for what, (content, named) in SETS.items():
    row(f"a set {what}", compare("clips"), bad_input, [named])(clips("a.wav", content={"set.json": content}))
row("a set in UTF-16", ["set", "show", "clips"], ok)(
    clips("a.wav", content={"set.json": set_of().decode().encode("utf-16")})
)
row("a folder without sound", compare("clips"), bad_input, ["clips", "notes.txt"])(
    clips(content={"notes.txt": b"hello"})
)


def pair(change):
    def make(folder):
        values, rate = samples()
        save_wav(folder / "a.wav", values[:48000], rate)
        save_wav(folder / "b.wav", change(values[:48000]), rate)

    return make


row("a pair where one is late", ["measure", "a.wav", "b.wav"], ok, ["1105"])(
    pair(lambda v: [0] * 1105 + v[:-1105])
)
row("a pair where one is inverted", ["measure", "a.wav", "b.wav"], ok, ["invert"])(
    pair(lambda v: [max(-s, -32767) for s in v])
)


# --- outputs that would destroy inputs -----------------------------------------------------------------------


def mine(folder):
    (folder / "mine.safetensors").write_bytes(CHECKPOINT.read_bytes())


row(
    "an export onto its source",
    ["export", "mine.safetensors", "--plan", "seed", "-o", "./mine.safetensors"],
    usage,
    ["mine.safetensors"],
)(mine)
row(
    "an export onto its source by a link",
    ["export", "mine.safetensors", "--plan", "seed", "-o", "link"],
    usage,
    ["link"],
)(lambda folder: (mine(folder), (folder / "link").symlink_to("mine.safetensors")))
row(
    "an export onto its source by a hard link",
    ["export", "mine.safetensors", "--plan", "seed", "-o", "hard"],
    usage,
    ["hard"],
)(lambda folder: (mine(folder), (folder / "hard").hardlink_to(folder / "mine.safetensors")))
row("a synthesis onto its reference", synth(voice=("--reference", "r.wav"), out="r.wav"), usage, ["r.wav"])(
    lambda folder: (save_tokens(folder / "t.safetensors"), (folder / "r.wav").write_bytes(CLIP.read_bytes()))
)
row("a synthesis through a link", synth(out="link.wav"), ok, writes=["elsewhere/real.wav"])(
    lambda folder: (
        save_tokens(folder / "t.safetensors"),
        (folder / "elsewhere").mkdir(),
        (folder / "elsewhere/real.wav").write_bytes(b"old"),
        (folder / "link.wav").symlink_to("elsewhere/real.wav"),
    )
)
row("sound to standard output", synth(out="-"), ok)(lambda folder: save_tokens(folder / "t.safetensors"))
row("sound from standard input", synth(source="-"), ok, writes=["out.wav"], stdin=CLIP.read_bytes)(nothing)
row("a folder as output", synth(out="folder"), no_output, ["folder"])(
    lambda folder: (save_tokens(folder / "t.safetensors"), (folder / "folder").mkdir())
)
row("a plan file called as a preset", ["plan", "set", "seed", "mel2wav.*", "bf16"], usage, ["seed"])(nothing)


# --- plans and numbers ---------------------------------------------------------------------------------------

PLAN = '{"format": "octet-plan", "version": 1, "name": "x", "base": "bf16", "rules": [{"match": "%s", "precision": "fp32"}]}'
row("a plan in UTF-16, as PowerShell writes", ["plan", "show", "p.json", C], ok)(
    lambda folder: (folder / "p.json").write_text(PLAN % "mel2wav.*", encoding="utf-16")
)
row(
    "a plan whose rules match nothing",
    ["export", C, "--plan", "p.json", "-o", "y"],
    bad_input,
    ["p.json", "--allow-empty"],
)(lambda folder: (folder / "p.json").write_text(PLAN % "vocoder.*"))
for seed in ("-1", "18446744073709551616", "010", "1e3"):
    row(f"a seed of {seed}", synth(more=("--seed", seed)), usage, ["seed", "18446744073709551615"])(
        lambda folder: save_tokens(folder / "t.safetensors")
    )
row("a GPU of number -1", synth(more=("--device", "cuda:-1")), usage, ["cuda:-1"])(
    lambda folder: save_tokens(folder / "t.safetensors")
)
row(
    "a name that is not UTF-8",
    [
        "synth",
        C,
        "--tokens",
        b"t\xff.safetensors",
        "--conds",
        V,
        "--steps",
        "1",
        "--json",
        "-o",
        b"o\xff.wav",
    ],
    ok,
    writes=[os.fsdecode(b"o\xff.wav")],
)(lambda folder: save_tokens(os.fsdecode(os.fsencode(folder) + b"/t\xff.safetensors")))


# --- the runner ----------------------------------------------------------------------------------------------


def contents(folder):
    """What every name below `folder` is: a link's target, a file's hash."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = "-> " + os.readlink(path)
        elif path.is_file():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[name] = "folder"
    return found


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_odd_input(row, tmp_path):
    row.make(tmp_path)
    before = contents(tmp_path)
    environment = {
        **os.environ,
        "CUDA_VISIBLE_DEVICES": "",
        "HF_HUB_CACHE": "",
        "HOME": str(tmp_path),
        "OMP_NUM_THREADS": "1",
        **row.environment,
    }
    environment = {
        name: value for name, value in environment.items() if value or name == "CUDA_VISIBLE_DEVICES"
    }
    run = subprocess.run(
        [OCTET, *row.command],
        cwd=tmp_path,
        input=row.stdin(),
        capture_output=True,
        env=environment,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT)),
    )
    said = run.stderr.decode(errors="replace")
    assert run.returncode == row.code, said
    for part in row.says:
        assert part.lower() in said.lower(), said
    for inner in ("terminate called", "Exception raised from", "INTERNAL ASSERT"):
        assert inner not in said
    after = contents(tmp_path)
    assert {name for name in before | after if before.get(name) != after.get(name)} == set(row.writes)


def test_there_are_enough_of_them():
    assert len(ROWS) >= 60
