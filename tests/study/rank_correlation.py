"""How well estimated damages rank layers: Spearman's correlation with exact ones, by kind of damage.

    python tests/study/rank_correlation.py EXACT.json FAST.json

Both are of `octet study sensitivity`, FAST with --fast. Also names the layers whose ranks differ most.
"""

import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Key = tuple[str, str]


def damages(path: Path) -> dict[str, dict[Key, float]]:
    """By kind, then by layer and way of storing it; without those that have none."""
    kinds: dict[str, dict[Key, float]] = {}
    for entry in json.loads(path.read_text())["layers"]:
        if entry["damage"] is None:
            continue
        stored = [entry[key] for key in ("precision", "method", "options") if key in entry]
        kinds.setdefault(entry["kind"], {})[(entry["layer"], json.dumps(stored))] = entry["damage"]
    return kinds


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """From 0; those that are equal share the mean of theirs."""
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts + 1) / 2)[group], dtype=np.float64)


def main() -> None:
    exact, fast = (damages(Path(path)) for path in sys.argv[1:3])
    for kind in sorted(exact.keys() & fast.keys()):
        both = sorted(exact[kind].keys() & fast[kind].keys())
        if len(both) < 3:
            print(f"{kind}: {len(both)} layers in both, too few to rank")
            continue
        a = ranks(np.array([exact[kind][key] for key in both]))
        b = ranks(np.array([fast[kind][key] for key in both]))
        print(f"{kind}: rank correlation {np.corrcoef(a, b)[0, 1]:.3f} over {len(both)}")
        for i in np.argsort(-np.abs(a - b))[:5]:
            print(f"  {both[i][0]}: rank {a[i]:.0f} exact, {b[i]:.0f} estimated, of {len(both)}")


if __name__ == "__main__":
    main()
