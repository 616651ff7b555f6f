"""What a mistake is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """`text` stands once in `file`; with `replacement` in its place Octet compiles, and does something wrong."""

    name: str
    file: str
    text: str
    replacement: str
    program: str = ""  # the test program that must notice
    cases: str = ""  # without one: pytest -k expression of the quickest cases of tests/oracle that must
