"""Random weights under which a model behaves as a trained one does, so that a wrong detail shows.

Signals neither vanish nor explode, norms have running statistics of their own, f0 is voiced and unvoiced, some
magnitudes exceed the vocoder's clip and some samples its limit, many different tokens appear.
"""

import math

import torch
from torch import nn
from torch.nn.utils.parametrize import is_parametrized

import sounds
import stages
import upstream

RESIDUAL_BRANCH_ENDS = ("linear_out", "w_2", "to_out.0", "ff.net.2", "attn.out", "mlp.2", "fsmn_block")


def _fan_in(module):
    if isinstance(module, nn.ConvTranspose1d):
        return module.in_channels * module.kernel_size[0] / module.stride[0]
    return module.weight[0].numel()


def _gain(name):
    """Standard deviation of a layer's output for an input of variance 1."""
    if name.startswith("speaker_encoder."):
        return math.sqrt(2)  # a ReLU follows; the batch norms are fitted afterwards
    if name.endswith(RESIDUAL_BRANCH_ENDS) or ".convs2." in name:
        return 0.4
    if name.endswith("res_conv"):
        return 0.7
    if name.endswith("final_proj"):
        return 2.0  # the estimator's velocity: noise of 1 to log mels of about -4 +- 2
    if "source_downs" in name:
        return 3.0  # the source is quiet, yet must matter
    return 1.2


def _draw_layer(name, module, generator):
    def normal(tensor, mean, std):
        tensor.copy_(torch.empty(tensor.shape).normal_(mean, std, generator=generator))

    if isinstance(module, nn.Embedding):
        normal(module.weight, 0.0, 1.0)
    elif isinstance(module, (nn.Linear, nn.Conv1d, nn.Conv2d, nn.ConvTranspose1d)):
        std = _gain(name) / math.sqrt(_fan_in(module))
        if is_parametrized(module, "weight"):
            # weight = magnitude * direction / |direction|, both far from what setting the weight would give
            magnitude = module.parametrizations.weight.original0
            direction = module.parametrizations.weight.original1
            normal(direction, 0.0, 0.3)
            spread = torch.empty(magnitude.shape).uniform_(0.6, 1.4, generator=generator)
            magnitude.copy_(spread * std * math.sqrt(direction[0].numel()))
        else:
            normal(module.weight, 0.0, std)
        if module.bias is not None:
            normal(module.bias, 0.0, 0.1)
    elif isinstance(module, (nn.LayerNorm, nn.BatchNorm1d, nn.BatchNorm2d)):
        if module.weight is not None:
            normal(module.weight, 1.0, 0.1)
            normal(module.bias, 0.0, 0.1)
    elif type(module).__name__ == "Snake":
        # from nearly linear to fast; exactly 0 is where 1 / (alpha + 1e-9) needs its 1e-9
        exponent = torch.empty(module.alpha.shape).uniform_(math.log(0.05), math.log(10), generator=generator)
        module.alpha.copy_(exponent.exp())
        module.alpha[::7] = 0.0
        module.alpha[3::11] = 1e-9
    elif hasattr(module, "pos_bias_u"):
        normal(module.pos_bias_u, 0.0, 0.5)
        normal(module.pos_bias_v, 0.0, 0.5)


def _input_of(module, run):
    seen = []
    hook = module.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].clone()))
    run()
    hook.remove()
    return seen[0]


def _rescale_output(layer, current, mean, std, magnitude=None):
    """Makes a layer's output have this mean and deviation per channel; current is [observations, channels]."""
    magnitude = layer.weight if magnitude is None else magnitude
    factor = (std / current.std(dim=0)).reshape(-1, *[1] * (magnitude.dim() - 1))
    shift = mean - current.mean(dim=0) * factor.flatten()
    magnitude.mul_(factor)
    layer.bias.mul_(factor.flatten()).add_(shift)


def _fit_batch_norms(speaker_encoder, clips, generator):
    norms = [m for m in speaker_encoder.modules() if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d))]
    for norm in norms:
        norm.momentum = None  # plain average over the passes
        norm.train()
    speaker_encoder.inference(clips)
    for norm in norms:
        norm.eval()
        norm.num_batches_tracked.fill_(1000)
        spread = norm.running_var.mean().sqrt()  # not exactly fitted, as on real speech
        norm.running_mean += 0.2 * spread * torch.empty(norm.running_mean.shape).normal_(generator=generator)
        norm.running_var.clamp_(min=0.3 * spread**2)


def _calm(encoder, level):
    """A residual stream of this deviation: where LayerNorm's 1e-12 differs from 1e-5."""
    for embed in (encoder.embed, encoder.up_embed):
        embed.out[1].weight.mul_(level / embed.pos_enc.xscale)
        embed.out[1].bias.mul_(level / embed.pos_enc.xscale)
    for layer in [*encoder.encoders, *encoder.up_encoders]:
        for end in (layer.self_attn.linear_out, layer.feed_forward.w_2):
            end.weight.mul_(level)
            end.bias.mul_(level)
    encoder.pre_lookahead_layer.conv1.bias.mul_(level)
    encoder.pre_lookahead_layer.conv2.bias.mul_(level)


def _flatten(channels_first):
    return channels_first.transpose(1, 2).flatten(0, 1)


@torch.no_grad()
def make(sizes, seed, meanflow=False, calm=False):
    """A model with weights drawn from this seed. calm: with quiet residual streams in the encoder."""
    torch.manual_seed(seed)
    model = upstream.build(sizes, meanflow)
    generator = torch.Generator().manual_seed(seed)
    for name, module in model.named_modules():
        _draw_layer(name, module, generator)
    flow, vocoder = model.flow, model.mel2wav
    flow.decoder.estimator.final_proj.bias.sub_(4.0)
    # high harmonics weigh less: their phase multiplies every rounding error of f0
    vocoder.m_source.l_linear.weight.mul_(6.0 / torch.arange(1, vocoder.nb_harmonics + 2))
    if calm:
        _calm(flow.encoder, level=0.03)

    clips = [torch.from_numpy(sounds.speech(2.0, 16000, seed=seed + k)) for k in range(4)]
    _fit_batch_norms(model.speaker_encoder, clips, generator)

    quantizer = model.tokenizer.quantizer._codebook.project_down
    # a direct call: the quantizer's own entry points are plain methods, which hooks do not see
    seen = _input_of(quantizer, lambda: model.tokenizer(torch.stack(clips)))
    _rescale_output(quantizer, quantizer(seen), mean=0.1, std=1.0)

    # a short synthesis sets the levels of f0 and of the spectrum
    reference = clips[0][None]
    conditioning = stages.condition(model, reference, 16000)
    tokens = stages.tokenize(model, clips[1][None, :16000], 16000)
    noise = stages.draw_noise(model, tokens, conditioning, seed)

    def run():
        stages.synthesize(model, tokens, conditioning, 2, noise)

    classifier = vocoder.f0_predictor.classifier
    hidden = _input_of(classifier, run)[0]
    _rescale_output(classifier, classifier(hidden), mean=60.0, std=120.0)

    last = vocoder.conv_post
    spectrum = _flatten(last(_input_of(last, run)))
    magnitude = last.parametrizations.weight.original0
    _rescale_output(last, spectrum, mean=-1.5, std=1.0, magnitude=magnitude)
    # log magnitudes: the top 1 in 2,000 above the clip of 100
    bins = vocoder.istft_params["n_fft"] // 2 + 1
    spectrum = _flatten(last(_input_of(last, run)))[:, :bins]
    top = torch.quantile(spectrum.flatten()[:: max(1, spectrum.numel() // 10**6)], 0.9995)
    stretch = (math.log(100) + 1.5) / (top.item() + 1.5)
    magnitude[:bins] *= stretch
    last.bias[:bins] = (last.bias[:bins] + 1.5) * stretch - 1.5
    return model
