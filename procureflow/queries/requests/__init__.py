"""Requests: one request's page, lists of them, and what waits for whom."""

from procureflow.queries.requests.checks import CheckPage, check_page, checks_of
from procureflow.queries.requests.durations import UsualTime, usual_time
from procureflow.queries.requests.inbox import Waiting, waiting_for
from procureflow.queries.requests.lists import PAGE, requests, visible
from procureflow.queries.requests.page import RequestPage, ReviewPage, request_page

__all__ = [
    "PAGE",
    "CheckPage",
    "RequestPage",
    "ReviewPage",
    "UsualTime",
    "Waiting",
    "check_page",
    "checks_of",
    "request_page",
    "requests",
    "usual_time",
    "visible",
    "waiting_for",
]
