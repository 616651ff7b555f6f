"""Mistakes in how weights and inputs become int8, and in what is made of them."""

from mistake import Mistake

MISTAKES = [
    Mistake(
        "clipping by mse tries a few scales only",
        "core/quant/clipped_scale.cpp",
        "kFewestSteps = 32",
        "kFewestSteps = 60",
        program="quant_test_int8_weight_only",
    ),
    Mistake(
        "clipping by percentile rounds its rank down",
        "core/quant/clipped_scale.cpp",
        "std::ceil(percentile",
        "std::floor(percentile",
        program="quant_test_int8_weight_only",
    ),
    Mistake(
        "groups are cut along the axis of channels",
        "core/quant/int8_groups.cpp",
        "in_groups(weight, channel_axis, options.group)",
        "in_groups(weight, 0 * channel_axis, options.group)",
        program="quant_test_int8_groups",
    ),
    Mistake(
        "asymmetric groups need not hold nought",
        "core/quant/int8_groups.cpp",
        "at::clamp_max(at::amin(groups, 2), 0)",
        "at::amin(groups, 2)",
        program="quant_test_int8_groups",
    ),
    Mistake(
        "zero points are forgotten in products",
        "core/kernels/dequantize.cpp",
        "  if (weight.zero_point.defined()) numbers.sub_(weight.zero_point.unsqueeze(2));\n",
        "",
        program="quant_test_int8_groups",
    ),
    Mistake(
        "zero points of inputs are added",
        "core/kernels/int8_rows.cpp",
        "sums[i] - zero_point * weight_sums[i]",
        "sums[i] + zero_point * weight_sums[i]",
        program="kernels_test_int8_rows",
    ),
    Mistake(
        "a dynamic convolution overlooks its dilation",
        "core/ops/dynamic_ops.cpp",
        "shape.dilation * channels, 1}",
        "channels, 1}",
        program="ops_test_dynamic_ops",
    ),
    Mistake(
        "clips of a batch share the scale of their inputs",
        "core/synthesis/engine.cpp",
        "return rounds_inputs(layer.effective);",
        "return rounds_inputs(layer.effective) && layer.reason.empty();",
        program="synthesis_test_batch",
    ),
]
