"""An S3Gen from an export alone: upstream's class without memory for weights, so that fp32 is never allocated."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from .errors import ExportError, ModelError, listed
from .file import open_export
from .layers import COMPONENTS
from .load import put_export

# where upstream's class is, in chatterbox-tts and in chatterbox-vllm
_PLACES = ("chatterbox.models.s3gen.s3gen", "chatterbox_vllm.models.s3gen.s3gen")
_SET_DATA = torch.Tensor.data.__set__  # type: ignore[attr-defined]


def open_s3gen(
    path: str | os.PathLike[str],
    device: str | torch.device = "cpu",
    build: Callable[..., nn.Module] | None = None,
) -> nn.Module:
    """The model in an export, in evaluation mode on `device`, as `load` would make of upstream's.

    `build` is upstream's class or what makes one of its kind, called with `meanflow=True` for a turbo model; by default
    it is S3Token2Wav of the installed chatterbox-tts or chatterbox-vllm. Raises as `load` does, ModelError for a
    device that is not there, and ExportError for a file that holds some components only: those it lacks would have no
    weights.
    """
    export = open_export(path)
    if lacking := [name for name in COMPONENTS if name not in export.components]:
        raise ExportError(
            f"{path}: the file has no {listed(lacking)}, so it cannot be opened alone",
            "build upstream's model from its checkpoint, then octet_s3gen.load(s3gen, path)",
        )
    _check_device(torch.device(device))
    arguments = {"meanflow": True} if export.variant == "meanflow" else {}
    with _WithoutWeights():
        s3gen = (build or upstream_class())(**arguments).eval()
    put_export(s3gen, export, torch.device(device))
    s3gen.to(device)
    if left := _on_meta(s3gen):
        raise ModelError(
            f"{listed(left)} has no numbers after all of the export is in", "pass build=, upstream's class"
        )
    return s3gen


def _check_device(device: torch.device) -> None:
    """Before gigabytes are read for a GPU that is not there."""
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).partition("\n")[0]
        raise ModelError(f"{device} cannot be used: {reason}", 'open it with device="cpu"') from error


class _WithoutWeights(TorchFunctionMode):
    """What layers allocate for their weights has a shape and no memory; tables, which are computed, are real."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        if func is torch.empty:
            kwargs["device"] = "meta"
        elif func == _SET_DATA and args[0].is_meta:  # a start for training, of no use here
            args = (args[0], args[1].to("meta"))
        return func(*args, **kwargs)


def _on_meta(s3gen: nn.Module) -> list[str]:
    """Tensors without numbers: parameters, buffers, and those that upstream keeps as plain attributes."""
    return [
        f"{name}.{key}".lstrip(".")
        for name, module in s3gen.named_modules()
        for key, value in {**vars(module), **module._parameters, **module._buffers}.items()
        if isinstance(value, Tensor) and value.is_meta
    ]


def upstream_class() -> Callable[..., nn.Module]:
    hint = "pip install chatterbox-tts, or pass build=S3Token2Wav"
    for place in _PLACES:
        try:
            return cast(Callable[..., nn.Module], importlib.import_module(place).S3Token2Wav)
        except ModuleNotFoundError as error:
            if error.name and place.startswith(error.name):
                continue  # it is not installed
            raise ModelError(f"{place} cannot be imported: {error}", hint) from error
        except (ImportError, AttributeError) as error:
            raise ModelError(f"{place} cannot be imported: {error}", hint) from error
    raise ModelError("chatterbox is not installed", hint)
