#!/usr/bin/env python3
"""Proves that the oracle guards the C++: makes one mistake at a time, rebuilds Octet, expects a test to fail.

    tests/oracle/mutate.py            every mistake
    tests/oracle/mutate.py --list     what they are, and whether their patterns still match
    tests/oracle/mutate.py snake      those whose name contains a word

A source file is put back after its mistake, also when this program is stopped. Files with changes that are not
committed are refused.
"""

import argparse
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CMAKE = REPOSITORY / ".deps/venv/bin/cmake"


@dataclass(frozen=True)
class Mistake:
    name: str
    file: str
    pattern: str  # regular expression; its first match is replaced
    replacement: str
    cases: str  # pytest -k expression of the quickest cases that must notice


MISTAKES = [
    Mistake(
        "layer norm eps 1e-12 to 1e-5",
        "core/s3gen/upsample_encoder.cpp",
        r'"norm_ff", 1e-12',
        '"norm_ff", 1e-5',
        "conditioning-file",
    ),
    Mistake("last slope 0.01 to 0.1", "core/s3gen/hift.cpp", r"kLastSlope = 0\.01", "kLastSlope = 0.1", "48k-float"),
    Mistake(
        "magnitude clip removed",
        "core/s3gen/hift.cpp",
        r"at::clamp_max\((at::exp\(.*\)), kLargestMagnitude\)",
        r"at::clamp_max(\1, 1e30)",
        "48k-float",
    ),
    Mistake("0.99 clamp removed", "core/s3gen/hift.cpp", r"kAudioLimit = 0\.99", "kAudioLimit = 1e30", "48k-float"),
    Mistake("snake without 1e-9", "core/s3gen/layers.cpp", r"\(alpha_ \+ 1e-9\)", "alpha_", "48k-float"),
    Mistake(
        "estimator GELU by tanh",
        "core/s3gen/estimator.cpp",
        r"at::gelu\((feed_forward_in\(feed_forward_norm\(y, run\), run\))\)",
        r'at::gelu(\1, "tanh")',
        "48k-float",
    ),
    Mistake(
        "tokenizer GELU by tanh",
        "core/s3gen/speech_tokenizer.cpp",
        r"at::gelu\((mlp_in\(mlp_norm\(y, run\), run\))\)",
        r'at::gelu(\1, "tanh")',
        "stereo-44k or source-32k or long-source",
    ),
    Mistake(
        "rel-shift off by one",
        "core/s3gen/upsample_encoder.cpp",
        r"\.slice\(3, 0, distances / 2 \+ 1\)",
        ".roll(1, 3).slice(3, 0, distances / 2 + 1)",
        "48k-float",
    ),
    Mistake(
        "transposed convolution's scale on the input axis",
        "core/synthesis/weight_store.cpp",
        r"layer\.scale_axis\(\)",
        "0",
        "int8",
    ),
    Mistake(
        "biased deviation in the speaker statistics",
        "core/s3gen/campplus.cpp",
        r"/\*unbiased=\*/true",
        "/*unbiased=*/false",
        "48k-float",
    ),
    Mistake(
        "noised_mels ignored",
        "core/s3gen/flow_matching.cpp",
        r"if \(noise\.tail\.defined\(\)\)",
        "if (false)",
        "meanflow-odd-reference",
    ),
    Mistake(
        "first phase not zeroed",
        "core/s3gen/harmonic_source.cpp",
        r"phase\.select\(1, 0\)\.zero_\(\);",
        "",
        "48k-float",
    ),
    Mistake(
        "fixed head width in the estimator",
        "core/s3gen/flow.cpp",
        r'"estimator", estimator_head_width\)',
        '"estimator", estimator_head_width * 0 + 48)',
        "conditioning-file",
    ),
]


def mutated(mistake):
    path = REPOSITORY / mistake.file
    text, count = re.subn(mistake.pattern, mistake.replacement, path.read_text(), count=1)
    if not count:
        raise LookupError(f"{mistake.name}: nothing in {mistake.file} matches {mistake.pattern!r}")
    return text


def build():
    command = [CMAKE, "--build", REPOSITORY / "build", "--target", "octet"]
    return subprocess.run(command, capture_output=True, text=True)


def oracle(cases):
    tests = REPOSITORY / "tests/oracle/test_parity.py"
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", tests, "-k", cases]
    environment = {name: value for name, value in os.environ.items() if name != "OCTET_BINARY"}
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def first_stage(report):
    return next((line.strip() for line in report.splitlines() if "too far" in line), "another failure")


def judge(mistake):
    """Whether the oracle noticed, and what it said."""
    path = REPOSITORY / mistake.file
    changed = subprocess.run(["git", "-C", REPOSITORY, "diff", "--quiet", "HEAD", "--", path]).returncode
    if changed:
        raise RuntimeError(f"{mistake.file} has changes that are not committed")
    intact = path.read_text()
    try:
        path.write_text(mutated(mistake))
        built = build()
        if built.returncode != 0:
            raise RuntimeError(f"{mistake.name} does not compile:\n{built.stdout[-2000:]}")
        tests = oracle(mistake.cases)
        return tests.returncode == 1, first_stage(tests.stdout)
    finally:
        path.write_text(intact)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", help="parts of mistakes' names; all mistakes when none")
    parser.add_argument("--list", action="store_true", help="only list, and check that patterns match")
    arguments = parser.parse_args()
    chosen = [m for m in MISTAKES if not arguments.words or any(word in m.name for word in arguments.words)]
    unnoticed = []
    for mistake in chosen:
        if arguments.list:
            mutated(mistake)
            print(f"{mistake.name}: {mistake.file}")
            continue
        noticed, remark = judge(mistake)
        print(f"{mistake.name}: {'noticed: ' + remark if noticed else 'NOT NOTICED'}", flush=True)
        if not noticed:
            unnoticed.append(mistake.name)
    if not arguments.list:
        build()
        print(f"{len(chosen) - len(unnoticed)} of {len(chosen)} noticed")
    return 1 if unnoticed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
