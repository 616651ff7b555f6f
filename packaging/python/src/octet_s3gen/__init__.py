"""Octet's exports of S3Gen in a stock chatterbox."""

from .capture import Captured, capture
from .repair import Repair, repair

__all__ = ["Captured", "Repair", "capture", "repair"]
