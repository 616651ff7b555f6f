"""How long a synthesis takes and what memory it holds: upstream as it is, repaired, and from exports."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import nn

from .errors import ExportError, ModelError, listed
from .layers import COMPUTED_TABLES
from .open import open_s3gen, upstream_class
from .repair import repair

TOKENS_PER_SECOND, FRAMES_PER_TOKEN, BANDS, IDS = 25, 2, 80, 6561


@dataclass(frozen=True)
class Request:
    """What is spoken: random ids and a random voice, the same for all."""

    seconds: float = 3.0  # of speech to make
    prompt_seconds: float = 3.0
    steps: int | None = None  # of the flow; upstream's number where none is given
    rounds: int = 5  # that are timed, after one that is not
    device: str = "cpu"


@dataclass(frozen=True)
class Timing:
    """Of one way to run a file. Bytes are those of torch's allocator on a GPU, and None on the CPU, which has none."""

    way: str
    file: str
    median_seconds: float | None = None  # from ids in ordinary memory to samples in ordinary memory
    min_seconds: float | None = None
    max_seconds: float | None = None
    resident_bytes: int | None = None  # after loading
    peak_bytes: int | None = None  # of a synthesis, what is resident included
    failed: str = ""  # what it raised

    def __str__(self) -> str:
        if self.median_seconds is None:
            return f"{self.way:<12} {self.file}: raises {self.failed}"
        times = [f"{1e3 * (seconds or 0):.1f}" for seconds in (self.median_seconds, self.min_seconds, self.max_seconds)]
        memory = [f", {bytes_ / 1e6:,.1f} MB {what}" for bytes_, what in self._memory() if bytes_ is not None]
        return f"{self.way:<12} {self.file}: {times[0]} ms ({times[1]} to {times[2]}){''.join(memory)}"

    def _memory(self) -> tuple[tuple[int | None, str], ...]:
        return (self.resident_bytes, "resident"), (self.peak_bytes, "at the most")


def ways_of(path: Path, build: Callable[..., nn.Module] | None = None) -> dict[str, Callable[[str], nn.Module]]:
    """Ways to run a file by name, each given a device. An export runs as `load` has it. Upstream's checkpoint runs as
    it is ("stock"), cast as its users do ("stock bf16", which is wrong where it does not raise), and repaired ("fp32",
    "bf16", "fp16"). Raises ExportError for a file that cannot be read."""
    try:
        with safe_open(path, framework="pt") as file:  # type: ignore[no-untyped-call]
            metadata = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise ExportError(f"{path}: {error}", "give a .safetensors of upstream or an export of Octet") from None
    if "octet_format" in metadata:
        return {"export": lambda device: open_s3gen(path, device, build)}

    def stock(device: str) -> nn.Module:
        return _stock(path, build or upstream_class()).to(device)

    def repaired(dtype: torch.dtype) -> Callable[[str], nn.Module]:
        def made(device: str) -> nn.Module:
            model = _stock(path, build or upstream_class())
            repair(model, dtype)
            return model.to(device)

        return made

    return {
        "stock": stock,
        "stock bf16": lambda device: stock(device).to(torch.bfloat16),
        "fp32": repaired(torch.float32),
        "bf16": repaired(torch.bfloat16),
        "fp16": repaired(torch.float16),
    }


def _stock(path: Path, build: Callable[..., nn.Module]) -> nn.Module:
    tensors = load_file(path)
    meanflow = "flow.decoder.estimator.time_embed_mixer.weight" in tensors
    model = build(**({"meanflow": True} if meanflow else {})).eval()
    try:
        missing, unexpected = model.load_state_dict(tensors, strict=False)
    except RuntimeError as error:  # torch's words for shapes
        reason = str(error).splitlines()[-1].strip()
        raise ModelError(f"{path}: {reason}", "upstream's class has the published sizes only") from None
    if wrong := sorted((set(missing) - set(COMPUTED_TABLES)) | set(unexpected)):
        raise ModelError(
            f"{path}: {listed(wrong)} is not as upstream's model has it", "give a checkpoint of that model"
        )
    return model


def bench(way: str, path: Path, load: Callable[[str], nn.Module], request: Request) -> Timing:
    """Loads the model, times it, and lets it go. What upstream raises is in the result; not what loading raises."""
    on_gpu = torch.device(request.device).type == "cuda"
    gc.collect()
    if on_gpu:
        torch.cuda.empty_cache()
        before = torch.cuda.memory_allocated(request.device)
    model = load(request.device)
    resident = torch.cuda.memory_allocated(request.device) - before if on_gpu else None
    if on_gpu:
        torch.cuda.reset_peak_memory_stats(request.device)
    try:
        times = [_time(model, request) for _ in range(request.rounds + 1)][1:]
    except (RuntimeError, TypeError, IndexError) as error:
        reason = str(error).splitlines()[0]
        return Timing(way, path.name, resident_bytes=resident, failed=f"{type(error).__name__}: {reason}")
    peak = torch.cuda.max_memory_allocated(request.device) - before if on_gpu else None
    return Timing(way, path.name, statistics.median(times), min(times), max(times), resident, peak)


def _time(model: Any, request: Request) -> float:
    ids, voice = _inputs(model, request)
    steps = {} if request.steps is None else {"n_cfm_timesteps": request.steps}
    with torch.inference_mode(), _silence():
        start = time.perf_counter()
        wave, _ = model.inference(ids.to(request.device), ref_dict=voice, **steps)
        wave.cpu()
        return time.perf_counter() - start


def _inputs(model: Any, request: Request) -> tuple[torch.Tensor, dict[str, torch.Tensor | None]]:
    """Made anew for each round: a stock model writes into the voice."""
    draws = torch.Generator().manual_seed(1)
    prompt = max(1, round(request.prompt_seconds * TOKENS_PER_SECOND))
    ids = torch.randint(0, IDS, (1, max(1, round(request.seconds * TOKENS_PER_SECOND))), generator=draws)
    width = model.flow.spk_embed_affine_layer.in_features
    voice: dict[str, torch.Tensor | None] = {
        "prompt_token": torch.randint(0, IDS, (1, prompt), generator=draws),
        "prompt_token_len": torch.tensor([prompt]),
        "prompt_feat": torch.randn(1, FRAMES_PER_TOKEN * prompt, BANDS, generator=draws),
        "prompt_feat_len": None,
        "embedding": torch.randn(1, width, generator=draws),
    }
    return ids, voice


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Meanflow models print as they go."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def as_json(timings: list[Timing], request: Request) -> str:
    """As `octet bench --vs upstream` reads it."""
    head = {"format": "octet-s3gen-bench", "version": 1, **asdict(request)}
    return json.dumps(head | {"timings": [asdict(timing) for timing in timings]})
