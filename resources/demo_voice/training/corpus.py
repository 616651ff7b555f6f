"""Speaks a plan with Kokoro-82M into shards, on a GPU if there is one; started again, it goes on where it stopped.

    python corpus.py plan.jsonl corpus/ --share 3/12    every 12th shard, from the third

A process uses one thread of a processor and little of a large GPU: let several share it.
"""

import argparse
import json
import os
import pathlib
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
import numpy as np
import torch
import torchaudio

import features
import kokoro
import phonemes
import shards
import torch_graph
import training
import voices

UTTERANCES_PER_SHARD = 24
SILENCE = 0.01  # of the peak
LEAD, TAIL = 2400, 4800  # samples kept around the speech


class Reader:
    def __init__(self):
        self.graph = torch_graph.Graph(kokoro.float_model(), training.DEVICE)
        self.voices = voices.load()

    def speak(self, entry):
        """The utterance as int16 at 24 kHz, trimmed, at its level, a whole number of tokens long."""
        voice = self.voices[entry["voice"]]
        ids = phonemes.kokoro_ids(entry["phonemes"])[:508]
        style = voice.style(len(ids), voices.READINGS[entry["reading"]].lively)
        wave = self.graph(np.array([[0, *ids, 0]]), style[None], np.array([entry["speed"] / voice.rate], np.float32))
        wave = wave.flatten()
        if voice.rate != 1:
            wave = torchaudio.functional.resample(wave, round(24000 * voice.rate), 24000)
        wave = wave.cpu().numpy()
        peak = np.abs(wave).max()
        loud = np.flatnonzero(np.abs(wave) > SILENCE * peak)
        wave = wave[max(0, loud[0] - LEAD):loud[-1] + TAIL] * (10 ** (entry["peak_db"] / 20) / peak)
        return np.round(np.pad(wave, (0, -len(wave) % features.TOKEN)) * 32767).astype(np.int16)


def utterances(reader, entries):
    for entry in entries:
        wave = reader.speak(entry)
        yield entry, wave, features.pitch(wave / 32767)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("plan")
    parser.add_argument("output")
    parser.add_argument("--first", type=int, help="only the first N utterances (to try it out)")
    parser.add_argument("--share", default="1/1", help="N/M: the Nth of M processes that divide the work")
    arguments = parser.parse_args()
    share, shares = map(int, arguments.share.split("/"))
    torch.set_num_threads(1)
    plan = [json.loads(line) for line in open(arguments.plan, encoding="utf-8")][:arguments.first]
    output = pathlib.Path(arguments.output)
    output.mkdir(parents=True, exist_ok=True)
    reader, begun, seconds = Reader(), time.time(), 0.0
    pieces = list(enumerate(range(0, len(plan), UTTERANCES_PER_SHARD)))[share - 1::shares]
    for number, first in pieces:
        path = output / f"shard_{number:04d}.npz"
        if path.exists():
            continue
        spoken = list(utterances(reader, plan[first:first + UTTERANCES_PER_SHARD]))
        shards.write(path, spoken)
        seconds += sum(len(wave) for _, wave, _ in spoken) / features.RATE
        minutes = (time.time() - begun) / 60
        print(f"{path.name} of {len(pieces)}: {seconds:.0f} s of speech in {minutes:.1f} min, "
              f"{seconds / minutes:.0f} s per minute", flush=True)


if __name__ == "__main__":
    sys.exit(main())
