"""Takes of the demo's English clips that are known to be good, broken or damaged, for `word_agreement.py`."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import soundfile
from make_goldens import RULES
from safetensors.numpy import load_file, save_file

FLOOR = ("fp32, seed 1", "fp32, seed 2", "fp32, seed 3")
ALONE = "flow.decoder.estimator.mid_blocks.1.1.0.ff.net.2.weight"


def run(octet, *arguments):
    command = [octet, "--device", "cpu", "--threads", "1", "--quiet", *arguments]
    done = subprocess.run([str(word) for word in command], check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stderr}")
    return done.stdout


def rounded(weight, bits, axis):
    """Symmetric, a scale for each index along `axis`; None: one for all."""
    most = 2 ** (bits - 1) - 1
    others = None if axis is None else tuple(i for i in range(weight.ndim) if i != axis)
    scale = np.maximum(np.abs(weight).max(axis=others, keepdims=axis is not None) / most, 1e-12)
    return (np.round(weight / scale) * scale).astype(np.float32)


def coarser(tensors, chosen, bits, axis=0):
    """Those tensors in so many bits. Of weight norm the direction is rounded, and the length kept."""
    made = dict(tensors)
    for name, value in tensors.items():
        if chosen(name):
            made[name] = rounded(value, bits, axis)
    return made


def damaged_checkpoints(checkpoint, folder):
    """By name: files whose weights are rounded further than any plan rounds them."""
    tensors = load_file(checkpoint)

    def matrices(prefix):
        ends = (".weight", ".original1")
        return lambda name: name.startswith(prefix) and name.endswith(ends) and tensors[name].ndim > 1

    made = {
        "int8 alpha": (lambda name: name.endswith(".alpha"), 8, None),
        "speaker projection, 4 bits": (lambda name: name == "flow.spk_embed_affine_layer.weight", 4, 0),
        "one feed-forward, 3 bits": (lambda name: name == ALONE, 3, 0),
        "vocoder, 4 bits": (matrices("mel2wav."), 4, 0),
        "flow, 4 bits": (matrices("flow."), 4, 0),
    }
    for name, (chosen, bits, axis) in made.items():
        path = folder / f"{name}.safetensors"
        if not path.exists():
            save_file(coarser(tensors, chosen, bits, axis), path)
        yield name, path


def synthesized(checkpoint, folder):
    """By condition: the checkpoint, its plan and options of `octet synth`."""

    def plan(name, base, rules):
        path = folder / f"{name}.plan.json"
        path.write_text(json.dumps({"format": "octet-plan", "version": 1, "name": name, "base": base, "rules": rules}))
        return path

    fp32 = plan("fp32", "fp32", [])
    yield "fp32", (checkpoint, fp32, ())
    for number, name in enumerate(FLOOR, 1):
        yield name, (checkpoint, fp32, ("--seed", number))
    for name in ("all-base", "seed", "all-int8"):
        yield {"all-base": "bf16"}.get(name, name), (checkpoint, name, ())
    tokenizer = [{"match": "tokenizer.*", "precision": "int8", "force": True}]
    yield "int8 tokenizer", (checkpoint, plan("tokenizer", "fp32", tokenizer), ())
    for name, rule in RULES.items():
        yield name, (checkpoint, plan(name, "bf16", [rule]), ())
    yield "fp32, 2 steps", (checkpoint, fp32, ("--steps", 2))
    for name, path in damaged_checkpoints(checkpoint, folder):
        yield name, (path, fp32, ())


def other_tokens(tokens, number):
    draws = np.random.default_rng(number)
    made = tokens.copy()
    places = draws.choice(len(tokens), round(len(tokens) / 10), replace=False)
    made[places] = draws.integers(0, 6561, len(places))
    return " ".join(map(str, made))


def noisy(sound, decibels, number):
    noise = np.random.default_rng(number).standard_normal(len(sound))
    return sound + noise * np.sqrt(np.mean(sound**2) / np.mean(noise**2)) * 10 ** (-decibels / 20)


def gapped(sound, milliseconds, number):
    """Silence in the midst of speech: where it is among the loudest half."""
    length = 24 * milliseconds
    power = np.convolve(sound**2, np.ones(length), "valid")
    places = np.flatnonzero(power >= np.median(power))
    start = np.random.default_rng(number).choice(places)
    made = sound.copy()
    made[start : start + length] = 0
    return made


DAMAGES = {
    **{f"white noise, SNR {decibels} dB": (noisy, decibels) for decibels in (10, 0)},
    **{f"silence of {length} ms": (gapped, length) for length in (250, 500)},
}
OTHER_TOKENS = "10 % of tokens at random"


def badness(measure):
    """Lower is better."""
    value = measure["value"]
    if value is None or measure["better"] == "lower":
        return value
    return -value if measure["better"] == "higher" else abs(value)


class Maker:
    def __init__(self, octet, checkpoint, folder):
        self.octet, self.checkpoint, self.folder = octet, checkpoint, folder

    def place(self, condition, clip):
        path = self.folder / condition / f"{clip.stem}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def synthesize(self, condition, clip, number, checkpoint, plan, options):
        to = self.place(condition, clip)
        if condition == OTHER_TOKENS:
            said = to.with_suffix(".txt")
            said.write_text(other_tokens(self.tokens(clip, to.with_suffix(".source.wav")), number))
            source = ("--tokens", said)
        else:
            source = ("--source", clip)
        request = (*source, "--reference", clip, *options)
        run(self.octet, "synth", checkpoint, "--plan", plan, *request, "-o", to)

    def damage(self, condition, clip, number):
        damage, degree = DAMAGES[condition]
        sound, rate = soundfile.read(self.place("fp32", clip))
        soundfile.write(self.place(condition, clip), damage(sound, degree, number), rate, subtype="FLOAT")

    def tokens(self, sound, beside):
        """What S3Gen's own tokenizer hears; kept beside a take."""
        kept, stages, again = (beside.with_suffix(end) for end in (".tokens.npy", ".stages.safetensors", ".again.wav"))
        if not kept.exists():
            request = ("--source", sound, "--reference", sound, "--steps", 1, "--dump-stages", stages)
            run(self.octet, "synth", self.checkpoint, *request, "-o", again)
            np.save(kept, load_file(stages)["speech_tokens"].ravel())
            stages.unlink()
            again.unlink()
        return np.load(kept)

    def measure(self, condition, clip):
        sound, first = self.place(condition, clip), self.place("fp32", clip)
        kept = sound.with_suffix(".json")
        if not kept.exists():
            measured = json.loads(run(self.octet, "--json", "measure", first, sound))["measures"]
            scores = {measure["id"]: badness(measure) for measure in measured}
            ours, theirs = self.tokens(sound, sound), self.tokens(first, first)
            same = sum(a == b for a, b in zip(ours, theirs, strict=False))
            scores["token_agreement"] = -100 * same / max(len(ours), len(theirs))
            kept.write_text(json.dumps(scores))
        return json.loads(kept.read_text())


def make_all(octet, checkpoint, folder):
    """Takes, each of a condition and clip with its sound and scores, and the clips' texts."""
    folder.mkdir(parents=True, exist_ok=True)
    of_set = checkpoint.parent / "clips"
    described = json.loads((of_set / "set.json").read_text(encoding="utf-8"))["clips"]
    clips = [of_set / clip["file"] for clip in described if clip.get("language") == "en"]
    texts = {(of_set / clip["file"]).stem: clip["text"] for clip in described}
    maker = Maker(octet, checkpoint, folder)
    spoken = dict(synthesized(checkpoint, folder))
    spoken[OTHER_TOKENS] = spoken["fp32"]

    def take(condition, number, clip):
        if not maker.place(condition, clip).exists():
            if condition in spoken:
                maker.synthesize(condition, clip, number, *spoken[condition])
            else:
                maker.damage(condition, clip, number)
        scores = maker.measure(condition, clip)
        return {"condition": condition, "clip": clip.stem, "sound": maker.place(condition, clip), "scores": scores}

    takes = []
    with ThreadPoolExecutor(3) as workers:
        for condition in (*spoken, *DAMAGES):
            takes += workers.map(take, [condition] * len(clips), range(len(clips)), clips)
            print(condition, flush=True)
    return takes, texts
