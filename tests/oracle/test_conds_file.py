"""Chatterbox opens what `octet synth --save-conds FILE.pt` writes, and Octet what Chatterbox saves."""

import pickletools
import zipfile

import pytest
import torch
from safetensors.torch import load_file, save_file

import bundles
import cases
import octet

DEMO = cases.REPOSITORY / cases.DEMO_VOICE
CHECKPOINT = DEMO / "s3gen_demo.safetensors"
VOICE = DEMO / "conds" / "voice_f_nora.safetensors"
GEN = ["prompt_token", "prompt_token_len", "prompt_feat", "prompt_feat_len", "embedding"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("conds")
    save_file({"speech_tokens": torch.arange(0, 6500, 650)[None]}, folder / "tokens.safetensors")
    return folder


def spoken(folder, conds, *options):
    out = folder / "out.wav"
    arguments = ["--tokens", folder / "tokens.safetensors", "--conds", conds, "--steps", "1", "--threads", "1", *options]
    octet.run("synth", CHECKPOINT, *arguments, "-o", out)
    return out.read_bytes()


@pytest.fixture(scope="module")
def saved(folder):
    path = folder / "conds.pt"
    spoken(folder, VOICE, "--save-conds", path)
    return path


def test_torch_loads_it_with_weights_only(saved):
    states = torch.load(saved, weights_only=True)
    assert list(states) == ["gen"] and sorted(states["gen"]) == sorted(GEN)
    gen, voice = states["gen"], load_file(VOICE)
    assert gen["prompt_token"].dtype == torch.int64 and torch.equal(gen["prompt_token"], voice["prompt_token"].long())
    assert torch.equal(gen["prompt_feat"], voice["prompt_feat"]) and torch.equal(gen["embedding"], voice["embedding"])
    assert gen["prompt_token_len"].tolist() == [voice["prompt_token"].shape[1]] and gen["prompt_feat_len"] is None
    assert not any(value.requires_grad for value in gen.values() if value is not None)


def test_it_is_laid_out_as_torch_saves(saved, folder):
    torch.save(torch.load(saved, weights_only=True), folder / "theirs.pt")
    with zipfile.ZipFile(saved) as ours, zipfile.ZipFile(folder / "theirs.pt") as theirs:
        assert ours.testzip() is None
        names = {entry.filename.split("/", 1)[1] for entry in ours.infolist()}
        assert {name for name in names if name.startswith("data")} == {f"data/{i}" for i in range(4)} | {"data.pkl"}
        assert names <= {entry.filename.split("/", 1)[1] for entry in theirs.infolist()}
        for entry in ours.infolist():
            assert entry.compress_type == zipfile.ZIP_STORED
        opcodes = {operation.name for operation, *_ in pickletools.genops(ours.read("archive/data.pkl"))}
        assert max(operation.proto for operation in pickletools.opcodes if operation.name in opcodes) == 2


def test_upstream_speaks_with_it(saved):
    """What its forward does with a ref_dict, and the same as with the conditioning itself."""
    model = bundles.build(cases.DEMO)
    tokens = torch.arange(0, 6500, 650)[None]

    def mel(gen):
        torch.manual_seed(0)
        with torch.inference_mode():
            return model.flow_inference(tokens, ref_dict=dict(gen), n_cfm_timesteps=1, finalize=True)

    voice = load_file(VOICE)
    voice["prompt_token"] = voice["prompt_token"].long()
    direct = {**voice, "prompt_token_len": torch.tensor([voice["prompt_token"].shape[1]]), "prompt_feat_len": None}
    assert torch.equal(mel(torch.load(saved, weights_only=True)["gen"]), mel(direct))


def test_octet_speaks_the_same_from_it(saved, folder):
    assert spoken(folder, saved) == spoken(folder, VOICE)


def test_the_same_voice_is_the_same_bytes(saved, folder):
    spoken(folder, saved, "--save-conds", folder / "again.pt")
    assert (folder / "again.pt").read_bytes() == saved.read_bytes()


def test_conditionals_open_as_a_voice(saved, folder):
    """As Conditionals.save writes them: all that T3Cond holds beside gen."""
    t3 = {
        "speaker_emb": torch.ones(1, 256),
        "clap_emb": None,
        "cond_prompt_speech_tokens": torch.zeros(1, 150, dtype=torch.long),
        "cond_prompt_speech_emb": None,
        "emotion_adv": 0.5 * torch.ones(1, 1, 1),
    }
    gen = torch.load(saved, weights_only=True)["gen"]
    torch.save({"t3": t3, "gen": gen}, folder / "whole.pt")
    assert spoken(folder, folder / "whole.pt") == spoken(folder, VOICE)
