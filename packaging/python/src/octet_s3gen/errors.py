"""What is refused, and what to do about it."""

from __future__ import annotations


class OctetError(ValueError):
    """The message names file, tensor or layer; the hint, where there is one, says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message} ({hint})" if hint else message)
        self.hint = hint


class ExportError(OctetError):
    """A file that is no export, or not one of this model."""


class PlanError(OctetError):
    """A plan that is not one, or that does not fit this model."""


class ModelError(OctetError):
    """A model that is not built as chatterbox's S3Gen, or that has no numbers to work with."""


def listed(names: list[str], most: int = 5) -> str:
    """The first few, and how many more."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
