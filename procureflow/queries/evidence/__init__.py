"""Evidence: the history of a stream, the security log, and whether anybody changed either."""

from procureflow.queries.evidence.history import entries, events_of, last_of, was_last
from procureflow.queries.evidence.verification import Fault, Report, verify, verify_stream

__all__ = [
    "Fault",
    "Report",
    "entries",
    "events_of",
    "last_of",
    "verify",
    "verify_stream",
    "was_last",
]
