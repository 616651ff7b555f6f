#!/usr/bin/env python3
"""Relative L2 of every stage of Octet against upstream, as a table; for machines and options the tests do not cover.

    compare.py                                   all small cases and the demo voice, on the CPU
    compare.py --full                            the full-size ones too
    compare.py --save DIR                        only make the reference, to be carried elsewhere
    compare.py --load DIR --device cuda          compare with a saved reference: numpy and safetensors suffice
    compare.py --load DIR --plan bf16.plan.json  another plan against upstream in fp32
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from safetensors.numpy import load_file

import figures
import octet


def make(directory, full, names):
    """Writes the reference of the chosen cases; needs upstream (requirements.txt)."""
    import bundles
    import cases

    for case in cases.CASES:
        if case.name in names or (not names and (full or not case.model.name.startswith("full"))):
            print(f"upstream: {case.name}", file=sys.stderr)
            module = bundles.load(case.model)
            directory.mkdir(parents=True, exist_ok=True)
            checkpoint = bundles.write_model(case.model, module, directory)
            bundles.write_case(case, module, checkpoint, directory)


def compare(directory, names, options):
    """Yields (case, whether upstream's source was injected, figures)."""
    for description in sorted(directory.glob("*/case.json")):
        case = description.parent
        if names and case.name not in names:
            continue
        expected = load_file(case / "expected.safetensors")
        for noise, source_injected in octet.noise_files(case).items():
            with tempfile.TemporaryDirectory() as output:
                stages = octet.synthesize(case, noise, Path(output), options=options)
            yield case.name, source_injected, figures.compare(stages, expected, source_injected)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", help="names of cases; all when none")
    parser.add_argument("--full", action="store_true", help="with the full-size models (1 GB each, on disk too)")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--save", type=Path, metavar="DIR", help="only write the reference there")
    where.add_argument("--load", type=Path, metavar="DIR", help="compare with a reference saved before")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", default="2")
    parser.add_argument("--plan", help="precision plan handed to Octet, in place of the case's own")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    arguments = parser.parse_args()

    if arguments.save:
        make(arguments.save, arguments.full, arguments.cases)
        return 0
    options = ["--device", arguments.device, "--threads", arguments.threads]
    if arguments.plan:
        options += ["--plan", str(Path(arguments.plan).resolve())]
    report = []
    with tempfile.TemporaryDirectory(prefix="octet-oracle-") as scratch:
        directory = arguments.load or Path(scratch)
        if not arguments.load:
            make(directory, arguments.full, arguments.cases)
        for case, source_injected, compared in compare(directory, arguments.cases, options):
            entry = {"case": case, "source injected": source_injected, "relative L2": {f.stage: f.value for f in compared}}
            report.append(entry)
            if not arguments.json:
                print(f"{case}, with {'upstream’s' if source_injected else 'its own'} source\n{figures.table(compared)}")
    if arguments.json:
        print(json.dumps(report, indent=1))
    if not report:
        print("no such case", file=sys.stderr)
    return 0 if report else 2


if __name__ == "__main__":
    sys.exit(main())
