"""What int8 adds to a model is taken whole by torch.compile."""

import shutil

import pytest
import small_models
import torch

import octet_s3gen


@pytest.mark.parametrize("model, plan", [("standard", "seed"), ("meanflow", "all-int8")])
def test_one_step_of_the_estimator_compiles_as_one_graph(model, plan, exports):
    loaded = small_models.build(model)
    octet_s3gen.load(loaded, exports.export(model, plan))
    estimator = loaded.flow.decoder.estimator
    draw = torch.Generator().manual_seed(3)
    frames = 24
    step = {
        "x": torch.randn(2, 80, frames, generator=draw),
        "mask": torch.ones(2, 1, frames),
        "mu": torch.randn(2, 80, frames, generator=draw),
        "t": torch.tensor([0.25, 0.25]),
        "spks": torch.randn(2, 80, generator=draw),
        "cond": torch.randn(2, 80, frames, generator=draw),
    }
    step = {key: value.bfloat16() if key != "t" else value for key, value in step.items()}
    if model == "meanflow":
        step["r"] = torch.tensor([0.75, 0.75])
    with torch.no_grad():
        expected = estimator(**step)
        # "eager" runs the graph that was caught: whether there is one is what is asked
        compiled = torch.compile(estimator, fullgraph=True, backend="eager")(**step)
    assert torch.equal(compiled, expected)


@pytest.mark.skipif(shutil.which("g++") is None, reason="inductor compiles with g++")
def test_inductor_computes_what_eager_computes(exports, monkeypatch):
    """One transformer of int8 Linears. (The whole estimator takes a minute or two to compile.)"""
    monkeypatch.setattr("torch._inductor.config.compile_threads", 1)  # no processes that import torch once more
    loaded = small_models.build("standard")
    octet_s3gen.load(loaded, exports.export("standard", "all-int8"))
    transformer = loaded.flow.decoder.estimator.mid_blocks[0][1][0]
    draw = torch.Generator().manual_seed(3)
    x = torch.randn(2, 24, transformer.norm1.weight.numel(), generator=draw).bfloat16()
    nothing_hidden = torch.zeros(2, 1, 24).bfloat16()
    with torch.no_grad():
        expected = transformer(hidden_states=x, attention_mask=nothing_hidden)
        compiled = torch.compile(transformer, fullgraph=True)(hidden_states=x, attention_mask=nothing_hidden)
    # it leaves out roundings between operations, each of them half of 2^-8 of bf16 at the most
    assert small_models.relative(compiled, expected) < 2**-7
