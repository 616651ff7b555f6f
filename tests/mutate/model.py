"""Mistakes in what the model computes, that the comparison with upstream must notice."""

from mistake import Mistake

MISTAKES = [
    Mistake(
        "layer norm eps 1e-12 to 1e-5",
        "core/s3gen/upsample_encoder.cpp",
        '"norm_ff", 1e-12',
        '"norm_ff", 1e-5',
        cases="conditioning-file",
    ),
    Mistake(
        "last slope 0.01 to 0.1",
        "core/s3gen/hift.cpp",
        "kLastSlope = 0.01",
        "kLastSlope = 0.1",
        cases="48k-float",
    ),
    Mistake(
        "magnitude clip removed",
        "core/s3gen/hift.cpp",
        "at::clamp_max(at::exp(out.slice(1, 0, kBins)), kLargestMagnitude)",
        "at::clamp_max(at::exp(out.slice(1, 0, kBins)), 1e30)",
        cases="48k-float",
    ),
    Mistake(
        "0.99 clamp removed",
        "core/s3gen/hift.cpp",
        "kAudioLimit = 0.99",
        "kAudioLimit = 1e30",
        cases="48k-float",
    ),
    Mistake(
        "snake without 1e-9",
        "core/s3gen/layers.cpp",
        "(alpha_ + 1e-9)",
        "alpha_",
        cases="48k-float",
    ),
    Mistake(
        "estimator GELU by tanh",
        "core/s3gen/estimator.cpp",
        "at::gelu(feed_forward_in(feed_forward_norm(y, run), run))",
        'at::gelu(feed_forward_in(feed_forward_norm(y, run), run), "tanh")',
        cases="48k-float",
    ),
    Mistake(
        "tokenizer GELU by tanh",
        "core/s3gen/speech_tokenizer.cpp",
        "at::gelu(mlp_in(mlp_norm(y, run), run))",
        'at::gelu(mlp_in(mlp_norm(y, run), run), "tanh")',
        cases="stereo-44k or source-32k or long-source",
    ),
    Mistake(
        "rel-shift off by one",
        "core/s3gen/upsample_encoder.cpp",
        ".slice(3, 0, distances / 2 + 1)",
        ".roll(1, 3).slice(3, 0, distances / 2 + 1)",
        cases="48k-float",
    ),
    Mistake(
        "transposed convolution's scale on the input axis",
        "core/synthesis/weight_store.cpp",
        "layer.scale_axis()",
        "0",
        cases="int8",
    ),
    Mistake(
        "biased deviation in the speaker statistics",
        "core/s3gen/campplus.cpp",
        "/*unbiased=*/true",
        "/*unbiased=*/false",
        cases="48k-float",
    ),
    Mistake(
        "noised_mels ignored",
        "core/s3gen/flow_matching.cpp",
        "if (!noise.tail.defined()) return x;",
        "return x;",
        cases="meanflow-odd-reference",
    ),
    Mistake(
        "first phase not zeroed",
        "core/s3gen/harmonic_source.cpp",
        "phase.select(1, 0).zero_();",
        "",
        cases="48k-float",
    ),
    Mistake(
        "fixed head width in the estimator",
        "core/s3gen/flow.cpp",
        '"estimator", estimator_head_width)',
        '"estimator", estimator_head_width * 0 + 48)',
        cases="conditioning-file",
    ),
]
