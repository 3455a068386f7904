"""Requests: one request's page, lists of them, and what waits for whom."""

from procureflow.queries.requests.changes import NOW, Compared, compared
from procureflow.queries.requests.checks import CheckPage, check_page, checks_of
from procureflow.queries.requests.durations import UsualTime, usual_time
from procureflow.queries.requests.facts import facts_of
from procureflow.queries.requests.inbox import About, Waiting, waiting_for
from procureflow.queries.requests.lists import recent, requests_listing, visible
from procureflow.queries.requests.page import RequestPage, ReviewPage, may_view, request_page
from procureflow.queries.requests.rebasing import Rebase, newer_version, rebase_page

__all__ = [
    "NOW",
    "About",
    "CheckPage",
    "Compared",
    "Rebase",
    "RequestPage",
    "ReviewPage",
    "UsualTime",
    "Waiting",
    "check_page",
    "checks_of",
    "compared",
    "facts_of",
    "may_view",
    "newer_version",
    "rebase_page",
    "recent",
    "request_page",
    "requests_listing",
    "usual_time",
    "visible",
    "waiting_for",
]
