"""Packs a corpus for a training machine that only a few tens of megabytes can be carried to.

    python pack.py speech  corpus/ pack_speech/  --kbit 24 --mib 28   tokenizer and speaker encoder: 16 kHz Opus
    python pack.py vocoder corpus/ pack_vocoder/ --kbit 64 --mib 26   HiFT: 24 kHz Opus, fewer minutes, better quality
    python pack.py flow    corpus/ flow.pack --weights TOKENIZER SPEAKER --mib 28   tokens, mels and x-vectors

A flow pack holds no audio: mels are 8 bit, steps of 0.055 nats, as differences along time, compressed by LZMA; the
tokens and x-vectors come from the tokenizer and speaker encoder trained before.
"""

import argparse
import io
import lzma
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

import corpus
import features
import speech
import training

MEL_LOW, MEL_STEP = features.FLOOR, 0.055  # 256 steps reach from the floor to 2.5


def chosen(folder, splits, kbit, mib):
    """Utterances in the order of the plan, until `mib` are full at `kbit` kbit/s."""
    budget = mib * 2**20 * 8 / (kbit * 1000) if mib else float("inf")
    for entry, audio, pitch in corpus.read_shards(folder):
        if entry["split"] in splits:
            budget -= len(audio) / features.RATE
            if budget < 0:
                return
            yield entry, audio, pitch


def quantize_mel(mel):
    """float mel [frames, 80] to uint8 differences along time."""
    steps = np.clip(np.round((mel - MEL_LOW) / MEL_STEP), 0, 255).astype(np.uint8)
    return np.diff(steps, axis=0, prepend=np.zeros((1, 80), np.uint8))  # modulo 256


def restore_mel(differences):
    return np.cumsum(differences, axis=0, dtype=np.uint8) * np.float32(MEL_STEP) + np.float32(MEL_LOW)


def load_parts(tokenizer_checkpoint, speaker_checkpoint):
    import upstream
    tokenizer, speaker = upstream.build_tokenizer().eval(), upstream.build_speaker().eval()
    tokenizer.load_state_dict(training.weights(tokenizer_checkpoint, "tokenizer"))
    speaker.load_state_dict(training.weights(speaker_checkpoint, "speaker"))
    return tokenizer, speaker


@torch.no_grad()
def flow_examples(folder, tokenizer, speaker, kbit, mib):
    for entry, audio, _ in chosen(folder, ("train",), kbit, mib):
        wave = torch.from_numpy(audio.astype(np.float32) / 32767)
        wave16 = features.to_16k(wave)
        mel = features.mel(wave[None])[0].T.numpy()
        log_mel = features.log_mel(wave16[None])
        tokens = tokenizer.quantize(log_mel, torch.tensor([log_mel.shape[-1]]))[0][0]
        fbank = features.fbank(wave16[None])
        x_vector = F.normalize(speaker(fbank - fbank.mean(1, keepdim=True))[0], dim=0)
        yield entry["voice"], tokens.numpy().astype(np.uint16), quantize_mel(mel), x_vector.numpy()


def write_flow(path, examples):
    """Utterances sorted by voice, so that two crops of one voice are found at once."""
    examples = sorted(examples, key=lambda example: example[0])
    voices, tokens, mels, x_vectors = zip(*examples)
    content = io.BytesIO()
    np.savez(content, voices=np.array(voices), lengths=np.array([len(each) for each in tokens]),
             tokens=np.concatenate(tokens), mels=np.concatenate([each.T.ravel() for each in mels]),
             x_vectors=np.stack(x_vectors).astype(np.float16))
    pathlib.Path(path).write_bytes(lzma.compress(content.getvalue(), preset=6))


def read_flow(path):
    """(voices [U], tokens per utterance [U], tokens [N], mel [2N, 80] float16, x-vectors [U, 192])."""
    with np.load(io.BytesIO(lzma.decompress(pathlib.Path(path).read_bytes()))) as content:
        lengths, flat, mels, start = content["lengths"], content["mels"], [], 0
        for length in lengths:
            end = start + 160 * int(length)
            mels.append(restore_mel(flat[start:end].reshape(80, -1).T).astype(np.float16))
            start = end
        return content["voices"], lengths, content["tokens"], np.concatenate(mels), content["x_vectors"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=("speech", "vocoder", "flow"))
    parser.add_argument("corpus")
    parser.add_argument("output")
    parser.add_argument("--kbit", type=float, help="kbit/s of the audio (flow: what a mel takes, for --mib)")
    parser.add_argument("--mib", type=float, help="largest size of the pack")
    parser.add_argument("--weights", nargs=2, metavar=("TOKENIZER", "SPEAKER"), help="checkpoints (flow)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.kind == "flow":
        parts = load_parts(*arguments.weights)
        write_flow(arguments.output, flow_examples(arguments.corpus, *parts, arguments.kbit or 20, arguments.mib))
    else:
        rate, kbit = dict(speech=(16000, 24), vocoder=(24000, 64))[arguments.kind]
        kbit = arguments.kbit or kbit
        splits = ("reference", "dev", "train") if arguments.kind == "speech" else ("train",)
        speech.write_pack(arguments.output, chosen(arguments.corpus, splits, kbit, arguments.mib), rate, kbit)


if __name__ == "__main__":
    main()
