"""`python -m octet_s3gen` says what is in a file, and by its exit code whether it is of use."""

import subprocess
import sys

import pytest
from safetensors.torch import load_file
from test_load import edited

from octet_s3gen.__main__ import main


def test_inspect_names_plan_and_every_tensor(exports, capsys):
    path = exports.export("standard", "seed")
    assert main(["inspect", str(path)]) == 0
    said = capsys.readouterr().out
    assert "seed over bf16" in said
    assert all(f"{name} " in said for name in load_file(path))


def test_verify_passes_what_octet_wrote(exports):
    command = [sys.executable, "-m", "octet_s3gen", "verify", str(exports.export("standard", "seed"))]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0 and run.stdout.startswith("fine: "), run.stderr


@pytest.mark.parametrize(
    "change, code",
    [
        (lambda t, m: t["flow.encoder_proj.bias"].fill_(float("nan")), 1),
        (lambda t, m: t["mel2wav.ups.0.weight"].view(-1)[:1].fill_(-128), 1),
        (lambda t, m: t["mel2wav.ups.0.weight_scale"].zero_(), 1),
        (lambda t, m: m.pop("octet_plan"), 3),
        (lambda t, m: t.pop("mel2wav.ups.0.weight_scale"), 3),
    ],
)
def test_verify_says_no_to_wrong_numbers_and_refuses_what_is_no_export(change, code, exports, tmp_path, capsys):
    edited(exports.export("standard", "seed"), tmp_path / "wrong", change)
    assert main(["verify", str(tmp_path / "wrong")]) == code
    said = "".join(capsys.readouterr())
    assert any(name in said for name in ("flow.encoder_proj.bias", "mel2wav.ups.0", "octet_plan"))


def test_wrong_usage_and_absent_files_have_codes_of_their_own(tmp_path, capsys):
    assert main(["inspect", str(tmp_path / "absent")]) == 3
    assert "absent" in capsys.readouterr().err
    with pytest.raises(SystemExit) as usage:
        main(["look"])
    assert usage.value.code == 2
