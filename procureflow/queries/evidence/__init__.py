"""Evidence: the history of a stream, the security log, and whether anybody changed either."""

from procureflow.queries.evidence.history import events_of, recent_failures
from procureflow.queries.evidence.verification import Fault, Report, verify

__all__ = ["Fault", "Report", "events_of", "recent_failures", "verify"]
