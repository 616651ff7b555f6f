"""Speech on the training device: the utterances of a corpus folder, one flat tensor per feature.

A token is 960 samples, 2 mel frames, 4 log-mel frames and 2 pitch values; `start` and `tokens` say where an utterance
lies, counted in tokens, so that a batch is one gather.
"""

import numpy as np
import torch

import features
import shards


class Speech:
    def __init__(self, folder, device):
        self.device = device
        self.entries, audio, pitch = zip(*shards.read(folder))
        self.audio = torch.from_numpy(np.concatenate(audio)).to(device)
        self.pitch = torch.from_numpy(np.concatenate(pitch)).to(device)
        self.tokens = torch.tensor([entry["samples"] // features.TOKEN for entry in self.entries], device=device)
        self.start = torch.cumsum(self.tokens, 0) - self.tokens

    def seconds(self):
        return len(self.audio) / features.RATE

    def numbers(self, *splits):
        """The numbers of the utterances of these splits."""
        return [number for number, entry in enumerate(self.entries) if entry["split"] in splits]

    def waves(self, numbers):
        """Utterances as float [B, L] at 24 kHz, padded with silence to the longest."""
        tokens = self.tokens[numbers]
        count = int(tokens.max()) * features.TOKEN
        wave = gather(self.audio, self.start[numbers] * features.TOKEN, count).float() / 32767
        return wave * (torch.arange(count, device=self.device) < tokens[:, None] * features.TOKEN)

    def _extracted(self, extract, frames_per_token, together=32):
        """`extract` of every utterance, as flat [frames_per_token * tokens, bins]; a missing last frame is repeated."""
        pieces = [None] * len(self.entries)
        for numbers in torch.argsort(self.tokens).split(together):
            frames = extract(self.waves(numbers)).half()
            for number, row in zip(numbers.tolist(), frames):
                count = frames_per_token * int(self.tokens[number])
                row = row[:count]
                pieces[number] = torch.cat([row, row[-1:].expand(count - len(row), -1)])
        return torch.cat(pieces)

    def mel(self):
        """[2 * tokens, 80]"""
        return self._extracted(lambda wave: features.mel(wave).transpose(1, 2), 2)

    def log_mel(self):
        """[4 * tokens, 128]"""
        return self._extracted(lambda wave: features.log_mel(features.to_16k(wave)).transpose(1, 2), 4)

    def fbank(self):
        """[4 * tokens, 80]: Kaldi's frames do not reach over the edge, the last two are repeated."""
        return self._extracted(lambda wave: features.fbank(features.to_16k(wave)), 4)


def gather(flat, start, count):
    """Rows start[b] .. start[b] + count of `flat`, as [B, count, ...]."""
    rows = start[:, None] + torch.arange(count, device=flat.device)
    return flat[rows.clamp(max=len(flat) - 1)]
