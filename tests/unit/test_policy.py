"""Rules over facts: every finding kept, the strongest wins, and what is missing is named."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from procureflow.adapters.files import read_documents
from procureflow.domain.bundle import load_bundle
from procureflow.domain.definitions.policy import Otherwise, Requirement, Rule, Standing
from procureflow.domain.expressions import BOOLEAN, NUMBER, TEXT, compile_expression
from procureflow.domain.findings import STRENGTH, Finding, Settled, Verdict
from procureflow.domain.policy import Answer, CompiledRule, evaluate, fill, placeholders
from tests.unit._documents import TODAY, council, facts

SCHEMA = {"a": BOOLEAN, "b": BOOLEAN, "cost": NUMBER, "name": TEXT}
EXAMPLES = tuple({"facts": {}, "gives": "unknown"} for _ in range(3))


def rule(
    when: str, verdict: str, code: str = "T-1", met: str | None = None, **more: Any
) -> CompiledRule:
    """A rule with little to say. A `require` asks for an exception unless `met` says otherwise."""
    if verdict == "require" and "requires" not in more:
        more["requires"] = (
            Requirement(exception=True) if met is None else Requirement(met=met, section="here")
        )
    made = Rule.model_validate(
        {
            "title": "A rule",
            "when": when,
            "verdict": verdict,
            "words": "It says so.",
            "remedy": "Do this.",
            "quote": "it is so",
            "source": "report",
            "standing": "ours",
            "examples": EXAMPLES,
            **more,
        }
    )
    return CompiledRule(
        code,
        made,
        "A policy",
        compile_expression(when, SCHEMA),
        None if met is None else compile_expression(met, SCHEMA),
    )


# --- one rule -------------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", ["allow", "advise", "refuse"])
def test_a_rule_that_fires_gives_its_verdict_its_words_and_its_remedy(verdict: str) -> None:
    finding = rule("a", verdict).evaluate({"a": True})
    assert finding == Finding("T-1", Verdict(verdict), "It says so.", "Do this.")


@pytest.mark.parametrize(
    ("requires", "settled_by"),
    [
        ({"exception": True}, Settled.DECISION),
        ({"assessment": "funding"}, Settled.ASSESSMENT),
        ({"met": "b", "section": "economic"}, Settled.ANSWERS),
    ],
)
def test_a_requirement_says_who_satisfies_it(requires: dict[str, Any], settled_by: Settled) -> None:
    finding = rule("a", "require", requires=Requirement(**requires)).evaluate({"a": True})
    assert finding is not None
    assert (finding.verdict, finding.settled_by) == (Verdict.REQUIRE, settled_by)


@pytest.mark.parametrize("verdict", ["allow", "advise", "require", "refuse"])
def test_a_rule_that_does_not_fire_is_silent(verdict: str) -> None:
    assert rule("a", verdict).evaluate({"a": False}) is None


def test_a_rule_that_does_not_fire_may_have_other_words() -> None:
    otherwise = Otherwise(verdict=Verdict.ALLOW, words="{name} is outside it.")
    compiled = rule("a", "require", otherwise=otherwise)
    finding = compiled.evaluate({"a": False, "name": "A desktop"})
    assert finding == Finding("T-1", Verdict.ALLOW, "A desktop is outside it.")
    unknown = compiled.evaluate({})
    assert unknown is not None
    assert unknown.verdict is Verdict.UNKNOWN


def test_a_rule_whose_answer_is_missing_is_unknown_and_names_it() -> None:
    finding = rule("a and cost > 5 or b", "refuse").evaluate({"a": True, "b": False})
    assert finding is not None
    assert finding.verdict is Verdict.UNKNOWN
    assert finding.missing == ("cost",)
    assert finding.words == "A rule: this can’t be judged yet."
    assert finding.remedy == "Answer what is missing."


def test_a_rule_that_is_settled_anyway_misses_nothing() -> None:
    fired = rule("a or cost > 5", "refuse").evaluate({"a": True})
    assert fired is not None
    assert (fired.verdict, fired.missing) == (Verdict.REFUSE, ())
    assert rule("a and cost > 5", "refuse").evaluate({"a": False}) is None


@pytest.mark.parametrize(
    ("known", "met", "missing", "holds_back"),
    [
        ({"cost": Decimal(5)}, True, (), False),
        ({"cost": Decimal(0)}, False, (), True),
        ({}, False, ("cost",), True),
    ],
)
def test_a_requirement_is_met_or_holds_back(
    known: dict[str, Any], met: bool, missing: tuple[str, ...], holds_back: bool
) -> None:
    finding = rule("a", "require", met="cost > 0").evaluate({"a": True, **known})
    assert finding is not None
    assert (finding.met, finding.missing, finding.section) == (met, missing, "here")
    assert finding.holds_back is holds_back


@pytest.mark.parametrize(
    ("verdict", "met", "holds_back"),
    [
        (Verdict.ALLOW, None, False),
        (Verdict.ADVISE, None, False),
        (Verdict.REQUIRE, None, False),
        (Verdict.REQUIRE, True, False),
        (Verdict.REQUIRE, False, True),
        (Verdict.REFUSE, None, True),
        (Verdict.UNKNOWN, None, True),
    ],
)
def test_what_stands_between_a_request_and_its_next_step(
    verdict: Verdict, met: bool | None, holds_back: bool
) -> None:
    assert Finding("T-1", verdict, "words", met=met).holds_back is holds_back


# --- all rules ------------------------------------------------------------------------------------

ALLOW = rule("a", "allow", "ALLOW-1")
ADVISE = rule("a", "advise", "ADVISE-1")
EXCEPTION = rule("a", "require", "EXC-1")
ANSWERS = rule("a", "require", "ANS-1", met="cost > 0")
REFUSE = rule("a", "refuse", "REF-1")
UNKNOWN = rule("b", "advise", "UNK-1")
SILENT = rule("not a", "refuse", "SIL-1")
FIRES = {"a": True}


@pytest.mark.parametrize(
    ("rules", "answer"),
    [
        ((), Answer.ALLOWED),
        ((SILENT,), Answer.ALLOWED),
        ((ALLOW,), Answer.ALLOWED),
        ((ADVISE,), Answer.ALLOWED),
        ((ALLOW, ADVISE), Answer.ALLOWED),
        ((ANSWERS,), Answer.ALLOWED),
        ((EXCEPTION,), Answer.EXCEPTION),
        ((ALLOW, EXCEPTION), Answer.EXCEPTION),
        ((ANSWERS, EXCEPTION, SILENT), Answer.EXCEPTION),
        ((UNKNOWN,), Answer.UNKNOWN),
        ((ALLOW, EXCEPTION, UNKNOWN), Answer.UNKNOWN),
        ((REFUSE,), Answer.REFUSED),
        ((ALLOW, ADVISE, EXCEPTION, ANSWERS, UNKNOWN, REFUSE), Answer.REFUSED),
    ],
)
def test_the_strongest_verdict_wins_and_every_finding_is_kept(
    rules: tuple[CompiledRule, ...], answer: Answer
) -> None:
    evaluation = evaluate(rules, FIRES)
    assert evaluation.answer is answer
    assert {f.code for f in evaluation.findings} == {r.id for r in rules} - {"SIL-1"}


def test_whatever_the_order_of_the_rules_the_strongest_finding_comes_first() -> None:
    strongest_first = [Verdict.REFUSE, Verdict.UNKNOWN, Verdict.REQUIRE, Verdict.ADVISE]
    for rules in permutations((ADVISE, EXCEPTION, UNKNOWN, REFUSE)):
        findings = evaluate(rules, FIRES).findings
        assert [finding.verdict for finding in findings] == strongest_first


def test_findings_of_one_strength_keep_the_order_of_the_rules() -> None:
    rules = [rule("a", "advise", f"T-{n}") for n in (3, 1, 2)]
    assert [f.code for f in evaluate(rules, FIRES).findings] == ["T-3", "T-1", "T-2"]


def test_the_strengths_are_those_of_the_design() -> None:
    assert sorted(STRENGTH, key=STRENGTH.__getitem__, reverse=True) == [
        Verdict.REFUSE,
        Verdict.REQUIRE,
        Verdict.ADVISE,
        Verdict.ALLOW,
    ]


def test_what_the_policy_waits_for_is_named_once_and_in_order() -> None:
    rules = [rule("b and cost > 5", "refuse"), rule("b", "advise"), ANSWERS]
    evaluation = evaluate(rules, FIRES)
    assert evaluation.missing == ("b", "cost")


def test_what_only_a_requirement_waits_for_is_not_missing_yet() -> None:
    assert evaluate([ANSWERS], FIRES).missing == ()


def test_other_words_ask_for_no_exception() -> None:
    otherwise = Otherwise(verdict=Verdict.ALLOW, words="Outside it.")
    compiled = rule("a", "require", otherwise=otherwise)
    assert evaluate([compiled], {"a": False}).answer is Answer.ALLOWED


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "filled"),
    [
        ("No braces.", "No braces."),
        ("By {name}.", "By the {group}."),
        ("By {b}.", "By not known yet."),
        ("By {nobody}.", "By not known yet."),
        ("{{name}}", "{name}"),
        ("{name}{name}", "the {group}the {group}"),
        ("£{cost} a year", "£64,415 a year"),
        ("£{odd}", "£1,234.50"),
        ("From {day}.", "From 5 March 2027."),
        ("Ordered: {ordered}; asked: {asked}.", "Ordered: yes; asked: no."),
    ],
)
def test_words_are_filled_in_once_and_say_what_is_not_known(words: str, filled: str) -> None:
    facts = {
        "name": "the {group}",
        "b": None,
        "cost": Decimal("64415.00"),
        "odd": Decimal("1234.5"),
        "day": date(2027, 3, 5),
        "ordered": True,
        "asked": False,
    }
    assert fill(words, facts) == filled


def test_placeholders_are_the_names_in_braces() -> None:
    assert placeholders("{one} and {two}, {one}, {{three}}") == ("one", "two", "one")


@pytest.mark.parametrize("words", ["{", "}", "a { b", "a } b", "{a", "a}", "{a}}", "{{a}"])
def test_braces_that_do_not_match_are_refused(words: str) -> None:
    with pytest.raises(ValueError, match=r"[{}]"):
        placeholders(words)


# --- the default council's rules ------------------------------------------------------------------

SILENCE = "silent"
OFFICE_PORTABLE = {"category": "portable", "in_catalogue": True}
OFF_LIST_DESKTOP = {"category": "desktop", "in_catalogue": False}
STANDARD_DESKTOP = {"category": "desktop", "in_catalogue": True}
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
PARTS = {"project_management_cost": Decimal(4000), "training_cost": Decimal(3300)}


def costs(pounds: int) -> dict[str, Any]:
    """A whole-life cost."""
    return {"whole_life_cost": Decimal(pounds)}


#: Light by itself, and not with £4,000 more.
SPLIT: dict[str, Any] = {
    "category": "software",
    "whole_life_cost": Decimal(8000),
    "related_spend": Decimal(4000),
    "standard_from": Decimal(12000),
}
#: rule, what is known, its verdict; where that is unknown, the answers it waits for.
CASES: list[tuple[str, dict[str, Any], str, tuple[str, ...]]] = [
    ("EMB-1", {"category": "software"}, "require", ()),
    ("EMB-1", {"category": "portable"}, "require", ()),
    ("EMB-1", {"category": "server"}, "require", ()),
    ("EMB-1", {"category": "other"}, "require", ()),
    ("EMB-1", {"category": "desktop"}, "allow", ()),
    ("EMB-1", {}, "unknown", ("category",)),
    ("EXC-1", {"category": "network"}, "advise", ()),
    ("EXC-1", OFF_LIST_DESKTOP, "advise", ()),
    ("EXC-1", STANDARD_DESKTOP, SILENCE, ()),
    ("EXC-1", {"category": "desktop"}, "unknown", ("in_catalogue",)),
    ("EXC-1", {}, "unknown", ("category", "in_catalogue")),
    ("BC-1", {"category": "service"}, "require", ()),
    ("BC-1", OFF_LIST_DESKTOP, "require", ()),
    ("BC-1", STANDARD_DESKTOP, SILENCE, ()),
    ("BC-1", {"in_catalogue": True}, "unknown", ("category",)),
    ("BC-2", {"category": "server"}, "require", ()),
    ("BC-2", {"category": "software"}, "require", ()),
    ("BC-2", {"category": "network"}, "require", ()),
    ("BC-2", {"category": "service"}, "require", ()),
    ("BC-2", {"category": "desktop"}, SILENCE, ()),
    ("BC-2", {"category": "portable"}, SILENCE, ()),
    ("BC-2", {"category": "other"}, SILENCE, ()),
    ("BC-2", {}, "unknown", ("category",)),
    ("STD-1", OFF_LIST_DESKTOP, "require", ()),
    ("STD-1", {"category": "software", "in_catalogue": False}, "require", ()),
    ("STD-1", {"category": "service", "in_catalogue": False}, SILENCE, ()),
    ("STD-1", STANDARD_DESKTOP, SILENCE, ()),
    ("STD-1", {"in_catalogue": True}, SILENCE, ()),
    ("STD-1", {"category": "desktop"}, "unknown", ("in_catalogue",)),
    ("STD-1", {"in_catalogue": False}, "unknown", ("category",)),
    ("STD-2", {"in_catalogue": False}, "advise", ()),
    ("STD-2", {"in_catalogue": True}, SILENCE, ()),
    ("STD-2", {}, "unknown", ("in_catalogue",)),
    ("AST-2", {"category": "desktop"}, "advise", ()),
    ("AST-2", OFFICE_PORTABLE, "advise", ()),
    ("AST-2", {"category": "software"}, SILENCE, ()),
    ("AST-2", {"category": "service"}, SILENCE, ()),
    ("AST-2", {}, "unknown", ("category",)),
    ("FIN-1", {"category": "server"}, "require", ()),
    ("FIN-1", STANDARD_DESKTOP, SILENCE, ()),
    ("FIN-1", {"category": "desktop"}, "unknown", ("in_catalogue",)),
    ("PM-1", {"category": "software"}, "require", ()),
    ("PM-1", STANDARD_DESKTOP, SILENCE, ()),
    ("PM-1", {}, "unknown", ("category", "in_catalogue")),
    ("TRN-1", {"category": "software"}, "require", ()),
    ("TRN-1", STANDARD_DESKTOP, SILENCE, ()),
    ("TRN-1", {"category": "desktop"}, "unknown", ("in_catalogue",)),
    ("NC-1", {"already_ordered": True}, "require", ()),
    ("NC-1", {"already_ordered": False}, SILENCE, ()),
    ("NC-1", {"category": "desktop"}, "unknown", ("already_ordered",)),
    ("COST-1", {**STANDARD_DESKTOP, **costs(64415), "option_price": 612}, "advise", ()),
    ("COST-1", {**STANDARD_DESKTOP, **costs(0), "option_price": 612}, "advise", ()),
    ("COST-1", {**STANDARD_DESKTOP, **costs(612), "option_price": 612}, SILENCE, ()),
    ("COST-1", {**OFFICE_PORTABLE, **costs(64415), "option_price": 894}, SILENCE, ()),
    ("COST-1", {**OFF_LIST_DESKTOP, **costs(64415)}, SILENCE, ()),
    ("COST-1", {**costs(5)}, "unknown", ("category", "in_catalogue", "option_price")),
    ("COST-2", {**costs(64415), **PARTS}, "require", ()),
    ("COST-2", {**costs(64415), "training_cost": Decimal(3300)}, SILENCE, ()),
    ("COST-2", costs(64415), SILENCE, ()),
    ("DATE-1", {"go_live": TOMORROW, "already_ordered": False}, "require", ()),
    ("DATE-1", {"go_live": YESTERDAY, "already_ordered": True}, SILENCE, ()),
    ("DATE-1", {"already_ordered": False}, SILENCE, ()),
    ("DATE-1", {"go_live": TOMORROW}, "unknown", ("already_ordered",)),
    ("AST-1", {"category": "desktop", "idle_here": Decimal(2)}, "advise", ()),
    ("AST-1", {"category": "service", "idle_here": Decimal(2)}, SILENCE, ()),
    ("AST-1", {"idle_here": Decimal(2)}, "unknown", ("category",)),
    ("RPL-1", {"asset_age": Decimal("3.9"), "replace_after": Decimal(4)}, "advise", ()),
    ("RPL-1", {"asset_age": Decimal(4), "replace_after": Decimal(4)}, SILENCE, ()),
    ("RPL-1", {"asset_age": Decimal(1)}, SILENCE, ()),
    ("PM-2", {"category": "software", "tier": "standard"}, "require", ()),
    ("PM-2", {"category": "software", "tier": "full"}, "require", ()),
    ("PM-2", {"category": "software", "tier": "light"}, SILENCE, ()),
    ("PM-2", {**STANDARD_DESKTOP, "tier": "standard"}, SILENCE, ()),
    ("PM-2", {"tier": "standard"}, "unknown", ("category", "in_catalogue")),
    ("PIR-1", {"category": "software", "tier": "standard"}, "require", ()),
    ("PIR-1", {"category": "software", "tier": "light"}, SILENCE, ()),
    ("PIR-1", {"tier": "full"}, "unknown", ("category", "in_catalogue")),
    ("CRD-1", {"priority_project": True}, "require", ()),
    ("CRD-1", {"priority_project": False}, SILENCE, ()),
    ("CRD-1", {}, SILENCE, ()),
    ("TND-1", {"route_to_market": "open_tender"}, "require", ()),
    ("TND-1", {"route_to_market": "framework_competition"}, "require", ()),
    ("TND-1", {"route_to_market": "framework_direct"}, SILENCE, ()),
    ("TND-1", {}, SILENCE, ()),
    ("SPLIT-1", {**SPLIT, "related_spend": Decimal(4000)}, "require", ()),
    ("SPLIT-1", {**SPLIT, "related_spend": Decimal(3999)}, SILENCE, ()),
    ("SPLIT-1", {**SPLIT, "whole_life_cost": Decimal(12000)}, SILENCE, ()),
    ("SPLIT-1", {**SPLIT, **STANDARD_DESKTOP}, SILENCE, ()),
    ("SPLIT-1", {**SPLIT, "whole_life_cost": None}, "unknown", ("in_catalogue", "whole_life_cost")),
    ("DUP-1", {"alike": Decimal(1)}, "advise", ()),
    ("DUP-1", {"alike": Decimal(0)}, SILENCE, ()),
    ("DUP-1", {}, SILENCE, ()),
    ("OWN-1", {"idle_of_kind": Decimal(1)}, "advise", ()),
    ("OWN-1", {"idle_of_kind": Decimal(0)}, SILENCE, ()),
    ("OWN-1", {}, SILENCE, ()),
    ("DATE-2", {"first_benefit": TOMORROW, "already_ordered": False}, "require", ()),
    ("DATE-2", {"first_benefit": YESTERDAY, "already_ordered": True}, SILENCE, ()),
    ("DATE-2", {"already_ordered": False}, SILENCE, ()),
    ("DATE-2", {"first_benefit": TOMORROW}, "unknown", ("already_ordered",)),
]


@cache
def in_force() -> dict[str, CompiledRule]:
    """The default council's rules in force."""
    return {compiled.id: compiled for compiled in council().rules_on(TODAY)}


@pytest.mark.parametrize(("code", "known", "verdict", "missing"), CASES)
def test_each_rule_fires_stays_silent_or_names_what_is_missing(
    code: str, known: dict[str, Any], verdict: str, missing: tuple[str, ...]
) -> None:
    finding = in_force()[code].evaluate(facts(**known))
    assert (SILENCE if finding is None else finding.verdict) == verdict
    if finding is not None and verdict == "unknown":
        assert finding.missing == missing


def test_every_rule_of_the_default_council_has_its_cases() -> None:
    assert set(in_force()) == {code for code, *_ in CASES}
    for code, compiled in in_force().items():
        verdicts = {verdict for of, _, verdict, _ in CASES if of == code}
        assert compiled.rule.verdict in verdicts, f"{code} has no case that fires"
        assert {SILENCE, "allow"} & verdicts, f"{code} has no case that doesn't fire"
        # One about the case alone has nothing to say while the case isn't written.
        blank = compiled.evaluate(facts())
        assert blank is None or "unknown" in verdicts, f"{code} has no case with a blank answer"


ALL_ELSE: dict[str, Any] = {"category": "software", "in_catalogue": False}


@pytest.mark.parametrize(
    ("code", "known", "met", "section"),
    [
        ("BC-1", {"benefits_shown": True}, True, "economic"),
        ("BC-1", {"benefits_shown": False}, False, "economic"),
        ("BC-1", {}, False, "economic"),
        ("PM-1", {"project_management_cost": Decimal(4000)}, True, "financial"),
        ("PM-1", {"project_management_cost": Decimal(0)}, False, "financial"),
        ("PM-1", {}, False, "financial"),
        (
            "PM-1",
            {"project_management_cost": Decimal(0), "project_management_nil_reason": "In-house."},
            True,
            "financial",
        ),
        ("TRN-1", {"training": "Two days.", "training_cost": Decimal(3300)}, True, "management"),
        ("TRN-1", {"training": "None needed.", "training_cost": Decimal(0)}, True, "management"),
        ("TRN-1", {"training": "Two days."}, False, "financial"),
        ("TRN-1", {"training_cost": Decimal(3300)}, False, "management"),
        ("TRN-1", {}, False, "management"),
        ("EMB-1", {}, None, None),
        ("FIN-1", {}, None, None),
        ("COST-2", costs(7300) | PARTS, True, "financial"),
        ("COST-2", costs(7299) | PARTS, False, "financial"),
        ("COST-2", costs(0) | dict.fromkeys(PARTS, Decimal(0)), False, "financial"),
        ("DATE-1", {"go_live": TODAY, "already_ordered": False}, True, "management"),
        ("DATE-1", {"go_live": YESTERDAY, "already_ordered": False}, False, "management"),
        ("DATE-2", {"first_benefit": TODAY, "already_ordered": False}, True, "economic"),
        ("DATE-2", {"first_benefit": YESTERDAY, "already_ordered": False}, False, "economic"),
    ],
)
def test_a_requirement_of_the_default_council_is_met_by_these_answers(
    code: str, known: dict[str, Any], met: bool | None, section: str | None
) -> None:
    finding = in_force()[code].evaluate(facts(**ALL_ELSE, **known))
    assert finding is not None
    assert (finding.met, finding.section) == (met, section)


def test_an_unmet_requirement_names_the_answers_that_known_asks_about() -> None:
    finding = in_force()["TRN-1"].evaluate(facts(**ALL_ELSE))
    assert finding is not None
    assert finding.missing == ("training", "training_cost")


@pytest.mark.parametrize(
    ("known", "answer"),
    [
        (STANDARD_DESKTOP, Answer.ALLOWED),
        (OFF_LIST_DESKTOP, Answer.EXCEPTION),
        (OFFICE_PORTABLE, Answer.EXCEPTION),
        ({"category": "service", "in_catalogue": False}, Answer.EXCEPTION),
        ({"category": "desktop"}, Answer.UNKNOWN),
        ({}, Answer.UNKNOWN),
    ],
)
def test_the_default_council_answers(known: dict[str, Any], answer: Answer) -> None:
    assert council().evaluate(facts(already_ordered=False, **known)).answer is answer


def test_a_standard_desktop_that_was_ordered_already_needs_an_exception() -> None:
    evaluation = council().evaluate(facts(already_ordered=True, **STANDARD_DESKTOP))
    assert evaluation.answer is Answer.EXCEPTION
    assert evaluation.findings[0].code == "NC-1"


def test_an_empty_request_is_told_every_answer_that_the_policy_waits_for() -> None:
    missing = council().evaluate(facts()).missing
    assert set(missing) >= {"already_ordered", "category", "in_catalogue"}


def test_the_words_name_the_body_and_the_director() -> None:
    known = facts(
        **ALL_ELSE,
        already_ordered=True,
        body="Information Policy Group",
        director="Director of Environment",
    )
    words = {finding.code: finding.words for finding in council().evaluate(known).findings}
    assert words["EXC-1"] == "An exception is decided by the Information Policy Group."
    assert "the Director of Environment says" in words["NC-1"]


#: What each source really does, as the review of the sources found it.
STANDINGS = {
    "EMB-1": Standing.DECIDED,
    "EXC-1": Standing.DECIDED,
    "BC-1": Standing.DECIDED,
    "BC-2": Standing.DECIDED,
    "STD-1": Standing.WELCOMED,
    "STD-2": Standing.DESCRIBED,
    "AST-1": Standing.WELCOMED,
    "AST-2": Standing.WELCOMED,
    "RPL-1": Standing.DESCRIBED,
    "PM-2": Standing.DECIDED,
    "CRD-1": Standing.DESCRIBED,
    "PIR-1": Standing.DECIDED,
    "TND-1": Standing.DESCRIBED,
    "FIN-1": Standing.DECIDED,
    "PM-1": Standing.DECIDED,
    "TRN-1": Standing.DECIDED,
    "NC-1": Standing.DECIDED,
}
#: Rules of the council's own: about answers that have to fit together, and about what it has and
#: asked for already.
OURS = {"COST-1", "COST-2", "DATE-1", "DATE-2", "SPLIT-1", "DUP-1", "OWN-1"}


def test_no_rule_claims_more_than_its_source_does() -> None:
    assert {code: compiled.rule.standing for code, compiled in in_force().items()} == {
        **STANDINGS,
        **dict.fromkeys(OURS, Standing.OURS),
    }


def test_only_buying_outside_the_guidelines_opens_an_action() -> None:
    assert [code for code, compiled in in_force().items() if compiled.rule.action] == ["NC-1"]


SOURCES = Path(__file__).parents[2].parent / "shared" / "sources"
CONFIG = Path(__file__).parents[2] / "config"
#: Which file a council's documents mean by the name of a source.
REPORTS = {
    "scrutiny_response": "000_*.txt",
    "governance_update": "001_*.txt",
    "strategy_progress": "002_*.txt",
    "head_of_it_report": "003_*.txt",
    "best_value_update": "004_*.txt",
}
QUOTED = [
    pytest.param(rule, id=f"{folder.name}-{code}")
    for folder in sorted(path for path in CONFIG.iterdir() if path.is_dir())
    for policy in load_bundle(read_documents(folder)).policies
    for code, rule in policy.rules.items()
    if rule.quote is not None
]


def plain(text: str) -> str:
    """One line, with single spaces."""
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.skipif(not SOURCES.is_dir(), reason="there are no ../shared/sources to look in")
@pytest.mark.parametrize("rule", QUOTED)
def test_every_quote_stands_word_for_word_in_its_source(rule: Rule) -> None:
    assert rule.source is not None
    assert rule.quote is not None
    (report,) = SOURCES.glob(REPORTS[rule.source])
    assert plain(rule.quote) in plain(report.read_text(encoding="utf-8"))
