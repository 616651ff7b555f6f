"""`python -m octet_s3gen inspect|verify FILE`: an export looked at without Octet and without a model. `bench FILE …`:
how long a synthesis takes in Python, and what memory."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from .bench import Request, Timing, as_json, bench, ways_of
from .errors import ExportError, OctetError
from .file import NAMES, Export, open_export

# as docs/cli.md has them
FINE, CHECK_SAID_NO, USAGE_WRONG, INPUT_WRONG = 0, 1, 2, 3


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m octet_s3gen", description="Look at an export of Octet.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("inspect", help="what a file says it holds, tensor by tensor").add_argument("file")
    commands.add_parser("verify", help="read every number, and say whether each can be one of an export").add_argument(
        "file"
    )
    _add_bench(commands)
    asked = parser.parse_args(arguments)
    try:
        if asked.command == "bench":
            return _bench(asked)
        export = open_export(asked.file)
    except OctetError as error:
        print(f"error: {error}", file=sys.stderr)
        return INPUT_WRONG
    return _inspect(export) if asked.command == "inspect" else _verify(export)


def _add_bench(commands: Any) -> None:
    command = commands.add_parser("bench", help="time a synthesis of upstream's classes, stock, repaired, from exports")
    command.add_argument("files", nargs="+", metavar="FILE", type=Path, help="upstream's .safetensors, and exports")
    command.add_argument("--way", action="append", help="only this way to run a file: stock, 'stock bf16', bf16 …")
    command.add_argument("--seconds", type=float, default=Request.seconds, help="of speech (%(default)s)")
    command.add_argument("--prompt-seconds", type=float, default=Request.prompt_seconds, help="(%(default)s)")
    command.add_argument("--steps", type=int, help="of the flow; upstream's own number if not given")
    command.add_argument("--rounds", type=int, default=Request.rounds, help="that are timed (%(default)s)")
    command.add_argument("--device", default=Request.device, help="(%(default)s)")
    command.add_argument("--json", action="store_true")


def _bench(asked: argparse.Namespace) -> int:
    """Every file in each of its ways, one model in memory at a time."""
    request = Request(asked.seconds, asked.prompt_seconds, asked.steps, asked.rounds, asked.device)
    timings: list[Timing] = []
    for path in asked.files:
        for way, load in ways_of(path).items():
            if asked.way and way not in asked.way:
                continue
            timings.append(bench(way, path, load, request))
            if not asked.json:
                print(timings[-1], flush=True)
    if not timings:
        print(f"error: no file runs as {', '.join(asked.way)}", file=sys.stderr)
        return USAGE_WRONG
    if asked.json:
        print(as_json(timings, request))
    return CHECK_SAID_NO if all(timing.failed for timing in timings) else FINE


def _inspect(export: Export) -> int:
    width = max(len(name) for name in export.tensors)
    for name in sorted(export.tensors):
        stored = export.tensors[name]
        print(f"{name:<{width}}  {NAMES[stored.dtype]:<5}  {stored.bytes:>12,}  {list(stored.shape)}")
    print(f"plan        {export.plan.name} over {export.plan.base}; {len(export.schemes)} layers are int8")
    print(f"variant     {export.variant}")
    print(f"components  {', '.join(export.components)}")
    print(f"source      sha256 {export.source_sha256}")
    print(f"bytes       {export.bytes:,} in {len(export.tensors)} tensors")
    return FINE


def _verify(export: Export) -> int:
    try:
        count = sum(1 for _ in export.read())
    except ExportError as error:
        print(f"wrong: {error}")
        return CHECK_SAID_NO
    print(f"fine: {count} tensors are as the header says, finite, with positive scales and integers within 127")
    return FINE


if __name__ == "__main__":
    sys.exit(main())
