"""What can go wrong while seeding, in words."""

from __future__ import annotations


class SeedError(Exception):
    """The demo portal cannot be filled; the message says why and what to do."""
