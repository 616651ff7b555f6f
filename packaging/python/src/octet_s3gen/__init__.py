"""Octet's exports of S3Gen in a stock chatterbox."""

from .repair import Repair, repair

__all__ = ["Repair", "repair"]
