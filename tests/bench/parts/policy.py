"""The policy with 40 rules: how many requests a second a replay judges under two versions of it,
and how long the answer to one request takes.

No database takes part: both are the domain's own work, and whoever waits for a replay waits for
this. The limits are absolute, so that each row is for a reading and never for a test.
"""

from __future__ import annotations

import statistics
from time import perf_counter
from typing import Any

from procureflow.adapters.files import read_documents
from procureflow.domain.bundle import Bundle, load_bundle
from procureflow.domain.chain import canonical
from procureflow.domain.definitions.facts import SURROUNDINGS, Circumstances, derive
from procureflow.domain.expressions import Kind
from procureflow.domain.rehearsal import Stored, rehearse
from tests.bench.options import Options
from tests.factories.council import BEGINNING, CASE, CHECK, HEREFORDSHIRE

RULES = 40
#: Requests judged a second, and milliseconds for the answer to one.
FEWEST_A_SECOND = 500.0
MOST_MILLISECONDS = 10.0
_BATCH = 500


def run(options: Options) -> list[dict[str, Any]]:
    """Measure both; print what came of it; return the report's rows."""
    before, after = _with_rules(RULES), _with_rules(RULES, threshold="10000")
    facts = _facts(before)
    rates, taken = [], []
    for _ in range(options.rounds):
        rates.append(_replayed(before, after, facts, options.seconds))
        taken.append(_checked(before, options.seconds))
    rate, milliseconds = statistics.median(rates), statistics.median(taken)
    print(f"\nThe policy with {RULES} rules, {options.rounds} rounds of {options.seconds:g} s")
    print(
        f"  replay under two versions   {rate:10,.0f} requests/s (at least {FEWEST_A_SECOND:,.0f})"
    )
    print(f"  the answer to one request   {milliseconds:10.3f} ms (at most {MOST_MILLISECONDS:g})")
    return [
        _row("policy replay", "requests/s", rate, FEWEST_A_SECOND, rate / FEWEST_A_SECOND),
        _row("check", "ms", milliseconds, MOST_MILLISECONDS, MOST_MILLISECONDS / milliseconds),
    ]


def _row(name: str, unit: str, ours: float, limit: float, ratio: float) -> dict[str, Any]:
    return {
        "name": f"{name}, {RULES} rules",
        "database": "none",
        "processes": 1,
        "unit": unit,
        "ours": round(ours, 3),
        "other": limit,
        "ratio": round(ratio, 3),
        "target": 1,
        "met": ratio >= 1,
    }


def _with_rules(count: int, threshold: str = "12000") -> Bundle:
    """The default council with further rules, each like one that it has, up to that many."""
    texts = read_documents(HEREFORDSHIRE)
    texts["parameters.yaml"] = texts["parameters.yaml"].replace("12000", threshold)
    (name,) = (one for one in texts if one.startswith("policy/"))
    lines = texts[name].splitlines(keepends=True)
    begins = [n for n, line in enumerate(lines) if line.startswith("  ") and line.endswith("-1:\n")]
    first = next(n for n in begins if "STD-1" in lines[n])
    last = next(n for n in range(first + 1, len(lines)) if lines[n].startswith("  STD-2:"))
    known = len(load_bundle(texts).policies[0].rules)
    for number in range(count - known):
        copied = "".join(lines[first + 1 : last])
        texts[name] += f"\n  BEN-{number}:\n{copied}"
    bundle = load_bundle(texts)
    assert len(bundle.rules_on(BEGINNING.date())) == count
    return bundle


def _answers() -> dict[str, Any]:
    return {**CHECK, **{key: value for part in CASE.values() for key, value in part.items()}}


def _about() -> Circumstances:
    known = {name: "1" if kind.kind is Kind.TEXT else 0 for name, kind in SURROUNDINGS.items()}
    return Circumstances("environment", BEGINNING.date(), known)


def _facts(bundle: Bundle) -> dict[str, Any]:
    """As a submission stores them."""
    derived = derive(bundle, _answers(), _about())
    return {name: value for name, value in derived.items() if value is not None}


def _replayed(before: Bundle, after: Bundle, facts: dict[str, Any], seconds: float) -> float:
    """Requests a second."""
    plain = {name: _plain(value) for name, value in facts.items()}
    batch = [Stored(f"ICT-2026-{n:04d}", "environment", plain) for n in range(_BATCH)]
    done, begun = 0, perf_counter()
    while perf_counter() - begun < seconds:
        (report,) = rehearse([batch], before, after, BEGINNING.date())
        done += report.looked_at
    return done / (perf_counter() - begun)


def _plain(value: Any) -> Any:
    said = canonical(value)
    return said.strip('"') if said.startswith('"') else value


def _checked(bundle: Bundle, seconds: float) -> float:
    """Milliseconds from the answers of a request to the policy's answer."""
    answers, about = _answers(), _about()
    done, begun = 0, perf_counter()
    while perf_counter() - begun < seconds:
        bundle.evaluate(derive(bundle, answers, about))
        done += 1
    return (perf_counter() - begun) / done * 1000
