"""Octet's exports of S3Gen in a stock chatterbox."""

__all__: list[str] = []
