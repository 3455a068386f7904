"""Keeping views of lists."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, flash, redirect, request, url_for

from procureflow.domain.errors import InvalidInput, NotFound
from procureflow.domain.permissions import Permission
from procureflow.queries import saved_lists as reading
from procureflow.services import saved_lists as services
from procureflow.web import context
from procureflow.web.access import ensure_open, is_open, requires

bp = Blueprint("saved_lists", __name__, url_prefix="/lists")

#: Where each list is.
LISTS = {
    "requests": "requests.index",
    "register": "register.index",
    "assets": "assets.index",
    "non-compliance": "compliance.index",
    "audit": "evidence.index",
    "roles": "evidence.roles",
    "security": "evidence.security",
    "people": "administration.index",
    "held": "administration.roles",
}


def kept_views() -> list[tuple[str, str]]:
    """(name, address) of each view that whoever is signed in keeps of a list still open to them."""
    kept = reading.all_of(context.reading(), context.actor().person)
    return [
        (view.name, f"{url_for(LISTS[view.listing])}?{view.query}")
        for view in kept
        if view.listing in LISTS and is_open(LISTS[view.listing])
    ]


@bp.post("/<listing>/saved")
@requires(Permission.ACCOUNT_USE)
def save(listing: str) -> Any:
    """Keep the list as it is filtered and sorted."""
    if listing not in LISTS:
        raise NotFound("There is no such list.", remedy="Go back to your work.")
    ensure_open(LISTS[listing])
    # Read and written anew: it becomes part of an address.
    query = urlencode(parse_qsl(request.form.get("query", "")))
    if len(query) > services.LONGEST_QUERY:
        query = ""
    try:
        with context.unit_of_work() as session:
            services.save_list(
                session,
                listing=listing,
                name=request.form.get("name", ""),
                query=query,
                actor_id=context.actor_id(),
                now=context.now(),
            )
        flash("The view is saved.")
    except InvalidInput as refusal:
        flash(" ".join(refusal.errors.values()), "problem")
    return redirect(f"{url_for(LISTS[listing])}?{query}")


@bp.post("/saved/<id:number>/remove")
@requires(Permission.ACCOUNT_USE)
def remove(number: int) -> Any:
    """Remove a view of one's own."""
    with context.unit_of_work() as session:
        listing = services.remove_list(
            session, saved_id=number, actor_id=context.actor_id(), now=context.now()
        )
    flash("The view is removed. The list itself is as it was.")
    return redirect(url_for(LISTS[listing]))
