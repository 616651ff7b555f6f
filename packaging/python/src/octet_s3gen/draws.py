"""The random draws of one synthesis as upstream makes them, seen while it runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

_FUNCTIONS = (torch.randn, torch.randn_like, torch.rand)


class Draws(TorchFunctionMode):
    """Within this context and thread, what S3Gen draws is kept, under the names of Octet's noise files."""

    def __init__(self, s3gen: nn.Module) -> None:
        super().__init__()
        self.seen: dict[str, Tensor] = {}
        self._solver = s3gen.get_submodule("flow.decoder")
        self._generator = s3gen.get_submodule("mel2wav.m_source.l_sin_gen")
        self._source = s3gen.get_submodule("mel2wav.m_source")
        self._inside: list[nn.Module] = []
        self._hooks: list[Any] = []

    def __enter__(self) -> Draws:
        for module in (self._solver, self._source, self._generator):
            self._hooks.append(module.register_forward_pre_hook(lambda module, _: self._inside.append(module)))
            self._hooks.append(module.register_forward_hook(self._leave))
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *failure: Any) -> None:
        super().__exit__(*failure)  # type: ignore[no-untyped-call]
        for hook in self._hooks:
            hook.remove()

    def _leave(self, module: nn.Module, inputs: Any, output: Any) -> None:
        self._inside.pop()
        if module is self._source:
            self._keep("source", output[0].transpose(1, 2))

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if func in _FUNCTIONS:
            self._note(func, result)
        return result

    def _note(self, function: Callable[..., Any], drawn: Tensor) -> None:
        place = self._inside[-1] if self._inside else None
        if place is self._solver and function is torch.randn_like:
            self._keep("cfm_noise", drawn)
        elif place is self._generator and function is torch.rand:
            # as torch.distributions.Uniform(-pi, pi) makes of it
            low, high = torch.tensor(-math.pi), torch.tensor(math.pi)
            self._keep("sine_phase", low + drawn * (high - low))
        elif place is self._generator and function is torch.randn_like:
            self._keep("sine_noise", drawn)
        elif place is None and function is torch.randn and drawn.ndim == 3:
            self._keep("noised_mels", drawn)

    def _keep(self, name: str, tensor: Tensor) -> None:
        # a copy: upstream writes into what it drew
        self.seen[name] = tensor.detach().to(device="cpu", dtype=torch.float32, copy=True).contiguous()
