"""At upstream's own sizes, with random weights, an export sounds in Python as in Octet."""

import octet_synthesis
import pytest
import small_models

import octet_s3gen


@pytest.mark.parametrize(
    "model, plan, base",
    [
        ("full", "all-base", "fp32"),
        ("full", "seed", "bf16"),
        ("full-meanflow", "all-int8", "fp32"),
        ("full-meanflow", "all-int8", "bf16"),
    ],
)
def test_sound_at_full_size(model, plan, base, exports, tmp_path):
    path = exports.export(model, plan, base)
    loaded = small_models.build(model)
    octet_s3gen.load(loaded, path)
    octet_synthesis.hold_to_octets(loaded, model, base, path, exports, tmp_path)
    path.unlink()  # a gigabyte
