"""What a run was asked to do, and where it may write."""

from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
BUILD = PROJECT / "build"


@dataclass(frozen=True, slots=True)
class Options:
    """The command line, parsed.

    `seconds` is how long each peer is driven in each of `rounds` rounds (wall clock).
    `peers` and `only` narrow the run; None means all peers, or both databases.
    """

    rounds: int = 5
    seconds: float = 1.0
    peers: tuple[str, ...] | None = None
    only: str | None = None
