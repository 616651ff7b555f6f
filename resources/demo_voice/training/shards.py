"""The corpus on disk: a folder of shards, each with consecutive utterances of the plan.

A shard is an .npz: `audio` int16 at 24 kHz, one utterance after the other, each a whole number of tokens long; `pitch`
float16, one value per 480 samples; `meta`, a JSON list of the utterances with the number of `samples` of each. Every
other feature is computed from the audio where it is needed (features.py).
"""

import json
import pathlib

import numpy as np

import features


def write(path, utterances):
    """Writes (entry, audio int16, pitch) of every utterance; a write that is cut off leaves no shard."""
    entries, audio, pitch = zip(*utterances)
    meta = [dict(entry, samples=len(wave)) for entry, wave in zip(entries, audio)]
    partial = path.with_suffix(".partial")
    with open(partial, "wb") as file:
        np.savez(file, audio=np.concatenate(audio), pitch=np.concatenate(pitch).astype(np.float16),
                 meta=json.dumps(meta, ensure_ascii=False))
    partial.rename(path)


def read(folder, split=None):
    """Yields (entry, audio int16, pitch float16) of every utterance of the finished shards, in order."""
    for path in sorted(pathlib.Path(folder).glob("*.npz")):
        with np.load(path) as shard:
            audio, pitch, start = shard["audio"], shard["pitch"], 0
            for entry in json.loads(str(shard["meta"])):
                end = start + entry["samples"]
                if split in (None, entry["split"]):
                    yield entry, audio[start:end], pitch[start // features.HOP:end // features.HOP]
                start = end
