"""What a load or a quantization made of each layer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LayerReport:
    name: str
    type: str  # "Conv1d" ...
    stored: str  # in the export, or as quantized: "fp32", "bf16", "fp16", "int8"
    requested: str  # by the plan
    executed: str  # what it multiplies in
    bytes_before: int
    bytes_after: int
    note: str = ""  # why it is stored otherwise than requested


@dataclass(frozen=True)
class Report:
    """Printed, it is a table."""

    layers: tuple[LayerReport, ...]
    repairs: tuple[str, ...]
    left_alone: tuple[str, ...] = ()  # components that the file does not hold: they are as they were

    @property
    def bytes_before(self) -> int:
        return sum(layer.bytes_before for layer in self.layers)

    @property
    def bytes_after(self) -> int:
        return sum(layer.bytes_after for layer in self.layers)

    def __str__(self) -> str:
        head = ("layer", "type", "stored", "requested", "executed", "before", "after", "")
        rows = [
            (a.name, a.type, a.stored, a.requested, a.executed, f"{a.bytes_before:,}", f"{a.bytes_after:,}", a.note)
            for a in self.layers
        ]
        total = ("total", "", "", "", "", f"{self.bytes_before:,}", f"{self.bytes_after:,}", "")
        table = [head, *rows, total]
        widths = [max(len(row[column]) for row in table) for column in range(len(head))]
        numbers = (5, 6)
        lines = [
            "  ".join(
                cell.rjust(width) if column in numbers else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in table
        ]
        lines += [f"left as it was: {name}, which the file does not hold" for name in self.left_alone]
        lines += [f"repaired: {repair}" for repair in self.repairs]
        return "\n".join(lines)
