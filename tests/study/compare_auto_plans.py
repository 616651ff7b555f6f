"""Automatic plans beside the seed policy, on clips that their choice has not seen: the table in docs/benchmarks.md.

    python tests/study/compare_auto_plans.py build/bin/octet CHECKPOINT CLIPS SENSITIVITY [FOLDER]

SENSITIVITY is what `octet study sensitivity` wrote; CLIPS holds sounds that were not among its clips. Plans go to
FOLDER. All are over fp32, and of flow and vocoder alone, which is what the seed policy is about. Intervals are those of
10,000 resamplings of the clips (percentile bootstrap, 95 %).
"""

import json
import random
import subprocess
import sys
from pathlib import Path

MEASURES = ("mel_l1", "log_spectral_distance", "mr_stft")


def run(octet, *words):
    command = [octet, *[str(word) for word in words]]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def size_of(octet, checkpoint, plan):
    return json.loads(run(octet, "export", checkpoint, "--plan", plan, "--dry-run", "--json"))["predicted_bytes"]


def write_plan(path, layers):
    plan = {"format": "octet-plan", "version": 1, "name": path.stem.split(".")[0], "base": "fp32", "rules": []}
    plan["layers"] = {name: {"precision": "int8", "force": True} for name in layers}
    path.write_text(json.dumps(plan))
    return path


def filled(octet, checkpoint, path, order, most):
    """The plan with so many layers, in their order, that it takes no more than `most` bytes."""
    least, enough = 0, len(order)
    while least < enough:
        count = (least + enough) // 2
        if size_of(octet, checkpoint, write_plan(path, order[:count])) <= most:
            enough = count
        else:
            least = count + 1
    return write_plan(path, order[:enough])


def plans_of(octet, checkpoint, sensitivity, folder):
    """By name: the reference, the seed policy, all layers in int8, and others of the seed policy's bytes or less."""
    plans = {}
    for name, preset in (("fp32", "all-base"), ("seed", "seed")):
        plans[name] = folder / f"{name}.plan.json"
        run(octet, "plan", "new", "--preset", preset, "--base", "fp32", "-o", plans[name])
    seed = size_of(octet, checkpoint, plans["seed"])
    study = json.loads(Path(sensitivity).read_text())
    study["layers"] = [e for e in study["layers"] if e["layer"].startswith(("flow.", "mel2wav."))]
    study["entries"] = len(study["layers"])
    own = folder / "sensitivity.json"
    own.write_text(json.dumps(study))
    entries = [e for e in study["layers"] if e["damage"] is not None]
    order = [e["layer"] for e in sorted(entries, key=lambda e: e["damage"])]
    plans["all int8"] = write_plan(folder / "all_int8.plan.json", order)
    plans["monotone"] = filled(octet, checkpoint, folder / "monotone.plan.json", order, seed)
    for number in (1, 2):
        random.Random(number).shuffle(order)
        plans[f"random {number}"] = filled(octet, checkpoint, folder / f"random{number}.plan.json", order, seed)
    for share in (1, 0.95, 0.9, 0.85, 0.8, 0.75):
        name = f"auto {100 * share:.0f} %"
        path = folder / f"auto{100 * share:.0f}.plan.json"
        asked = ("--sensitivity", own, "--max-bytes", int(share * seed), "-o", path)
        command = [octet, "study", "auto-plan", checkpoint, *map(str, asked)]
        made = subprocess.run(command, check=False, stdout=subprocess.PIPE)
        if made.returncode == 0:
            plans[name] = path
    return plans


def interval(values):
    """Mean and 95 % interval."""
    draws = random.Random(1)
    means = sorted(sum(draws.choices(values, k=len(values))) / len(values) for _ in range(10_000))
    return sum(values) / len(values), means[250], means[9749]


def main():
    octet, checkpoint, clips, sensitivity = sys.argv[1:5]
    folder = Path(sys.argv[5] if len(sys.argv) > 5 else "auto_plans")
    folder.mkdir(parents=True, exist_ok=True)
    plans = plans_of(octet, checkpoint, sensitivity, folder)
    words = [word for plan in plans.values() for word in ("--plan", plan)]
    report = json.loads(run(octet, "compare", checkpoint, *words, "--clips", clips, "--json"))
    (folder / "report.json").write_text(json.dumps(report))
    seed = list(plans).index("seed")
    print(
        f"{len(report['clips'])} clips; in brackets the plan less the seed policy, clip by clip, with its 95 % interval"
    )
    for index, (name, plan) in enumerate(plans.items()):
        row = f"| {name} | {size_of(octet, checkpoint, plan) / 1e6:.2f} MB |"
        for measure in MEASURES if index else ():
            of = [[clip["runs"][run]["scores"][measure] for clip in report["clips"]] for run in (index, seed)]
            mean = sum(of[0]) / len(of[0])
            less = interval([a - b for a, b in zip(*of, strict=True)])
            row += f" {mean:.4f} ({less[0]:+.4f}, {less[1]:+.4f} to {less[2]:+.4f}) |"
        print(row)


if __name__ == "__main__":
    main()
