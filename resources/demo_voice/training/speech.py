"""Speech on the training device: the utterances of a corpus folder or a pack, one flat tensor per feature.

A token is 960 samples, 2 mel frames, 4 log-mel frames and 2 pitch values; `start` and `tokens` say where an utterance
lies, counted in tokens, so that a batch is one gather.
"""

import concurrent.futures
import json
import pathlib

import numpy as np
import torch

import features


def write_pack(folder, utterances, rate, kbit, file_seconds=240):
    """Writes (entry, audio, pitch) as Ogg Opus files of a few minutes each, index.json and pitch.npy."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    files, pitch, entries, waves, seconds = [], [], [], [], 0

    def flush():
        nonlocal entries, waves, seconds
        if not entries:
            return
        name = f"audio_{len(files):03d}.ogg"
        encode(folder / name, np.concatenate(waves), rate, kbit)
        files.append(dict(name=name, entries=entries))
        entries, waves, seconds = [], [], 0

    for entry, audio, track in utterances:
        entries.append(entry)
        waves.append(audio)
        pitch.append(track)
        seconds += len(audio) / features.RATE
        if seconds >= file_seconds:
            flush()
    flush()
    np.save(folder / "pitch.npy", np.concatenate(pitch))
    (folder / "index.json").write_text(json.dumps(dict(rate=rate, files=files), ensure_ascii=False), encoding="utf-8")


def encode(path, audio, rate, kbit):
    """int16 at 24 kHz to Ogg Opus, at `rate` (16000 keeps what tokenizer, speaker encoder and mels see)."""
    import soundfile
    wave = torch.from_numpy(audio.astype(np.float32) / 32767)
    if rate == 16000:
        wave = features.to_16k(wave)
    level = 1 - (kbit * 1000 - 6000) / 250000  # libsndfile maps 0..1 to 256..6 kbit/s
    with soundfile.SoundFile(path, "w", rate, 1, format="OGG", subtype="OPUS", compression_level=level) as file:
        for start in range(0, len(wave), rate):
            file.write(wave[start:start + rate].numpy())


def _decode(path, rate, samples):
    import soundfile
    wave, found = soundfile.read(path, dtype="float32")
    if found != rate:
        raise SystemExit(f"{path}: {found} Hz, expected {rate}")
    expected = samples * rate // features.RATE
    wave = np.pad(wave[:expected], (0, max(0, expected - len(wave))))
    if rate != features.RATE:
        import torchaudio
        wave = torchaudio.functional.resample(torch.from_numpy(wave), rate, features.RATE).numpy()[:samples]
    return np.clip(np.round(wave * 32767), -32767, 32767).astype(np.int16)


def _read(folder):
    """(entries, audio int16 at 24 kHz, pitch) of a pack or a corpus folder."""
    folder = pathlib.Path(folder)
    if not (folder / "index.json").exists():
        import corpus
        entries, audio, pitch = zip(*corpus.read_shards(folder))
        return list(entries), np.concatenate(audio), np.concatenate(pitch)
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    sizes = [sum(entry["samples"] for entry in file["entries"]) for file in index["files"]]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        paths = [folder / file["name"] for file in index["files"]]
        audio = list(pool.map(_decode, paths, [index["rate"]] * len(paths), sizes))
    entries = [entry for file in index["files"] for entry in file["entries"]]
    return entries, np.concatenate(audio), np.load(folder / "pitch.npy")


class Speech:
    def __init__(self, folder, device):
        self.device = device
        self.entries, audio, pitch = _read(folder)
        self.audio = torch.from_numpy(audio).to(device)
        self.pitch = torch.from_numpy(pitch).to(device)
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
