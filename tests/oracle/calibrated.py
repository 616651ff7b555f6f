"""What is made with a calibration, in NumPy, written from docs/formats.md alone."""

import numpy as np


def hessians_of(tensors, layer):
    """[groups, K, K] in fp64, and the stride of a transposed convolution."""
    packed = tensors[layer + ".hessian"].astype(np.float64)
    inputs = tensors[layer + ".mean"].shape[1]
    whole = np.zeros((len(packed), inputs, inputs))
    whole[:, *np.triu_indices(inputs)] = packed
    upper = np.triu(whole, 1)
    return whole + upper.transpose(0, 2, 1), int(tensors[layer + ".rows"][1])


def parts_of(weight, hessians, stride, transposed):
    """Which rows of the weight see which inputs: (the rows' places in it, H) of each part."""
    places = np.arange(weight.size).reshape(weight.shape)
    if not transposed:
        for rows, hessian in zip(np.split(places, len(hessians)), hessians, strict=True):
            yield rows.reshape(len(rows), -1), hessian
        return
    inputs, taps = weight.shape[0], hessians.shape[1] // weight.shape[0]
    for phase in range(min(stride, weight.shape[2])):
        own = places[:, :, phase::stride].transpose(1, 0, 2)
        kept = np.arange(inputs * taps).reshape(inputs, taps)[:, : own.shape[2]].ravel()
        yield own.reshape(len(own), -1), hessians[0][np.ix_(kept, kept)]


def gptq(rows, scales, hessian, *, damping=0.01, order="activation"):
    sizes = hessian.diagonal().copy()
    places = np.argsort(-sizes, kind="stable") if order == "activation" else np.arange(len(sizes))
    damped = hessian[np.ix_(places, places)] + np.eye(len(sizes)) * (damping * sizes.mean() if sizes.any() else 1)
    root = np.linalg.cholesky(np.linalg.inv(damped)).T
    left, integers = rows[:, places].copy(), np.zeros(rows.shape)
    for i, place in enumerate(places):
        integers[:, place] = np.clip(np.round(left[:, i] / scales[:, place]), -127, 127)
        error = (left[:, i] - integers[:, place] * scales[:, place]) / root[i, i]
        left[:, i + 1 :] -= np.outer(error, root[i, i + 1 :])
    return integers


def adaround(rows, scales, hessian, *, steps=300):
    ratio = rows / scales
    below = np.floor(ratio)
    plain = np.clip(np.round(ratio), -127, 127)

    def costs(integers):
        error = (integers - ratio) * scales
        return ((error @ hessian) * error).sum(1)

    unit = costs(plain).sum() / rows.size
    if unit <= 0:
        return plain
    position = -np.log(1.2 / (ratio - below + 0.1) - 1)
    mean, square = np.zeros_like(position), np.zeros_like(position)
    for step in range(steps):
        sigmoid = 1 / (1 + np.exp(-position))
        stretched = 1.2 * sigmoid - 0.1
        share = np.clip(stretched, 0, 1)
        slope = ((below + share - ratio) * scales) @ hessian * scales * 2 / unit
        steepness = 20 - 18 * step / steps
        slope -= 10 * steepness * np.abs(2 * share - 1) ** (steepness - 1) * 2 * np.sign(2 * share - 1)
        slope *= 1.2 * sigmoid * (1 - sigmoid) * (stretched > 0) * (stretched < 1)
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        unbiased = mean / (1 - 0.9 ** (step + 1)), square / (1 - 0.999 ** (step + 1))
        position -= 0.1 * unbiased[0] / (np.sqrt(unbiased[1]) + 1e-8)
    found = np.clip(below + (1.2 / (1 + np.exp(-position)) - 0.1 >= 0.5), -127, 127)
    return np.where((costs(found) < costs(plain))[:, None], found, plain)


def corrected_bias(bias, weight, rounded, tensors, layer, transposed):
    """fp32 [outputs]; `rounded`: what the integers stand for."""
    mean, stride = tensors[layer + ".mean"].astype(np.float64), int(tensors[layer + ".rows"][1])
    lost = (weight - rounded).astype(np.float64)
    if not transposed:
        groups = np.split(lost.reshape(len(lost), -1), len(mean))
        return (bias + np.concatenate([rows @ x for rows, x in zip(groups, mean, strict=True)])).astype(np.float32)
    by_tap = mean.reshape(len(weight), -1)
    phases = [lost[:, :, phase::stride] for phase in range(stride)]
    sums = sum(np.einsum("iot,it->o", own, by_tap[:, : own.shape[2]]) for own in phases)
    return (bias + sums / stride).astype(np.float32)


def outliers(tensors, layer, channels, threshold):
    """int8 [channels that an output sees]"""
    reached = tensors[layer + ".largest"].reshape(-1, channels) >= np.float32(threshold)
    return reached.any(axis=0).astype(np.int8)
