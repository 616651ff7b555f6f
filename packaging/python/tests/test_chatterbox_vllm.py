"""chatterbox-vllm's copy of the S3Gen classes, as its package has them: another solver, other arguments, one noise."""

import importlib.util

import octet_synthesis
import pytest
import small_models
import torch
from safetensors.torch import load_file

import octet_s3gen

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("chatterbox_vllm") is None, reason="chatterbox-vllm is not installed"
)


def empty(**_):
    """Its S3Gen with random weights, at the sizes of small_models' standard model."""
    torch.manual_seed(5)
    return small_models.upstream.build(small_models.MODELS["standard"].sizes, package="chatterbox_vllm")


def speak(model, folder):
    """Wave of its inference(), called as its tts.py does, and where the call was captured."""
    torch.manual_seed(4)
    with octet_s3gen.capture(model, folder) as captured:
        wave, _ = model.inference(
            speech_tokens=small_models.tokens(), ref_dict=dict(small_models.voice("standard")), n_timesteps=3
        )
    return wave, captured.folders[0]


def in_octet(export, captured, folder, *options):
    return octet_synthesis.of_captured(export, captured, "noise_with_source.safetensors", folder, *options)


@pytest.mark.parametrize("plan", ["all-base", "seed"])
def test_an_export_sounds_as_in_octet(plan, exports, tmp_path):
    export = exports.export("standard", plan, "fp32")
    model = empty()
    report = octet_s3gen.load(model, export)
    assert {row.executed for row in report.layers} == {"fp32"}
    assert set(model.state_dict()) == set(load_file(export))
    wave, captured = speak(model, tmp_path)
    noise = load_file(captured / "noise.safetensors")["cfm_noise"]
    assert torch.equal(noise, model.flow.decoder.rand_noise[:, :, : noise.size(2)])
    # what fp32 in another order costs
    assert small_models.relative(in_octet(export, captured, tmp_path), wave) < 1e-4


def test_in_bf16_it_is_within_the_floor(exports, tmp_path):
    export = exports.export("standard", "seed")
    model = empty()
    octet_s3gen.load(model, export)
    wave, captured = speak(model, tmp_path)
    in_bf16 = in_octet(export, captured, tmp_path)
    in_fp32 = in_octet(exports.checkpoint("standard"), captured, tmp_path, "--plan", exports.plan("all-base", "fp32"))
    floor = small_models.relative(in_bf16, in_fp32)
    # two programs that round on their own are a floor away from fp32 each, and the root of 2 of it from each other
    assert small_models.relative(wave, in_bf16) < 1.5 * floor
    assert small_models.relative(wave, in_fp32) < 1.5 * floor


def test_an_export_opens_as_its_class_without_fp32(exports):
    export = exports.export("standard", "seed")
    model = octet_s3gen.open_s3gen(export, build=empty)
    assert type(empty()) in type(model).__mro__ and type(small_models.build("standard")) not in type(model).__mro__
    kept = load_file(export)
    assert all(torch.equal(value, kept[name]) for name, value in model.state_dict().items())


def test_repaired_it_is_what_it_was(tmp_path):
    """In fp32, up to the rounding of the iSTFT; stock it writes into the dictionary and the tokens it is given."""
    stock, repaired = empty(), empty()
    octet_s3gen.repair(repaired, torch.float32)
    expected, _ = speak(stock, tmp_path / "stock")
    wave, _ = speak(repaired, tmp_path / "repaired")
    assert small_models.relative(wave, expected) < 1e-5
