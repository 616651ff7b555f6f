"""Flow: upstream's encoder and estimator, small: conditional flow matching from tokens and an x-vector to mels.

    python train_flow.py corpus/ flow/ --tokenizer tokenizer/ --speaker speaker/ --seconds 500 --total 1000

The token embedding is learned as a function of the token's eight ternary digits, so that rare tokens are understood
too, and written out as upstream's table. A training sequence is one crop, or two crops of one voice of which the
first may be given as the prompt, as in synthesis.
"""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

import features
import speech
import training
import upstream

RATE = 1e-3
TOKENS = 125  # per sequence, 5 s
DIGITS = 8
TOGETHER = 64  # utterances
PROMPT_SHARE = 0.65  # of the sequences show some of their mel
FREE_SHARE = 0.2  # are trained without any condition, for classifier-free guidance
WRONG_TOKENS = 0.03


def encoders(arguments, device):
    """Tokenizer and speaker encoder as the stages before left them."""
    tokenizer, speaker = upstream.build_tokenizer().eval(), upstream.build_speaker().eval()
    tokenizer.load_state_dict(training.weights(arguments.tokenizer, "tokenizer"))
    speaker.load_state_dict(training.weights(arguments.speaker, "speaker"))
    return tokenizer.to(device), speaker.to(device)


@torch.no_grad()
def encoded(data, tokenizer, speaker):
    """Flat tokens of all utterances, and the x-vector [192] of each; those of one length go together."""
    log_mel, fbank = data.log_mel(), data.fbank()
    tokens = torch.zeros(int(data.tokens.sum()), dtype=torch.long, device=data.device)
    x_vectors = torch.zeros(len(data.entries), 192, device=data.device)
    for length in data.tokens.unique().tolist():
        for numbers in torch.nonzero(data.tokens == length)[:, 0].split(TOGETHER):
            first, frames = data.start[numbers], torch.full((len(numbers),), 4 * length, device=data.device)
            code, _ = tokenizer.quantize(speech.gather(log_mel, 4 * first, 4 * length).float().transpose(1, 2), frames)
            tokens[first[:, None] + torch.arange(length, device=data.device)] = code.long()
            heard = speech.gather(fbank, 4 * first, 4 * length - 2).float()
            x_vectors[numbers] = F.normalize(speaker(heard - heard.mean(1, keepdim=True)))
    return tokens, x_vectors


class Examples:
    def __init__(self, data, tokenizer, speaker):
        self.device, voices = data.device, [entry["voice"] for entry in data.entries]
        tokens, x_vectors = encoded(data, tokenizer, speaker)
        order = torch.tensor(sorted(data.numbers("train"), key=voices.__getitem__), device=data.device)
        rows = torch.cat([torch.arange(first, first + count, device=data.device)
                          for first, count in zip(data.start[order].tolist(), data.tokens[order].tolist())])
        self.tokens, self.x_vectors = tokens[rows], x_vectors[order]
        self.mels = data.mel().view(-1, 2, 80)[rows].flatten(0, 1)
        sums = {}
        for number in order.tolist():
            spoken, utterances = sums.get(voices[number], (0, 0))
            sums[voices[number]] = (spoken + int(data.tokens[number]), utterances + 1)
        counts = torch.tensor(list(sums.values()), device=data.device)  # voices are contiguous
        starts = torch.cumsum(counts, 0) - counts
        enough = counts[:, 0] > TOKENS + 30
        (self.spoken, self.utterances), (self.first_token, self.first_utterance) = counts[enough].T, starts[enough].T

    def draw(self, count):
        """tokens [B, TOKENS], mel and prompt [B, 80, 2 * TOKENS], x-vector [B, 192]."""
        device = self.device

        def below(limit):
            return (torch.rand(count, device=device) * limit).long()

        voice = torch.multinomial(self.spoken.float(), count, replacement=True)
        crops = [self.first_token[voice] + below(self.spoken[voice] - TOKENS) for _ in range(2)]
        seam = torch.randint(15, TOKENS - 25, (count,), device=device)  # where the second crop begins
        seam = torch.where(torch.rand(count, device=device) < 0.5, torch.full_like(seam, TOKENS), seam)
        place = torch.arange(TOKENS, device=device)[None]
        rows = torch.where(place < seam[:, None], crops[0][:, None] + place, crops[1][:, None] + place)
        frames = (rows[:, :, None] * 2 + torch.arange(2, device=device)).flatten(1)
        gain = torch.empty(count, 1, 1, device=device).uniform_(-1.2, 0.3)
        mel = (self.mels[frames].float() + gain).clamp(min=features.FLOOR)
        shown = torch.where(seam < TOKENS, 2 * seam, below(torch.full_like(seam, int(0.4 * 2 * TOKENS))))
        shown = shown * (torch.rand(count, device=device) < PROMPT_SHARE)
        prompt = mel * (torch.arange(2 * TOKENS, device=device)[None] < shown[:, None])[..., None]
        x_vector = self.x_vectors[self.first_utterance[voice] + below(self.utterances[voice])]
        return self.tokens[rows], mel.transpose(1, 2), prompt.transpose(1, 2), x_vector


class TokenEmbedding(nn.Module):
    """A token's embedding from its digits, one-hot."""

    def __init__(self, width):
        super().__init__()
        place = torch.arange(upstream.VOCABULARY)[:, None] // 3 ** torch.arange(DIGITS)[None] % 3
        self.register_buffer("one_hot", F.one_hot(place, 3).float().flatten(1), persistent=False)
        self.layers = nn.Sequential(nn.Linear(3 * DIGITS, 256), nn.GELU(), nn.Linear(256, width))

    def forward(self, tokens):
        return self.layers(self.one_hot[tokens])

    def table(self):
        return self.layers(self.one_hot)


def start_at_mean(flow, mels):
    """Mels are not normalized: let the outputs begin at the mean of each bin."""
    with torch.no_grad():
        mean = mels.float().mean(0)
        projection = flow.decoder.estimator.final_proj
        projection.weight.mul_(0.1)
        projection.bias.copy_(mean)
        flow.encoder_proj.weight.mul_(0.5)
        flow.encoder_proj.bias.copy_(mean)


def drop_masks():
    """All sequences have full length: no masks, and no reading of lengths on the host, which forbids a capture."""
    decoder, encoder = upstream.module("s3gen.decoder"), upstream.module("s3gen.transformer.upsample_encoder")
    decoder.add_optional_chunk_mask = encoder.add_optional_chunk_mask = lambda x, masks, *rest, **named: masks
    decoder.mask_to_bias = lambda mask, dtype: None


def main():
    parser = training.parser(__doc__, seconds=500, batch=64)
    parser.add_argument("--tokenizer", required=True, help="checkpoint of the tokenizer stage")
    parser.add_argument("--speaker", required=True, help="checkpoint of the speaker stage")
    arguments = parser.parse_args()
    training.prepare(arguments)
    device, batch = training.DEVICE, arguments.batch
    examples = Examples(speech.Speech(arguments.data, device), *encoders(arguments, device))
    torch.backends.cudnn.benchmark = True  # from here on every step has the same shapes
    flow = upstream.build_flow().to(device).train()
    if device == "cuda":
        drop_masks()
    if arguments.init:
        state = upstream.part_of(arguments.init, "flow")
        upstream.load_matching(flow, {key: value for key, value in state.items() if "input_embedding" not in key})
    else:
        start_at_mean(flow, examples.mels)
    width = upstream.SIZES["encoder"]["input_size"]
    embedding, level = TokenEmbedding(width).to(device), nn.Linear(80, 80).to(device)
    flow.input_embedding = nn.Identity()
    parameters = [*flow.parameters(), *embedding.parameters(), *level.parameters()]
    optimizer = training.optimizer(
        [dict(params=list(flow.parameters()), weight_decay=1e-2),
         dict(params=[*embedding.parameters(), *level.parameters()], weight_decay=0.0)], RATE, betas=(0.9, 0.98))
    stage = training.Stage("flow", arguments, dict(flow=flow, embedding=embedding, level=level), dict(all=optimizer),
                           ["flow", "embedding"])
    clock, inputs = stage.clock, training.Inputs()
    recent = torch.zeros((), device=device)
    print(f"flow: {len(examples.tokens) / 25:.0f} s of speech, {len(examples.spoken)} voices", flush=True)

    @torch.no_grad()
    def feed():
        tokens, mel, prompt, x_vector = examples.draw(batch)
        wrong = torch.rand(tokens.shape, device=device) < WRONG_TOKENS
        tokens = torch.where(wrong, torch.randint_like(tokens, upstream.VOCABULARY), tokens)
        keep = (torch.rand(batch, device=device) > FREE_SHARE).float()
        inputs.fill(tokens=tokens, mel=mel, prompt=prompt * keep[:, None, None], x_vector=x_vector, keep=keep)

    lengths = torch.full((batch,), TOKENS, device=device)
    mask = torch.ones(batch, 1, 2 * TOKENS, device=device)

    def train():
        optimizer.zero_grad(set_to_none=True)
        mel, keep = inputs["mel"], inputs["keep"]
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda", cache_enabled=False):
            speaker = flow.spk_embed_affine_layer(F.normalize(inputs["x_vector"], dim=1))
            hidden, _ = flow.encoder(embedding(inputs["tokens"]), lengths)
            mu = flow.encoder_proj(hidden).transpose(1, 2).float()
            # the encoder's own guess of the mel, with the voice added, keeps it close to what was said
            guess_loss = (mu + level(speaker)[:, :, None] - mel).abs().mean()
            time = 1 - torch.cos(torch.rand(batch, 1, 1, device=device) * 0.5 * math.pi)
            noise = torch.randn_like(mel)
            between = (1 - (1 - 1e-6) * time) * noise + time * mel
            velocity = flow.decoder.estimator(between, mask, mu * keep[:, None, None], time[:, 0, 0],
                                              speaker.float() * keep[:, None], inputs["prompt"])
        flow_loss = F.mse_loss(velocity.float(), mel - (1 - 1e-6) * noise)
        (flow_loss + 0.25 * guess_loss).backward()
        norm = nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        recent.lerp_(flow_loss.detach(), 0.01)
        return flow_loss.detach(), guess_loss.detach(), norm

    feed()
    step = training.captured(train, [optimizer])
    while clock.running():
        training.set_rate(optimizer, RATE * min(1, (clock.step + 1) / 400) * max(0.02, 1 - clock.progress()))
        feed()
        losses = step()
        clock.step += 1
        if clock.step % 5 == 0:
            stage.mean.update(stage.averaged_weights())
        if clock.due("log", 15) or not clock.running():
            stage.log(cfm=losses[0], recent=recent, guess=losses[1], norm=losses[2])
        if clock.due("save", 90):
            stage.save()
    stage.save()


if __name__ == "__main__":
    main()
