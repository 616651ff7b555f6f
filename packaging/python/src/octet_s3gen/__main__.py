"""`python -m octet_s3gen inspect|verify FILE`: an export looked at without Octet and without a model."""

from __future__ import annotations

import argparse
import sys

from .errors import ExportError, OctetError
from .file import NAMES, Export, open_export

# as docs/cli.md has them
FINE, CHECK_SAID_NO, INPUT_WRONG = 0, 1, 3


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m octet_s3gen", description="Look at an export of Octet.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("inspect", help="what a file says it holds, tensor by tensor").add_argument("file")
    commands.add_parser("verify", help="read every number, and say whether each can be one of an export").add_argument(
        "file"
    )
    asked = parser.parse_args(arguments)
    try:
        export = open_export(asked.file)
    except OctetError as error:
        print(f"error: {error}", file=sys.stderr)
        return INPUT_WRONG
    return _inspect(export) if asked.command == "inspect" else _verify(export)


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
