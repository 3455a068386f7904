"""The workflow as a picture on a page, with the way that a request has gone."""

from __future__ import annotations

from flask import Flask
from markupsafe import Markup

from procureflow.domain.definitions.workflow import Workflow
from procureflow.domain.diagram import svg
from procureflow.domain.guards import in_words
from procureflow.domain.permissions import Permission
from procureflow.queries.requests import RequestPage

#: Who takes a step, by the permission that it needs.
_WHO = {
    Permission.REQUEST_STEP: "whoever writes the request",
    Permission.REQUEST_REFER: "whoever writes the request",
    Permission.REQUEST_WITHDRAW: "whoever writes the request",
    Permission.REVIEW_CLOSE: "whoever presides, by closing the voting",
    Permission.AUTHORISATION_MANAGE: "the group’s secretary",
}


def who_may(permission: str) -> str:
    """Who takes a step that needs this permission."""
    return _WHO.get(Permission(permission), "whoever may")


def workflow_picture(workflow: Workflow) -> Markup:
    """The whole workflow."""
    return Markup(svg(workflow, name="The way of a request"))  # noqa: S704 (svg escapes words)


def states_been(page: RequestPage) -> list[str]:
    """The states that a request has been in, in their order; it may have been in one twice."""
    own = (event for event in page.events if event.stream == page.request.reference)
    return [event.state_to for event in own if event.state_to is not None]


def request_picture(page: RequestPage) -> Markup:
    """The workflow with the way that this request has gone."""
    name = f"Where {page.request.reference} is: {page.state.label}"
    been = states_been(page)
    picture = svg(page.bundle.workflow, name=name, been=been, here=page.request.state)
    return Markup(picture)  # noqa: S704 (svg escapes words)


def register(app: Flask) -> None:
    """Make them known to templates."""
    app.jinja_env.globals.update(
        guard_words=in_words,
        request_picture=request_picture,
        states_been=states_been,
        who_may=who_may,
        workflow_picture=workflow_picture,
    )
