"""A council's documents as one bundle: loaded whole, or refused with every fault in its place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from procureflow.domain.bundle import DOCUMENTS, load_bundle
from procureflow.domain.definitions.source import Fault
from procureflow.domain.policy import Answer
from tests.unit._documents import (
    CATALOGUE,
    ORGANISATION,
    PARAMETERS,
    POLICY,
    QUESTIONS,
    TODAY,
    WORKFLOW,
    Change,
    council,
    documents,
    facts,
    faults_of,
    named,
)

# --- refused --------------------------------------------------------------------------------------

CHANGES = [
    # keys
    Change(
        "a key that nobody understands",
        ORGANISATION,
        "  contact: ICT",
        "  phone: 01432 260000\n  contact: ICT",
        at="phone:",
        what="`council.phone` is not understood here",
        remedy="remove it, or correct it",
    ),
    Change(
        "a part that nobody understands",
        PARAMETERS,
        "service_levels:\n",
        "discount: 3\nservice_levels:\n",
        at="discount:",
        what="`discount` is not understood here",
        remedy="remove it, or correct it",
    ),
    Change(
        "a misspelt key in a rule",
        POLICY,
        "    quote: expenditure on",
        "    quotes: expenditure on",
        at="quotes:",
        what="`rules.BC-2.quotes` is not understood here",
        remedy="remove it, or correct it",
    ),
    Change(
        "a key left out",
        ORGANISATION,
        "  name: Herefordshire Council\n",
        "",
        at="council:",
        what="`council.name` is missing",
        remedy="add `name:`",
    ),
    Change(
        "a rule without its words",
        POLICY,
        "    words: Platforms and",
        "    note: Platforms and",
        at="  BC-2:",
        what="`rules.BC-2.words` is missing",
        remedy="add `words:`",
    ),
    Change(
        "a part left out",
        ORGANISATION,
        "in_charge:\n",
        "charge:\n",
        at="council:",
        what="`in_charge` is missing",
        remedy="add `in_charge:`",
    ),
    Change(
        "a key in capitals",
        ORGANISATION,
        "  environment:\n",
        "  Environment:\n",
        at="  Environment:",
        what="`directorates.Environment`",
        remedy="use small letters",
    ),
    Change(
        "a rule with a name that is no id",
        POLICY,
        "  EMB-1:\n",
        "  embargo:\n",
        at="  embargo:",
        what="`rules.embargo`",
        remedy="write it like EMB-1",
    ),
    # types
    Change(
        "a number for words",
        QUESTIONS,
        "label: What is it?",
        "label: 5",
        at="label: 5",
        what="`sections.need.questions.category.label` is not text",
        remedy="put it in quotes",
    ),
    Change(
        "a no for words",
        QUESTIONS,
        "label: What is it?",
        "label: no",
        at="label: no",
        what="`sections.need.questions.category.label` is not text",
        remedy="put it in quotes",
    ),
    Change(
        "a date for words",
        POLICY,
        "title: The embargo on ICT buying",
        "title: 2007-03-22",
        at="title: 2007-03-22",
        what="`rules.EMB-1.title` is not text",
        remedy="put it in quotes",
    ),
    Change(
        "blank words",
        QUESTIONS,
        "label: What is it?",
        "label: '  '",
        at="label: '  '",
        what="`sections.need.questions.category.label` is empty",
        remedy="leave the line out",
    ),
    Change(
        "a line that is too long",
        QUESTIONS,
        "label: What is it?",
        f"label: The line {'x' * 200}",
        at="The line",
        what="`sections.need.questions.category.label` is too long",
        remedy="keep it to 200 characters",
    ),
    Change(
        "words for a number",
        PARAMETERS,
        "endorsement: 7",
        "endorsement: a week",
        at="a week",
        what="`service_levels.endorsement` is “a week”",
        remedy="valid integer",
    ),
    Change(
        "words for a price",
        CATALOGUE,
        "price: 612.00",
        "price: £612",
        at="£612",
        what="`options.desktop_standard.price`: this is not a number",
        remedy="write it in figures alone",
    ),
    Change(
        "words for yes or no",
        POLICY,
        "action: true",
        "action: perhaps",
        at="perhaps",
        what="`rules.NC-1.action` is “perhaps”",
        remedy="use true or false",
    ),
    Change(
        "words for a date",
        POLICY,
        "effective_from: 2007-03-22",
        "effective_from: spring",
        at="spring",
        what="`effective_from` is “spring”",
        remedy="write a date like 2027-03-31",
    ),
    Change(
        "a word for a list",
        WORKFLOW,
        "from: [business_case]",
        "from: business_case",
        at="from: business_case",
        what="`triggers.refer_to_group.from` is not a list",
        remedy="write it as a list",
    ),
    Change(
        "a list for a mapping",
        ORGANISATION,
        "    interests:\n      personal_may_vote: true\n      prejudicial_may_vote: false\n",
        "    interests: [personal_may_vote]\n",
        at="interests: [",
        what="`bodies.information_policy_group.interests` has no parts",
        remedy="indent its parts",
    ),
    # words that are not among those on offer
    Change(
        "an unknown kind of state",
        WORKFLOW,
        "kind: decided",
        "kind: done",
        at="kind: done",
        what="`states.approved.kind` is “done”",
        remedy="use 'editing', 'group', 'decided' or 'final'",
    ),
    Change(
        "an unknown type of question",
        QUESTIONS,
        "type: job_role",
        "type: job",
        at="type: job",
        what="`sections.need.questions.job_role.type` is “job”",
        remedy="'job_role'",
    ),
    Change(
        "an unknown tier",
        QUESTIONS,
        "label: What is it?",
        "label: What is it?\n        tier: heavy",
        at="tier: heavy",
        what="`sections.need.questions.category.tier` is “heavy”",
        remedy="use 'light', 'standard' or 'full'",
    ),
    Change(
        "an unknown phase",
        QUESTIONS,
        "phase: check\n    intro",
        "phase: before\n    intro",
        at="phase: before",
        what="`sections.need.phase` is “before”",
        remedy="use 'check' or 'case'",
    ),
    Change(
        "an unknown verdict",
        POLICY,
        "verdict: allow",
        "verdict: forbid",
        at="verdict: forbid",
        what="`rules.EMB-1.otherwise.verdict` is “forbid”",
        remedy="allow",
    ),
    Change(
        "a verdict that no rule may give",
        POLICY,
        "verdict: allow",
        "verdict: unknown",
        at="verdict: unknown",
        what="`rules.EMB-1.otherwise.verdict` is “unknown”",
        remedy="allow",
    ),
    Change(
        "an unknown standing",
        POLICY,
        "standing: described\n    note: The source describes an analysis",
        "standing: agreed\n    note: The source describes an analysis",
        at="standing: agreed",
        what="`rules.STD-2.standing` is “agreed”",
        remedy="use 'decided', 'welcomed', 'described' or 'ours'",
    ),
    Change(
        "an unknown outcome",
        WORKFLOW,
        "      approve: approve\n",
        "      approve: approve\n      delay: approve\n",
        at="delay: approve",
        what="`states.group_review.outcomes.delay` is “delay”",
        remedy="'approve', 'reject'",
    ),
    Change(
        "an example that expects an unknown verdict",
        POLICY,
        "      - facts: {category: desktop}\n        gives: allow",
        "      - facts: {category: desktop}\n        gives: allowed",
        at="gives: allowed",
        what="`rules.EMB-1.examples.2.gives` is “allowed”",
        remedy="'silent'",
    ),
    # bounds
    Change(
        "a quorum of none",
        ORGANISATION,
        "    quorum: 3\n    casting_vote: true\n    no_majority: return\n    interests",
        "    quorum: 0\n    casting_vote: true\n    no_majority: return\n    interests",
        at="quorum: 0",
        what="`bodies.information_policy_group.quorum` is “0”",
        remedy="greater than or equal to 1",
    ),
    Change(
        "a price below nothing",
        CATALOGUE,
        "price: 612.00",
        "price: -1",
        at="price: -1",
        what="`options.desktop_standard.price` is “-1”",
        remedy="greater than or equal to 0",
    ),
    Change(
        "a price in tenths of a penny",
        CATALOGUE,
        "price: 612.00",
        "price: 612.005",
        at="price: 612.005",
        what="`options.desktop_standard.price` is “612.005”",
        remedy="no more than 2 decimal places",
    ),
    Change(
        "a price that is no number",
        CATALOGUE,
        "price: 612.00",
        "price: NaN",
        at="price: NaN",
        what="`options.desktop_standard.price`: this is not a number",
        remedy="write it in figures",
    ),
    Change(
        "replacement after no years",
        CATALOGUE,
        "    replace_after: 4\n    words: Capacity",
        "    replace_after: 0\n    words: Capacity",
        at="replace_after: 0",
        what="`options.server_virtual.replace_after` is “0”",
        remedy="greater than or equal to 1",
    ),
    Change(
        "a service level of no days",
        PARAMETERS,
        "decision: 28",
        "decision: 0",
        at="decision: 0",
        what="`service_levels.decision` is “0”",
        remedy="greater than or equal to 1",
    ),
    Change(
        "tiers out of order",
        PARAMETERS,
        "full_above: 250000",
        "full_above: 11999.99",
        at="tiers:",
        what="`tiers`: full_above is below standard_from",
        remedy="make the full tier begin above the standard",
    ),
    Change(
        "a colour by its name",
        ORGANISATION,
        '"#1d5c3f"',
        "green",
        at="colour: green",
        what="`council.colour` is “green”",
        remedy="write a colour like",
    ),
    Change(
        "a colour that is a comment",
        ORGANISATION,
        '"#1d5c3f"',
        "#1d5c3f",
        at="colour: #1d5c3f",
        what="`council.colour` is not text",
        remedy="put it in quotes",
    ),
]


@pytest.mark.parametrize("change", CHANGES, ids=named)
def test_what_does_not_fit_is_named_with_its_line_and_remedy(change: Change) -> None:
    change.expect()


def test_every_fault_of_every_document_is_found_at_once() -> None:
    texts = documents()
    texts[PARAMETERS] = texts[PARAMETERS].replace("decision: 28", "decision: 0")
    texts[CATALOGUE] = texts[CATALOGUE].replace("price: 612.00", "price: 612.00\n    price: 612.00")
    texts[WORKFLOW] = texts[WORKFLOW].replace("kind: decided", "kind: done")
    assert [fault.file for fault in faults_of(texts)] == [CATALOGUE, PARAMETERS, WORKFLOW]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_that_is_missing_is_named(name: str) -> None:
    texts = documents()
    del texts[name]
    missing = Fault(name, 1, "the document is missing", "add it to the folder")
    assert faults_of(texts) == (missing,)


def test_a_council_without_a_policy_is_refused() -> None:
    texts = documents()
    del texts[POLICY]
    no_policy = Fault("policy/", 1, "there is no policy", "add a document to it")
    assert faults_of(texts) == (no_policy,)


@pytest.mark.parametrize(
    "name", ["readme.yaml", "Workflow.yaml", "old/workflow.yaml", "policy.yaml"]
)
def test_a_document_that_belongs_nowhere_is_refused(name: str) -> None:
    texts = documents() | {name: "key: value"}
    extra = Fault(name, 1, "this document has no place here", "move it elsewhere")
    assert faults_of(texts) == (extra,)


def test_nothing_at_all_is_refused_document_by_document() -> None:
    assert [fault.file for fault in faults_of({})] == sorted([*DOCUMENTS, "policy/"])


@pytest.mark.parametrize("name", [*DOCUMENTS, POLICY])
def test_an_empty_document_is_refused_by_its_name(name: str) -> None:
    empty = Fault(name, 1, "the file is empty", "write the document")
    assert faults_of(documents() | {name: "# to be written\n"}) == (empty,)


def test_the_verdicts_on_offer_are_given_as_they_are_written() -> None:
    Change(
        "an unknown verdict",
        POLICY,
        "verdict: allow",
        "verdict: forbid",
        at="verdict: forbid",
        what="is “forbid”",
        remedy="use 'allow' or 'advise'",
    ).expect()


def test_a_rule_with_two_examples_is_told_that_it_needs_three() -> None:
    Change(
        "two examples",
        POLICY,
        "      - facts: {already_ordered: false}\n        gives: silent\n",
        "",
        at="    action: true\n    examples:",
        what="`rules.NC-1.examples`",
        remedy="3",
    ).expect()


@pytest.mark.parametrize(
    ("document", "old", "new"),
    [
        (POLICY, "effective_from: 2007-03-22", "effective_from: 0"),
        (ORGANISATION, "  - from: 2006-04-01", "  - from: 86400"),
        (CATALOGUE, "replace_after: 4\n    words: Capacity", "replace_after: true\n    words: C"),
        (POLICY, "action: true", "action: 1"),
        (POLICY, "action: true", "action: 'on'"),
    ],
)
def test_a_value_of_the_wrong_type_is_never_bent_to_fit(document: str, old: str, new: str) -> None:
    texts = documents()
    assert texts[document].count(old) == 1
    faults_of(texts | {document: texts[document].replace(old, new)})


@pytest.mark.parametrize(
    ("document", "old", "new"),
    [
        (WORKFLOW, "from: [business_case]", "from: business_case"),
        (WORKFLOW, "  draft:\n    kind: editing\n", "  extra:\n  draft:\n    kind: editing\n"),
        (ORGANISATION, "  environment:\n", "  Environment:\n"),
        (ORGANISATION, '"#1d5c3f"', "green"),
    ],
)
def test_the_words_of_a_fault_are_a_councils_and_not_pythons(
    document: str, old: str, new: str
) -> None:
    texts = documents()
    assert texts[document].count(old) == 1
    for fault in faults_of(texts | {document: texts[document].replace(old, new)}):
        assert not any(word in str(fault) for word in ("tuple", "dictionary", "instance", "[a-"))
        assert fault.remedy != "correct it"


# --- loaded ---------------------------------------------------------------------------------------


def test_the_default_council_loads() -> None:
    bundle = council()
    assert bundle.organisation.council.key == "herefordshire"
    assert bundle.parameters.tiers.standard_from == Decimal(12000)
    assert bundle.catalogue.options["desktop_standard"].price == Decimal("612.00")
    assert bundle.policies[0].effective_from == date(2007, 3, 22)
    assert bundle.catalogue_question == "catalogue_option"
    assert bundle.benefits_question == "benefits"


def test_a_bundle_is_the_same_for_the_same_texts_in_any_order() -> None:
    texts = documents()
    backwards = dict(reversed(texts.items()))
    assert load_bundle(texts).hash == load_bundle(backwards).hash == council().hash


@pytest.mark.parametrize("name", [*DOCUMENTS, POLICY])
def test_any_change_of_any_text_changes_the_hash(name: str) -> None:
    texts = documents()
    texts[name] += "# a comment\n"
    assert load_bundle(texts).hash != council().hash


def test_a_document_under_another_name_changes_the_hash() -> None:
    texts = documents()
    texts["policy/2007-03-22-renamed.yaml"] = texts.pop(POLICY)
    assert load_bundle(texts).hash != council().hash


def test_a_council_may_have_no_block_of_benefits_in_its_questions() -> None:
    texts = documents()
    texts[QUESTIONS] = texts[QUESTIONS].replace("type: benefits", "type: long_text")
    assert load_bundle(texts).benefits_question is None


# --- rules by date --------------------------------------------------------------------------------


def later(**changes: str) -> dict[str, str]:
    """The default council with a second policy, from 1 January 2030: EMB-1 alone, changed."""
    texts = documents()
    text = texts[POLICY][: texts[POLICY].index("  EXC-1:")]
    text = text.replace("name: Embargo, exceptions and standards", "name: The end of the embargo")
    text = text.replace("effective_from: 2007-03-22", "effective_from: 2030-01-01")
    for old, new in changes.items():
        text = text.replace(old, new)
    return texts | {"policy/2030-01-01-end.yaml": text}


def test_no_rule_is_in_force_before_its_first_day() -> None:
    bundle = council()
    assert bundle.rules_on(date(2007, 3, 21)) == ()
    assert len(bundle.rules_on(date(2007, 3, 22))) == len(bundle.policies[0].rules) == 24


def test_a_later_documents_rule_replaces_an_earlier_one_from_its_own_day() -> None:
    bundle = load_bundle(later(Desktops="Computers"))

    def words(day: date) -> list[str]:
        return [rule.rule.words for rule in bundle.rules_on(day) if rule.id == "EMB-1"]

    (before,), (after,) = words(date(2029, 12, 31)), words(date(2030, 1, 1))
    assert "Desktops continue" in before
    assert "Computers continue" in after
    assert len(bundle.rules_on(date(2030, 1, 1))) == 24


def test_the_documents_own_order_does_not_matter() -> None:
    texts = later(Desktops="Computers")
    bundle = load_bundle(dict(reversed(texts.items())))
    assert [policy.effective_from.year for policy in bundle.policies] == [2007, 2030]


def test_the_policy_in_force_is_that_of_the_facts_own_day() -> None:
    bundle = load_bundle(documents() | refusing())
    known = {"category": "software", "in_catalogue": False, "already_ordered": False}
    on = {year: bundle.evaluate(facts(**known, today=date(year, 6, 1))) for year in (2029, 2030)}
    assert on[2029].answer is Answer.EXCEPTION
    assert on[2030].answer is Answer.REFUSED


def test_before_the_first_policy_nothing_is_known_to_be_allowed() -> None:
    bundle = council()
    evaluation = bundle.evaluate(facts(category="software", today=date(2007, 3, 21)))
    assert evaluation.answer is Answer.UNKNOWN
    assert [f.words for f in evaluation.findings] == ["No policy is in force on this day."]


def refusing() -> dict[str, str]:
    """A second policy, from 2030, under which the embargo refuses."""
    text = later()["policy/2030-01-01-end.yaml"]
    text = text.replace("verdict: require\n    requires:\n      exception: true", "verdict: refuse")
    return {"policy/2030-01-01-end.yaml": text.replace("gives: require", "gives: refuse")}


# --- what is asked --------------------------------------------------------------------------------


def test_the_options_for_the_post_come_first() -> None:
    bundle = council()
    desktops = ["desktop_standard", "desktop_design"]
    assert list(bundle.standard_options(facts(category="desktop", job_role="office"))) == desktops
    workshop = facts(category="portable", job_role="technical")
    assert list(bundle.standard_options(workshop)) == ["portable_standard"]
    assert list(bundle.standard_options(facts())) == list(bundle.catalogue.options)


@pytest.mark.parametrize(("category", "asked"), [("software", True), ("service", False)])
def test_a_standard_option_is_asked_for_where_there_is_one(category: str, asked: bool) -> None:
    questions = council().asked("need", facts(category=category))
    assert ("catalogue_option" in questions) is asked


def test_an_option_of_another_category_is_asked_for_again() -> None:
    bundle = council()
    answers = {"category": "desktop", "catalogue_option": "gis_licence"}
    known = facts(category="desktop", catalogue_option=None)
    assert ("need", "catalogue_option") in bundle.unanswered(answers, known, ("need",))


def test_sections_come_by_phase_in_the_order_of_the_document() -> None:
    bundle = council()
    assert bundle.sections_of("check") == ("need",)
    assert bundle.sections_of("case") == (
        "strategic",
        "economic",
        "commercial",
        "financial",
        "management",
    )


@pytest.mark.parametrize(("in_catalogue", "asked"), [(True, False), (False, True), (None, True)])
def test_a_question_is_asked_while_its_condition_is_true_or_unknown(
    in_catalogue: bool | None, asked: bool
) -> None:
    questions = council().asked("strategic", facts(in_catalogue=in_catalogue))
    assert ("standard_why_not" in questions) is asked
    assert questions[:2] == ("case_need", "why_now")


@pytest.mark.parametrize(
    ("tier", "asked"),
    [
        (None, {"light"}),
        ("light", {"light"}),
        ("standard", {"light", "standard"}),
        ("full", {"light", "standard", "full"}),
    ],
)
def test_a_tier_asks_its_own_questions_and_those_below(tier: str | None, asked: set[str]) -> None:
    tiers = {"case_supplier": "light", "quote": "standard", "framework": "full"}
    texts = documents()
    for label, name in (("What quotes", "standard"), ("Which framework", "full")):
        old = f"        label: {label}"
        texts[QUESTIONS] = texts[QUESTIONS].replace(old, f"        tier: {name}\n{old}")
    questions = load_bundle(texts).asked("commercial", facts(tier=tier))
    assert {tiers[key] for key in questions if key in tiers} == asked


def test_unanswered_are_the_required_questions_that_are_asked_and_blank() -> None:
    bundle = council()
    written: dict[str, Any] = {"case_supplier": "A supplier", "quote": ""}
    assert bundle.unanswered(written, facts(), ("commercial",)) == (("commercial", "quote"),)
    assert bundle.unanswered({"benefits": []}, facts(), ("economic",)) == (
        ("economic", "benefits"),
    )


def test_no_and_nil_are_answers() -> None:
    answers = {"replacing": False, "already_ordered": False, "novel": False, "life_years": 0}
    blank = {question for _, question in council().unanswered(answers, facts(), ("need",))}
    assert not blank & set(answers)


def test_a_question_that_is_not_asked_is_not_unanswered() -> None:
    blank = council().unanswered(
        {}, facts(in_catalogue=True, already_ordered=False), ("strategic",)
    )
    assert blank == (("strategic", "case_need"), ("strategic", "why_now"))


def test_without_a_choice_of_sections_all_are_looked_at() -> None:
    sections = {section for section, _ in council().unanswered({}, facts())}
    assert sections == set(council().questions.sections)


def test_a_question_offers_what_its_type_says() -> None:
    bundle = council()
    need = bundle.questions.sections["need"].questions
    assert list(bundle.offered(need["job_role"])) == list(bundle.organisation.job_roles)
    assert list(bundle.offered(need["catalogue_option"])) == [*bundle.catalogue.options, "none"]
    assert list(bundle.offered(need["category"])) == list(need["category"].options)
    assert bundle.offered(need["title"]) == {}


# --- who decides ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "body"),
    [
        (date(2000, 1, 1), "herefordshire_connects_board"),
        (date(2006, 4, 1), "herefordshire_connects_board"),
        (date(2007, 3, 31), "herefordshire_connects_board"),
        (date(2007, 4, 1), "information_policy_group"),
        (TODAY, "information_policy_group"),
    ],
)
def test_the_body_in_charge_is_read_by_date(day: date, body: str) -> None:
    assert council().stage("group_review", day) == (body, ("standards", "funding"))


def test_a_state_that_names_its_body_keeps_it() -> None:
    texts = documents()
    texts[WORKFLOW] = texts[WORKFLOW].replace(
        "    kind: group\n", "    kind: group\n    body: herefordshire_connects_board\n"
    )
    assert load_bundle(texts).stage("group_review", TODAY)[0] == "herefordshire_connects_board"
