"""How far two sets of stages are apart, and how far they may be. numpy only."""

from dataclasses import dataclass

import numpy as np

IDENTICAL = 0.0
# Relative L2, fp32 on CPU. A 1e-6 change of f0 moves the phase, which is why source and waveform have more room.
LIMITS = {
    "speech_tokens": IDENTICAL,
    "prompt_token": IDENTICAL,
    "prompt_feat": 2e-6,
    "embedding": 2e-6,
    "encoder_out": 2e-6,
    "mel": 1e-5,
    "f0": 1e-5,
    "source": 5e-3,
    "waveform": 5e-3,
}
WAVEFORM_WITH_INJECTED_SOURCE = 1e-5


@dataclass(frozen=True)
class Figure:
    stage: str
    value: float  # relative L2; for ids the share that differs; infinite where nothing can be compared
    limit: float
    remark: str = ""

    @property
    def holds(self):
        return self.value <= self.limit

    def __str__(self):
        verdict = "" if self.holds else "  <-- too far"
        return f"{self.stage:<14} {self.value:9.2e}  (limit {self.limit:7.0e}){verdict} {self.remark}".rstrip()


def relative_l2(actual, expected):
    actual, expected = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    if not np.isfinite(actual).all():
        return float("inf")
    distance, size = np.linalg.norm(actual - expected), np.linalg.norm(expected)
    return float(distance / size) if size else float(distance)


def limit_of(stage, source_injected):
    if stage.startswith("mel_step_"):
        return LIMITS["mel"]
    if source_injected and stage == "waveform":
        return WAVEFORM_WITH_INJECTED_SOURCE
    if source_injected and stage == "source":
        return IDENTICAL
    return LIMITS[stage]


def compare(actual, expected, source_injected):
    """One figure a stage, in the order in which a synthesis makes them."""

    def order(stage):
        names = [*LIMITS]
        return (names.index("mel"), int(stage[9:])) if stage.startswith("mel_step_") else (names.index(stage), 99)

    figures = []
    for stage in sorted(expected, key=order):
        limit, wanted = limit_of(stage, source_injected), np.asarray(expected[stage])
        if stage not in actual:
            figures.append(Figure(stage, float("inf"), limit, "is missing"))
            continue
        got = np.asarray(actual[stage])
        if got.shape != wanted.shape:
            remark = f"has shape {list(got.shape)} instead of {list(wanted.shape)}"
            figures.append(Figure(stage, float("inf"), limit, remark))
        elif np.issubdtype(wanted.dtype, np.integer):
            figures.append(Figure(stage, float(np.mean(got != wanted)), limit))
        else:
            figures.append(Figure(stage, relative_l2(got, wanted), limit))
    return figures


def table(figures):
    return "\n".join(f"  {figure}" for figure in figures)
