"""Mistakes in calibrations, and in what is made with them."""

from mistake import Mistake

MISTAKES = [
    Mistake(
        "a convolution's columns are not dilated",
        "core/calibration/unfolded_input.cpp",
        "{channels * length, shape.stride, length, shape.dilation}",
        "{channels * length, shape.stride, length, 1}",
        "calibration_test_input_sums",
    ),
    Mistake(
        "outputs of a transposed convolution see their inputs the wrong way round",
        "core/calibration/unfolded_input.cpp",
        "{.padding = taps - 1}).flip(3)",
        "{.padding = taps - 1})",
        "calibration_test_input_sums",
    ),
    Mistake(
        "zeros at the ends are left out",
        "core/calibration/unfolded_input.cpp",
        "at::constant_pad_nd(x, {shape.padding, shape.padding})",
        "at::constant_pad_nd(x, {0, 0})",
        "calibration_test_input_sums",
    ),
    Mistake(
        "a phase with fewer taps takes the others' inputs",
        "core/quant/product_parts.cpp",
        "by_tap.slice(1, 0, own).slice(3, 0, own)",
        "by_tap.slice(1, taps - own).slice(3, taps - own)",
        "calibration_test_input_sums",
    ),
    Mistake(
        "sums are taken for means",
        "core/calibration/input_sums.cpp",
        "return as_tensor(sum) / static_cast<double>(rows);",
        "return as_tensor(sum) * std::min(1.0, static_cast<double>(rows));",
        "calibration_test_input_sums",
    ),
    Mistake(
        "calls are not balanced",
        "core/calibration/input_sums.cpp",
        "if (balance == CalibrationBalance::calls) {",
        "if (balance == CalibrationBalance::rows && rows < 0) {",
        "calibration_test_input_sums",
    ),
    Mistake(
        "a calibration that goes on begins with nothing",
        "core/calibration/calibrate.cpp",
        "for (auto& [name, sum] : sums) sum.restore(file, torch_device(engine_.device()));",
        "",
        "calibration_test_calibrate",
    ),
    Mistake(
        "parts of another calibration are gone on with",
        "core/calibration/calibrate.cpp",
        "if (said(kRequest) != request_of(pass))",
        "if (said(kRequest) == request_of(pass))",
        "calibration_test_calibrate",
    ),
    Mistake(
        "another checkpoint's calibration is taken",
        "core/checkpoint/calibration.cpp",
        "asked != origin_.checkpoint_sha256)",
        "asked.empty())",
        "calibration_test_calibrate",
    ),
]
