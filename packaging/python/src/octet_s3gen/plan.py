"""A precision plan (docs/formats.md, "Plan"), and what it makes of each layer of a model."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from .errors import PlanError, listed
from .glob import Glob
from .layers import Layer
from .methods import CALIBRATED, METHODS, PLAIN, ROUNDING_INPUT, Int8Options, needs_calibration, options_of

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16, "int8": torch.int8}
PRESETS = ("seed", "seed-start", "all-int8", "linear-only", "vocoder-only", "all-base")
_LAYER_TYPES = (
    *("Linear", "Conv1d", "ConvTranspose1d", "Conv2d", "Embedding"),
    *("LayerNorm", "BatchNorm", "Snake", "Parameter", "Buffer"),
)
_CHOICE = {"precision", "method", "options", "force", "reason"}


@dataclass(frozen=True)
class Choice:
    """What a rule, or an entry of `layers`, asks for."""

    precision: str
    method: str = "weight-only"
    options: dict[str, Any] = field(default_factory=dict)
    force: bool = False


@dataclass(frozen=True)
class Rule:
    match: str
    type: str | None
    choice: Choice


@dataclass(frozen=True)
class Plan:
    name: str
    base: str
    rules: tuple[Rule, ...]
    layers: dict[str, Choice]


@dataclass(frozen=True)
class Resolved:
    """What a layer becomes: its weight in `storage`, its other tensors in `base`; what was asked for before."""

    requested: str
    storage: str
    base: str
    kept_because: str = ""
    method: str = "weight-only"  # of int8
    options: Int8Options = PLAIN


def plan_of(plan: str | os.PathLike[str]) -> Plan:
    """A plan file, or the preset of that name over bf16."""
    if isinstance(plan, str) and plan in PRESETS:
        return preset(plan)
    path = Path(plan)
    try:
        text = path.read_bytes()
        return parse_plan(text.decode(json.detect_encoding(text)), str(path))
    except OSError as error:
        raise PlanError(f"{path}: {error.strerror}", f"a plan is a file, or one of {', '.join(PRESETS)}") from None
    except UnicodeDecodeError:
        raise PlanError(f"{path}: not a text") from None


def preset(name: str, base: str = "bf16") -> Plan:
    """The plans that Octet has by name."""
    outside = "{speaker_encoder,flow,mel2wav}.*"
    resblocks = ("mel2wav.{resblocks,source_resblocks}.*", "Conv1d")
    f0 = ("mel2wav.f0_predictor.condnet.*", "Conv1d")
    rules = {
        "seed": [
            resblocks,
            ("mel2wav.ups.*", "ConvTranspose1d"),
            f0,
            ("flow.encoder.{pre_lookahead_layer,up_layer}.*", "Conv1d"),
            ("flow.encoder.*.feed_forward.*", "Linear"),
            ("flow.decoder.estimator.{down,mid,up}_blocks.*", "Conv1d"),
            ("flow.decoder.estimator.*.ff.*", "Linear"),
        ],
        "seed-start": [resblocks, f0],
        "all-int8": [(outside, kind) for kind in ("Linear", "Conv1d", "ConvTranspose1d", "Conv2d")],
        "linear-only": [(outside, "Linear")],
        "vocoder-only": [("mel2wav.*", "Conv1d"), ("mel2wav.*", "ConvTranspose1d")],
        "all-base": [],
    }[name]
    int8 = Choice("int8", force=name == "all-int8")
    tokenizer = Rule("tokenizer.*", None, Choice("fp32"))
    return Plan(name, base, (tokenizer, *(Rule(match, kind, int8) for match, kind in rules)), {})


def parse_plan(text: str, origin: str) -> Plan:
    """The plan in a JSON text. Raises PlanError naming the origin and the key."""
    try:
        root = json.loads(text, object_pairs_hook=lambda pairs: _unique(pairs, origin))
    except json.JSONDecodeError as error:
        raise PlanError(f"{origin}: line {error.lineno}: not JSON: {error.msg}") from None
    except RecursionError:
        raise PlanError(f"{origin}: deeper than any plan is") from None
    if not isinstance(root, dict) or root.get("format") != "octet-plan":
        raise PlanError(f'{origin}: not a plan: "format" must be "octet-plan"')
    if root.get("version") != 1 or isinstance(root["version"], bool):
        raise PlanError(f'{origin}: "version" must be 1', "this plan needs another version of Octet")
    _check_keys(root, {"format", "version", "name", "base", "rules", "layers"}, origin, "a plan")
    base = _one_of(root, "base", ("fp32", "bf16", "fp16"), origin, "bf16")
    rules, layers = root.get("rules", []), root.get("layers", {})
    if not isinstance(rules, list):
        raise PlanError(f'{origin}: "rules" must be a list of rules')
    if not isinstance(layers, dict):
        raise PlanError(f'{origin}: "layers" must be an object {{…}}')
    return Plan(
        name=_text(root, "name", origin),
        base=base,
        rules=tuple(_rule(rule, origin) for rule in rules),
        layers={name: _choice(said, origin, f'"{name}"', _CHOICE) for name, said in layers.items()},
    )


def resolve(plan: Plan, layers: Iterable[Layer], *, made: bool = False) -> dict[str, Resolved]:
    """What the plan makes of each layer, by name; `made`: what needs a calibration is in an export, made with one.

    Raises PlanError for a plan of another model.
    """
    layers = list(layers)
    names = {layer.name for layer in layers}
    if unknown := [name for name in plan.layers if name not in names]:
        raise PlanError(f"no layer is named {listed(unknown)}", "the plan is for another model")
    patterns = [_glob(rule.match, "the plan") for rule in plan.rules]
    matched = [False] * len(patterns)
    resolved = {}
    for layer in layers:
        choices = []
        for i, (rule, pattern) in enumerate(zip(plan.rules, patterns, strict=True)):
            if rule.type in (None, layer.type) and pattern.matches(layer.name):
                matched[i] = True
                choices.append(rule.choice)
        choices += [plan.layers[layer.name]] if layer.name in plan.layers else []
        resolved[layer.name] = _resolved(layer, plan.base, choices, made)
    if plan.rules and not any(matched) and not plan.layers:
        raise PlanError(f"no rule of the plan {plan.name!r} matches a layer", "the plan is for another model")
    return resolved


# --- what a layer may be -------------------------------------------------------------------------------------

_NO_INT8 = ("fp32", "bf16", "fp16")
_NO_INT8_OR_FP16 = ("fp32", "bf16")
_ALL = ("fp32", "bf16", "fp16", "int8")
_BY_TYPE = {
    "LayerNorm": (_NO_INT8, "norms are never int8: they set the scale of all that follows"),
    "BatchNorm": (_NO_INT8_OR_FP16, "norms are never int8, and running variances can leave the range of fp16"),
    "Snake": (_NO_INT8_OR_FP16, "Snake's alpha is never int8, and 1/(alpha + 1e-9) overflows fp16"),
    "Parameter": (_NO_INT8, "free parameters such as positional biases are never int8"),
}
_BY_NAME = (
    ("speaker_encoder.xvector.dense.linear", _NO_INT8, "the final speaker embedding is the voice itself"),
    ("speaker_encoder.*.cam_layer.linear{1,2}", _NO_INT8, "CAM attention layers scale whole channels"),
    (
        "flow.decoder.estimator.{time_mlp.*,time_embed_mixer}",
        _NO_INT8,
        "an error in the timestep embedding enters every block",
    ),
    ("mel2wav.m_source.l_linear", ("fp32",), "the source path is computed exactly"),
    ("mel2wav.conv_post", _NO_INT8, "its output is exponentiated before the iSTFT, errors with it"),
)


def _permitted(layer: Layer) -> tuple[tuple[str, ...], str]:
    """Precisions of the weight, and why not the others."""
    if layer.component == "tokenizer":
        return ("fp32",), "half precision changes tokens"
    if layer.type in _BY_TYPE:
        return _BY_TYPE[layer.type]
    return next(((p, why) for match, p, why in _BY_NAME if Glob(match).matches(layer.name)), (_ALL, ""))


def _resolved(layer: Layer, plan_base: str, choices: list[Choice], made: bool) -> Resolved:
    floating = [choice for choice in choices if choice.precision != "int8"]
    asked_base = floating[-1].precision if floating else plan_base
    last = choices[-1] if choices else None
    wanted = last.precision if last else asked_base
    if layer.type == "Buffer":
        stored = next(name for name, dtype in PRECISIONS.items() if dtype == layer.tensors[0].dtype)
        return Resolved(wanted, stored, stored, "a fixed table is copied as it is")
    permitted, why = _permitted(layer)
    base_forced = bool(floating) and floating[-1].force
    base = asked_base if base_forced or asked_base in permitted else "fp32"
    if wanted == "int8" and not layer.quantizable:
        return Resolved(wanted, base, base, f"a {layer.type} has no weight matrix that int8 could hold")
    if last and wanted == "int8" and (refusal := _refusal(layer, last, made)):
        return Resolved(wanted, base, base, refusal)
    if wanted not in permitted and not (last and last.force):
        return Resolved(wanted, base, base, why)
    if last is None or wanted != "int8":
        return Resolved(wanted, wanted, wanted)
    return Resolved(wanted, wanted, base, method=last.method, options=options_of(last.method, last.options))


def _refusal(layer: Layer, choice: Choice, made: bool) -> str:
    """Why a layer that has a weight is not int8 by the choice's method."""
    method = choice.method
    if method in CALIBRATED and layer.type == "Embedding":
        return "its inputs are ids, for which no rounding is better than the nearest: use weight-only"
    if method in ROUNDING_INPUT and (refusal := _refusal_of_products(layer, method)):
        return refusal
    options = options_of(method, choice.options)
    if options.bias_correction and all(tensor.key != "bias" for tensor in layer.tensors):
        return "it has no bias to correct: leave bias_correction out"
    if not made and needs_calibration(method, options):
        return f"{method} needs a calibration: octet export --calibration makes it"
    return ""


def _refusal_of_products(layer: Layer, method: str) -> str:
    if layer.type not in ("Linear", "Conv1d"):
        return f"{method} is for Linear and Conv1d, not {layer.type}"
    if layer.type == "Conv1d" and layer.tensors[0].shape[1] == 1:
        return "its channels are convolved one by one: there is no product of integers to gain from"
    return ""


# --- reading -------------------------------------------------------------------------------------------------


def _glob(pattern: str, origin: str) -> Glob:
    try:
        return Glob(pattern)
    except ValueError as error:
        raise PlanError(f'{origin}: pattern "{pattern[:200]}": {error}') from None


def _unique(pairs: list[tuple[str, Any]], origin: str) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if twice := [key for key in dict.fromkeys(keys) if keys.count(key) > 1]:
        raise PlanError(f'{origin}: "{twice[0]}" is there twice')
    return dict(pairs)


def _check_keys(said: dict[str, Any], known: set[str], origin: str, what: str) -> None:
    if unknown := [key for key in said if key not in known]:
        raise PlanError(f'{origin}: unknown key "{unknown[0]}" in {what}', f"known: {', '.join(sorted(known))}")


def _text(said: dict[str, Any], key: str, origin: str) -> str:
    value = said.get(key, "")
    if not isinstance(value, str):
        raise PlanError(f'{origin}: "{key}" must be a text')
    return value


def _one_of(said: dict[str, Any], key: str, known: Iterable[str], origin: str, default: str) -> str:
    value = said.get(key, default)
    if value not in (known := tuple(known)):
        raise PlanError(f'{origin}: "{key}": unknown {key} {value!r}', f"known: {', '.join(known)}")
    return str(value)


def _rule(said: Any, origin: str) -> Rule:
    choice = _choice(said, origin, "a rule", {"match", "type", *_CHOICE})
    if "match" not in said:
        raise PlanError(f'{origin}: "match" is missing in a rule')
    match = _text(said, "match", origin)
    _glob(match, origin)
    return Rule(match, _one_of(said, "type", _LAYER_TYPES, origin, "") if "type" in said else None, choice)


def _choice(said: Any, origin: str, what: str, known: set[str]) -> Choice:
    if not isinstance(said, dict):
        raise PlanError(f"{origin}: {what} must be an object {{…}}")
    _check_keys(said, known, origin, what)
    if "precision" not in said:
        raise PlanError(f'{origin}: "precision" is missing in {what}')
    force, options = said.get("force", False), said.get("options", {})
    if not isinstance(force, bool):
        raise PlanError(f'{origin}: "force" must be true or false')
    if not isinstance(options, dict):
        raise PlanError(f'{origin}: "options" must be an object {{…}}')
    _text(said, "reason", origin)
    method = _one_of(said, "method", METHODS, origin, "weight-only")
    try:
        options_of(method, options)
    except ValueError as error:
        raise PlanError(f"{origin}: {error}") from None
    return Choice(
        precision=_one_of(said, "precision", PRECISIONS, origin, ""),
        method=method,
        options=options,
        force=force,
    )
