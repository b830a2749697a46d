"""Answers that many operations share. Every answer has ``api_id`` besides."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was asked for is done, or will be."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why not."""

    error: str


@dataclass(frozen=True, slots=True)
class Empty:
    """No body at all."""
