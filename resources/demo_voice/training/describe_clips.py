"""Brings what clips.json says into set.json, as `octet set new clips --name demo --licence MIT` made it."""

import json
import sys
from pathlib import Path

TAGS = {"quiet": ["quiet"], "fast": ["fast"], "lively": ["emotional"]}


def main():
    folder = Path(sys.argv[1])
    facts = json.loads((folder / "clips.json").read_text(encoding="utf-8"))
    made = json.loads((folder / "set.json").read_text(encoding="utf-8"))
    lines = []
    for clip in made["clips"]:
        fact = facts[clip["file"][:5]]
        clip = {key: clip[key] for key in ("file", "sha256", "seconds")}
        clip |= {"speaker": fact["voice"], "language": fact["lang"]}
        if fact["reading"] in TAGS:
            clip["tags"] = TAGS[fact["reading"]]
        clip |= {"text": fact["text"], "licence": "MIT"}
        lines.append("\n  " + json.dumps(clip, ensure_ascii=False, separators=(",", ":")))
    head = f'{{"format": "octet-set", "version": 1, "name": {json.dumps(made["name"])},\n "clips": ['
    (folder / "set.json").write_text(head + ",".join(lines) + "]}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
