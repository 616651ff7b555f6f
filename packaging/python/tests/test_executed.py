"""The report's "executed" is what a layer is seen to multiply in."""

import contextlib

import pytest
import small_models
import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode

import octet_s3gen

MULTIPLYING = (F.linear, torch.conv1d, torch.conv2d, torch.conv_transpose1d, torch.einsum)
PLAN = """{"format": "octet-plan", "version": 1, "name": "mixed", "base": "bf16", "rules": [
 {"match": "flow.encoder.*", "type": "Linear", "precision": "fp16"},
 {"match": "flow.decoder.*", "type": "Linear", "precision": "int8"},
 {"match": "flow.encoder.up_encoders.*", "type": "Linear", "precision": "int8", "method": "dynamic"},
 {"match": "flow.encoder.embed.*", "type": "Linear", "precision": "int8", "method": "llm-int8"},
 {"match": "flow.encoder_proj", "precision": "fp32"},
 {"match": "mel2wav.*", "type": "Conv1d", "precision": "int8"},
 {"match": "mel2wav.conv_post", "precision": "fp32"}]}"""


class Seen(TorchFunctionMode):
    """Types of what is multiplied in each layer, by name."""

    def __init__(self, model, names):
        super().__init__()
        self.types = {}
        self._inside = []
        for name in names:
            module = model.get_submodule(name)
            module.register_forward_pre_hook(lambda _, __, name=name: self._inside.append(name))
            module.register_forward_hook(lambda *_: self._inside.pop() and None)

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func in MULTIPLYING and self._inside:
            given = next(arg for arg in args if torch.is_tensor(arg))
            self.types.setdefault(self._inside[-1], set()).add(given.dtype)
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("model, plan", [("standard", "seed"), ("meanflow", "all-int8"), ("standard", PLAN)])
def test_a_layer_multiplies_in_what_the_report_says(model, plan, exports):
    loaded = small_models.build(model)
    report = octet_s3gen.load(loaded, exports.export(model, plan))
    executed = {row.name: row.executed for row in report.layers if row.type in ("Linear", "Conv1d", "Conv2d")}
    executed |= {row.name: row.executed for row in report.layers if row.type == "ConvTranspose1d"}
    wave = torch.from_numpy(small_models.sounds.speech(2.0, 24000, seed=5))[None]
    with Seen(loaded, executed) as seen, contextlib.redirect_stdout(None):
        loaded.inference(small_models.tokens(), ref_wav=wave, ref_sr=24000)
    names = {torch.float32: "fp32", torch.bfloat16: "bf16", torch.float16: "fp16"}
    multiplied = {name: {names[dtype] for dtype in types} for name, types in seen.types.items()}
    assert multiplied == {name: {executed[name]} for name in multiplied}
    # all that a synthesis calls as a layer; the tokenizer's are called as functions
    silent = [name for name in executed if name not in multiplied and not name.startswith("tokenizer.")]
    assert silent == []
    assert {"fp32", "bf16"} <= set(executed.values())
