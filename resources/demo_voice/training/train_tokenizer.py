"""Tokenizer: upstream's S3TokenizerV2, small, learns to keep what was said: CTC on phonemes through its FSQ.

    python train_tokenizer.py corpus/ tokenizer/ --seconds 240

Two heads, used in training only, read the eight ternary digits (straight-through): one spells the phonemes (two CTC
frames per token, so that fast speech fits), one paints the mel with a learned voice beside it, so that the digits
need not spell the timbre. The checkpoint keeps the heads: the evaluation reads phonemes with the first, the speaker
stage paints with the second.
"""

import itertools
import random

import torch
import torch.nn as nn
import torch.nn.functional as F

import features
import phonemes
import speech
import training
import upstream

DIGITS = 8
WIDTH = 192
BUCKETS = (48, 72, 96, 120, 144, 176, 208, 256, 320, 400)  # tokens; an utterance is padded to the next one
RATE = 2e-3
SPEEDS = (0.85, 0.92, 1.0, 1.08, 1.17)  # how much longer an utterance gets; few, as every shape has its own plan


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layers = nn.Sequential(nn.GELU(), nn.Conv1d(width, width, 5, padding=2), nn.GELU(), nn.GroupNorm(8, width),
                                    nn.Conv1d(width, width, 3, padding=1))

    def forward(self, x):
        return x + self.layers(x)


class Speller(nn.Module):
    """digits [B, 8, T] to phoneme scores [B, 2T, symbols + 1]"""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv1d(DIGITS, WIDTH, 3, padding=1), Residual(WIDTH), Residual(WIDTH),
                                    Residual(WIDTH), nn.GELU())
        self.output = nn.Conv1d(WIDTH, 2 * (len(phonemes.SYMBOLS) + 1), 1)

    def forward(self, digits):
        scores = self.output(self.layers(digits))
        return scores.unflatten(1, (2, -1)).permute(0, 3, 1, 2).flatten(1, 2)


class Painter(nn.Module):
    """digits [B, 8, T] and voice numbers [B] to a mel [B, 2T, 80]"""

    def __init__(self, voices):
        super().__init__()
        self.voice = nn.Embedding(voices, WIDTH)
        self.input = nn.Conv1d(DIGITS, WIDTH, 5, padding=2)
        self.layers = nn.Sequential(*(Residual(WIDTH) for _ in range(4)), nn.GELU())
        self.output = nn.Conv1d(WIDTH, 160, 1)

    def forward(self, digits, voice):
        mel = self.output(self.layers(self.input(digits) + self.voice(voice)[:, :, None]))
        return mel.unflatten(1, (2, 80)).permute(0, 3, 1, 2).flatten(1, 2)


def digits(tokenizer, log_mel, frames):
    """The tokens' digits, -1, 0 or 1, [B, 8, T]; the gradient passes as if they had not been rounded."""
    with torch.autocast(log_mel.device.type, torch.bfloat16, enabled=log_mel.is_cuda):
        hidden, _ = tokenizer.encoder(log_mel, frames)
    soft = tokenizer.quantizer._codebook.project_down(hidden.float()).tanh() * 0.9990000128746033
    return (soft + (soft.round() - soft).detach()).transpose(1, 2)


def spell(scores, tokens):
    """Greedy CTC: the symbol ids of each row of scores [B, 2T, symbols + 1]."""
    best = scores.argmax(-1).tolist()
    return [[symbol for symbol, _ in itertools.groupby(row[:2 * int(count)]) if symbol] for row, count in zip(best, tokens)]


def distance(found, wanted):
    """Levenshtein's."""
    row = list(range(len(wanted) + 1))
    for symbol in found:
        diagonal, row[0] = row[0], row[0] + 1
        for column, target in enumerate(wanted, 1):
            diagonal, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, diagonal + (symbol != target))
    return row[-1]


class Examples:
    def __init__(self, data):
        self.data, self.log_mel, self.mel = data, data.log_mel(), data.mel()
        targets = [torch.tensor(phonemes.ctc_ids(entry["phonemes"])) for entry in data.entries]
        self.target = nn.utils.rnn.pad_sequence(targets, batch_first=True).to(data.device)
        self.target_length = torch.tensor([len(each) for each in targets], device=data.device)
        names = sorted({entry["voice"] for entry in data.entries if entry["split"] == "train"})
        self.voices = len(names)
        known = {name: number for number, name in enumerate(names)}
        self.voice = torch.tensor([known.get(entry["voice"], 0) for entry in data.entries], device=data.device)
        counts = data.tokens.tolist()
        self.buckets = {}
        for number in data.numbers("train"):
            size = next((size for size in BUCKETS if counts[number] <= size), None)
            if size and 2 * counts[number] > len(targets[number]):
                self.buckets.setdefault(size, []).append(number)
        self.buckets = {size: torch.tensor(numbers, device=data.device) for size, numbers in self.buckets.items()}
        self.share = torch.tensor([float(size * len(numbers)) for size, numbers in self.buckets.items()])

    def batch(self, numbers, size):
        """log mel [B, 128, 4 * size], its padding zeroed, mel [B, 2 * size, 80], size, tokens [B]."""
        tokens = self.data.tokens[numbers]
        log_mel = speech.gather(self.log_mel, self.data.start[numbers] * 4, 4 * size).float().transpose(1, 2)
        mel = speech.gather(self.mel, self.data.start[numbers] * 2, 2 * size).float()
        inside = torch.arange(size, device=tokens.device) < tokens[:, None]
        return log_mel * inside.repeat_interleave(4, 1)[:, None], mel, size, tokens

    def draw(self, tokens_per_batch):
        size = list(self.buckets)[int(torch.multinomial(self.share, 1))]
        members = self.buckets[size]
        count = max(4, tokens_per_batch // size)
        return members[torch.randint(len(members), (count,), device=members.device)], size


def hurried(log_mel, mel, size, tokens):
    """The batch at another speed: log mel, mel, which tokens are inside an utterance, tokens of each."""
    factor = random.choice(SPEEDS)
    shorter, tokens = round(size * factor), (tokens * factor).long()
    log_mel = F.interpolate(log_mel, size=4 * shorter, mode="linear")
    mel = F.interpolate(mel.transpose(1, 2), size=2 * shorter, mode="linear").transpose(1, 2)
    inside = torch.arange(shorter, device=tokens.device) < tokens[:, None]
    return log_mel * inside.repeat_interleave(4, 1)[:, None], mel, inside, tokens


def augment(log_mel, mel):
    """Level, vocal tract length, noise and masks; the painter's target follows the level only."""
    batch, bins, frames = log_mel.shape
    device = log_mel.device

    def uniform(low, high):
        return torch.empty(batch, 1, 1, device=device).uniform_(low, high)

    gain = uniform(-1.6, 0.3)  # nats of amplitude
    mel = (mel + gain).clamp(min=features.FLOOR)
    log_mel = log_mel + gain * 0.2171  # 2 / ln 10 / 4
    position = torch.arange(bins, device=device)[None, :, None] * uniform(0.91, 1.1)
    position = position.clamp(max=bins - 1)
    low = position.long()
    high = (low + 1).clamp(max=bins - 1)
    fraction = position - low
    log_mel = (log_mel.gather(1, low.expand(-1, -1, frames)) * (1 - fraction)
               + log_mel.gather(1, high.expand(-1, -1, frames)) * fraction)
    tilt = torch.linspace(-1, 1, bins, device=device)[None, :, None] * uniform(-0.15, 0.15)
    log_mel = log_mel + tilt + torch.randn_like(log_mel) * uniform(0, 0.1)
    quiet = log_mel.mean((1, 2), keepdim=True)
    bin_, frame = torch.arange(bins, device=device)[None, :, None], torch.arange(frames, device=device)[None, None]
    for _ in range(2):
        first = uniform(0, bins)
        log_mel = torch.where((bin_ >= first) & (bin_ < first + uniform(0, 20)), quiet, log_mel)
    for _ in range(1 + frames // 200):
        first = uniform(0, frames)
        log_mel = torch.where((frame >= first) & (frame < first + uniform(0, 10)), quiet, log_mel)
    return log_mel, mel


@torch.no_grad()
def phoneme_error(tokenizer, speller, examples, numbers):
    """Errors per phoneme, overall and per language."""
    errors, symbols = {}, {}
    for number in numbers:
        row = torch.tensor([number], device=examples.data.device)
        tokens = examples.data.tokens[row]
        log_mel, _, _, _ = examples.batch(row, int(tokens))
        found = spell(speller(digits(tokenizer, log_mel, 4 * tokens)), tokens)[0]
        wanted = phonemes.ctc_ids(examples.data.entries[number]["phonemes"])
        language = examples.data.entries[number]["language"]
        errors[language] = errors.get(language, 0) + distance(found, wanted)
        symbols[language] = symbols.get(language, 0) + len(wanted)
    result = {language: errors[language] / symbols[language] for language in errors}
    return dict(all=sum(errors.values()) / max(1, sum(symbols.values())), **result)


def main():
    arguments = training.parser(__doc__, seconds=240, batch=12288).parse_args()  # --batch counts tokens
    training.prepare(arguments)
    device = training.DEVICE
    examples = Examples(speech.Speech(arguments.data, device))
    tokenizer = upstream.build_tokenizer().to(device)
    if arguments.init:
        upstream.load_matching(tokenizer, upstream.part_of(arguments.init, "tokenizer"))
    speller, painter = Speller().to(device), Painter(examples.voices).to(device)
    networks = dict(tokenizer=tokenizer, speller=speller, painter=painter)
    parameters = [each for network in networks.values() for each in network.parameters()]
    optimizer = training.optimizer(parameters, RATE, betas=(0.9, 0.98), weight_decay=1e-2)
    stage = training.Stage("tokenizer", arguments, networks, dict(all=optimizer), list(networks))
    clock = stage.clock
    print(f"tokenizer: {examples.data.seconds():.0f} s of speech, {examples.voices} voices", flush=True)

    powers = torch.tensor([3**place for place in range(DIGITS)], device=device)
    while clock.running():
        remaining = 1 - clock.progress()
        training.set_rate(optimizer, RATE * min(1, (clock.step + 1) / 300) * remaining**0.8 + 1e-6)
        numbers, size = examples.draw(arguments.batch)
        log_mel, mel, inside, tokens = hurried(*examples.batch(numbers, size))
        log_mel, mel = augment(log_mel, mel)
        code = digits(tokenizer, log_mel, 4 * tokens) * inside[:, None]
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            scores, painted = speller(code), painter(code, examples.voice[numbers])
        frames = inside.repeat_interleave(2, 1)
        paint_loss = ((painted.float() - mel).abs().mean(-1) * frames).sum() / frames.sum()
        spell_loss = F.ctc_loss(scores.float().log_softmax(-1).transpose(0, 1), examples.target[numbers], 2 * tokens,
                                examples.target_length[numbers], zero_infinity=True)
        optimizer.zero_grad(set_to_none=True)
        (spell_loss + 0.5 * paint_loss).backward()
        norm = nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        clock.step += 1
        if clock.step % 5 == 0:
            stage.mean.update(stage.averaged_weights())
        if clock.due("log", 10) or not clock.running():
            ids = ((code.detach().round() + 1) * powers[:, None]).sum(1)[inside].long()
            share = torch.bincount(ids, minlength=upstream.VOCABULARY) / len(ids)
            used = (-(share * (share + 1e-12).log()).sum()).exp()
            stage.log(ctc=spell_loss, mel=paint_loss, norm=norm, tokens_used=used)
        if clock.due("listen", 45):
            error = phoneme_error(tokenizer, speller, examples, examples.data.numbers("dev"))
            print(f"tokenizer: phoneme error on dev {error['all']:.3f}", flush=True)
        if clock.due("save", 90):
            stage.save()
    stage.save()
    stage.use_mean()
    for split in ("dev", "reference"):
        numbers = examples.data.numbers(split)
        if numbers:
            error = phoneme_error(tokenizer, speller, examples, numbers)
            print(f"tokenizer: phoneme error on {split}:", {key: round(value, 3) for key, value in error.items()}, flush=True)


if __name__ == "__main__":
    main()
