"""Tokens to mel as upstream computes it, right in half precision and without waiting for the GPU.

Follows flow.py, flow_matching.py, decoder.py and transformer/upsample_encoder.py of chatterbox-tts 0.1.7, operation by
operation: in fp32 the results are the same bits. Ids stay integers; mu, speaker, condition, times and the state of the
solver are fp32; the encoder and the estimator compute in `activations`.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .swapped_class import Repaired


def _unpadded(lengths: Tensor, longest: int) -> Tensor:
    """True where a position [batch, longest] is within its row's length [batch]."""
    return torch.arange(longest, device=lengths.device) < lengths.unsqueeze(-1)


def _seen(mask: Tensor) -> Tensor:
    """A mask [batch, 1, frames] in which rows that see nothing see all, as upstream's add_optional_chunk_mask."""
    return mask | ~mask.any(dim=-1, keepdim=True)


def whole_ids(ids: Tensor, name: str) -> Tensor:
    """Token ids as int64. Floats that could have lost an id are refused: bf16 is exact to 256 only."""
    if ids.is_floating_point() and torch.finfo(ids.dtype).bits < 32:
        raise ValueError(
            f"{name} is {ids.dtype}: its token ids were rounded by a cast; make or load the voice again, as integers"
        )
    return ids.long()


def require_known_ids(vocabulary: int, **named: Tensor) -> None:
    """Refuses the first id of tensors [batch, tokens] that the embedding has no row for. Waits for a GPU once."""

    def unknown(ids: Tensor) -> Tensor:
        return (ids < 0) | (ids >= vocabulary)

    if not torch.cat([unknown(ids) for ids in named.values()], dim=1).any():
        return
    for name, ids in named.items():
        for place in unknown(ids).nonzero().tolist():
            raise ValueError(
                f"{name}{place} is {ids[tuple(place)].item()}, {int(unknown(ids).sum())} of {ids.numel()} ids are out "
                f"of range: they run from 0 to {vocabulary - 1}; drop the others first (upstream's drop_invalid_tokens)"
            )


class RepairedFlow(Repaired):
    """CausalMaskedDiffWithXvec."""

    activations: torch.dtype
    encoder: nn.Module
    decoder: nn.Module
    input_embedding: nn.Module
    spk_embed_affine_layer: nn.Module
    encoder_proj: nn.Module
    vocab_size: int
    output_size: int
    token_mel_ratio: int
    pre_lookahead_len: int

    @torch.inference_mode()
    def inference(
        self,
        token: Tensor,
        token_len: Tensor | None,
        prompt_token: Tensor,
        prompt_token_len: Tensor | None,
        prompt_feat: Tensor,
        prompt_feat_len: Tensor | None,
        embedding: Tensor,
        finalize: bool,
        n_timesteps: int = 10,
        noised_mels: Tensor | None = None,
        meanflow: bool = False,
    ) -> tuple[Tensor, None]:
        """Mel [batch, 80, frames] in fp32 of speech tokens [batch, tokens] and a voice [1 or batch, ...].

        token_len None: every row is whole. prompt_feat_len is not read, upstream's is always None.
        """
        batch = token.size(0)
        embedding = F.normalize(_each(embedding.float(), batch, 2), dim=1)
        embedding = self.spk_embed_affine_layer(embedding)
        prompt_token = _each(whole_ids(prompt_token, "prompt_token"), batch, 2)
        prompt_feat = _each(prompt_feat.float(), batch, 3)
        token = whole_ids(token, "speech_tokens")
        require_known_ids(self.vocab_size, prompt_token=prompt_token, speech_tokens=token)

        lengths = _lengths(prompt_token, prompt_token_len) + _lengths(token, token_len)
        token = torch.concat([prompt_token, token], dim=1)
        rows = self.input_embedding(token).to(self.activations)
        rows = rows * _unpadded(lengths, token.size(1)).unsqueeze(-1).to(rows)

        hidden, masks = self.encoder(rows, lengths)
        if not finalize:
            hidden = hidden[:, : -self.pre_lookahead_len * self.token_mel_ratio]
        mu = self.encoder_proj(hidden).float()
        heard, frames = prompt_feat.shape[1], mu.shape[1]
        conds = torch.zeros([batch, frames, self.output_size], device=mu.device)
        conds[:, :heard] = prompt_feat
        mask = _unpadded(masks.sum(dim=-1).squeeze(dim=-1), frames).unsqueeze(1).to(mu)
        feat, _ = self.decoder(
            mu=mu.transpose(1, 2).contiguous(),
            mask=mask,
            spks=embedding,
            cond=conds.transpose(1, 2),
            n_timesteps=n_timesteps,
            noised_mels=noised_mels,
            meanflow=meanflow,
        )
        return feat[:, :, heard:], None


def _each(tensor: Tensor, batch: int, dimensions: int) -> Tensor:
    """With a batch axis, and the one voice of a batch repeated."""
    while tensor.ndim < dimensions:
        tensor = tensor[None]
    return tensor.expand(batch, *tensor.shape[1:]) if tensor.size(0) == 1 else tensor


def _lengths(tokens: Tensor, lengths: Tensor | None) -> Tensor:
    if lengths is None:
        return torch.full((tokens.size(0),), tokens.size(1), device=tokens.device)
    return whole_ids(lengths.reshape(-1), "a length").to(tokens.device)


class RepairedEncoder(Repaired):
    """UpsampleConformerEncoder, over whole sequences; in chunks it is the stock one."""

    use_dynamic_chunk: bool
    static_chunk_size: int
    normalize_before: bool
    global_cmvn: nn.Module | None
    embed: nn.Module
    pre_lookahead_layer: nn.Module
    up_layer: nn.Module
    up_embed: nn.Module
    after_norm: nn.Module
    forward_layers: Any
    forward_up_layers: Any

    def forward(
        self, xs: Tensor, xs_lens: Tensor, decoding_chunk_size: int = 0, num_decoding_left_chunks: int = -1
    ) -> tuple[Tensor, Tensor]:
        """Rows [batch, tokens, width] of these lengths [batch] to [batch, 2 tokens, width], and their mask."""
        if self.use_dynamic_chunk or self.static_chunk_size > 0:
            stock: tuple[Tensor, Tensor] = super().forward(xs, xs_lens, decoding_chunk_size, num_decoding_left_chunks)
            return stock
        masks = _unpadded(xs_lens, xs.size(1)).unsqueeze(1)
        if self.global_cmvn is not None:
            xs = self.global_cmvn(xs)
        xs, pos_emb, masks = self.embed(xs, masks)
        xs = self.pre_lookahead_layer(xs)
        xs = self.forward_layers(xs, _seen(masks), pos_emb, masks)

        xs, xs_lens = self.up_layer(xs.transpose(1, 2).contiguous(), xs_lens)
        xs = xs.transpose(1, 2).contiguous()
        masks = _unpadded(xs_lens, xs.size(1)).unsqueeze(1)
        xs, pos_emb, masks = self.up_embed(xs, masks)
        xs = self.forward_up_layers(xs, _seen(masks), pos_emb, masks)
        return (self.after_norm(xs) if self.normalize_before else xs), masks


class RepairedAttention(Repaired):
    """RelPositionMultiHeadedAttention, whose positional biases are added in the type of what flows."""

    activations: torch.dtype

    @property
    def pos_bias_u(self) -> Tensor:
        return self._parameters["pos_bias_u"].to(self.activations)  # type: ignore[union-attr]

    @property
    def pos_bias_v(self) -> Tensor:
        return self._parameters["pos_bias_v"].to(self.activations)  # type: ignore[union-attr]


class RepairedSolver(Repaired):
    """CausalConditionalCFM: Euler steps in fp32 over an fp32 time grid, whatever the estimator computes in."""

    estimator: nn.Module
    t_scheduler: str
    inference_cfg_rate: float
    rand_noise: Tensor | None

    @torch.inference_mode()
    def forward(
        self,
        mu: Tensor,
        mask: Tensor,
        n_timesteps: int,
        temperature: float = 1.0,
        spks: Tensor | None = None,
        cond: Tensor | None = None,
        noised_mels: Tensor | None = None,
        meanflow: bool = False,
    ) -> tuple[Tensor, None]:
        """The state [batch, 80, frames] after n_timesteps, from fresh noise.

        mu, cond [batch, 80, frames], mask [batch, 1, frames], spks [batch, 80], noised_mels [batch, 80, last frames].
        """
        mu, mask = mu.float(), mask.float()
        z = self._noise(mu, temperature)
        if noised_mels is not None:
            z[..., mu.size(2) - noised_mels.size(2) :] = noised_mels
        t_span = torch.linspace(0, 1, n_timesteps + 1, device=mu.device)
        if self.t_scheduler == "cosine" and not meanflow:
            t_span = 1 - torch.cos(t_span * 0.5 * torch.pi)
        step = self._mean_slope if meanflow else self._guided_slope
        for t, r in zip(t_span[:-1, None], t_span[1:, None], strict=True):
            z = z + (r - t) * step(z, mask, mu, t, spks, cond, r)
        return z, None

    def _noise(self, mu: Tensor, temperature: float) -> Tensor:
        # chatterbox-vllm keeps one noise for all and heeds the temperature, chatterbox does neither
        if getattr(self, "rand_noise", None) is not None:
            assert self.rand_noise is not None
            return self.rand_noise[:, :, : mu.size(2)].to(mu) * temperature
        return torch.randn_like(mu)

    def _mean_slope(
        self, x: Tensor, mask: Tensor, mu: Tensor, t: Tensor, spks: Tensor | None, cond: Tensor | None, r: Tensor
    ) -> Tensor:
        slope: Tensor = self.estimator.forward(x, mask=mask, mu=mu, t=t, spks=spks, cond=cond, r=r)
        return slope

    def _guided_slope(
        self, x: Tensor, mask: Tensor, mu: Tensor, t: Tensor, spks: Tensor | None, cond: Tensor | None, r: Tensor
    ) -> Tensor:
        """With classifier-free guidance: the second half of the batch has no mu, no speaker and no condition."""
        batch = mu.size(0)

        def conditioned(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else torch.cat([tensor, torch.zeros_like(tensor)])

        both = self.estimator.forward(
            x=torch.cat([x, x]),
            mask=torch.cat([mask, mask]),
            mu=conditioned(mu),
            t=t.expand(2 * batch),
            spks=conditioned(spks),
            cond=conditioned(cond),
        )
        slope, unguided = torch.split(both, [batch, batch], dim=0)
        return (1.0 + self.inference_cfg_rate) * slope - self.inference_cfg_rate * unguided


class RepairedEstimator(Repaired):
    """ConditionalDecoder: time embedding in fp32, the network in `activations`, its slope in fp32."""

    activations: torch.dtype
    time_embeddings: nn.Module
    time_mlp: nn.Module
    time_embed_mixer: nn.Module | None
    down_blocks: Any
    mid_blocks: Any
    up_blocks: Any
    final_block: nn.Module
    final_proj: nn.Module

    def forward(
        self,
        x: Tensor,
        mask: Tensor,
        mu: Tensor,
        t: Tensor,
        spks: Tensor | None = None,
        cond: Tensor | None = None,
        r: Tensor | None = None,
    ) -> Tensor:
        """The slope [batch, 80, frames] at x in time t [batch] (meanflow: its mean up to r)."""
        time = self._embedded(t, r)
        parts = [x, mu]
        if spks is not None:
            parts.append(spks.unsqueeze(-1).expand(-1, -1, x.shape[-1]))
        if cond is not None:
            parts.append(cond)
        flowing = torch.cat([part.to(self.activations) for part in parts], dim=1)
        mask = mask.to(self.activations)

        hiddens, masks = [], [mask]
        for resnet, transformer_blocks, downsample in self.down_blocks:
            flowing = self._transform(resnet, transformer_blocks, flowing, masks[-1], time)
            hiddens.append(flowing)
            flowing = downsample(flowing * masks[-1])
            masks.append(masks[-1][:, :, ::2])
        masks.pop()
        for resnet, transformer_blocks in self.mid_blocks:
            flowing = self._transform(resnet, transformer_blocks, flowing, masks[-1], time)
        narrow = masks[-1]
        for resnet, transformer_blocks, upsample in self.up_blocks:
            narrow, skip = masks.pop(), hiddens.pop()
            flowing = torch.cat([flowing[:, :, : skip.shape[-1]], skip], dim=1)
            flowing = self._transform(resnet, transformer_blocks, flowing, narrow, time)
            flowing = upsample(flowing * narrow)
        flowing = self.final_block(flowing, narrow)
        slope: Tensor = self.final_proj(flowing * narrow) * mask
        return slope.float()

    def _embedded(self, t: Tensor, r: Tensor | None) -> Tensor:
        time: Tensor = self.time_mlp(self.time_embeddings(t.float()))
        mixer = getattr(self, "time_embed_mixer", None)
        if mixer is None or r is None:
            return time
        mixed: Tensor = mixer(torch.cat([time, self.time_mlp(self.time_embeddings(r.float()))], dim=1))
        return mixed

    def _transform(self, resnet: Any, transformer_blocks: Any, x: Tensor, mask: Tensor, time: Tensor) -> Tensor:
        x = resnet(x, mask, time).transpose(1, 2).contiguous()
        # -1e10 is no number of fp16
        hidden = max(-1.0e10, torch.finfo(x.dtype).min)
        bias = (1.0 - _seen(mask.bool()).to(x.dtype)) * hidden
        for block in transformer_blocks:
            x = block(hidden_states=x, attention_mask=bias, timestep=time)
        return x.transpose(1, 2).contiguous()
