"""What is made with a calibration, against NumPy's, from the same one."""

import json

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

import calibrated
import int8
import octet

DEMO = octet.REPOSITORY / "resources/demo_voice"
CHECKPOINT = DEMO / "s3gen_demo.safetensors"
# A layer of each kind that a calibration listens to.
LAYERS = (
    "flow.encoder.encoders.0.feed_forward.w_2",  # Linear
    "flow.encoder.pre_lookahead_layer.conv1",  # Conv1d
    "mel2wav.source_downs.0",  # with a stride
    "mel2wav.resblocks.0.convs1.2",  # dilated
    "mel2wav.ups.0",  # ConvTranspose1d, as many taps in each phase
    "mel2wav.ups.2",  # one more in some
)
WAYS = {
    "gptq": ({}, calibrated.gptq, {}),
    "gptq, as given": ({"order": "given", "block": 50}, calibrated.gptq, {"order": "given"}),
    "gptq, damped": ({"damping": 0.1}, calibrated.gptq, {"damping": 0.1}),
    "gptq in groups": ({"group": 32}, calibrated.gptq, {}),
    "adaround": ({"steps": 60}, calibrated.adaround, {"steps": 60}),
}


@pytest.fixture(scope="module")
def calibration(tmp_path_factory):
    folder = tmp_path_factory.mktemp("calibration")
    (folder / "clips").mkdir()
    for clip in sorted((DEMO / "clips").glob("ref0[01]*")):
        (folder / "clips" / clip.name).symlink_to(clip)
    made = folder / "two.calibration"
    octet.run("calibrate", CHECKPOINT, "--clips", folder / "clips", "--steps", 2, "-o", made)
    return made


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Folded, in fp32."""
    folder = tmp_path_factory.mktemp("weights")
    write_plan(folder / "plan.json", {})
    octet.run("export", CHECKPOINT, "--plan", folder / "plan.json", "-o", folder / "fp32.safetensors")
    return load_file(folder / "fp32.safetensors")


def write_plan(path, layers):
    path.write_text(json.dumps({"format": "octet-plan", "version": 1, "base": "fp32", "rules": [], "layers": layers}))


def scales_of(weight, axis, group):
    """Of each weight, as plain rounding has them."""
    first = np.moveaxis(weight, axis, 0)
    inputs = first[0].size
    scales = int8.grouped(torch.from_numpy(weight), axis, group, asymmetric=False)[1]
    each = np.repeat(scales, group or inputs, axis=1)[:, :inputs]
    return np.moveaxis(each.reshape(first.shape), 0, axis)


@pytest.mark.parametrize("way", WAYS)
def test_integers_are_numpys(calibration, weights, tmp_path, way):
    options, twin, settings = WAYS[way]
    choice = {"precision": "int8", "method": way.split()[0].strip(","), "options": options}
    plan, export = tmp_path / "plan.json", tmp_path / "made.safetensors"
    write_plan(plan, dict.fromkeys(LAYERS, choice))
    octet.run("export", CHECKPOINT, "--plan", plan, "--calibration", calibration, "-o", export)
    made, statistics = load_file(export), load_file(calibration)
    for layer in LAYERS:
        weight, transposed = weights[layer + ".weight"], ".ups." in layer
        scales = scales_of(weight, int(transposed), options.get("group", 0))
        hessians, stride = calibrated.hessians_of(statistics, layer)
        expected = np.zeros(weight.shape)
        for places, hessian in calibrated.parts_of(weight, hessians, stride, transposed):
            rows, steps = (values.ravel()[places].astype(np.float64) for values in (weight, scales))
            expected.ravel()[places] = twin(rows, steps, hessian, **settings)
        values = made[layer + ".weight"]
        # fp64 on both sides: a weight in the middle between two integers may go either way, and those after it in its
        # output with it.
        differing = (values != expected).mean()
        assert differing < 0.001, f"{layer}: {differing:.2%} of the integers differ"
        assert (values != np.clip(np.round(weight / scales), -127, 127)).any()


@pytest.mark.parametrize("options", [{}, {"clip": "percentile", "percentile": 99}], ids=["plain", "clipped"])
def test_corrected_biases_are_numpys(options, calibration, weights, tmp_path):
    plan, export = tmp_path / "plan.json", tmp_path / "made.safetensors"
    choice = {"precision": "int8", "options": options | {"bias_correction": True}}
    write_plan(plan, dict.fromkeys(LAYERS, choice))
    octet.run("export", CHECKPOINT, "--plan", plan, "--calibration", calibration, "-o", export)
    made, statistics = load_file(export), load_file(calibration)
    for layer in LAYERS:
        bias, weight = weights[layer + ".bias"], weights[layer + ".weight"]
        rounded = made[layer + ".weight"].astype(np.float32) * made[layer + ".weight_scale"]
        expected = calibrated.corrected_bias(bias, weight, rounded, statistics, layer, ".ups." in layer)
        # fp64 on both sides, rounded to fp32
        np.testing.assert_allclose(made[layer + ".bias"], expected, rtol=2**-22, atol=1e-9)
        assert np.abs(expected - bias).max() > 1e-6


def test_outliers_of_a_calibration_are_numpys(calibration, weights, tmp_path):
    plan, export = tmp_path / "plan.json", tmp_path / "made.safetensors"
    statistics = load_file(calibration)
    layers = [layer for layer in LAYERS if ".ups." not in layer]
    # of half of the channels, one of which just reaches it
    sizes = {layer: np.sort(statistics[layer + ".largest"]) for layer in layers}
    thresholds = {layer: float(of_channels[len(of_channels) // 2]) for layer, of_channels in sizes.items()}
    choice = {"precision": "int8", "method": "llm-int8"}
    options = {layer: {"outliers": "calibration", "threshold": thresholds[layer]} for layer in layers}
    write_plan(plan, {layer: choice | {"options": options[layer]} for layer in layers})
    octet.run("export", CHECKPOINT, "--plan", plan, "--calibration", calibration, "-o", export)
    made = load_file(export)
    for layer in layers:
        channels = weights[layer + ".weight"].shape[1]
        expected = calibrated.outliers(statistics, layer, channels, thresholds[layer])
        np.testing.assert_array_equal(made[layer + ".weight_outliers"], expected)
        assert 0 < expected.sum() < channels
