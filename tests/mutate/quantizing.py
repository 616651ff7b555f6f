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
    Mistake(
        "a profile takes inner elements for channels",
        "core/quant/weight_profile.cpp",
        "channel + 1 == channels ? 0 : channel + 1",
        "channel",
        program="quant_test_weight_profile",
    ),
    Mistake(
        "channels that are all nought make others stand out",
        "core/quant/weight_profile.cpp",
        "return value != 0; }",
        "return value >= 0; }",
        program="quant_test_weight_profile",
    ),
    Mistake(
        "profiles tell steps of integers where there are none",
        "core/synthesis/layer_profile.cpp",
        "[](const DenseWeight&) { return at::Tensor(); }",
        "[](const DenseWeight& dense) { return at::ones({dense.values.size(0)}); }",
        program="synthesis_test_layer_profile",
    ),
    Mistake(
        "what is taken over changes other layers, too",
        "core/plan/take_over.cpp",
        "    if (work.done_by(plan)) return plan;\n",
        "    return plan;\n",
        program="plan_test_plan_difference",
    ),
    Mistake(
        "integers are taken over without the type beside them",
        "core/plan/take_over.cpp",
        "      if (made.layers[i].effective != wanted_[i])\n",
        "      if (made.layers[i].effective.storage != wanted_[i].storage)\n",
        program="plan_test_plan_difference",
    ),
]
