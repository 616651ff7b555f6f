"""Speaker encoder: upstream's CAMPPlus, small, learns to tell the voices apart, also after the vocoder.

    python train_speaker.py corpus/ speaker/ --vocoder hift/ s3gen_demo.safetensors --tokenizer tokenizer/

Half of what it sees is resynthesized: the vocoder's version of the mel as it is, blurred, and as the tokenizer's
painter paints it (which is as smooth as a flow's mel, or smoother). Additive-margin softmax over the voices, and the
two versions of an utterance are pulled together.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

import features
import speech
import train_tokenizer
import training
import upstream

FRAMES = 180  # of fbank, 10 ms each
SCALE, MARGIN, APART = 30.0, 0.2, 4.0
RATE = 2e-3
TOGETHER = 32  # utterances
VOCODED_TOKENS = 60  # 2.4 s of every utterance are resynthesized; shorter ones are left out
UTTERANCES_PER_VOICE = 60


def load_vocoder(path):
    hift = upstream.build_hift().eval()
    hift.load_state_dict(upstream.weights(path, "hift"))
    return hift


class Resynthesis:
    def __init__(self, data, vocoders, tokenizer):
        self.data, self.mel, self.device = data, data.mel(), data.device
        self.vocoders = [load_vocoder(path).to(self.device) for path in vocoders]
        self.tokenizer = None
        if tokenizer:
            self.examples = train_tokenizer.Examples(data)
            self.tokenizer = upstream.build_tokenizer().to(self.device).eval()
            self.tokenizer.load_state_dict(training.weights(tokenizer, "tokenizer"))
            self.painter = train_tokenizer.Painter(self.examples.voices).to(self.device).eval()
            self.painter.load_state_dict(training.weights(tokenizer, "painter"))

    def mels(self, numbers, kind):
        """[B, 80, 2 * VOCODED_TOKENS]: a random piece of each utterance, its mel left alone, blurred or painted."""
        room = (self.data.tokens[numbers] - VOCODED_TOKENS).clamp(min=0)
        first = (torch.rand(len(numbers), device=self.device) * (room + 1)).long() + self.data.start[numbers]
        mel = speech.gather(self.mel, first * 2, 2 * VOCODED_TOKENS).float().transpose(1, 2)
        if kind == "blurred":
            mel = F.avg_pool2d(mel[:, None], (5, 5), stride=1, padding=2, count_include_pad=False)[:, 0]
        elif kind == "painted" and self.tokenizer is not None:
            log_mel = speech.gather(self.examples.log_mel, first * 4, 4 * VOCODED_TOKENS).float().transpose(1, 2)
            frames = torch.full((len(numbers),), 4 * VOCODED_TOKENS, device=self.device)
            code = train_tokenizer.digits(self.tokenizer, log_mel, frames)
            mel = self.painter(code, self.examples.voice[numbers]).transpose(1, 2)
        return mel

    @torch.no_grad()
    def fbanks(self, numbers, kind):
        """[utterances, frames, 80] of the vocoder's version of a piece of each utterance."""
        result = []
        for turn, chunk in enumerate(torch.tensor(numbers, device=self.device).split(TOGETHER)):
            vocoder = self.vocoders[turn % len(self.vocoders)]
            wave = vocoder.inference(speech_feat=self.mels(chunk, kind))[0]
            result.append(features.fbank(features.to_16k(wave)).half())
        return torch.cat(result)


def embed(network, fbank):
    return F.normalize(network(fbank - fbank.mean(1, keepdim=True)).float())


def chosen(data):
    """Numbers of as many utterances of each voice, long enough to be resynthesized."""
    kept, numbers = {}, []
    for number in data.numbers("train"):
        voice = data.entries[number]["voice"]
        if data.tokens[number] >= VOCODED_TOKENS and kept.setdefault(voice, 0) < UTTERANCES_PER_VOICE:
            kept[voice] += 1
            numbers.append(number)
    return numbers


@torch.no_grad()
def report(network, data, fbank, resynthesis, split):
    """Cosine of an utterance with its vocoded self, and between voices."""
    numbers = data.numbers(split)
    if not numbers:
        return
    first, count = data.start * 4, data.tokens * 4
    whole = torch.cat([embed(network, fbank[first[n]:first[n] + count[n]].float()[None]) for n in numbers])
    voices = [data.entries[number]["voice"] for number in numbers]
    same = torch.tensor([[a == b for a in voices] for b in voices], device=whole.device)
    others = (whole @ whole.T)[~same]
    line = f"speaker: on {split}: other voices {others.mean():.3f}, worst {others.max():.3f}"
    itself = ~torch.eye(len(voices), dtype=torch.bool, device=whole.device)
    if (same & itself).any():
        line += f", same voice {(whole @ whole.T)[same & itself].mean():.3f}"
    if resynthesis:
        for kind in ("plain", "blurred", "painted"):
            version = embed(network, resynthesis.fbanks(numbers, kind).float())
            line += f", {kind} vocoded {(whole * version).sum(1).mean():.3f}"
    print(line, flush=True)


def main():
    parser = training.parser(__doc__, seconds=150, batch=192)
    parser.add_argument("--vocoder", nargs="+", help="checkpoints of the HiFT stage, or demo voices")
    parser.add_argument("--tokenizer", help="checkpoint of the tokenizer stage")
    arguments = parser.parse_args()
    training.prepare(arguments)
    device = training.DEVICE
    data = speech.Speech(arguments.data, device)
    fbank = data.fbank()
    resynthesis = Resynthesis(data, arguments.vocoder, arguments.tokenizer) if arguments.vocoder else None
    numbers = chosen(data)
    names = sorted({data.entries[number]["voice"] for number in numbers})
    label = torch.tensor([names.index(data.entries[number]["voice"]) for number in numbers], device=device)
    which = torch.tensor(numbers, device=device)
    vocoded = []
    if resynthesis:
        vocoded = [resynthesis.fbanks(numbers, kind) for kind in ("plain", "blurred", "painted", "plain")]
    print(f"speaker: {len(numbers)} utterances of {len(names)} voices, {len(vocoded)} vocoded versions", flush=True)

    network = upstream.build_speaker().to(device)
    if arguments.init:
        upstream.load_matching(network, upstream.part_of(arguments.init, "speaker"))
    classes = nn.Linear(192, len(names), bias=False).to(device)
    parameters = [*network.parameters(), *classes.parameters()]
    optimizer = training.optimizer(parameters, RATE, weight_decay=1e-3)
    stage = training.Stage("speaker", arguments, dict(speaker=network, classes=classes), dict(all=optimizer),
                           ["speaker", "classes"])
    clock, inputs = stage.clock, training.Inputs()
    half = arguments.batch // 2
    network.train()

    def feed(version):
        """A piece of every drawn utterance, and of the vocoder's version of it."""
        drawn = torch.randint(len(which), (half,), device=device)
        room = data.tokens[which[drawn]] * 4 - 2 - FRAMES
        first = data.start[which[drawn]] * 4 + (torch.rand(half, device=device) * room).long()
        pieces = [speech.gather(fbank, first, FRAMES).float()]
        if vocoded:
            heard = vocoded[version % len(vocoded)]
            offset = (torch.rand(half, device=device) * (heard.shape[1] - FRAMES)).long()
            rows = offset[:, None] + torch.arange(FRAMES, device=device)
            pieces.append(heard[drawn[:, None], rows].float())
        target = label[drawn].repeat(len(pieces))
        margin = MARGIN * min(1, 3 * clock.progress()) * F.one_hot(target, len(names))
        inputs.fill(fbank=torch.cat(pieces), target=target, margin=margin)

    def train():
        optimizer.zero_grad(set_to_none=True)
        fbank, target = inputs["fbank"], inputs["target"]
        noise = torch.randn_like(fbank) * torch.rand(len(fbank), 1, 1, device=device) * 0.3
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda", cache_enabled=False):
            embedding = embed(network, fbank + noise)
        cosine = embedding @ F.normalize(classes.weight).T
        classify = F.cross_entropy(SCALE * (cosine - inputs["margin"]), target)
        apart = (1 - (embedding[:half] * embedding[-half:]).sum(1)).mean()  # nothing where nothing is vocoded
        (classify + APART * apart).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        return classify.detach(), apart.detach(), (cosine.argmax(1) == target).float().mean()

    feed(0)
    step = training.captured(train, [optimizer])
    while clock.running():
        training.set_rate(optimizer, RATE * min(1, (clock.step + 1) / 100) * (1 - clock.progress()) + 1e-6)
        feed(clock.step)
        classify, apart, right = step()
        clock.step += 1
        if clock.step % 5 == 0:
            stage.mean.update(stage.averaged_weights())
        if clock.due("log", 10) or not clock.running():
            stage.log(loss=classify, apart=apart, right=right)
        if clock.due("save", 90):
            stage.save()
    stage.save()
    stage.use_mean()
    for split in ("dev", "reference"):
        report(network, data, fbank, resynthesis, split)


if __name__ == "__main__":
    main()
