#!/usr/bin/env python3
"""Makes goldens/scores.json: what plans that are known to be good or broken score on every other clip of the demo.

    python tests/study/make_goldens.py build/bin/octet

Broken ones are made by clipping weights at their 60th percentile, which no ear forgives, and by rounding the vocoder's
inputs by tensor (docs/methods.md). Minutes on two cores; it goes on where it was stopped, from scores.part.json.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEMO = HERE.parents[1] / "resources/demo_voice"


def clipped(match, layer_type, percentile):
    options = {"clip": "percentile", "percentile": percentile}
    return {"match": match, "type": layer_type, "precision": "int8", "options": options}


RULES = {
    "dynamic-vocoder": {"match": "mel2wav.*", "type": "Conv1d", "precision": "int8", "method": "dynamic"},
    "clipped-feed-forward": clipped("flow.decoder.estimator.*.ff.*", "Linear", 60),
    "clipped-resblocks": clipped("mel2wav.{resblocks,source_resblocks}.*", "Conv1d", 60),
    "clipped-speaker": clipped("flow.spk_embed_affine_layer", "Linear", 60) | {"force": True},
}


def main():
    octet = Path(sys.argv[1]).resolve()
    part = HERE / "goldens/scores.part.json"
    with tempfile.TemporaryDirectory() as folder:
        clips = Path(folder) / "clips"
        clips.mkdir()
        for sound in sorted(path for path in (DEMO / "clips").iterdir() if path.suffix != ".json")[::2]:
            (clips / sound.name).symlink_to(sound)
        command = [octet, "validate", DEMO / "s3gen_demo.safetensors", "--set", clips, "-o", part, "--threads", "1"]
        for plan in ("seed", "all-int8"):
            command += ["--plan", plan]
        for name, rule in RULES.items():
            plan = {"format": "octet-plan", "version": 1, "name": name, "base": "bf16", "rules": [rule]}
            path = Path(folder) / name
            path.write_text(json.dumps(plan))
            command += ["--plan", path]
        ended = subprocess.run(command, check=False)
    if ended.returncode not in (0, 1):
        sys.exit(ended.returncode)
    made = json.loads(part.read_text())

    def kept(scores):
        return {measure: None if value is None else float(f"{value:.6g}") for measure, value in scores.items()}

    clips = [
        {
            "clip": clip["clip"],
            "floor": kept(clip["floor"]),
            "scores": {name: kept(scores) for name, scores in clip["scores"].items()},
        }
        for clip in made["clips"]
    ]
    lines = ",\n".join(json.dumps(clip, ensure_ascii=False) for clip in clips)
    (HERE / "goldens/scores.json").write_text(f"[\n{lines}\n]\n")
    part.unlink()


if __name__ == "__main__":
    main()
