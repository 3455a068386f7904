"""The default council's documents with two bodies, one after the other, and an approval that is
subject to something: what other councils' reports describe."""

from __future__ import annotations

import json
from typing import Any

import yaml

from procureflow.adapters.files import read_documents
from procureflow.domain.permissions import Role
from procureflow.services import people, reviews
from tests.factories.council import HEREFORDSHIRE, Council

WORKFLOW = "workflow.yaml"
BOARD = "herefordshire_connects_board"
#: account → role in the board. `member5` sits in both bodies.
BOARD_MEMBERS = {
    "sponsor2": Role.CHAIR,
    "colleague": Role.MEMBER,
    "requester2": Role.MEMBER,
    "member5": Role.MEMBER,
}


def workflow() -> dict[str, Any]:
    """The workflow, as a tree."""
    tree: dict[str, Any] = yaml.safe_load(read_documents(HEREFORDSHIRE)[WORKFLOW])
    states, triggers = tree["states"], tree["triggers"]
    states["board_review"] = {
        "kind": "group",
        "label": "Board review",
        "words": "The board looks at it first.",
        "body": BOARD,
        "assessments": ["standards"],
        "outcomes": {"approve": "recommend", "reject": "board_reject", "return": "board_return"},
    }
    states["group_review"]["assessments"] = ["funding"]
    states["approved_subject"] = {
        "kind": "decided",
        "label": "Approved, subject to funding",
        "may_buy": False,
        "words": "Nothing can be bought before the funding is provided.",
    }
    by_votes = {"may": "review:close", "guards": ["assessments_recorded"], "from": ["board_review"]}
    triggers["refer_to_group"]["to"] = "board_review"
    triggers["recommend"] = {**by_votes, "to": "group_review", "label": "Recommend"}
    triggers["board_reject"] = {**by_votes, "to": "rejected", "label": "Reject"}
    triggers["board_return"] = {**by_votes, "to": "business_case", "label": "Return"}
    triggers["approve"]["to"] = "approved_subject"
    triggers["confirm_funding"] = {
        "from": ["approved_subject"],
        "to": "approved",
        "may": "authorisation:manage",
        "label": "Confirm the funding",
        "done": "Confirmed the funding",
    }
    triggers["withdraw"]["from"].append("board_review")
    triggers["lapse"]["from"].append("approved_subject")
    return tree


def documents(tree: dict[str, Any] | None = None) -> dict[str, str]:
    """The documents, with that workflow."""
    # JSON is YAML without the short cuts that a document may not take.
    text = json.dumps(tree or workflow())
    return {**read_documents(HEREFORDSHIRE), WORKFLOW: text}


def with_two_bodies(council: Council) -> Council:
    """The council goes by them from now on, and the board has its members."""
    council.publish(council.now.date(), documents())
    for account, role in BOARD_MEMBERS.items():
        council.act(
            people.grant_role,
            person_id=council.people[account],
            role=role,
            body=BOARD,
            actor_id=None,
            starts_on=council.now.date(),
        )
    return council


def voted_by_the_board(council: Council, choice: str = "approve") -> tuple[int, int]:
    """(request, review): three of the board voted like that."""
    request, review = council.referred()
    given = {"review_id": review, "kind": "standards", "verdict": "satisfied", "note": ""}
    council.act(reviews.record_assessment, by="ict", **given)
    for member in ("sponsor2", "requester2", "member5"):
        council.declare(review, member)
        council.vote(review, member, choice)
    return request, review


def recommended(council: Council) -> int:
    """The request that the board recommended."""
    request, review = voted_by_the_board(council)
    council.act(
        reviews.close_voting,
        by="sponsor2",
        review_id=review,
        expected="approve",
        reasons="The board is for it.",
        conditions=["Train everybody."],
    )
    return request
