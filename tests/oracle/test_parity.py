"""Octet's stages against those of upstream's own code, under the same noise."""

import numpy as np
import pytest
import soundfile
import torch
from safetensors.numpy import load_file
from safetensors.torch import load_file as load_tensors
from safetensors.torch import save_file

import bundles
import cases
import figures
import octet

ON_CPU = ("--device", "cpu", "--threads", "2")


def _require(stages, case, source_injected):
    compared = figures.compare(stages, load_file(case / "expected.safetensors"), source_injected)
    assert all(figure.holds for figure in compared), f"{case.name} differs from upstream:\n{figures.table(compared)}"


@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.name)
def test_stages_equal_upstreams(case, workshop, tmp_path):
    directory = workshop.case(case)
    for noise, source_injected in octet.noise_files(directory).items():
        stages = octet.synthesize(directory, noise, tmp_path / noise.stem, options=ON_CPU)
        _require(stages, directory, source_injected)


def test_the_sound_file_holds_the_waveform(workshop, tmp_path):
    directory = workshop.case(cases.CASES[0])
    stages = octet.synthesize(directory, directory / "noise.safetensors", tmp_path, options=ON_CPU)
    samples, rate = soundfile.read(tmp_path / "out.wav", dtype="float32")
    assert rate == 24000
    # a step of 16 bit PCM
    np.testing.assert_allclose(samples, stages["waveform"][0], rtol=0, atol=1 / 32767)


@pytest.mark.parametrize("spelling", ["weight_g and weight_v", "folded", "pickle"])
def test_every_spelling_of_a_checkpoint_gives_the_same_waveform(spelling, workshop, tmp_path):
    case = cases.CASES[0]
    directory = workshop.case(case)
    published = directory.parent / f"{case.model.name}.safetensors"
    state, respelled = load_tensors(published), tmp_path / "respelled.safetensors"
    if spelling == "weight_g and weight_v":
        state = bundles.legacy_names(state)
        assert "mel2wav.ups.0.weight_g" in state and not any("parametrizations" in name for name in state)
    if spelling == "folded":
        module = bundles.build(case.model)
        bundles.int8.fold_weight_norm(module)
        state = bundles.state_of(case.model, module)
    if spelling == "pickle":
        respelled = tmp_path / "respelled.pt"
        torch.save(state, respelled)
    else:
        save_file(state, respelled, metadata=bundles.metadata_of(case.model))

    noise = directory / "noise.safetensors"
    expected = octet.synthesize(directory, noise, tmp_path / "published", options=ON_CPU)
    actual = octet.synthesize(directory, noise, tmp_path / spelling, checkpoint=respelled, options=ON_CPU)
    np.testing.assert_array_equal(actual["waveform"], expected["waveform"])
