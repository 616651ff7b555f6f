"""Measures the demo voice on its reference clips: vocoder alone, and tokens to speech in 10 steps.

    python evaluate.py ../ results/ [--tokenizer tokenizer/ --corpus corpus/] [--clips ref00,ref05]

Writes results/metrics.json and the wave files, prints the table. DNSMOS (speechmos), word errors of English
(pocketsphinx), Resemblyzer's cosine to the original, and the voice's own speaker embedding: original against
synthesized, and against the clips of other voices. With the checkpoint of the tokenizer stage, also the phoneme error
of its CTC head on the development sentences and on the clips. The prompt of a clip is another clip of the same voice
where there is one.
"""

import argparse
import json
import pathlib
import re

import numpy as np
import soundfile
import torch

import features
import phonemes
import shards
import train_tokenizer
import training
import upstream


def to_16k(wave):
    return features.to_16k(torch.as_tensor(wave)[None])[0]


def peak_at(wave, peak):
    return wave / max(1e-4, np.abs(wave).max()) * peak


class Judges:
    def __init__(self, model):
        from pocketsphinx import Decoder
        from resemblyzer import VoiceEncoder
        self.decoder = Decoder(samprate=16000, loglevel="FATAL")
        self.voice_encoder = VoiceEncoder("cpu", verbose=False)
        self.model = model

    def dnsmos(self, wave):
        from speechmos import dnsmos
        scores = dnsmos.run(peak_at(to_16k(wave).numpy(), 0.7), 16000)
        return {key: float(value) for key, value in scores.items() if key.endswith("_mos")}

    def word_error(self, wave, text):
        samples = (peak_at(to_16k(wave).numpy(), 0.6) * 32767).astype(np.int16)
        self.decoder.start_utt()
        self.decoder.process_raw(samples.tobytes(), full_utt=True)
        self.decoder.end_utt()
        heard = self.decoder.hyp().hypstr.split() if self.decoder.hyp() else []
        said = re.sub(r"[^a-z' ]", " ", text.lower()).split()
        return train_tokenizer.distance(heard, said) / len(said)

    def resemblyzer(self, wave):
        from resemblyzer import preprocess_wav
        return self.voice_encoder.embed_utterance(preprocess_wav(to_16k(wave).numpy(), source_sr=16000))

    @torch.no_grad()
    def own(self, wave):
        embedding = self.model.speaker_encoder.inference(to_16k(wave)[None])
        return torch.nn.functional.normalize(embedding, dim=1)[0].numpy()

    def judge(self, clip, wave, original=None):
        row = self.dnsmos(wave)
        if clip["lang"] == "en":
            row["wer"] = self.word_error(wave, clip["text"])
        if original is not None:
            row["resemblyzer"] = float(self.resemblyzer(wave) @ self.resemblyzer(original))
            row["own"] = float(self.own(wave) @ self.own(original))
        return row


class Spelling:
    def __init__(self, checkpoint):
        self.tokenizer, self.speller = upstream.build_tokenizer().eval(), train_tokenizer.Speller().eval()
        self.tokenizer.load_state_dict(training.weights(checkpoint, "tokenizer"))
        self.speller.load_state_dict(training.weights(checkpoint, "speller"))

    @torch.no_grad()
    def errors(self, wave, wanted):
        """(errors, phonemes) of a wave at 24 kHz."""
        log_mel = features.log_mel(to_16k(wave)[None])
        frames = torch.tensor([log_mel.shape[-1]])
        code = train_tokenizer.digits(self.tokenizer, log_mel, frames)
        found = train_tokenizer.spell(self.speller(code), [code.shape[-1]])[0]
        return train_tokenizer.distance(found, phonemes.ctc_ids(wanted)), len(phonemes.ctc_ids(wanted))


def prompt_of(name, clips):
    others = [other for other in clips if other != name and clips[other]["voice"] == clips[name]["voice"]]
    return others[0] if others else name


def mean(rows, key, where=lambda row: True):
    values = [row[key] for row in rows if key in row and where(row)]
    return float(np.mean(values)) if values else float("nan")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("voice", help="folder of s3gen_demo.safetensors and clips/")
    parser.add_argument("output")
    parser.add_argument("--tokenizer", help="checkpoint of the tokenizer stage, for the phoneme error")
    parser.add_argument("--corpus", help="corpus with the development sentences, for the phoneme error")
    parser.add_argument("--clips", help="only these, as ref00,ref05")
    parser.add_argument("--steps", type=int, default=10)
    arguments = parser.parse_args()
    voice, output = pathlib.Path(arguments.voice), pathlib.Path(arguments.output)
    output.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)

    model = upstream.build_model(str(voice / "s3gen_demo.safetensors"))
    judges = Judges(model)
    spelling = Spelling(arguments.tokenizer) if arguments.tokenizer else None
    clips = json.loads((voice / "clips" / "clips.json").read_text(encoding="utf-8"))
    waves = {name: soundfile.read(next((voice / "clips").glob(f"{name}_*")), dtype="float32")[0] for name in clips}
    rows = []
    for name in arguments.clips.split(",") if arguments.clips else clips:
        clip, original = clips[name], waves[name]
        with torch.no_grad():
            torch.manual_seed(0)
            vocoded = model.mel2wav.inference(speech_feat=features.mel(torch.from_numpy(original)[None]))[0][0].numpy()
            torch.manual_seed(0)
            condition = model.embed_ref(torch.from_numpy(waves[prompt_of(name, clips)]), 24000)
            tokens = torch.tensor([clip["tokens"]])
            made = model.inference(tokens, ref_dict=condition, n_cfm_timesteps=arguments.steps)[0][0].numpy()
        for kind, wave in (("original", original), ("vocoder", vocoded), ("synthesized", made)):
            row = judges.judge(clip, wave, None if kind == "original" else original)
            if spelling and "phonemes" in clip:
                errors, count = spelling.errors(wave, clip["phonemes"])
                row["phoneme_error"] = errors / count
            rows.append(dict(clip=name, kind=kind, language=clip["lang"], voice=clip["voice"], **row))
            soundfile.write(output / f"{name}_{kind}.wav", wave, 24000, subtype="PCM_16")
        print(name, {row["kind"]: round(row["ovrl_mos"], 2) for row in rows[-3:]}, flush=True)

    own = {name: judges.own(wave) for name, wave in waves.items()}
    others = [float(own[a] @ own[b]) for a in own for b in own if clips[a]["voice"] < clips[b]["voice"]]
    summary = {kind: {key: mean([row for row in rows if row["kind"] == kind], key)
                      for key in ("ovrl_mos", "wer", "resemblyzer", "own", "phoneme_error")}
               for kind in ("original", "vocoder", "synthesized")}
    summary["other_voices"] = dict(mean=float(np.mean(others)), worst=float(np.max(others)))
    if spelling and arguments.corpus:
        pairs = [spelling.errors(audio.astype(np.float32) / 32767, entry["phonemes"])
                 for entry, audio, _ in shards.read(arguments.corpus, "dev")]
        summary["phoneme_error_dev"] = sum(errors for errors, _ in pairs) / sum(count for _, count in pairs)
    (output / "metrics.json").write_text(json.dumps(dict(summary=summary, rows=rows), indent=1), encoding="utf-8")

    print(f"{'':12} {'DNSMOS':>7} {'WER en':>7} {'Resembl.':>8} {'own':>6} {'phonemes':>8}")
    for kind in ("original", "vocoder", "synthesized"):
        print(f"{kind:12} {summary[kind]['ovrl_mos']:7.2f} {summary[kind]['wer']:7.2f} "
              f"{summary[kind]['resemblyzer']:8.2f} {summary[kind]['own']:6.2f} {summary[kind]['phoneme_error']:8.2f}")
    print(f"own embedding between voices: mean {np.mean(others):.2f}, worst {np.max(others):.2f}")
    if "phoneme_error_dev" in summary:
        print(f"phoneme error on the development sentences: {summary['phoneme_error_dev']:.2f}")


if __name__ == "__main__":
    main()
