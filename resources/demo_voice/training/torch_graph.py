"""Runs an ONNX graph with torch, node by node, so that it can speak on a GPU: the operators that kokoro.py's graph has.

    python torch_graph.py        compares Kokoro's graph with onnxruntime

Shapes and lengths stay on the CPU; what depends on constants only is computed once, when the graph is read. An
operator of which any input lies on the GPU runs there.
"""

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import helper, numpy_helper

DTYPES = {1: torch.float32, 6: torch.int32, 7: torch.int64, 9: torch.bool}


def _numbers(tensor):
    return tensor.reshape(-1).tolist()


def _reshape(x, shape, **_):
    return x.reshape([x.shape[place] if size == 0 else size for place, size in enumerate(_numbers(shape))])


def _unsqueeze(x, axes):
    for axis in sorted(_numbers(axes)):
        x = x.unsqueeze(axis)
    return x


def _slice(x, starts, ends, axes=None, steps=None):
    steps = [1] * starts.numel() if steps is None else _numbers(steps)
    axes = range(starts.numel()) if axes is None else _numbers(axes)
    for start, end, axis, step in zip(_numbers(starts), _numbers(ends), axes, steps):
        size = x.shape[axis]
        if step > 0:
            x = x[(slice(None),) * (axis % x.ndim) + (slice(start, min(end, size), step),)]
        else:  # backwards, which torch's slices do not
            places = range(size)[start:(None if end < -size else end):step]
            x = x.index_select(axis, torch.tensor(places, device=x.device))
    return x


def _gather(x, index, axis=0):
    index = index.long()
    if index.ndim == 0:
        return x.select(axis, int(index))
    picked = x.index_select(axis, index.to(x.device).reshape(-1))
    return picked.unflatten(axis % x.ndim, index.shape)


def _split(x, sizes=None, axis=0, num_outputs=None):
    return x.split(_numbers(sizes), axis) if sizes is not None else x.chunk(num_outputs, axis)


def _pads(pads):
    (before, after), = {tuple(zip(pads[:len(pads) // 2], pads[len(pads) // 2:]))[-1]}
    return before, after


def _conv(x, weight, bias=None, strides=(1,), pads=(0, 0), dilations=(1,), group=1, **_):
    before, after = _pads(pads)
    if before != after:
        x, before = F.pad(x, (before, after)), 0
    return F.conv1d(x, weight, bias, strides[0], before, dilations[0], group)


def _conv_transpose(x, weight, bias=None, strides=(1,), pads=(0, 0), dilations=(1,), group=1, output_padding=(0,), **_):
    before, after = _pads(pads)
    extra = before - after + output_padding[0]
    return F.conv_transpose1d(x, weight, bias, strides[0], before, extra, group, dilations[0])


def _resize(x, _, scales, mode=b"nearest", **__):
    scale = _numbers(scales)[-1]
    size = int(x.shape[-1] * scale)
    if mode == b"nearest":
        return F.interpolate(x, size=size, mode="nearest")
    return F.interpolate(x, scale_factor=scale, mode="linear", align_corners=False, recompute_scale_factor=False)


def _pad(x, pads, value=None, mode=b"constant", **_):
    before, after = _pads(_numbers(pads))
    shape = x.shape
    x = F.pad(x.reshape(1, -1, shape[-1]), (before, after), mode=mode.decode())
    return x.reshape(*shape[:-1], -1)


def _stft(x, step, window, length, onesided=1):
    frames = x.reshape(x.shape[0], -1).unfold(-1, int(length), int(step)) * window
    return torch.view_as_real(torch.fft.rfft(frames))


def _scatter(x, index, values, **_):
    x = x.clone()
    x[tuple(index.movedim(-1, 0))] = values
    return x


def _layer_norm(x, weight, bias, epsilon, **_):
    return F.layer_norm(x, x.shape[-1:], weight, bias, epsilon)


def _skip_layer_norm(x, skip, weight, bias, epsilon, **_):
    return F.layer_norm(x + skip, x.shape[-1:], weight, bias, epsilon)


def _matmul(x, y, transA=0, transB=0, alpha=1.0, **_):
    return torch.matmul(x.mT if transA else x, y.mT if transB else y) * alpha


class _Lstm:
    """ONNX's LSTM as torch's own, whose gates stand in another order; the state begins at zero."""

    def __init__(self, weight, recurrent, bias, device):
        directions, hidden = weight.shape[0], recurrent.shape[-1]
        self.network = torch.nn.LSTM(weight.shape[-1], hidden, bidirectional=directions == 2).requires_grad_(False)
        order = torch.cat([torch.arange(hidden) + hidden * gate for gate in (0, 2, 3, 1)])  # i, o, f, c to i, f, c, o
        for direction, suffix in zip(range(directions), ("", "_reverse")):
            for name, value in (("weight_ih", weight[direction]), ("weight_hh", recurrent[direction]),
                                ("bias_ih", bias[direction, :4 * hidden]), ("bias_hh", bias[direction, 4 * hidden:])):
                getattr(self.network, f"{name}_l0{suffix}").copy_(value[order])
        self.network.to(device)

    def __call__(self, x, *_, **__):
        y, _ = self.network(x)  # [T, B, directions * hidden]
        return y.unflatten(-1, (-1, self.network.hidden_size)).transpose(1, 2)


OPERATORS = {
    "Add": torch.add, "Sub": torch.sub, "Mul": torch.mul, "Pow": torch.pow, "Sqrt": torch.sqrt, "Sin": torch.sin,
    "Div": lambda x, y: x / y if x.is_floating_point() else x // y,
    "Cos": torch.cos, "Exp": torch.exp, "Tanh": torch.tanh, "Floor": torch.floor,
    "Round": torch.round, "Sigmoid": torch.sigmoid, "Equal": torch.eq, "Greater": torch.gt, "Less": torch.lt,
    "GreaterOrEqual": torch.ge, "And": torch.logical_and, "Where": torch.where, "MatMul": torch.matmul,
    "FusedMatMul": _matmul, "Conv": _conv, "ConvTranspose": _conv_transpose, "Resize": _resize, "Pad": _pad,
    "STFT": _stft, "ScatterND": _scatter, "LayerNormalization": _layer_norm, "Reshape": _reshape, "Slice": _slice,
    "SkipLayerNormalization": _skip_layer_norm, "Gather": _gather, "Split": _split, "Unsqueeze": _unsqueeze,
    "Atan": lambda x: x.nan_to_num(0.0).atan(),  # of 0 / 0 where a frequency is absent
    "Clip": lambda x, *limits: x.clamp(*(None if limit is None else limit.to(x.device) for limit in limits)),
    "FastGelu": lambda x, bias: F.gelu(x + bias, approximate="tanh"),
    "LeakyRelu": lambda x, alpha=0.01: F.leaky_relu(x, alpha),
    "Softmax": lambda x, axis=-1: x.softmax(axis),
    "Transpose": lambda x, perm: x.permute(perm),
    "Concat": lambda *pieces, axis: torch.cat(pieces, axis),
    "Squeeze": lambda x, axes: x.squeeze(tuple(_numbers(axes))),
    "ReduceMean": lambda x, axes, keepdims=1, **_: x.mean(_numbers(axes), keepdim=bool(keepdims)),
    "ReduceSum": lambda x, axes, keepdims=1, **_: x.sum(_numbers(axes), keepdim=bool(keepdims)),
    "CumSum": lambda x, axis, **_: x.cumsum(int(axis)),
    "Cast": lambda x, to, **_: x.to(DTYPES[to]),
    "Shape": lambda x, start=0, end=None: torch.tensor(x.shape[start:end]),
    "ConstantOfShape": lambda shape, value: torch.full(_numbers(shape), value.item(), dtype=value.dtype),
    "Range": lambda start, end, step: torch.arange(int(start), int(end), int(step)),
    "Expand": lambda x, shape: x.expand(torch.broadcast_shapes(x.shape, tuple(_numbers(shape)))),
    "NonZero": lambda x: x.nonzero().T,
    "DequantizeLinear": lambda x, scale, zero: (x.float() - zero.float()) * scale,
}
ARGUMENTS_ON_CPU = {"Reshape", "Slice", "Expand", "Unsqueeze", "Squeeze", "ReduceMean", "ReduceSum", "Split", "Resize",
                    "Pad", "CumSum", "STFT", "Gather"}  # all but the first input say how, not what


def _attributes(node):
    found = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    return {name: torch.from_numpy(numpy_helper.to_array(value).copy()) if isinstance(value, onnx.TensorProto) else value
            for name, value in found.items()}


def _on_one_device(values):
    device = next((value.device for value in values if value is not None and value.is_cuda), None)
    if device is None:
        return values
    return [value.to(device) if value is not None and value.ndim else value for value in values]


class Graph:
    """The graph as a function of its inputs; its value is the first output, or another tensor, `output`."""

    def __init__(self, path, device="cpu", output=None):
        model = onnx.load(str(path))
        self.device = device
        self.inputs = [each.name for each in model.graph.input]
        self.output = output or model.graph.output[0].name
        known = {each.name: torch.from_numpy(numpy_helper.to_array(each).copy()) for each in model.graph.initializer}
        self.steps = []
        for node in model.graph.node:
            attributes, inputs = _attributes(node), [name or None for name in node.input]
            if node.op_type == "LSTM":
                run = _Lstm(*(known[name] for name in inputs[1:4]), device)
                inputs, attributes = inputs[:1], {}
            else:
                run = OPERATORS[node.op_type]
            if all(name is None or name in known for name in inputs):
                result = run(*(known.get(name) for name in inputs), **attributes)
                known.update(zip(node.output, result if isinstance(result, tuple) else (result,)))
            else:
                self.steps.append((run, inputs, list(node.output), attributes, node.op_type in ARGUMENTS_ON_CPU, []))
        last_use = {name: step for step in self.steps for name in step[1]}
        for name, step in last_use.items():
            if name not in known and name != self.output:
                step[-1].append(name)
        self.constants = {name: value.to(device) if value.is_floating_point() and value.ndim else value
                          for name, value in known.items() if name in last_use}

    @torch.inference_mode()
    def __call__(self, *arguments):
        values = dict(self.constants)
        values.update((name, torch.as_tensor(value).to(self.device)) for name, value in zip(self.inputs, arguments))
        for run, inputs, outputs, attributes, arguments_on_cpu, unused in self.steps:
            given = [values.get(name) for name in inputs]
            result = run(*(given if arguments_on_cpu else _on_one_device(given)), **attributes)
            values.update(zip(outputs, result if isinstance(result, tuple) else (result,)))
            for name in unused:
                values.pop(name, None)
        return values[self.output]


def main():
    """Compares up to the generator: behind it the phase of frequencies that are absent hangs on rounding."""
    import onnxruntime

    import kokoro
    last = "/decoder/decoder/generator/LeakyRelu_output_0"
    model = onnx.load(str(kokoro.float_model()))
    model.graph.output.append(helper.make_tensor_value_info(last, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    graph, generator = Graph(kokoro.float_model(), output=last), np.random.default_rng(0)
    for length, table in zip((12, 60, 140), kokoro.style_tables().values()):
        tokens = np.array([[0, *generator.integers(43, 150, length), 0]])
        style, speed = table[length][None], np.array([1.1], np.float32)
        wanted = session.run([last], dict(zip(graph.inputs, (tokens, style, speed))))[0]
        found = graph(tokens, style, speed).numpy()
        print(f"{length} symbols: shapes {wanted.shape} {found.shape}, difference at most "
              f"{np.abs(wanted - found).max():.1e} of {np.abs(wanted).max():.1f}", flush=True)


if __name__ == "__main__":
    main()
