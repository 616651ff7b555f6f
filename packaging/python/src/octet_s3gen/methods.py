"""Methods of int8 and what they let a plan choose (docs/formats.md, "Plan")."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any

METHODS = ("weight-only", "dynamic", "llm-int8", "gptq", "adaround")
ROUNDING_INPUT = ("dynamic", "llm-int8")  # which layers of these methods then compute with in fp32
CALIBRATED = ("gptq", "adaround")  # used as weight-only is


def needs_calibration(method: str, options: Int8Options) -> bool:
    """Whether `octet export` makes it, with a calibration."""
    return method in CALIBRATED or options.has_fixed_outliers or options.bias_correction


@dataclass(frozen=True)
class Int8Options:
    """Those of all methods; what a method has not stays as it is here."""

    clip: str = "none"  # "none", "mse" or "percentile"
    percentile: float = 99.9
    group: int = 0  # inputs that share a scale; 0: all of an output channel
    asymmetric: bool = False
    bias_correction: bool = False  # the bias makes up for what rounding takes from outputs in the mean
    scales: str = "tensor"  # of inputs: "tensor" or "token"
    threshold: float = 6.0  # features of an input that reach it are not rounded
    outliers: str = "input"  # where those are found: in each "input", or in the "calibration" beforehand

    @property
    def in_groups(self) -> bool:
        """Whether scales are [channels, groups], of which there may be one a channel."""
        return self.group != 0 or self.asymmetric

    @property
    def has_fixed_outliers(self) -> bool:
        return self.outliers == "calibration"


PLAIN = Int8Options()  # plain rounding, a scale an output channel

_OF = {
    "weight-only": ("clip", "percentile", "group", "asymmetric", "bias_correction", "calibration"),
    "dynamic": ("scales",),
    "llm-int8": ("threshold", "outliers", "calibration"),
    "gptq": ("block", "damping", "order", "group", "calibration"),
    "adaround": ("steps", "group", "calibration"),
}


def options_of(method: str, said: dict[str, Any]) -> Int8Options:
    """Raises ValueError for what the method does not have."""
    if unknown := [key for key in said if key not in _OF[method]]:
        raise ValueError(f'options of {method}: "{unknown[0]}" is unknown')
    known: dict[str, Any] = {
        "clip": lambda value: value in ("none", "mse", "percentile"),
        "percentile": lambda value: _is_number(value) and 50 <= value < 100,
        "group": lambda value: _is_number(value) and value in (0, 32, 64, 128),
        "asymmetric": lambda value: isinstance(value, bool),
        "bias_correction": lambda value: isinstance(value, bool),
        "scales": lambda value: value in ("tensor", "token"),
        "threshold": lambda value: value == "infinity" or (_is_number(value) and 0 <= value <= _LARGEST),
        "outliers": lambda value: value in ("input", "calibration"),
        "block": lambda value: isinstance(value, int) and 1 <= value <= 4096,
        "damping": lambda value: _is_number(value) and 0.001 <= value <= 1,
        "order": lambda value: value in ("activation", "given"),
        "steps": lambda value: isinstance(value, int) and 1 <= value <= 10000,
        "calibration": lambda value: isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value),
    }
    for key, value in said.items():
        if not known[key](value):
            raise ValueError(f"options of {method}: {key} is {value!r}")
    said = said | ({"threshold": float(said["threshold"])} if "threshold" in said else {})
    options = Int8Options(**{field.name: said[field.name] for field in fields(Int8Options) if field.name in said})
    if "percentile" in said and options.clip != "percentile":
        raise ValueError(f'options of {method}: percentile without "clip": "percentile"')
    if options.asymmetric and options.clip != "none":
        raise ValueError(f"options of {method}: clip with asymmetric")
    if "calibration" in said and not needs_calibration(method, options):
        raise ValueError(f"options of {method}: calibration, which they do not need")
    return options


_LARGEST = 3.4028234663852886e38  # of fp32


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
