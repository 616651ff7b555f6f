"""Draws what evaluate.py wrote: six clips, original above synthesized.

    python spectrograms.py results/ ../../../docs/demo_voice_spectrograms.png --clips ref00,ref01,ref04,ref05,ref16,ref20
"""

import argparse
import pathlib

import matplotlib
import soundfile
import torch

import features

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results")
    parser.add_argument("output")
    parser.add_argument("--clips", default="ref00,ref01,ref04,ref05,ref16,ref20")
    arguments = parser.parse_args()
    clips = arguments.clips.split(",")
    figure, axes = plt.subplots(2 * len(clips), 1, figsize=(10, 2.1 * 2 * len(clips)), layout="constrained")
    for row, clip in enumerate(clips):
        for offset, kind in enumerate(("original", "synthesized")):
            wave, _ = soundfile.read(pathlib.Path(arguments.results) / f"{clip}_{kind}.wav", dtype="float32")
            mel = features.mel(torch.from_numpy(wave)[None])[0].numpy()
            axis = axes[2 * row + offset]
            axis.imshow(mel, origin="lower", aspect="auto", vmin=-9, vmax=1, cmap="magma",
                        extent=(0, len(wave) / features.RATE, 0, 80))
            axis.set_title(f"{clip}, {kind}", loc="left", fontsize=8)
            axis.set_ylabel("mel")
    axes[-1].set_xlabel("s")
    figure.savefig(arguments.output, dpi=72)


if __name__ == "__main__":
    main()
