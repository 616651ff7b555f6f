"""Layers in int8 compute with the dequantized weight, and keep it whatever is done to them."""

import copy
import pickle

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from octet_s3gen.file import Scheme
from octet_s3gen.int8 import inliers_and_outliers, quantized, quantized_by, rounded_input
from octet_s3gen.methods import Int8Options
from octet_s3gen.modules import hold_int8


class CausalConv1d(nn.Conv1d):
    """As upstream's: pads on the left by itself."""

    def forward(self, x):
        return super().forward(F.pad(x, (2, 0)))


LAYERS = {
    "Linear": (lambda: nn.Linear(6, 10), (2, 5, 6), 0),
    "without bias": (lambda: nn.Linear(6, 10, bias=False), (2, 5, 6), 0),
    "Conv1d": (lambda: nn.Conv1d(6, 8, 3, padding=2, dilation=2), (2, 6, 20), 0),
    "grouped": (lambda: nn.Conv1d(6, 12, 3, groups=3, stride=2), (2, 6, 20), 0),
    "subclass": (lambda: CausalConv1d(6, 8, 3), (2, 6, 20), 0),
    "ConvTranspose1d": (lambda: nn.ConvTranspose1d(6, 4, 8, stride=4, padding=2), (2, 6, 20), 1),
    "Conv2d": (lambda: nn.Conv2d(3, 5, 3, stride=(2, 1), padding=1), (2, 3, 8, 9), 0),
    "Embedding": (lambda: nn.Embedding(11, 7), (2, 5), 0),
}


def made(name, base=torch.float32):
    """A layer in int8, the same dense with the dequantized weight, and an input."""
    build, shape, axis = LAYERS[name]
    torch.manual_seed(7)
    dense = build()
    int8 = copy.deepcopy(dense)
    values, scale = quantized(dense.weight.detach(), axis)
    if int8._parameters.get("bias") is not None:
        int8.bias = nn.Parameter(int8.bias.detach().to(base))
    hold_int8(int8, {"weight": values, "weight_scale": scale}, Scheme(base))
    dense.weight = nn.Parameter(values * scale)
    x = torch.randint(0, 11, shape) if name == "Embedding" else torch.randn(shape)
    return int8, dense, x


@pytest.mark.parametrize("name", LAYERS)
def test_the_product_is_that_of_the_dequantized_weight(name):
    int8, dense, x = made(name)
    assert torch.equal(int8(x), dense(x))
    assert isinstance(int8, type(dense))
    assert int8.state_dict()["weight"].dtype == torch.int8
    assert set(int8.state_dict()) == {*dense.state_dict(), "weight_scale"}


@pytest.mark.parametrize("name", LAYERS)
def test_numbers_of_another_type_are_multiplied_in_theirs(name):
    int8, dense, x = made(name, base=torch.bfloat16)
    assert int8.weight.dtype == torch.bfloat16
    if name == "Embedding":
        assert torch.equal(int8(x), dense(x).bfloat16())
        return
    assert int8(x).dtype == torch.float32
    # all but the bias is exact: bf16 keeps 8 bits of it
    bias = 0 if dense.bias is None else dense.bias.abs().max().item()
    assert (int8(x) - dense(x)).abs().max() <= 2**-8 * bias + 1e-6


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("cast", [torch.float16, torch.bfloat16, torch.float64])
def test_casts_leave_integers_and_scales_alone(name, cast):
    int8, _, _ = made(name)
    before = {key: int8.state_dict()[key].clone() for key in ("weight", "weight_scale")}
    for change in (lambda m: m.to(cast), lambda m: m.type(cast), lambda m: m.to("cpu", cast).cpu()):
        changed = change(copy.deepcopy(int8))
        for key, kept in before.items():
            now = changed.state_dict()[key]
            assert now.dtype == kept.dtype and torch.equal(now, kept)
        assert changed.weight.dtype == cast
        assert changed._parameters.get("bias") is None or changed.bias.dtype == cast
    assert made(name)[0].to("meta").state_dict()["weight"].device.type == "meta"


@pytest.mark.parametrize("name", LAYERS)
def test_copies_compute_the_same(name):
    int8, _, x = made(name)
    for twin in (copy.deepcopy(int8), pickle.loads(pickle.dumps(int8))):
        assert torch.equal(twin(x), int8(x)) and "weight" not in twin._parameters


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("strict", [True, False])
def test_a_dense_weight_is_not_taken_for_integers(name, strict):
    int8, dense, x = made(name)
    before = int8(x)
    with pytest.raises(RuntimeError, match="weight is held in int8"):
        int8.load_state_dict(dense.state_dict(), strict=strict)
    assert torch.equal(int8(x), before)


def test_a_length_that_is_asked_of_a_transposed_convolution_is_given():
    int8, dense, x = made("ConvTranspose1d")
    assert torch.equal(int8(x, [82]), dense(x, [82])) and int8(x, [82]).shape[-1] == 82


@pytest.mark.parametrize("name", LAYERS)
def test_the_compiler_takes_a_layer_whole(name):
    int8, _, x = made(name)
    with torch.no_grad():
        compiled = torch.compile(int8, fullgraph=True, backend="eager")
        assert torch.equal(compiled(x), int8(x))


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize(
    "options", [Int8Options(group=32), Int8Options(asymmetric=True), Int8Options(group=32, asymmetric=True)]
)
def test_groups_and_zero_points_are_kept_and_computed_with(name, options):
    build, shape, axis = LAYERS[name]
    torch.manual_seed(7)
    dense, scheme = build(), Scheme(torch.float32, "weight-only", options)
    int8, parts = copy.deepcopy(dense), quantized_by(options, dense.weight.detach(), axis)
    hold_int8(int8, parts, scheme)
    first = parts["weight"].transpose(0, axis).flatten(1).float()
    size = options.group or first.shape[1]
    spread = lambda part: part.float().repeat_interleave(size, 1)[:, : first.shape[1]]  # noqa: E731
    numbers = first - spread(parts["weight_zero_point"]) if options.asymmetric else first
    expected = (
        (numbers * spread(parts["weight_scale"])).reshape(dense.weight.transpose(0, axis).shape).transpose(0, axis)
    )
    assert torch.equal(int8.weight, expected)
    assert (int8.weight - dense.weight).abs().max() <= parts["weight_scale"].max() * 0.51
    dense.weight = nn.Parameter(expected.contiguous())
    x = torch.randint(0, 11, shape) if name == "Embedding" else torch.randn(shape)
    for twin in (int8, copy.deepcopy(int8).half().float(), pickle.loads(pickle.dumps(int8))):
        assert torch.equal(twin.state_dict()["weight_scale"], parts["weight_scale"])
    assert torch.equal(int8(x), dense(x))
    with pytest.raises(RuntimeError, match="weight is held in int8"):
        int8.load_state_dict(dense.state_dict(), strict=False)


@pytest.mark.parametrize("name", ["Linear", "without bias", "Conv1d", "grouped", "subclass"])
@pytest.mark.parametrize("scales", ["tensor", "token"])
def test_dynamic_layers_multiply_their_rounded_input(name, scales):
    int8, dense, x = made(name)
    int8.scheme = Scheme(torch.float32, "dynamic", Int8Options(scales=scales))
    result = int8(x)
    if scales == "tensor":
        split = x.unflatten(1, (dense.groups, -1)) if isinstance(dense, nn.Conv1d) else x
        dims = (0, 2, 3) if isinstance(dense, nn.Conv1d) else (0, 1, 2)
        assert torch.equal(result, dense(rounded_input(split, dims).reshape(x.shape)))
    elif name in ("Linear", "without bias"):
        alone = dense(torch.stack([rounded_input(row, (0,)) for row in x[0]]))
        # without the batch some processors sum in another order; a step of the rounding is a thousand times that
        torch.testing.assert_close(result[0], alone, rtol=0, atol=2e-6)
    # rounding to 255 steps of a range: each input is off by half a step at most
    reach = dense.weight.detach().abs().flatten(1).sum(1).max()
    assert (
        not torch.equal(result, dense(x))
        and (result - dense(x)).abs().max() <= reach * (x.max() - x.min()) / 255 / 2 * 1.01
    )


@pytest.mark.parametrize("name", ["Linear", "without bias", "Conv1d", "grouped", "subclass"])
def test_features_with_outliers_are_multiplied_as_they_are(name):
    int8, dense, x = made(name)
    x.select(-1 if name in ("Linear", "without bias") else 1, 2)[0] += 20
    exact = dense(x)
    scale = exact.abs().max()

    def error(threshold):
        int8.scheme = Scheme(torch.float32, "llm-int8", Int8Options(threshold=threshold))
        return ((int8(x) - exact).abs().max() / scale).item()

    # all as they are: another order of sums; none: what 20 leaves of 127 steps is coarse for numbers of about 1
    assert error(0.0) < 1e-6
    assert 1e-6 < error(6.0) < error(float("inf")) / 2


def by_numpy(rows, weight, is_outlier):
    """ "Outliers" of docs/formats.md where they are fixed, in fp64 but for the rounding."""
    rest = np.where(is_outlier, np.float32(0), rows)
    step = np.abs(rest).max(axis=1, keepdims=True) / np.float32(127)
    integers = np.round(rest * (np.float32(1) / step)).astype(np.float64)
    return np.where(is_outlier, rows, integers * step.astype(np.float64)) @ weight.astype(np.float64).T


@pytest.mark.parametrize("name", ["Linear", "without bias", "Conv1d", "grouped"])
def test_outliers_that_a_calibration_found_are_those_whatever_comes(name):
    int8, dense, x = made(name)
    options = Int8Options(threshold=5.0, outliers="calibration")
    channels = dense.weight.shape[1]
    outliers = torch.arange(channels).remainder(3).eq(1).to(torch.int8)
    held = {"weight": int8._buffers["weight"], "weight_scale": int8._buffers["weight_scale"]}
    hold_int8(int8, held | {"weight_outliers": outliers}, Scheme(torch.float32, "llm-int8", options))
    assert "weight_outliers" in int8.state_dict()
    x.select(-1 if isinstance(dense, nn.Linear) else 1, 2)[0] += 20  # no outlier, however large
    result, bias = int8(x).detach(), 0 if dense.bias is None else dense.bias.detach().double()
    if isinstance(dense, nn.Linear):
        weight = dense.weight.detach().numpy()
        expected = by_numpy(x.reshape(-1, channels).numpy(), weight, outliers.numpy() == 1)
        expected = torch.from_numpy(expected).view(result.shape) + bias
    else:
        columns = unfolded(x, dense).unflatten(1, (dense.groups, -1))  # [batch, groups, channels x taps, results]
        taps = dense.weight.shape[2]
        weights = dense.weight.detach().flatten(1).chunk(dense.groups)
        parts = [
            np.stack(
                [
                    by_numpy(columns[b, g].T.numpy(), weights[g].numpy(), np.repeat(outliers.numpy() == 1, taps)).T
                    for b in range(len(x))
                ]
            )
            for g in range(dense.groups)
        ]
        expected = torch.from_numpy(np.concatenate(parts, axis=1)) + (bias if dense.bias is None else bias.unsqueeze(1))
    # a sum of fp32 in another order
    assert (result - expected).abs().max() < 1e-5 * expected.abs().max()


def unfolded(x, convolution):
    """[batch, in x taps, results]: what each result sees."""
    c = convolution
    sides = (c.kernel_size[0], 1), (c.dilation[0], 1), (c.padding[0], 0), (c.stride[0], 1)
    return F.unfold(x.unsqueeze(3), *sides)


def test_outliers_are_features_and_scales_are_those_of_the_rest():
    x = torch.tensor([[1.0, -6.0, 127.0 / 32], [0.5, 5.0, 0.0], [0.0, 6.5, 0.0], [float("nan"), 1.0, 1.0]])
    rounded, outliers = inliers_and_outliers(x, 6.0, (1,), (0,))
    assert torch.equal(rounded[:3], torch.tensor([[1.0, 0, 127 / 32], [round(12.7) * 5 / 127, 0, 0], [0, 0, 0]]))
    assert torch.equal(outliers[:, 1], x[:, 1]) and not outliers[:3, ::2].any()
    assert rounded[3, 0].isnan() and rounded[3, 2].isnan()


def test_inputs_are_rounded_as_pytorch_rounds_them():
    for x in (torch.randn(5, 40), torch.rand(5, 40), -torch.rand(5, 40), torch.zeros(2, 2), torch.randn(3, 9) * 1e-5):
        scale, zero_point = torch._choose_qparams_per_tensor(x, False)
        torchs = torch.quantize_per_tensor(x, scale, zero_point, torch.quint8).int_repr()
        step = torch.tensor(scale, dtype=torch.float32)
        assert torch.equal(rounded_input(x, (0, 1)), (torchs.float() - zero_point) * step)
