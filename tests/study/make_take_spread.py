"""Makes the table of core/study/take_spread.cpp: by how much takes of one clip differ, measure by measure.

    for seed in 0 2 4 6; do
      octet compare resources/demo_voice/s3gen_demo.safetensors --plan all-base --plan all-base \\
        --clips CLIPS --seed $seed --predicted-mos --json > take_$seed.json
    done
    tests/study/make_take_spread.py take_*.json

CLIPS held ref00, ref01, ref03, ref07, ref14 and ref17 of the demo's clips. Each report has one take a clip, held
against another: its floor "A, other noise". Below the table stands how often one take would be said to be beyond
another, which chance allows in 5 % of clips.
"""

import json
import statistics
import sys
from itertools import permutations
from pathlib import Path

ERROR = 0.05


def worse(better: str, value: float) -> float:
    """The score as a number that grows as things get worse."""
    return {"lower": value, "higher": -value, "nearer 0": abs(value)}[better]


def main() -> None:
    reports = [json.loads(Path(name).read_text()) for name in sys.argv[1:]]
    takes: dict[str, list[list[float]]] = {}
    for measure in reports[0]["measures"]:
        clips: dict[str, list[float]] = {}
        for report in reports:
            for clip in report["clips"]:
                value = clip["floors"]["A, other noise"][measure["id"]]
                if value is not None:
                    clips.setdefault(clip["name"], []).append(worse(measure["better"], value))
        takes[measure["id"]] = [values for values in clips.values() if len(values) == len(reports)]
    spreads = {
        measure: (2 * statistics.mean(statistics.variance(values) for values in clips)) ** 0.5
        for measure, clips in takes.items()
    }
    for measure, spread in spreads.items():
        print(f'    Spread{{"{measure}", {spread:.3g}}},')

    scale = statistics.NormalDist().inv_cdf(1 - ERROR / len(spreads))
    pairs = list(permutations(range(len(reports)), 2))
    clips = range(len(reports[0]["clips"]))
    alarms = sum(
        any(values[clip][one] - values[clip][other] > scale * spreads[measure] for measure, values in takes.items())
        for clip in clips
        for one, other in pairs
    )
    chance = sum(
        any(values[clip][one] > values[clip][other] for values in takes.values()) for clip in clips for one, other in pairs
    )
    print(f"beyond a margin: {alarms}, beyond another take: {chance}, of {len(pairs) * len(clips)} pairs", file=sys.stderr)


if __name__ == "__main__":
    main()
