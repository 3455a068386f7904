"""The law as a grid written by hand: who may do what to a request that is before a group."""

# ruff: noqa: E501 (the grid is as wide as the law)

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from procureflow.domain.errors import NotPermitted
from procureflow.domain.permission_words import WORDS
from procureflow.domain.permissions import (
    LAW,
    NOTHING,
    SCOPES,
    Actor,
    Grant,
    Parties,
    Permission,
    Role,
    Scope,
    Subject,
    allows,
    ensure,
)

HERE, ELSEWHERE = "environment", "children_young_people"
GROUP, BOARD = "information_policy_group", "herefordshire_connects_board"

AUTHOR, CO_AUTHOR, SPONSOR, CHAIR, VICE, MEMBER, SECRETARY, DIRECTOR = range(1, 9)
SOMEBODY = 99

PARTIES = Parties(AUTHOR, SPONSOR, frozenset({CO_AUTHOR}))
REQUEST = Subject(
    directorate=HERE,
    parties=PARTIES,
    bodies=frozenset({GROUP}),
    assessor_role=Role.ICT_ASSESSOR,
    presiding=CHAIR,
    answered_by=DIRECTOR,
)
#: Before it was referred: no body has it, nobody assesses it, nobody presides.
DRAFT = replace(REQUEST, bodies=frozenset(), assessor_role=None, presiding=None, answered_by=None)

ROLES: dict[str, Grant] = {
    "requester": Grant(Role.REQUESTER, directorate=HERE),
    "sponsor": Grant(Role.SPONSOR, directorate=HERE),
    "director": Grant(Role.DIRECTOR, directorate=HERE),
    "requester elsewhere": Grant(Role.REQUESTER, directorate=ELSEWHERE),
    "sponsor elsewhere": Grant(Role.SPONSOR, directorate=ELSEWHERE),
    "director elsewhere": Grant(Role.DIRECTOR, directorate=ELSEWHERE),
    "ict": Grant(Role.ICT_ASSESSOR),
    "finance": Grant(Role.FINANCE_ASSESSOR),
    "chair": Grant(Role.CHAIR, body=GROUP),
    "vice": Grant(Role.VICE_CHAIR, body=GROUP),
    "member": Grant(Role.MEMBER, body=GROUP),
    "secretary": Grant(Role.SECRETARY, body=GROUP),
    "board's chair": Grant(Role.CHAIR, body=BOARD),
    "board's vice": Grant(Role.VICE_CHAIR, body=BOARD),
    "board's member": Grant(Role.MEMBER, body=BOARD),
    "board's secretary": Grant(Role.SECRETARY, body=BOARD),
    "auditor": Grant(Role.AUDITOR),
    "policy": Grant(Role.POLICY_OFFICER),
    "administrator": Grant(Role.ADMINISTRATOR),
}


def actor(person: int, *roles: str) -> Actor:
    """A person with these roles."""
    return Actor(person, frozenset(ROLES[role] for role in roles))


def wrote(person: int) -> dict[str, Any]:
    """A request of which somebody wrote some, and which is another's now."""
    return {"parties": replace(PARTIES, wrote=frozenset({person}))}


#: The order of the grid's columns.
COLUMNS = {
    "us": Permission.ACCOUNT_USE,
    "ch": Permission.CHECK_ANSWER,
    "cr": Permission.REQUEST_CREATE,
    "vi": Permission.REQUEST_VIEW,
    "ed": Permission.REQUEST_EDIT,
    "st": Permission.REQUEST_STEP,
    "rb": Permission.REQUEST_REBASE,
    "wd": Permission.REQUEST_WITHDRAW,
    "re": Permission.REQUEST_REFER,
    "en": Permission.REQUEST_ENDORSE,
    "co": Permission.REQUEST_COMMENT,
    "fo": Permission.REVIEW_FOLLOW,
    "as": Permission.REVIEW_ASSESS,
    "de": Permission.REVIEW_DECLARE,
    "vo": Permission.REVIEW_VOTE,
    "cl": Permission.REVIEW_CLOSE,
    "ma": Permission.AUTHORISATION_MANAGE,
    "rv": Permission.REGISTER_VIEW,
    "nv": Permission.NON_COMPLIANCE_VIEW,
    "nr": Permission.NON_COMPLIANCE_REPORT,
    "nc": Permission.NON_COMPLIANCE_CORRECT,
    "an": Permission.ACTION_ANSWER,
    "ac": Permission.ACTION_CLOSE,
    "av": Permission.ASSETS_VIEW,
    "ai": Permission.ASSETS_IMPORT,
    "po": Permission.POLICY_VIEW,
    "pp": Permission.POLICY_PROPOSE,
    "pu": Permission.POLICY_PUBLISH,
    "au": Permission.AUDIT_VIEW,
    "pe": Permission.PEOPLE_ADMINISTER,
}

GRID = """
                          us ch cr vi ed st rb wd re en co fo as de vo cl ma rv nv nr nc an ac av ai po pp pu au pe
author                    Y  Y  Y  Y  Y  Y  Y  Y  Y  .  Y  .  .  .  .  .  .  Y  Y  Y  .  .  .  Y  .  Y  .  .  .  .
author, role ended        Y  Y  .  Y  .  .  .  .  .  .  Y  .  .  .  .  .  .  Y  .  .  .  .  .  Y  .  Y  .  .  .  .
author, moved elsewhere   Y  Y  .  Y  .  .  .  .  .  .  Y  .  .  .  .  .  .  Y  .  .  .  .  .  Y  .  Y  .  .  .  .
co-author                 Y  Y  Y  Y  Y  Y  Y  Y  Y  .  Y  .  .  .  .  .  .  Y  Y  Y  .  .  .  Y  .  Y  .  .  .  .
sponsor named             Y  .  .  Y  .  .  .  .  .  Y  Y  .  .  .  .  .  .  Y  Y  Y  .  .  .  Y  .  Y  .  .  .  .
sponsor, role ended       Y  .  .  Y  .  .  .  .  .  .  Y  .  .  .  .  .  .  Y  .  .  .  .  .  Y  .  Y  .  .  .  .
sponsor, moved elsewhere  Y  .  .  Y  .  .  .  .  .  .  Y  .  .  .  .  .  .  Y  .  .  .  .  .  Y  .  Y  .  .  .  .
another sponsor           Y  .  .  Y  .  .  .  .  .  .  Y  .  .  .  .  .  .  Y  Y  Y  .  .  .  Y  .  Y  .  .  .  .
colleague                 Y  .  Y  Y  .  .  .  .  .  .  Y  .  .  .  .  .  .  Y  Y  Y  .  .  .  Y  .  Y  .  .  .  .
director                  Y  .  .  Y  .  .  .  .  .  .  Y  .  .  .  .  .  .  Y  Y  Y  .  Y  .  Y  .  Y  .  .  .  .
requester elsewhere       Y  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  Y  .  .  .  .  .  Y  .  Y  .  .  .  .
sponsor elsewhere         Y  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  Y  .  .  .  .  .  Y  .  Y  .  .  .  .
director elsewhere        Y  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  Y  .  .  .  .  .  Y  .  Y  .  .  .  .
assessor asked            Y  .  .  Y  .  .  .  .  .  .  Y  .  Y  .  .  .  .  Y  .  Y  .  .  .  Y  Y  Y  .  .  .  .
assessor not asked        Y  .  .  Y  .  .  .  .  .  .  Y  .  .  .  .  .  .  Y  .  Y  .  .  .  Y  .  Y  .  .  .  .
chair                     Y  .  .  Y  .  .  .  .  .  .  Y  Y  .  Y  Y  Y  .  Y  Y  .  .  .  Y  Y  .  Y  .  .  .  .
vice-chair                Y  .  .  Y  .  .  .  .  .  .  Y  Y  .  Y  Y  .  .  Y  Y  .  .  .  .  Y  .  Y  .  .  .  .
vice-chair presiding      Y  .  .  Y  .  .  .  .  .  .  Y  Y  .  Y  Y  Y  .  Y  Y  .  .  .  .  Y  .  Y  .  .  .  .
chair, vice presiding     Y  .  .  Y  .  .  .  .  .  .  Y  Y  .  Y  Y  .  .  Y  Y  .  .  .  Y  Y  .  Y  .  .  .  .
member                    Y  .  .  Y  .  .  .  .  .  .  Y  Y  .  Y  Y  .  .  Y  Y  .  .  .  .  Y  .  Y  .  .  .  .
member as if presiding    Y  .  .  Y  .  .  .  .  .  .  Y  Y  .  Y  Y  .  .  Y  Y  .  .  .  .  Y  .  Y  .  .  .  .
member who left           Y  .  .  Y  .  .  .  .  .  .  .  .  .  Y  Y  .  .  Y  Y  .  .  .  .  Y  .  Y  .  .  .  .
assessor who left         Y  .  .  Y  .  .  .  .  .  .  .  .  .  .  .  .  .  Y  .  Y  .  .  .  Y  Y  Y  .  .  .  .
colleague who left        Y  .  Y  Y  .  .  .  .  .  .  .  .  .  .  .  .  .  Y  Y  Y  .  .  .  Y  .  Y  .  .  .  .
secretary                 Y  .  .  Y  .  .  .  .  .  .  Y  Y  .  .  .  .  Y  Y  Y  .  .  .  Y  Y  .  Y  .  .  .  .
board's chair             Y  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  Y  .  .  .  .  .  Y  .  Y  .  .  .  .
board's chair presiding   Y  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  Y  .  .  .  .  .  Y  .  Y  .  .  .  .
board's vice-chair        Y  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  Y  .  .  .  .  .  Y  .  Y  .  .  .  .
board's member            Y  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  Y  .  .  .  .  .  Y  .  Y  .  .  .  .
board's secretary         Y  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  Y  .  .  .  .  .  Y  .  Y  .  .  .  .
auditor                   Y  .  .  Y  .  .  .  .  .  .  .  Y  .  .  .  .  .  Y  Y  Y  .  .  .  Y  .  Y  .  .  Y  .
policy officer            Y  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  Y  .  .  .  .  .  Y  .  Y  Y  Y  .  .
administrator             Y  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  Y  .  .  .  .  .  Y  .  Y  .  .  .  Y
nobody in particular      Y  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  Y  .  .  .  .  .  Y  .  Y  .  .  .  .

author and sponsor        Y  Y  Y  Y  Y  Y  Y  Y  Y  .  Y  .  .  .  .  .  .  Y  Y  Y  .  .  .  Y  .  Y  .  .  .  .
author and assessor       Y  Y  Y  Y  Y  Y  Y  Y  Y  .  Y  .  .  .  .  .  .  Y  Y  Y  .  .  .  Y  Y  Y  .  .  .  .
author and member         Y  Y  Y  Y  Y  Y  Y  Y  Y  .  Y  .  .  .  .  .  .  Y  Y  Y  .  .  .  Y  .  Y  .  .  .  .
author and chair          Y  Y  Y  Y  Y  Y  Y  Y  Y  .  Y  .  .  .  .  .  .  Y  Y  Y  .  .  .  Y  .  Y  .  .  .  .
author and auditor        Y  Y  Y  Y  Y  Y  Y  Y  Y  .  Y  .  .  .  .  .  .  Y  Y  Y  .  .  .  Y  .  Y  .  .  Y  .
author and secretary      Y  Y  Y  Y  Y  Y  Y  Y  Y  .  Y  .  .  .  .  .  .  Y  Y  Y  .  .  .  Y  .  Y  .  .  .  .
co-author and vice-chair  Y  Y  .  Y  .  .  .  .  .  .  Y  .  .  .  .  .  .  Y  Y  .  .  .  .  Y  .  Y  .  .  .  .
sponsor and assessor      Y  .  .  Y  .  .  .  .  .  Y  Y  .  .  .  .  .  .  Y  Y  Y  .  .  .  Y  Y  Y  .  .  .  .
sponsor and member        Y  .  .  Y  .  .  .  .  .  Y  Y  .  .  .  .  .  .  Y  Y  Y  .  .  .  Y  .  Y  .  .  .  .
sponsor and chair         Y  .  .  Y  .  .  .  .  .  Y  Y  .  .  .  .  .  .  Y  Y  Y  .  .  .  Y  .  Y  .  .  .  .
sponsor and secretary     Y  .  .  Y  .  .  .  .  .  Y  Y  .  .  .  .  .  .  Y  Y  Y  .  .  .  Y  .  Y  .  .  .  .
sponsor and director      Y  .  .  Y  .  .  .  .  .  Y  Y  .  .  .  .  .  .  Y  Y  Y  .  Y  .  Y  .  Y  .  .  .  .
chair who answered        Y  .  .  Y  .  .  .  .  .  .  Y  Y  .  Y  Y  Y  .  Y  Y  Y  .  Y  .  Y  .  Y  .  .  .  .
secretary who answered    Y  .  .  Y  .  .  .  .  .  .  Y  Y  .  .  .  .  Y  Y  Y  .  .  .  .  Y  .  Y  .  .  .  .
secretary who reported    Y  .  .  Y  .  .  .  .  .  .  Y  Y  .  .  .  .  Y  Y  Y  .  Y  .  .  Y  .  Y  .  .  .  .
who reported              Y  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  Y  Y  .  Y  .  .  Y  .  Y  .  .  .  .
member and assessor       Y  .  .  Y  .  .  .  .  .  .  Y  Y  Y  Y  Y  .  .  Y  Y  Y  .  .  .  Y  Y  Y  .  .  .  .
member and administrator  Y  .  .  Y  .  .  .  .  .  .  Y  Y  .  Y  Y  .  .  Y  Y  .  .  .  .  Y  .  Y  .  .  .  Y
sponsor who wrote before  Y  .  .  Y  .  .  .  .  .  .  Y  .  .  .  .  .  .  Y  Y  Y  .  .  .  Y  .  Y  .  .  .  .
member who wrote before   Y  .  .  Y  .  .  .  .  .  .  Y  .  .  .  .  .  .  Y  Y  .  .  .  .  Y  .  Y  .  .  .  .
assessor, wrote before    Y  .  .  Y  .  .  .  .  .  .  Y  .  .  .  .  .  .  Y  .  Y  .  .  .  Y  Y  Y  .  .  .  .
chair, sponsored before   Y  .  .  Y  .  .  .  .  .  .  Y  .  .  .  .  .  .  Y  Y  .  .  .  .  Y  .  Y  .  .  .  .
officer who proposed      Y  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  Y  .  .  .  .  .  Y  .  Y  Y  .  .  .
secretary, wrote before   Y  .  .  Y  .  .  .  .  .  .  Y  .  .  .  .  .  .  Y  Y  .  .  .  .  Y  .  Y  .  .  .  .
"""

#: relation → who, and what is otherwise than usual about the request.
RELATIONS: dict[str, tuple[Actor, dict[str, Any]]] = {
    "author": (actor(AUTHOR, "requester"), {}),
    "author, role ended": (actor(AUTHOR), {}),
    "author, moved elsewhere": (actor(AUTHOR, "requester elsewhere"), {}),
    "co-author": (actor(CO_AUTHOR, "requester"), {}),
    "sponsor named": (actor(SPONSOR, "sponsor"), {}),
    "sponsor, role ended": (actor(SPONSOR), {}),
    "sponsor, moved elsewhere": (actor(SPONSOR, "sponsor elsewhere"), {}),
    "another sponsor": (actor(SOMEBODY, "sponsor"), {}),
    "colleague": (actor(SOMEBODY, "requester"), {}),
    "director": (actor(DIRECTOR, "director"), {}),
    "requester elsewhere": (actor(SOMEBODY, "requester elsewhere"), {}),
    "sponsor elsewhere": (actor(SOMEBODY, "sponsor elsewhere"), {}),
    "director elsewhere": (actor(SOMEBODY, "director elsewhere"), {}),
    "assessor asked": (actor(SOMEBODY, "ict"), {}),
    "assessor not asked": (actor(SOMEBODY, "finance"), {}),
    "chair": (actor(CHAIR, "chair"), {}),
    "vice-chair": (actor(VICE, "vice"), {}),
    "vice-chair presiding": (actor(VICE, "vice"), {"presiding": VICE}),
    "chair, vice presiding": (actor(CHAIR, "chair"), {"presiding": VICE}),
    "member": (actor(MEMBER, "member"), {}),
    "member as if presiding": (actor(MEMBER, "member"), {"presiding": MEMBER}),
    "member who left": (actor(MEMBER, "member"), {"left": frozenset({MEMBER})}),
    "assessor who left": (actor(MEMBER, "ict"), {"left": frozenset({MEMBER})}),
    "colleague who left": (actor(MEMBER, "requester"), {"left": frozenset({MEMBER})}),
    "secretary": (actor(SECRETARY, "secretary"), {}),
    "board's chair": (actor(SOMEBODY, "board's chair"), {}),
    "board's chair presiding": (actor(SOMEBODY, "board's chair"), {"presiding": SOMEBODY}),
    "board's vice-chair": (actor(SOMEBODY, "board's vice"), {}),
    "board's member": (actor(SOMEBODY, "board's member"), {}),
    "board's secretary": (actor(SOMEBODY, "board's secretary"), {}),
    "auditor": (actor(SOMEBODY, "auditor"), {}),
    "policy officer": (actor(SOMEBODY, "policy"), {}),
    "administrator": (actor(SOMEBODY, "administrator"), {}),
    "nobody in particular": (actor(SOMEBODY), {}),
    "author and sponsor": (
        actor(AUTHOR, "requester", "sponsor"),
        {"parties": replace(PARTIES, sponsor=AUTHOR)},
    ),
    "author and assessor": (actor(AUTHOR, "requester", "ict"), {}),
    "author and member": (actor(AUTHOR, "requester", "member"), {}),
    "author and chair": (actor(AUTHOR, "requester", "chair"), {"presiding": AUTHOR}),
    "author and auditor": (actor(AUTHOR, "requester", "auditor"), {}),
    "author and secretary": (actor(AUTHOR, "requester", "secretary"), {}),
    "co-author and vice-chair": (actor(CO_AUTHOR, "vice"), {"presiding": CO_AUTHOR}),
    "sponsor and assessor": (actor(SPONSOR, "sponsor", "ict"), {}),
    "sponsor and member": (actor(SPONSOR, "sponsor", "member"), {}),
    "sponsor and chair": (actor(SPONSOR, "sponsor", "chair"), {"presiding": SPONSOR}),
    "sponsor and secretary": (actor(SPONSOR, "sponsor", "secretary"), {}),
    "sponsor and director": (actor(SPONSOR, "sponsor", "director"), {}),
    "chair who answered": (actor(CHAIR, "chair", "director"), {"answered_by": CHAIR}),
    "secretary who answered": (actor(SECRETARY, "secretary"), {"answered_by": SECRETARY}),
    "secretary who reported": (actor(SECRETARY, "secretary"), {"reported_by": SECRETARY}),
    "who reported": (actor(SOMEBODY), {"reported_by": SOMEBODY}),
    "member and assessor": (actor(MEMBER, "member", "ict"), {}),
    "member and administrator": (actor(MEMBER, "member", "administrator"), {}),
    "sponsor who wrote before": (actor(SPONSOR, "sponsor"), wrote(SPONSOR)),
    "member who wrote before": (actor(MEMBER, "member"), wrote(MEMBER)),
    "assessor, wrote before": (actor(SOMEBODY, "ict"), wrote(SOMEBODY)),
    "chair, sponsored before": (
        actor(CHAIR, "chair"),
        {"parties": replace(PARTIES, answered=frozenset({CHAIR}))},
    ),
    "officer who proposed": (actor(SOMEBODY, "policy"), {"proposed_by": SOMEBODY}),
    "secretary, wrote before": (actor(SECRETARY, "secretary"), wrote(SECRETARY)),
}


def grid() -> dict[str, str]:
    """relation → its row, as one letter a permission."""
    heading, *lines = [line for line in GRID.splitlines() if line.strip()]
    assert heading.split() == list(COLUMNS)
    width = heading.index("us")
    return {line[:width].strip(): "".join(line[width:].split()) for line in lines}


@pytest.mark.parametrize("relation", RELATIONS)
def test_the_law_is_as_the_grid_says(relation: str) -> None:
    who, otherwise = RELATIONS[relation]
    subject = replace(REQUEST, **otherwise)
    row = "".join("Y" if allows(p, who, subject) else "." for p in COLUMNS.values())
    assert row == grid()[relation]


def test_the_grid_leaves_out_no_permission_and_no_relation() -> None:
    assert list(COLUMNS.values()) == list(Permission)
    assert set(grid()) == set(RELATIONS)
    assert {role for who, _ in RELATIONS.values() for role in who.grants} == set(ROLES.values())
    assert {grant.role for grant in ROLES.values()} == set(Role)


# --- a draft --------------------------------------------------------------------------------------

#: Who sees a request that has come before no body yet.
SEE_A_DRAFT = {
    "author",
    "author, role ended",
    "author, moved elsewhere",
    "co-author",
    "sponsor named",
    "sponsor, role ended",
    "sponsor, moved elsewhere",
    "another sponsor",
    "sponsor who wrote before",
    "colleague",
    "colleague who left",
    "director",
    "auditor",
    "chair who answered",  # as a director here
}


def test_a_draft_is_seen_by_its_directorate_and_the_auditor_alone() -> None:
    one_role = {name: who for name, (who, _) in RELATIONS.items() if " and " not in name}
    seen = {name for name, who in one_role.items() if allows(Permission.REQUEST_VIEW, who, DRAFT)}
    assert seen == SEE_A_DRAFT


@pytest.mark.parametrize(
    "permission",
    [
        Permission.REVIEW_ASSESS,
        Permission.REVIEW_DECLARE,
        Permission.REVIEW_VOTE,
        Permission.REVIEW_CLOSE,
        Permission.AUTHORISATION_MANAGE,
        Permission.ACTION_CLOSE,
    ],
)
def test_nobody_judges_a_draft(permission: Permission) -> None:
    assert not [name for name, (who, _) in RELATIONS.items() if allows(permission, who, DRAFT)]


# --- the administrator ----------------------------------------------------------------------------

ADMINISTRATORS_OWN = {
    Permission.ACCOUNT_USE,
    Permission.ASSETS_VIEW,
    Permission.POLICY_VIEW,
    Permission.REGISTER_VIEW,
    Permission.PEOPLE_ADMINISTER,
}


@pytest.mark.parametrize("subject", [REQUEST, DRAFT, NOTHING], ids=["request", "draft", "nothing"])
@pytest.mark.parametrize(
    "grant",
    [
        Grant(Role.ADMINISTRATOR),
        Grant(Role.ADMINISTRATOR, directorate=HERE),
        Grant(Role.ADMINISTRATOR, body=GROUP),
    ],
    ids=str,
)
def test_an_administrator_touches_no_request(subject: Subject, grant: Grant) -> None:
    who = Actor(SOMEBODY, frozenset({grant}))
    assert {p for p in Permission if allows(p, who, subject)} == ADMINISTRATORS_OWN


# --- grants ---------------------------------------------------------------------------------------


def test_a_role_counts_over_its_own_scope_alone() -> None:
    """A chair of a directorate, or a requester of a body, is nobody."""
    swapped = {
        Grant(role, directorate=GROUP if scope is Scope.BODY else None, body=HERE)
        for role, scope in SCOPES.items()
        if scope is not Scope.COUNCIL
    }
    who = Actor(SOMEBODY, frozenset(swapped))
    nobody = Actor(SOMEBODY, frozenset())
    assert [p for p in Permission if allows(p, who, REQUEST)] == [
        p for p in Permission if allows(p, nobody, REQUEST)
    ]


@pytest.mark.parametrize("role", [r for r, scope in SCOPES.items() if scope is not Scope.COUNCIL])
def test_a_role_over_nothing_is_no_role(role: Role) -> None:
    who, nobody = Actor(SOMEBODY, frozenset({Grant(role)})), Actor(SOMEBODY, frozenset())
    for permission, subject in product(Permission, (REQUEST, DRAFT, NOTHING)):
        assert allows(permission, who, subject) is allows(permission, nobody, subject)


def test_every_role_has_a_scope() -> None:
    assert set(SCOPES) == set(Role)


def test_holding_a_role_over_anything_is_holding_it() -> None:
    who = actor(SOMEBODY, "chair", "requester elsewhere")
    assert who.holds(Role.CHAIR)
    assert who.holds(Role.AUDITOR, Role.REQUESTER)
    assert not who.holds(Role.MEMBER, Role.SECRETARY)
    assert not who.holds()


# --- what isn't declared --------------------------------------------------------------------------


def test_every_permission_is_in_the_law_and_in_the_words() -> None:
    assert set(LAW) == set(WORDS) == set(Permission)
    assert all(every for every in LAW.values())
    assert all(all(predicates for predicates in every) for every in LAW.values())


@pytest.mark.parametrize("permission", list(Permission))
def test_what_the_law_leaves_out_is_denied_with_words(
    permission: Permission, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(LAW, permission)
    everybody = Actor(AUTHOR, frozenset(ROLES.values()))
    assert not allows(permission, everybody, REQUEST)
    with pytest.raises(NotPermitted) as refused:
        ensure(permission, everybody, REQUEST)
    assert refused.value.permission == permission.value
    for sentence in (refused.value.message, refused.value.remedy):
        assert sentence.endswith(".")
        assert sentence[0].isupper()


@pytest.mark.parametrize("unknown", ["request:delete", "", "REQUEST_VIEW", None])
def test_a_permission_that_nobody_knows_is_denied(unknown: Any) -> None:
    assert not allows(unknown, Actor(AUTHOR, frozenset(ROLES.values())), REQUEST)


def test_a_permission_that_nobody_knows_is_refused_by_name() -> None:
    unknown: Any = "request:delete"
    with pytest.raises(NotPermitted):
        ensure(unknown, Actor(AUTHOR, frozenset()), REQUEST)


def test_what_is_allowed_passes_in_silence() -> None:
    ensure(Permission.REQUEST_EDIT, actor(AUTHOR, "requester"), REQUEST)
    ensure(Permission.ACCOUNT_USE, actor(SOMEBODY))
