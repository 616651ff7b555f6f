#!/usr/bin/env python3
"""Proves that tests guard the code: makes one mistake at a time, rebuilds Octet, expects a test to fail.

    tests/mutate/mutate.py            every mistake
    tests/mutate/mutate.py --list     what they are, and whether their texts are still there
    tests/mutate/mutate.py snake      those with a word in their name, file or test

A source file is put back after its mistake, also when this program is stopped. Files with changes that are not
committed are refused, and so are tests that fail without a mistake.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import calibrating
import measuring
import model
import quantizing
import reading
import study
import window
import writing

REPOSITORY = Path(__file__).resolve().parents[2]
VENV = REPOSITORY / ".deps/venv/bin"
MISTAKES = (
    reading.MISTAKES
    + writing.MISTAKES
    + measuring.MISTAKES
    + quantizing.MISTAKES
    + calibrating.MISTAKES
    + model.MISTAKES
    + study.MISTAKES
    + window.MISTAKES
)

# As packaging/check runs tests: one thread each, and waiting ones do not spin.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "OCTET_BINARY"} | {
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "passive",
    "PATH": f"{VENV}:{os.environ['PATH']}",
}


def words_of(mistake):
    return f"{mistake.name} {mistake.file} {mistake.program} {mistake.cases}"


def guard(mistake):
    """The test that must notice, in words."""
    return mistake.program or f"oracle {mistake.cases}"


def is_possible(mistake):
    return (REPOSITORY / mistake.file).read_text().count(mistake.text) == 1


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)


def build(mistake):
    return run("cmake", "--build", REPOSITORY / "build", "--target", mistake.program or "octet")


def test(mistake):
    """Whether the test that guards against the mistake passes, and what it said."""
    if mistake.program:
        pattern = f"^{mistake.program}$"
        ran = run("ctest", "--test-dir", REPOSITORY / "build", "-R", pattern, "--no-tests=error", "--timeout", "600",
                  "--output-on-failure")
        said = re.search(r"^FAIL!  : \w+::(\w+\(.*?\))", ran.stdout, re.MULTILINE)
    else:
        parity = REPOSITORY / "tests/oracle/test_parity.py"
        ran = run(VENV / "python", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", parity, "-k", mistake.cases)
        said = re.search(r"^(.*too far.*)$", ran.stdout, re.MULTILINE)
    return ran.returncode == 0, said.group(1).strip() if said else "another failure"


def check_intact(mistake):
    built = build(mistake)
    if built.returncode != 0:
        raise RuntimeError(f"Octet does not build:\n{built.stdout[-2000:]}")
    passed, said = test(mistake)
    if not passed:
        raise RuntimeError(f"{guard(mistake)} fails without a mistake: {said}")


def judge(mistake):
    """Whether a test noticed, and what is to be said of that."""
    path = REPOSITORY / mistake.file
    if subprocess.run(["git", "-C", REPOSITORY, "diff", "--quiet", "HEAD", "--", path]).returncode:
        raise RuntimeError(f"{mistake.file} has changes that are not committed")
    intact = path.read_text()
    try:
        path.write_text(intact.replace(mistake.text, mistake.replacement))
        built = build(mistake)
        if built.returncode != 0:
            return False, f"does not compile:\n{built.stdout[-2000:]}"
        passed, said = test(mistake)
        return not passed, f"not noticed by {guard(mistake)}" if passed else said
    finally:
        path.write_text(intact)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", help="parts of mistakes' names, files or tests; all mistakes when none")
    parser.add_argument("--list", action="store_true", help="only list, and check that texts are there")
    arguments = parser.parse_args()
    chosen = [m for m in MISTAKES if not arguments.words or any(word in words_of(m) for word in arguments.words)]
    chosen.sort(key=guard)
    impossible = [m for m in chosen if not is_possible(m)]
    for mistake in impossible:
        print(f"{mistake.name}: {mistake.file} does not have once {mistake.text!r}", file=sys.stderr)
    if arguments.list:
        for mistake in chosen:
            print(f"{mistake.name}: {mistake.file}, {guard(mistake)}")
    if arguments.list or impossible or not chosen:
        return 1 if impossible or not chosen else 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    unnoticed, intact = [], set()
    for mistake in chosen:
        if guard(mistake) not in intact:
            check_intact(mistake)
            intact.add(guard(mistake))
        noticed, said = judge(mistake)
        print(f"{mistake.name}: {said}", flush=True)
        if not noticed:
            unnoticed.append(mistake.name)
    for mistake in chosen:
        build(mistake)
    print(f"{len(chosen) - len(unnoticed)} of {len(chosen)} noticed")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
