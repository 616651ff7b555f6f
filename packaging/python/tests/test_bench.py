"""`python -m octet_s3gen bench` runs a file in each of its ways, and says what fails."""

import json

import pytest
import small_models
import torch
import upstream
from safetensors.torch import load_file, save_file

from octet_s3gen import ExportError, ModelError
from octet_s3gen.__main__ import main
from octet_s3gen.bench import Request, bench, ways_of

SHORT = Request(seconds=0.4, prompt_seconds=0.4, steps=1, rounds=2)


def build(model):
    return lambda meanflow=False: upstream.build(small_models.MODELS[model].sizes, meanflow)


@pytest.mark.parametrize("model", ["standard", "meanflow"])
def test_upstreams_checkpoint_runs_stock_and_repaired(model, exports):
    path = exports.checkpoint(model)
    ways = ways_of(path, build(model))
    assert list(ways) == ["stock", "stock bf16", "fp32", "bf16", "fp16"]
    timings = {way: bench(way, path, load, SHORT) for way, load in ways.items()}
    for way in ("stock", "fp32", "bf16"):
        timing = timings[way]
        assert 0 < timing.min_seconds <= timing.median_seconds <= timing.max_seconds and not timing.failed, timing
        assert timing.resident_bytes is None and timing.peak_bytes is None  # no allocator on the CPU counts
        assert f"{way}" in str(timing) and " ms (" in str(timing)
    # upstream's own cast to bf16 ends in its STFT or before
    assert timings["stock bf16"].median_seconds is None and "Error" in timings["stock bf16"].failed
    assert "raises" in str(timings["stock bf16"])


def test_what_runs_has_the_type_that_its_name_says(exports):
    ways = ways_of(exports.checkpoint("standard"), build("standard"))
    types = {way: next(load("cpu").flow.parameters()).dtype for way, load in ways.items()}
    half = {"stock bf16": torch.bfloat16, "bf16": torch.bfloat16, "fp16": torch.float16}
    assert types == {"stock": torch.float32, "fp32": torch.float32, **half}


def test_an_export_runs_as_it_is(exports):
    path = exports.export("standard", "seed")
    ways = ways_of(path, build("standard"))
    assert list(ways) == ["export"]
    assert bench("export", path, ways["export"], SHORT).median_seconds > 0


def test_the_command_gives_json(exports, monkeypatch, capsys):
    monkeypatch.setattr("octet_s3gen.bench.upstream_class", lambda: build("standard"))
    path = str(exports.checkpoint("standard"))
    few = ["--seconds", "0.4", "--prompt-seconds", "0.4", "--steps", "1", "--rounds", "1"]
    assert main(["bench", path, "--way", "stock", "--way", "bf16", "--json", *few]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["format"], said["version"], said["rounds"], said["device"]) == ("octet-s3gen-bench", 1, 1, "cpu")
    assert [timing["way"] for timing in said["timings"]] == ["stock", "bf16"]
    assert main(["bench", path, "--way", "stock bf16", *few]) == 1
    assert main(["bench", path, "--way", "int4", *few]) == 2


def test_a_file_of_another_model_is_refused_by_name(exports, tmp_path):
    tensors = load_file(exports.checkpoint("standard"))
    tensors["flow.other"] = tensors.pop("flow.encoder_proj.bias")
    save_file(tensors, tmp_path / "renamed.safetensors")
    with pytest.raises(ModelError, match=r"flow\.encoder_proj\.bias.*flow\.other"):
        ways_of(tmp_path / "renamed.safetensors", build("standard"))["stock"]("cpu")
    with pytest.raises(ModelError, match=r"size mismatch.*published sizes"):
        ways_of(exports.checkpoint("demo"), build("standard"))["stock"]("cpu")
    (tmp_path / "no").write_bytes(b"no weights")
    with pytest.raises(ExportError, match="no"):
        ways_of(tmp_path / "no")
