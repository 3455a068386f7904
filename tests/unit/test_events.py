"""Everything that can happen: recorded names that stay, plain values, and people by id."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, fields
from typing import Any, get_type_hints

import pytest

from procureflow.domain import events, replay
from procureflow.domain.chain import canonical
from procureflow.domain.events import Event, RequestMoved, VotingClosed

#: Recorded in every history: a name may be added, never changed or taken away.
NAMES = {
    "AssessmentRecorded",
    "BundlePublished",
    "BundleProposed",
    "ProposalWithdrawn",
    "DirectorateActionAnswered",
    "DirectorateActionClosed",
    "DirectorateActionReopened",
    "EndorsementAsked",
    "InterestDeclared",
    "NonComplianceOpened",
    "PasswordSet",
    "PersonAdded",
    "PersonDisabled",
    "PurchaseReported",
    "PurchaseCorrected",
    "PersonEnabled",
    "PersonRenamed",
    "RequestCleared",
    "RequestRebased",
    "RequestEndorsed",
    "RequestHandedOver",
    "CoAuthorAdded",
    "CoAuthorRemoved",
    "CommentMade",
    "RequestMoved",
    "RequestOpened",
    "RequestSentBack",
    "ReviewOpened",
    "ReviewPassedOn",
    "AssetsImported",
    "RoleEnded",
    "RoleGranted",
    "SectionWritten",
    "VoteCast",
    "VotingClosed",
}
KINDS: list[type[Event]] = [
    value
    for value in vars(events).values()
    if isinstance(value, type) and issubclass(value, Event) and value is not Event
]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)

#: A value for each type that an event's field has.
SAMPLES: dict[str, Any] = {
    "bool": True,
    "int": 7,
    "int | None": None,
    "str": "some words",
    "str | None": None,
    "dict[str, int]": {"need": 2, "economic": 1},
    "dict[str, str]": {"need": "f00d"},
    "tuple[int, ...]": (3, 7),
    "tuple[str, ...]": ("NC-1", "EMB-1"),
}


def sample(kind: type[Event]) -> Event:
    """One event of this kind."""
    return kind(**{field.name: SAMPLES[str(field.type)] for field in fields(kind)})


def test_no_recorded_name_is_lost() -> None:
    assert {kind.kind() for kind in KINDS} >= NAMES


def test_every_new_name_is_added_here() -> None:
    assert {kind.kind() for kind in KINDS} <= NAMES


def test_every_class_of_the_module_is_an_event() -> None:
    ours = {v for v in vars(events).values() if getattr(v, "__module__", "") == events.__name__}
    assert ours == {*KINDS, Event}


def test_every_event_can_be_replayed() -> None:
    assert set(replay._FOLD) == {kind.kind() for kind in KINDS}


@every_kind
def test_an_event_cannot_be_changed(kind: type[Event]) -> None:
    event: Any = sample(kind)
    name = fields(kind)[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(event, name, None)
    assert not hasattr(event, "__dict__")


@every_kind
def test_its_payload_is_every_field_and_nothing_else(kind: type[Event]) -> None:
    event = sample(kind)
    assert event.payload() == {field.name: SAMPLES[str(field.type)] for field in fields(kind)}


@every_kind
def test_its_payload_has_a_canonical_form_that_says_all(kind: type[Event]) -> None:
    payload = sample(kind).payload()
    read = json.loads(canonical(payload))
    assert read == json.loads(json.dumps(payload))
    assert set(read) == {field.name for field in fields(kind)}


@every_kind
def test_it_names_people_by_id_and_never_by_name_or_address(kind: type[Event]) -> None:
    types = get_type_hints(kind)
    assert not {"name", "email", "address", "job_title", "password"} & set(types)
    for who in {"person", "requester", "sponsor", "actor", "member", "assessor"} & set(types):
        assert types[who] in (int, int | None)


@every_kind
def test_it_says_what_it_records(kind: type[Event]) -> None:
    assert kind.__doc__
    assert kind.kind() == kind.__name__


def test_two_events_of_the_same_values_are_equal() -> None:
    assert RequestMoved("withdraw") == RequestMoved("withdraw", "")
    assert RequestMoved("withdraw") != RequestMoved("close")


def test_what_is_left_out_is_nothing() -> None:
    closed = VotingClosed(
        trigger="approve",
        review=1,
        submission=2,
        decision=3,
        outcome="approve",
        tally={"approve": 3},
        casting_vote_used=False,
        reasons="As discussed.",
    )
    assert (closed.conditions, closed.rules, closed.sections) == ((), (), ())
