"""What a running chatterbox synthesizes, kept as files that Octet opens: tokens, voice and noise of every call.

    FOLDER/0001/tokens.safetensors              speech_tokens i64 [1, N]
                conds.safetensors               prompt_token i64 [1, P], prompt_feat f32 [1, F, 80], embedding [1, E]
                noise.safetensors               cfm_noise, sine_phase, sine_noise; meanflow also noised_mels
                noise_with_source.safetensors   cfm_noise, noised_mels, and the source that was made
                capture.json                    the arguments of `octet synth` that take them

The names and shapes are those of docs/cli.md, "Tensor files".
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import itertools
import json
import os
import shutil
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from .draws import Draws
from .repaired_flow import whole_ids

_VOICE = ("prompt_token", "prompt_feat", "embedding")


@dataclass
class Captured:
    """What was written so far, and what could not be: a folder, or a reason, for each call."""

    folders: list[Path] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


class _NotCaptured(Exception):
    """Why a synthesis cannot be written as Octet's files."""


@contextlib.contextmanager
def capture(s3gen: nn.Module, folder: str | os.PathLike[str]) -> Iterator[Captured]:
    """Within this context every synthesis of this model is written to a numbered folder of its own.

    Of calls of `s3gen.inference` and of the model itself, stock or repaired; the sound stays what it would be. A folder
    appears whole or not at all, under the next free number; none is overwritten, whoever else writes there. What
    Octet's files cannot hold (a batch, an unfinished stream) is left out with a warning. A context without a synthesis
    gets one, too.

    Raises ValueError when the model is not built as chatterbox's S3Gen, OSError where the folder cannot be written.
    """
    for part in ("flow.decoder", "mel2wav.m_source.l_sin_gen"):
        try:
            s3gen.get_submodule(part)
        except AttributeError:
            raise ValueError(f"{type(s3gen).__name__} has no {part}: it is no S3Gen of chatterbox") from None
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    captured = Captured()
    with contextlib.ExitStack() as undo:
        for method in ("inference", "forward"):
            undo.enter_context(_replaced(s3gen, method, functools.partial(_synthesize, s3gen, place, captured)))
        yield captured
    if not captured.folders and not captured.left_out:
        warnings.warn(f"nothing was synthesized, so nothing was captured in {place}", stacklevel=3)


@contextlib.contextmanager
def _replaced(s3gen: nn.Module, method: str, wrapper: Callable[..., Any]) -> Iterator[None]:
    """A method of this one object replaced by `wrapper`, which is given the method first."""
    before, original = s3gen.__dict__.get(method), getattr(s3gen, method)
    # with the signature of what it replaces
    setattr(s3gen, method, functools.update_wrapper(functools.partial(wrapper, original), original))
    try:
        yield
    finally:
        if before is None:
            delattr(s3gen, method)
        else:
            setattr(s3gen, method, before)


def _synthesize(s3gen: nn.Module, folder: Path, captured: Captured, method: Any, *given: Any, **named: Any) -> Any:
    arguments = _arguments(method, given, named)
    # upstream writes into the dictionary it is given, so it is read before
    voices = [] if arguments.get("ref_dict") is None else [dict(arguments["ref_dict"])]
    with Draws(s3gen) as draws, _replaced(s3gen, "embed_ref", functools.partial(_listened, voices)):
        result = method(*given, **named)
    try:
        files, description = _utterance(s3gen, arguments, voices, draws.seen)
    except _NotCaptured as reason:
        captured.left_out.append(str(reason))
        warnings.warn(f"a synthesis was not captured: {reason}", stacklevel=3)
    else:
        captured.folders.append(_write(folder, files, description))
    return result


def _arguments(method: Any, given: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    bound = inspect.signature(method).bind(*given, **named)
    bound.apply_defaults()
    return dict(bound.arguments)


def _listened(voices: list[dict[str, Any]], embed_ref: Any, *given: Any, **named: Any) -> Any:
    voice = embed_ref(*given, **named)
    voices.append(dict(voice))
    return voice


def _utterance(
    s3gen: nn.Module, arguments: dict[str, Any], voices: list[dict[str, Any]], draws: dict[str, Tensor]
) -> tuple[dict[str, dict[str, Tensor]], dict[str, Any]]:
    """The tensor files of one synthesis by name, and what capture.json says."""
    if not arguments.get("finalize", True):
        raise _NotCaptured("it is a part of a stream (finalize=False), and Octet makes whole utterances")
    if arguments.get("skip_vocoder"):
        raise _NotCaptured("it ends with the mel (skip_vocoder)")
    tokens = _row("speech_tokens", arguments["speech_tokens"], arguments.get("speech_token_lens"))
    if not voices:
        raise _NotCaptured("it has no voice")
    voice = {name: torch.as_tensor(voices[-1][name]).detach().cpu() for name in _VOICE}
    prompt = _row("prompt_token", voice["prompt_token"], voices[-1].get("prompt_token_len"))
    feat, embedding = voice["prompt_feat"].float(), voice["embedding"].float()
    if feat.ndim == 2:
        feat = feat[None]
    if feat.size(0) != 1:
        raise _NotCaptured(f"its voice is a batch of {feat.size(0)}, and Octet's files hold one")

    meanflow = bool(getattr(s3gen, "meanflow", False))
    noise = _noise_of(s3gen, draws, frames=2 * (prompt.size(1) + tokens.size(1)), meanflow=meanflow)
    of_flow: dict[str, Tensor] = {name: noise[name] for name in ("cfm_noise", "noised_mels") if name in noise}
    steps = arguments.get("n_cfm_timesteps") or arguments.get("n_timesteps") or (2 if meanflow else 10)
    source = noise.pop("source")
    files: dict[str, dict[str, Tensor]] = {
        "tokens": {"speech_tokens": tokens},
        "conds": {"prompt_token": prompt, "prompt_feat": feat, "embedding": embedding.reshape(1, -1)},
        "noise": noise,
        "noise_with_source": {**of_flow, "source": source},
    }
    words = ["--tokens", "tokens.safetensors", "--conds", "conds.safetensors", "--noise", "noise.safetensors"]
    return files, {"arguments": [*words, "--steps", str(steps)], "meanflow": meanflow}


def _row(name: str, ids: Any, lengths: Any) -> Tensor:
    """Ids as int64 [1, tokens]."""
    try:
        row = whole_ids(torch.as_tensor(ids).detach().cpu(), name)
    except ValueError as reason:
        raise _NotCaptured(str(reason)) from None
    row = row.reshape(1, -1) if row.ndim < 2 else row
    if row.size(0) != 1:
        raise _NotCaptured(f"{name} is a batch of {row.size(0)}, and Octet's files hold one utterance")
    if lengths is not None and int(torch.as_tensor(lengths).reshape(-1)[0]) != row.size(1):
        raise _NotCaptured(f"{name} is padded to {row.size(1)} ids")
    return row


def _noise_of(s3gen: nn.Module, draws: dict[str, Tensor], frames: int, meanflow: bool) -> dict[str, Tensor]:
    noise = dict(draws)
    fixed = getattr(s3gen.get_submodule("flow.decoder"), "rand_noise", None)
    if fixed is not None:  # chatterbox-vllm draws once, when the model is built
        noise["cfm_noise"] = fixed[:, :, :frames].detach().float().cpu()
    if not meanflow:
        noise.pop("noised_mels", None)
    expected = {"cfm_noise", "sine_phase", "sine_noise", "source"} | ({"noised_mels"} if meanflow else set())
    if missing := sorted(expected - noise.keys()):
        raise _NotCaptured(f"its {', '.join(missing)} could not be seen: is it compiled, or drawn in another way?")
    return noise


def _write(folder: Path, files: dict[str, dict[str, Tensor]], description: dict[str, Any]) -> Path:
    """The folder that now holds these files, under the first number that is free."""
    unfinished = folder / f".unfinished-{os.getpid()}-{threading.get_ident()}"
    unfinished.mkdir()
    try:
        for name, tensors in files.items():
            save_file(
                {key: tensor.contiguous().clone() for key, tensor in tensors.items()},
                unfinished / f"{name}.safetensors",
            )
        (unfinished / "capture.json").write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")
        for number in itertools.count(_last_number(folder) + 1):
            finished = folder / f"{number:04d}"
            try:
                unfinished.rename(finished)
            except OSError:
                if finished.exists():  # another process was faster
                    continue
                raise
            return finished
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    raise AssertionError("numbers do not end")


def _last_number(folder: Path) -> int:
    return max((int(entry.name) for entry in folder.iterdir() if entry.name.isdecimal()), default=0)
