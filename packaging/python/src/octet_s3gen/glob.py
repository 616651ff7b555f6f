"""Patterns of layer names: `*` any text, `?` one character, `{a,b}` one of these; all else is itself."""

from __future__ import annotations

import re

_MOST_STEPS = 10_000
_Steps = list["str | list[_Steps]"]  # a sign, or the alternatives of a brace


class Glob:
    """Read once; a name is matched in time of pattern times name, which a regular expression does not promise."""

    def __init__(self, pattern: str) -> None:
        """Raises ValueError saying what is wrong with the pattern."""
        self._steps: _Steps = []
        alternatives: list[_Steps] | None = None
        pattern = re.sub(r"\*+", "*", pattern)
        if len(pattern) > _MOST_STEPS:
            raise ValueError("longer than any list of layers needs")
        for sign in pattern:
            if sign == "{":
                if alternatives is not None:
                    raise ValueError("a brace inside braces")
                alternatives = [[]]
                self._steps.append(alternatives)
            elif sign == "}":
                if alternatives is None:
                    raise ValueError("a closing brace without an opening one")
                alternatives = None
            elif sign == "," and alternatives is not None:
                alternatives.append([])
            else:
                (self._steps if alternatives is None else alternatives[-1]).append(sign)
        if alternatives is not None:
            raise ValueError("an opening brace without a closing one")

    def matches(self, name: str) -> bool:
        return len(name) in _ends(self._steps, name, {0})


def _ends(steps: _Steps, name: str, starts: set[int]) -> set[int]:
    """Where in the name the steps can end that begin at one of `starts`."""
    for step in steps:
        if not starts:
            break
        if isinstance(step, list):
            starts = set().union(*(_ends(alternative, name, starts) for alternative in step))
        elif step == "*":
            starts = set(range(min(starts), len(name) + 1))
        else:
            starts = {at + 1 for at in starts if at < len(name) and step in ("?", name[at])}
    return starts
