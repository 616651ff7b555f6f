"""A model built from an export alone is the one that `load` makes."""

import subprocess
import sys

import pytest
import small_models
import torch
import upstream
from test_load import same

import octet_s3gen
from octet_s3gen.open import upstream_class


def build(model):
    return lambda meanflow=False: upstream.build(small_models.MODELS[model].sizes, meanflow)


@pytest.mark.parametrize("model, plan", [("standard", "seed"), ("meanflow", "all-int8"), ("standard", "all-base")])
def test_the_model_is_that_of_load(model, plan, exports):
    path = exports.export(model, plan)
    opened = octet_s3gen.open_s3gen(path, build=build(model))
    loaded = small_models.build(model)
    octet_s3gen.load(loaded, path)
    assert same(opened.state_dict(), loaded.state_dict())
    assert not opened.training
    voice, tokens = small_models.voice(model), small_models.tokens()
    wave, _ = small_models.synthesize(opened, dict(voice), tokens)
    assert torch.equal(wave, small_models.synthesize(loaded, dict(voice), tokens)[0])
    with torch.inference_mode():
        sound = torch.sin(torch.arange(48000) / 20)[None]
        heard, expected = (model.embed_ref(sound, 24000) for model in (opened, loaded))
    assert all(torch.equal(heard[key], expected[key]) for key in ("prompt_token", "prompt_feat", "embedding"))


def test_fp32_weights_are_never_allocated(exports, monkeypatch):
    allocated = []

    def watched():
        model = build("standard")()
        allocated.append(sum(p.nbytes for p in model.parameters() if not p.is_meta))
        allocated.append(sum(p.nbytes for p in model.parameters()))
        return model

    octet_s3gen.open_s3gen(exports.export("standard", "seed"), build=watched)
    # free parameters such as pos_bias_u and Snake's alpha are not made by torch's layers
    assert allocated[0] < 0.02 * allocated[1]


def test_numbers_that_stay_away_are_named(exports):
    def forgetful():
        model = build("standard")()
        model.mel2wav.stft_window = torch.empty(16, device="meta")
        return model

    with pytest.raises(octet_s3gen.ModelError, match=r"mel2wav\.stft_window"):
        octet_s3gen.open_s3gen(exports.export("standard", "seed"), build=forgetful)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_named_before_anything_is_read(exports):
    def build_never():
        raise AssertionError

    with pytest.raises(octet_s3gen.ModelError, match=r'cuda cannot be used: .*\(open it with device="cpu"\)'):
        octet_s3gen.open_s3gen(exports.export("standard", "seed"), device="cuda", build=build_never)


def test_a_torch_that_is_too_old_is_named():
    """Where pip was not asked: with its version for another's."""
    program = "import torch; torch.__version__ = '2.3.1+cpu'; import octet_s3gen"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.returncode == 1
    assert "ImportError: octet_s3gen needs torch 2.4 or newer, and this is 2.3.1+cpu" in ran.stderr


def test_a_file_of_some_components_is_refused(exports):
    with pytest.raises(octet_s3gen.ExportError, match="tokenizer, speaker_encoder"):
        octet_s3gen.open_s3gen(exports.export("standard", "seed", components="flow,mel2wav"), build=build("standard"))


def test_a_model_without_numbers_is_not_loaded_into(exports):
    model = small_models.build("standard").to("meta")
    with pytest.raises(octet_s3gen.ModelError, match="open_s3gen"):
        octet_s3gen.load(model, exports.export("standard", "seed"))


def test_upstreams_class_is_found_and_missed(monkeypatch):
    expected = upstream.module("s3gen.s3gen").S3Token2Wav
    assert upstream_class() is expected
    monkeypatch.setattr("octet_s3gen.open._PLACES", ("chatterbox_there_is_none.models.s3gen",))
    with pytest.raises(octet_s3gen.ModelError, match="not installed"):
        upstream_class()


@pytest.mark.parametrize(
    "body, reason", [("import diffusers_there_is_none", "diffusers_there"), ("x = 1", "S3Token2Wav")]
)
def test_a_chatterbox_that_does_not_import_says_why(body, reason, tmp_path, monkeypatch):
    (tmp_path / "broken_chatterbox.py").write_text(body)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("octet_s3gen.open._PLACES", ("broken_chatterbox",))
    monkeypatch.delitem(sys.modules, "broken_chatterbox", raising=False)
    with pytest.raises(octet_s3gen.ModelError, match=reason):
        upstream_class()
