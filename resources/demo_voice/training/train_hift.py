"""Vocoder: upstream's HiFTGenerator, small: mel and STFT losses, then also least-squares GAN and feature matching.

    python train_hift.py corpus/ hift/ --init s3gen_demo.safetensors --seconds 500 --total 1000

The discriminators (five periods, three resolutions) stay in the checkpoint, so that a later call goes on with them.
The f0 predictor learns the pitch track of the corpus; the source is made from the predicted pitch once it is sound.
"""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.parametrizations import weight_norm

import features
import speech
import training
import upstream

RATE = 5e-4
FRAMES = 40  # mel frames per crop, 0.8 s
HARMONICS = 9
MEL_SCALES = ((2048, 480, 128), (1920, 240, 80), (1024, 256, 100), (512, 128, 64), (256, 64, 40))  # n_fft, hop, mels
STFT_SCALES = MEL_SCALES + ((128, 32, 0),)
WARM_UP_STEPS = 600  # over which the adversarial terms are faded in
PITCH_STEPS = 400  # the source follows the corpus's pitch before the predictor is sound


class PeriodDiscriminator(nn.Module):
    def __init__(self, period, channels=(24, 64, 128, 256, 256)):
        super().__init__()
        self.period = period
        inputs = (1, *channels[:-1])
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv2d(before, after, (5, 1), (3 if level < 4 else 1, 1), (2, 0)))
            for level, (before, after) in enumerate(zip(inputs, channels)))
        self.output = weight_norm(nn.Conv2d(channels[-1], 1, (3, 1), 1, (1, 0)))

    def forward(self, wave):
        wave = F.pad(wave, (0, -wave.shape[-1] % self.period), "reflect")
        x, maps = wave.view(len(wave), 1, -1, self.period), []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.1)
            maps.append(x)
        return self.output(x).flatten(1), maps


class SpectrumDiscriminator(nn.Module):
    def __init__(self, n_fft, hop, channels=32):
        super().__init__()
        self.n_fft, self.hop = n_fft, hop
        self.register_buffer("window", torch.hann_window(n_fft))
        kernels, strides = [(3, 9)] * 4 + [(3, 3)], [(1, 1), (1, 2), (1, 2), (1, 2), (1, 1)]
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv2d(channels if level else 2, channels, kernel, stride, (1, kernel[1] // 2)))
            for level, (kernel, stride) in enumerate(zip(kernels, strides)))
        self.output = weight_norm(nn.Conv2d(channels, 1, 3, 1, 1))

    def forward(self, wave):
        with torch.autocast(wave.device.type, enabled=False):
            spectrum = torch.stft(wave[:, 0].float(), self.n_fft, self.hop, window=self.window, return_complex=True)
        x, maps = torch.view_as_real(spectrum).permute(0, 3, 2, 1).contiguous(), []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.1)
            maps.append(x)
        return self.output(x).flatten(1), maps


class Discriminators(nn.Module):
    def __init__(self):
        super().__init__()
        self.each = nn.ModuleList([PeriodDiscriminator(period) for period in (2, 3, 5, 7, 11)]
                                  + [SpectrumDiscriminator(*scale) for scale in ((1024, 256), (2048, 480), (512, 120))])

    def forward(self, wave):
        return [each(wave[:, None]) for each in self.each]


def magnitude(wave, n_fft, hop):
    window = features._hann(n_fft, wave.device)
    spectrum = torch.view_as_real(torch.stft(wave, n_fft, hop, n_fft, window, return_complex=True))
    return torch.sqrt(spectrum.pow(2).sum(-1) + 1e-7)


def spectral_losses(made, real):
    """Mean distance of log spectra (with spectral convergence) and of log mels over all scales."""
    stft = mel = 0
    for n_fft, hop, mels in STFT_SCALES:
        a, b = magnitude(made, n_fft, hop), magnitude(real, n_fft, hop)
        stft = stft + (a.log() - b.log()).abs().mean() + (a - b).abs().sum() / b.sum()
        if mels:
            filters = features._filters(features.RATE, n_fft, mels, 12000, made.device)
            mel = mel + ((filters @ a).clamp(min=1e-5).log() - (filters @ b).clamp(min=1e-5).log()).abs().mean()
    return stft / len(STFT_SCALES), mel / len(MEL_SCALES)


class Crops:
    def __init__(self, data):
        self.audio, self.pitch, device = data.audio, data.pitch, data.device
        frames, spoken = data.tokens * 2, data.numbers("train")
        starts = [torch.arange(first + 2, first + count - FRAMES - 2, device=device)
                  for first, count in zip((data.start * 2)[spoken].tolist(), frames[spoken].tolist())
                  if count > FRAMES + 6]
        self.starts = torch.cat(starts)

    def draw(self, count):
        """mel [B, 80, FRAMES], wave [B, 480 * FRAMES], f0 [B, FRAMES], at random levels."""
        device = self.audio.device
        first = self.starts[torch.randint(len(self.starts), (count,), device=device)]
        wave = speech.gather(self.audio, first * features.HOP - 720, FRAMES * features.HOP + 1440).float() / 32767
        peak = wave.abs().amax(1, keepdim=True)
        gain = torch.exp(torch.empty(count, 1, device=device).uniform_(-2.2, 0.5))
        wave = wave * torch.minimum(gain, 0.98 / (peak + 1e-4))
        f0 = speech.gather(self.pitch, first, FRAMES).float()
        return features.mel(wave, padded=True), wave[:, 720:-720].contiguous(), f0


def source(f0):
    """The sines and noise that upstream's SineGen makes of f0 [B, FRAMES], as [B, HARMONICS, 480 * FRAMES]."""
    f0 = f0[:, None].repeat_interleave(features.HOP, dim=2)
    harmonic = torch.arange(1, HARMONICS + 1, device=f0.device)[None, :, None].float()
    phase = (torch.rand(len(f0), HARMONICS, 1, device=f0.device) * 2 - 1) * math.pi
    phase[:, 0] = 0
    voiced = (f0 > 10).float()
    sines = 0.1 * torch.sin(2 * math.pi * (torch.cumsum(f0 * harmonic / features.RATE, -1) % 1) + phase) * voiced
    return sines + (voiced * 0.003 + (1 - voiced) * 0.1 / 3) * torch.randn_like(sines)


def istft(window):
    """torch.istft (n_fft 16, hop 4, centered) without its check of the window on the host, which forbids a capture."""
    eye = torch.eye(16, device=window.device)[:, None]

    def inverse(spectrum, phase):
        spectrum = torch.clip(spectrum, max=1e2)
        frames = torch.fft.irfft(torch.complex(spectrum * torch.cos(phase), spectrum * torch.sin(phase)), n=16, dim=1)
        wave = F.conv_transpose1d(frames * window[None, :, None], eye, stride=4)[:, 0]
        overlap = (window**2)[None, :, None].expand(1, 16, frames.shape[2])
        return wave[:, 8:-8] / F.conv_transpose1d(overlap, eye, stride=4)[:, 0, 8:-8]
    return inverse


def main():
    parser = training.parser(__doc__, seconds=500, batch=40)
    parser.add_argument("--gan-from", type=float, default=0.0, help="part of the training before the discriminators")
    arguments = parser.parse_args()
    training.prepare(arguments)
    torch.backends.cudnn.benchmark = True  # every step has the same shapes
    device = training.DEVICE
    data = speech.Speech(arguments.data, device)
    crops = Crops(data)
    generator, discriminators = upstream.build_hift().to(device), Discriminators().to(device)
    generator.stft_window = generator.stft_window.to(device)
    if arguments.init:
        upstream.load_matching(generator, upstream.part_of(arguments.init, "hift"))
    else:
        with torch.no_grad():  # the pitch predictor begins at speech-like values
            generator.f0_predictor.classifier.weight.mul_(60)
            generator.f0_predictor.classifier.bias.fill_(60.0)
    generator._istft = istft(generator.stft_window)
    options = dict(betas=(0.8, 0.99), weight_decay=1e-3)
    made_by = training.optimizer(generator.parameters(), RATE, **options)
    judged_by = training.optimizer(discriminators.parameters(), RATE, **options)
    stage = training.Stage("hift", arguments, dict(hift=generator, discriminators=discriminators),
                           dict(made_by=made_by, judged_by=judged_by), ["hift"])
    clock, inputs, nothing = stage.clock, training.Inputs(), torch.zeros((), device=device)
    print(f"hift: {data.seconds():.0f} s of speech, generator {sum(p.numel() for p in generator.parameters())}, "
          f"discriminators {sum(p.numel() for p in discriminators.parameters())} values", flush=True)

    @torch.no_grad()
    def feed():
        mel, wave, f0 = crops.draw(arguments.batch)
        follow = clock.step < PITCH_STEPS and not arguments.init or clock.step % 5 == 0
        fade = max(0.0, min(1.0, (clock.step - gan_began) / WARM_UP_STEPS)) if adversarial else 0.0
        inputs.fill(mel=mel, wave=wave, f0=f0, source=source(f0 if follow else generator.f0_predictor(mel)),
                    fade=torch.tensor(fade, device=device))

    def make():
        f0 = generator.f0_predictor(inputs["mel"])
        pitch_loss = ((1 + f0).log() - (1 + inputs["f0"]).log()).abs().mean() + 0.01 * (f0 - inputs["f0"]).abs().mean()
        excitation = generator.m_source.l_linear(inputs["source"].transpose(1, 2))
        excitation = generator.m_source.l_tanh(excitation).transpose(1, 2)
        wave = generator.decode(x=inputs["mel"], s=excitation)[..., :inputs["wave"].shape[-1]]
        stft, mel = spectral_losses(wave, inputs["wave"][:, :wave.shape[-1]])
        return wave, 15 * mel + 3 * stft + 0.5 * pitch_loss, (stft.detach(), mel.detach(), pitch_loss.detach())

    def autocast():
        return torch.autocast(device, torch.bfloat16, enabled=device == "cuda", cache_enabled=False)

    def reconstruct():
        made_by.zero_grad(set_to_none=True)
        _, loss, parts = make()
        loss.backward()
        nn.utils.clip_grad_norm_(generator.parameters(), 100.0)
        made_by.step()
        return (*parts, nothing, nothing, nothing)

    def compete():
        made_by.zero_grad(set_to_none=True)
        judged_by.zero_grad(set_to_none=True)
        wave, loss, parts = make()
        real = inputs["wave"][:, :wave.shape[-1]]
        with autocast():
            judged = zip(discriminators(real), discriminators(wave.detach()))
            judge_loss = sum(((yes.float() - 1) ** 2).mean() + no.float().square().mean() for (yes, _), (no, _) in judged)
        judge_loss.backward()
        nn.utils.clip_grad_norm_(discriminators.parameters(), 50.0)
        judged_by.step()
        discriminators.requires_grad_(False)
        with autocast():
            with torch.no_grad():
                wanted = [maps for _, maps in discriminators(real)]
            found = discriminators(wave)
            fool_loss = sum(((score.float() - 1) ** 2).mean() for score, _ in found)
            match_loss = sum((a.float() - b.float()).abs().mean()
                             for maps, (_, others) in zip(wanted, found) for a, b in zip(maps, others))
        (loss + inputs["fade"] * (fool_loss + 2 * match_loss)).backward()
        nn.utils.clip_grad_norm_(generator.parameters(), 100.0)
        made_by.step()
        discriminators.requires_grad_(True)
        return (*parts, fool_loss.detach(), match_loss.detach(), judge_loss.detach())

    adversarial, gan_began, step = False, 0, None
    while clock.running():
        done = clock.progress()
        if step is None or (not adversarial and done >= arguments.gan_from):
            adversarial = done >= arguments.gan_from
            gan_began = clock.step if clock.before == 0 else -WARM_UP_STEPS  # a resumed training is past its warm-up
            feed()
            for each in (made_by, judged_by):
                each.zero_grad(set_to_none=True)
            step = training.captured(compete if adversarial else reconstruct, [made_by, judged_by])
        rate = RATE * min(1, (clock.step + 1) / 300) * max(0.03, 1 - done)
        training.set_rate(made_by, rate)
        training.set_rate(judged_by, rate)
        feed()
        losses = step()
        clock.step += 1
        if clock.step % 5 == 0:
            stage.mean.update(stage.averaged_weights())
        if clock.due("log", 15) or not clock.running():
            stage.log(**dict(zip(("stft", "mel", "pitch", "fool", "match", "judge"), losses)))
        if clock.due("save", 90):
            stage.save()
    stage.save()


if __name__ == "__main__":
    main()
