"""Octet's exports of S3Gen in a stock chatterbox."""

from . import oldest_torch as oldest_torch  # isort: skip - before what needs it
from .capture import Captured, capture
from .errors import ExportError, ModelError, OctetError, PlanError
from .file import Export, open_export
from .load import load
from .open import open_s3gen
from .quantize import quantize
from .repair import Repair, repair
from .report import LayerReport, Report

__all__ = [
    "Captured",
    "Export",
    "ExportError",
    "LayerReport",
    "ModelError",
    "OctetError",
    "PlanError",
    "Repair",
    "Report",
    "capture",
    "load",
    "open_export",
    "open_s3gen",
    "quantize",
    "repair",
]
