"""Documents are proposed by one person and published by another: services and pages."""

from __future__ import annotations

import io
import json
import re
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from procureflow.adapters.files import read_documents
from procureflow.cli import main
from procureflow.domain.bundle import load_bundle
from procureflow.domain.calendar import local_day
from procureflow.domain.definitions.source import ConfigFaults
from procureflow.domain.errors import (
    GuardRefused,
    InvalidInput,
    NotFound,
    NotPermitted,
    Stale,
    WrongState,
)
from procureflow.domain.rehearsal import rehearse
from procureflow.models import Mail, Proposal, Publication, Request, Review
from procureflow.queries import people as accounts
from procureflow.queries import policies as reading
from procureflow.queries.evidence import verify
from procureflow.queries.requests import waiting_for
from procureflow.services import business_cases, mailing, people, policies, reviews
from tests.factories.council import GROUP, HEREFORDSHIRE, Council
from tests.factories.migrating import back_and_forth
from tests.factories.web import Site
from tests.integration.rows import everything, last_event, leaves, refused, stored
from tests.integration.test_administration import _grant_of as grant_of
from tests.integration.test_pages import text_of

PARAMETERS = "parameters.yaml"
_TAGS = re.compile("<[^>]+>")


@pytest.fixture(scope="module")
def documents() -> dict[str, str]:
    """The default council's documents, with a lower threshold."""
    texts = read_documents(HEREFORDSHIRE)
    return {**texts, PARAMETERS: texts[PARAMETERS].replace("12000", "10000")}


def _day(council: Council, later: int = 0) -> date:
    return local_day(council.now) + timedelta(days=later)


def _propose(council: Council, documents: dict[str, str], by: str = "policy1", **more: Any) -> int:
    given = {"effective_from": None, "why": "The threshold is too high.", **more}
    return int(council.act(policies.propose_bundle, by=by, documents=documents, **given))


def _publish(council: Council, proposal: int, by: str = "policy2") -> int:
    return int(council.act(policies.publish_bundle, by=by, proposal_id=proposal))


def _faults(council: Council) -> list[Any]:
    with council.db.reading() as session:
        return verify(session).faults


def test_two_people_publish(council: Council, documents: dict[str, str]) -> None:
    starts = _day(council, 10)
    with leaves(council, events="+1", outbox="+1", bundles="+1", proposals="+1"):
        proposal = _propose(council, documents, effective_from=starts)
    event, payload = last_event(council)
    assert (event.kind, payload["after"]) == ("BundleProposed", 1)
    with refused(council, NotPermitted, "another one publishes"):
        _publish(council, proposal, "policy1")
    with leaves(council, events="+1", outbox="+1", publications="+1", proposals="~1"):
        assert _publish(council, proposal) == 2
    assert last_event(council)[0].kind == "BundlePublished"
    second = stored(council, Publication, 2)
    with council.db.reading() as session:
        for later, expected in ((9, 1), (10, 2), (999, 2)):
            found = reading.publication_in_force(session, _day(council, later))
            assert found.number == expected
        assert reading.bundle_in_force(session, starts).hash == second.bundle
        assert reading.bundle(session, second.bundle).parameters.tiers.standard_from == 10_000
    with refused(council, WrongState, "published already"):
        _publish(council, proposal)
    assert _faults(council) == []


def test_an_earlier_version_is_published_again(council: Council, documents: dict[str, str]) -> None:
    _publish(council, _propose(council, documents))
    first = read_documents(HEREFORDSHIRE)
    with leaves(council, events="+1", outbox="+1", proposals="+1"):
        proposal = _propose(council, first, by="policy2", why="It was right before.")
    assert _publish(council, proposal, "policy1") == 3
    one, three = stored(council, Publication, 1), stored(council, Publication, 3)
    assert one.bundle == three.bundle
    with council.db.reading() as session:
        assert reading.bundle_in_force(session, _day(council)).hash == one.bundle
        assert reading.publication_of(session, one.bundle).number == 3
        assert reading.publication_of(session, one.bundle, one.published_at).number == 1
        before = one.published_at - timedelta(days=1)
        assert reading.publication_of(session, one.bundle, before).number == 1
    assert _faults(council) == []


def test_nothing_is_published_over_a_newer_version(
    council: Council, documents: dict[str, str]
) -> None:
    texts = read_documents(HEREFORDSHIRE)
    other = {**texts, PARAMETERS: texts[PARAMETERS].replace("12000", "9000")}
    first, second = _propose(council, documents), _propose(council, other)
    _publish(council, first)
    with refused(council, Stale, "Version 2 was published since"):
        _publish(council, second)
    with leaves(council, events="+1", outbox="+1", proposals="~1"):
        council.act(policies.withdraw_proposal, by="policy1", proposal_id=second)
    with refused(council, WrongState, "withdrawn already"):
        _publish(council, second)
    with refused(council, WrongState, "withdrawn already"):
        council.act(policies.withdraw_proposal, by="policy1", proposal_id=second)
    assert _faults(council) == []


def test_a_day_that_is_over_is_no_first_day(council: Council, documents: dict[str, str]) -> None:
    with refused(council, InvalidInput) as caught:
        _propose(council, documents, effective_from=_day(council, -1), why=" ")
    assert set(caught.value.errors) == {"effective_from", "why"}
    proposal = _propose(council, documents, effective_from=_day(council, 2))
    council.now += timedelta(days=3)
    with refused(council, WrongState, "that day is over"):
        _publish(council, proposal)


def test_the_first_day_is_never_before_the_last_versions(
    council: Council, documents: dict[str, str]
) -> None:
    _publish(council, _propose(council, documents, effective_from=_day(council, 30)))
    first = read_documents(HEREFORDSHIRE)
    with refused(council, InvalidInput) as caught:
        _propose(council, first, effective_from=_day(council, 29))
    assert "Version 2 is in force from" in caught.value.errors["effective_from"]
    again = stored(council, Proposal, _propose(council, first))
    assert again.effective_from == _day(council, 30)


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        ("organisation.yaml", "key: herefordshire", "key: hampshire", "another council"),
        (PARAMETERS, "10000", "12000", "nothing differs"),
    ],
)
def test_documents_that_cant_follow(
    council: Council, documents: dict[str, str], name: str, before: str, after: str, said: str
) -> None:
    changed = {**documents, name: documents[name].replace(before, after, 1)}
    with refused(council, InvalidInput) as caught:
        _propose(council, changed)
    assert said in caught.value.errors["documents"]


def test_what_requests_and_roles_are_of_is_kept(
    council: Council, documents: dict[str, str]
) -> None:
    """A directorate or body that stands in the database never loses its name."""
    texts = {
        **documents,
        "organisation.yaml": documents["organisation.yaml"]
        .replace(f"  {GROUP}:", "  another_group:")
        .replace(f"body: {GROUP}", "body: another_group"),
    }
    with refused(council, InvalidInput) as caught:
        _propose(council, texts)
    assert f"leaves out the body {GROUP}" in caught.value.errors["documents"]


def test_documents_with_a_fault_are_not_proposed(
    council: Council, documents: dict[str, str]
) -> None:
    broken = {**documents, PARAMETERS: documents[PARAMETERS].replace("10000", "-1")}
    before = everything(council, Proposal)
    with pytest.raises(ConfigFaults) as caught:
        _propose(council, broken)
    assert caught.value.faults[0].file == PARAMETERS
    assert everything(council, Proposal) == before


def test_only_policy_officers_propose_and_publish(
    council: Council, documents: dict[str, str]
) -> None:
    proposal = _propose(council, documents)
    for by in ("admin", "chair", "auditor", "requester", "stranger"):
        with refused(council, NotPermitted, "policy officer"):
            _propose(council, documents, by=by)
        for act in (policies.publish_bundle, policies.withdraw_proposal):
            with refused(council, NotPermitted, "policy officer"):
                council.act(act, by=by, proposal_id=proposal)
    with refused(council, NotFound):
        _publish(council, 987654)


def test_whoever_can_publish_is_told(council: Council, documents: dict[str, str]) -> None:
    _propose(council, documents)
    with council.db.unit_of_work() as session:
        while mailing.expand_outbox(session, now=council.now):
            pass
    (mail,) = everything(council, Mail, template="proposed")
    assert mail.person_id == council.people["policy2"]
    for account, expected in (("policy2", 1), ("policy1", 0), ("admin", 0)):
        with council.db.reading() as session:
            actor = accounts.actor(session, council.people[account], _day(council))
            assert len(waiting_for(session, actor, _day(council))) == expected


def test_documents_published_before_there_were_proposals(council: Council) -> None:
    """Migration 0010 tells the publication from the documents, and verifying agrees."""
    council.case_written()
    before = stored(council, Publication, 1)
    back_and_forth(council.db, "0009")
    after = stored(council, Publication, 1)
    assert (after.bundle, after.effective_from, after.published_at, after.why) == (
        before.bundle,
        before.effective_from,
        before.published_at,
        before.why,
    )
    assert _faults(council) == []


# --- who decides is read by date ------------------------------------------------------------------


BOARD = "herefordshire_connects_board"


def _handed_over(day: date) -> dict[str, str]:
    """The council's documents, with exceptions decided by the board from that day on."""
    texts = read_documents(HEREFORDSHIRE)
    later = f"  - from: {day.isoformat()}\n    body: {BOARD}\n"
    return {**texts, "organisation.yaml": f"{texts['organisation.yaml'].rstrip()}\n{later}"}


def test_a_running_request_goes_to_the_body_in_charge_on_the_day(council: Council) -> None:
    """EXC-1, published while requests run: right on both sides of its date, without any rebase."""
    before, after = council.endorsed(), council.endorsed()
    pinned = stored(council, Request, before).bundle
    handed = _day(council, 3)
    council.publish(handed, _handed_over(handed))
    for request, body in ((before, GROUP), (after, BOARD)):
        council.act(business_cases.refer_to_group, by="requester", request_id=request)
        (review,) = everything(council, Review, request_id=request)
        assert review.body == body
        assert stored(council, Request, request).bundle == pinned
        council.now += timedelta(days=4)
    assert _faults(council) == []


def test_a_review_in_progress_stays_where_it_is(council: Council) -> None:
    request, review = council.voted("approve", "approve", "approve")
    handed = _day(council, 1)
    council.publish(handed, _handed_over(handed))
    council.now += timedelta(days=2)
    closing = {"review_id": review, "expected": "approve", "reasons": "As discussed."}
    council.act(reviews.close_voting, by="chair", **closing)
    assert stored(council, Request, request).state == "approved"
    assert _faults(council) == []


def test_how_a_body_decides_is_read_by_date(council: Council) -> None:
    """A higher quorum holds for the votes that are being cast."""
    _, review = council.voted("approve", "approve", "approve")
    texts = read_documents(HEREFORDSHIRE)
    organisation = texts["organisation.yaml"]
    place = organisation.index("quorum: 3", organisation.index(f"  {GROUP}:"))
    changed = f"{organisation[:place]}quorum: 4{organisation[place + 9 :]}"
    council.publish(_day(council), {**texts, "organisation.yaml": changed})
    closing = {"review_id": review, "expected": "approve", "reasons": "As discussed."}
    with refused(council, GuardRefused, "can’t be closed yet"):
        council.act(reviews.close_voting, by="chair", **closing)


def test_the_same_documents_are_proposed_once(council: Council, documents: dict[str, str]) -> None:
    number = _propose(council, documents)
    with leaves(council), pytest.raises(InvalidInput) as caught:
        _propose(council, documents)
    assert f"Proposal {number} is of the same documents" in caught.value.errors["documents"]
    council.act(policies.withdraw_proposal, by="policy1", proposal_id=number)
    assert _propose(council, documents) > number


# --- trying it on past requests -------------------------------------------------------------------


def test_a_replay_counts_what_would_change_and_writes_nothing(
    council: Council, documents: dict[str, str]
) -> None:
    for cost in ("9999", "10500", "11999", "64415"):
        council.asked(whole_life_cost=cost)
    council.opened(whole_life_cost="11000")  # never put forward
    with leaves(council), council.db.reading() as session:
        before = reading.bundle(session, reading.latest(session).bundle)
        after = load_bundle(documents)
        batches = reading.submitted(session)
        *_, report = rehearse(batches, before, after, _day(council))
        assert (report.looked_at, report.tier, report.outcome) == (4, 2, 0)
        newest = [one.reference for batch in reading.submitted(session, 3) for one in batch]
    assert newest == ["ICT-2026-0004", "ICT-2026-0003", "ICT-2026-0002"]


def test_batches_leave_nothing_out(council: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        council.asked()
    monkeypatch.setattr(reading, "BATCH", 2)
    with council.db.reading() as session:
        assert [len(batch) for batch in reading.submitted(session)] == [2, 1]
        assert [len(batch) for batch in reading.submitted(session, 1)] == [1]


def test_a_replay_on_the_page_and_from_the_command_line(
    site: Site, documents: dict[str, str], tmp_path: Path
) -> None:
    council = site.council
    council.asked(whole_life_cost="11000")
    proposal = _propose(council, documents)
    page = text_of(site, "policy1", f"/policy/proposals/{proposal}/replay")
    assert "1 request would change." in page
    assert "Tier of the case 1" in page
    assert "light case" in page
    assert "standard case" in page
    for name, text in documents.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
    address = council.db.url.render_as_string(hide_password=False)
    environment = {
        "PROCUREFLOW_DATABASE_URL": address,
        "PROCUREFLOW_CONFIG": str(HEREFORDSHIRE),
        "PROCUREFLOW_SECRET_KEY": "s" * 32,
    }
    arguments = ["policy", "replay", str(tmp_path)]
    done = CliRunner(env=environment).invoke(main, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert (report["would_change"], report["tier"], report["outcome"]) == (1, 1, 0)
    (one,) = report["requests"]
    assert (one["before"]["tier"], one["after"]["tier"]) == ("light", "standard")
    done = CliRunner(env=environment).invoke(main, arguments)
    assert "of which 1 would change: outcome 0, tier 1, route 0." in done.output


# --- pages --------------------------------------------------------------------------------------


def _post(site: Site, account: str, path: str, form: dict[str, Any], code: int = 302) -> str:
    browser = site.browser(account)
    answer = browser.post(path, form)
    assert answer.status_code == code, unescape(answer.text)
    if code != 302:
        return unescape(answer.text)
    page = unescape(_TAGS.sub(" ", browser.get(answer.location or "").text))
    return " ".join(page.split())


def test_a_document_is_changed_on_the_page_and_published(
    site: Site, documents: dict[str, str]
) -> None:
    path = f"/policy/proposals/new?document={PARAMETERS}"
    assert "standard_from: 12000" in site.browser("policy1").get(path).text
    lines = documents[PARAMETERS].replace("\n", "\r\n")
    page = _post(site, "policy1", path, {"text": lines, "why": "The threshold is too high."})
    assert "It waits for another policy officer" in page
    assert "1 part of the documents would change, against version 1." in page
    assert "Standard from [removed: 12,000 ] [added: 10,000 ]" in page
    number = page.partition("Proposal ")[2].partition(" ")[0]
    here = f"/policy/proposals/{number}"
    assert "Publish it, or withdraw it" in text_of(site, "policy2", "/")
    assert "in force from" in text_of(site, "policy2", f"{here}/publish")
    page = _post(site, "policy2", f"{here}/publish", {})
    assert "It is published." in page
    assert "Version 2" in page
    assert "published already" in _post(site, "policy2", f"{here}/publish", {}, 400)
    assert "Policy1 Person" in text_of(site, "auditor", here)
    again = "/policy/proposals/new?version=1"
    assert "Propose version 1 again" in text_of(site, "policy1", again)
    page = _post(site, "policy1", again, {"why": "It was right before."})
    assert "against version 2" in page


def test_faults_are_told_with_their_lines_and_nothing_typed_is_lost(site: Site) -> None:
    path = f"/policy/proposals/new?document={PARAMETERS}"
    typed = "tiers: [<b>\n"
    page = _post(site, "policy1", path, {"text": typed, "why": "Because & so."}, 400)
    assert f"{PARAMETERS}, line" in page
    assert "tiers: [<b>" in page
    assert "Because & so." in page


def test_documents_come_from_files(site: Site, documents: dict[str, str]) -> None:
    file = (io.BytesIO(documents[PARAMETERS].encode()), f"Documents/{PARAMETERS}")
    form = {"documents": file, "why": "The threshold is too high."}
    page = _post(site, "policy1", "/policy/proposals/new", form)
    assert "Standard from" in page
    for data, name, said in (
        (b"\xff\xfe", PARAMETERS, "is not UTF-8"),
        (b"name: x", "notes.txt", "notes.txt, line 1"),
        (b"name: x", "<b>.yaml", "<b>.yaml, line 1"),
        (b"x" * 10, "2027-01-01-more.yaml", "policy/2027-01-01-more.yaml, line 1"),
    ):
        form = {"documents": (io.BytesIO(data), name), "why": "Why."}
        assert said in _post(site, "policy1", "/policy/proposals/new", form, 400)


def test_a_role_that_ends_ends_publishing(site: Site) -> None:
    council = site.council
    council.act(
        people.end_role,
        actor_id=people.CONSOLE,
        grant_id=grant_of(council, "policy2"),
        ends_on=_day(council),
    )
    officer = site.browser("policy2")
    assert officer.get("/policy/proposals/1/publish").status_code == 302, "signed out"
