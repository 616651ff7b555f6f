"""Runs `octet synth` on a case's directory. Needs numpy and safetensors only."""

import json
import os
import subprocess
from pathlib import Path

from safetensors.numpy import load_file

REPOSITORY = Path(__file__).resolve().parents[2]


def binary():
    path = Path(os.environ.get("OCTET_BINARY", REPOSITORY / "build/bin/octet"))
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: build Octet first, or name the program in OCTET_BINARY")
    return path


def run(*arguments, **environment):
    """A command that has to succeed."""
    command = [str(binary()), *map(str, arguments)]
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive", **environment}
    subprocess.run(command, check=True, capture_output=True, env=environment)


def noise_files(case):
    """The noise files of a case's directory, and whether each injects the source."""
    files = {case / "noise.safetensors": False, case / "noise_with_source.safetensors": True}
    return {path: injected for path, injected in files.items() if path.exists()}


def synthesize(case, noise, output, *, checkpoint=None, options=()):
    """The stages of one synthesis, whose files are left in `output`.

    Within case.json, names are relative to the case, the checkpoint to its parent or the repository.
    """
    description = json.loads((case / "case.json").read_text())
    if checkpoint is None:
        places = [case.parent / description["checkpoint"], REPOSITORY / description["checkpoint"]]
        checkpoint = next(path for path in places if path.exists())
    arguments = [str(case / word) if (case / word).is_file() else word for word in description["arguments"]]
    output.mkdir(parents=True, exist_ok=True)
    dumped = output / "stages.safetensors"
    command = [binary(), "synth", checkpoint, *arguments, "--noise", noise, "--dump-stages", dumped]
    command += ["-o", output / "out.wav", "--quiet", *options]
    # threads that wait actively starve each other where cores are few and shared
    environment = {"OMP_WAIT_POLICY": "passive", **os.environ}
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=environment)
    if result.returncode != 0:
        line = " ".join(str(word) for word in command)
        raise RuntimeError(f"exit code {result.returncode} from\n  {line}\n{result.stderr}")
    return load_file(dumped)
