"""What must hold between the parts of a council's documents: each breach in its place."""

from __future__ import annotations

import pytest

from procureflow.domain.bundle import load_bundle
from procureflow.domain.definitions.source import Fault
from tests.unit._documents import (
    CATALOGUE,
    ORGANISATION,
    PARAMETERS,
    POLICY,
    QUESTIONS,
    WORKFLOW,
    Change,
    documents,
    facts,
    faults_of,
    named,
)

STATES = "use one of: draft, cleared, business_case, group_review, approved, rejected"
BODIES = "use one of: herefordshire_connects_board, information_policy_group"
NOT_A_DESKTOP = """\
    when: category != "desktop" or in_catalogue == false
    verdict: require
"""
SECTIONS = "use one of: need, strategic, economic, commercial, financial, management"

ORGANISATION_CHANGES = [
    Change(
        "white on a light colour",
        ORGANISATION,
        "#1d5c3f",
        "#f0c000",
        at="colour:",
        what="white text can’t be read on #f0c000",
        remedy="choose a darker colour",
    ),
    Change(
        "a directorate from nowhere",
        ORGANISATION,
        "    director: Director of Environment\n    assumed: No source",
        "    director: Director of Environment\n    # No source",
        at="  environment:",
        what="`environment` must say either which source names it or that it is assumed",
        remedy="add `source:` or `assumed:`",
    ),
    Change(
        "a directorate both named and assumed",
        ORGANISATION,
        "    director: Director of Resources\n",
        "    director: Director of Resources\n    assumed: It seems so.\n",
        at="  resources:",
        what="`resources` must say either",
        remedy="add `source:` or `assumed:`",
    ),
    Change(
        "an unknown body in charge",
        ORGANISATION,
        "    body: information_policy_group",
        "    body: policy_group",
        at="body: policy_group",
        what="“policy_group” is not a body",
        remedy=BODIES,
    ),
    Change(
        "a handover from a body to itself",
        ORGANISATION,
        "    body: information_policy_group",
        "    body: herefordshire_connects_board # again",
        at="body: herefordshire_connects_board # again",
        what="`herefordshire_connects_board` hands over to itself",
        remedy="remove this line",
    ),
    Change(
        "bodies in charge out of order",
        ORGANISATION,
        "  - from: 2007-04-01",
        "  - from: 2006-03-31",
        at="2006-03-31",
        what="2006-03-31 is not after 2006-04-01",
        remedy="in order of date",
    ),
    Change(
        "two bodies in charge from one day",
        ORGANISATION,
        "  - from: 2007-04-01",
        "  - from: 2006-04-01 # too",
        at="# too",
        what="2006-04-01 is not after 2006-04-01",
        remedy="each day once",
    ),
    Change(
        "abstaining as an outcome",
        ORGANISATION,
        "    no_majority: return\n    interests",
        "    no_majority: abstain\n    interests",
        at="abstain",
        what="“abstain” is no outcome",
        remedy="use approve, reject or return",
    ),
]

QUESTION_CHANGES = [
    Change(
        "a question asked twice",
        QUESTIONS,
        "      why_now:\n",
        "      place:\n",
        at="may_be_exempt: true\n      place:",
        what="`place` is asked twice",
        remedy="rename it; see need",
    ),
    Change(
        "a question that is a fact of ours",
        QUESTIONS,
        "      why_now:\n",
        "      in_catalogue:\n",
        at="in_catalogue:",
        what="`in_catalogue` is a fact of its own",
        remedy="rename it",
    ),
    Change(
        "a question that is a word of the language",
        QUESTIONS,
        "      why_now:\n",
        "      known:\n",
        at="      known:",
        what="`known` is a fact of its own",
        remedy="rename it",
    ),
    Change(
        "a question that no rule could name",
        QUESTIONS,
        "      why_now:\n",
        "      class:\n",
        at="class:",
        what="no rule can be written about `class`",
        remedy="rename it",
    ),
    Change(
        "a question that waits for itself",
        QUESTIONS,
        "asked_when: in_catalogue == false",
        'asked_when: standard_why_not == "it is not"',
        at="asked_when: standard_why_not",
        what="`standard_why_not` waits for its own answer",
        remedy="ask another",
    ),
    Change(
        "a condition on an unknown fact",
        QUESTIONS,
        "asked_when: in_catalogue == false",
        "asked_when: in_catalog == false",
        at="asked_when: in_catalog ==",
        what="`in_catalog` is not a fact",
        remedy="did you mean `in_catalogue`?",
    ),
    Change(
        "a condition that is no condition",
        QUESTIONS,
        "asked_when: in_catalogue == false",
        "asked_when: title",
        at="asked_when: title",
        what="“title” is text, not true or false",
        remedy="compare it with something",
    ),
    Change(
        "a question that begins with one that isn't asked",
        QUESTIONS,
        "begins_with: supplier",
        "begins_with: suplier",
        at="begins_with: suplier",
        what="“suplier” is not a question",
        remedy="use one of: ",
    ),
    Change(
        "a question that begins with one of the case",
        QUESTIONS,
        "begins_with: supplier",
        "begins_with: framework",
        at="begins_with: framework",
        what="begins with an answer, and with one of the check",
        remedy="remove it",
    ),
    Change(
        "a question that begins with an answer of another kind",
        QUESTIONS,
        "begins_with: supplier",
        "begins_with: whole_life_cost",
        at="begins_with: whole_life_cost",
        what="`whole_life_cost` is answered in another way",
        remedy="name a question of the same type",
    ),
    Change(
        "a question that begins with an answer longer than its own may be",
        QUESTIONS,
        "        begins_with: supplier\n        max_length: 120\n",
        "        begins_with: supplier\n        max_length: 119\n",
        at="begins_with: supplier",
        what="an answer to `supplier` may be too long for it",
        remedy="raise `max_length:`",
    ),
    Change(
        "a question of the check that begins with another",
        QUESTIONS,
        "        hint: Leave it empty if you don't.\n",
        "        hint: Leave it empty if you don't.\n        begins_with: title\n",
        at="begins_with: title",
        what="only a question of the case begins with an answer",
        remedy="remove it",
    ),
    Change(
        "no question for the title",
        QUESTIONS,
        "      title:\n",
        "      name:\n",
        at="sections:",
        what="no question `title` of type text",
        remedy="ask it",
    ),
    Change(
        "no question for the category",
        QUESTIONS,
        "      category:\n",
        "      kind:\n",
        at="sections:",
        what="no question `category` of type choice",
        remedy="ask it",
    ),
    Change(
        "no question for the supplier",
        QUESTIONS,
        "      supplier:\n",
        "      seller:\n",
        at="sections:",
        what="no question `supplier` of type text",
        remedy="ask it",
    ),
    Change(
        "a cost that is no money",
        QUESTIONS,
        "        type: money\n        label: Roughly how much",
        "        type: whole_number\n        label: Roughly how much",
        at="      whole_life_cost:",
        what="`whole_life_cost` is of type whole_number",
        remedy="make it money",
    ),
    Change(
        "no question for the catalogue",
        QUESTIONS,
        "type: catalogue_option",
        "type: text",
        at="sections:",
        what="not exactly one question of type catalogue_option",
        remedy="ask one",
    ),
    Change(
        "two questions for the catalogue",
        QUESTIONS,
        "type: job_role",
        "type: catalogue_option",
        at="sections:",
        what="not exactly one question of type catalogue_option",
        remedy="ask one",
    ),
    Change(
        "two blocks of benefits",
        QUESTIONS,
        "        type: text\n        label: Budget code",
        "        type: benefits\n        label: Budget code",
        at="sections:",
        what="more than one question of type benefits",
        remedy="keep one",
    ),
    Change(
        "a choice of nothing",
        QUESTIONS,
        "        type: text\n        label: Budget code",
        "        type: choice\n        label: Budget code",
        at="      budget_code:",
        what="`budget_code`: only a choice has options, and it needs them",
        remedy="add `options:` or change the type",
    ),
    Change(
        "options for words",
        QUESTIONS,
        "        label: Budget code",
        "        options: {one: One}\n        label: Budget code",
        at="      budget_code:",
        what="`budget_code`: only a choice has options",
        remedy="add `options:` or change the type",
    ),
    Change(
        "bounds the wrong way round",
        QUESTIONS,
        "at_least: 1\n",
        "at_least: 26\n",
        at="at_least: 26",
        what="more than `at_most`",
        remedy="swap the two",
    ),
]

CATALOGUE_CHANGES = [
    Change(
        "an option of an unknown category",
        CATALOGUE,
        "category: server",
        "category: servers",
        at="category: servers",
        what="“servers” is not a category",
        remedy="use one of: desktop, portable, server",
    ),
    Change(
        "an option for an unknown job role",
        CATALOGUE,
        "job_roles: [mobile, social_worker, office]",
        "job_roles:\n      - mobile\n      - social_workers\n      - office",
        at="social_workers",
        what="“social_workers” is not a job role",
        remedy="use one of: office, mobile, social_worker",
    ),
    Change(
        "an option called none",
        CATALOGUE,
        "  gis_licence:\n",
        "  none:\n",
        at="  none:",
        what="`none` means “none of these”",
        remedy="rename the option",
    ),
]

PARAMETER_CHANGES = [
    Change(
        "a tier that moves by an unknown fact",
        PARAMETERS,
        "novel == true",
        "novle == true",
        at="novle",
        what="`novle` is not a fact",
        remedy="did you mean `novel`?",
    ),
    Change(
        "a tier that moves by itself",
        PARAMETERS,
        "novel == true",
        'tier == "light"',
        at='tier == "light"',
        what="`tier` is not a fact",
        remedy="",
    ),
    Change(
        "a tier that moves by an amount",
        PARAMETERS,
        "novel == true",
        "whole_life_cost",
        at="moves_up_when",
        what="“whole_life_cost” is number, not true or false",
        remedy="compare it with something",
    ),
]

WORKFLOW_CHANGES = [
    Change(
        "an unknown first state",
        WORKFLOW,
        "initial: draft",
        "initial: start",
        at="initial: start",
        what="“start” is not a state",
        remedy=STATES,
    ),
    Change(
        "a trigger from an unknown state",
        WORKFLOW,
        "from: [draft, business_case, group_review]",
        "from:\n      - draft\n      - case\n      - group_review",
        at="- case",
        what="“case” is not a state",
        remedy=STATES,
    ),
    Change(
        "a trigger to an unknown state",
        WORKFLOW,
        "to: withdrawn",
        "to: withdrawal",
        at="to: withdrawal",
        what="“withdrawal” is not a state",
        remedy=STATES,
    ),
    Change(
        "an unknown permission",
        WORKFLOW,
        "may: request:refer",
        "may: request:reffer",
        at="may: request:reffer",
        what="“request:reffer” is not a permission for a step",
        remedy="request:refer,",
    ),
    Change(
        "an unknown guard",
        WORKFLOW,
        "guards: [case_complete, requirements_met, return_answered, endorsed]",
        "guards:\n      - case_complete\n      - sponsor_happy",
        at="sponsor_happy",
        what="“sponsor_happy” is not a guard",
        remedy="use one of: no_exception_needed, exception_possible, case_complete",
    ),
    Change(
        "an unknown body",
        WORKFLOW,
        "    kind: group\n",
        "    kind: group\n    body: steering_group\n",
        at="steering_group",
        what="“steering_group” is not a body",
        remedy=BODIES,
    ),
    Change(
        "an unknown assessment",
        WORKFLOW,
        "    assessments: [standards, funding]\n",
        "    assessments:\n      - standards\n      - money\n",
        at="- money",
        what="“money” is not an assessment",
        remedy="use one of: standards, funding",
    ),
    Change(
        "an assessment by an unknown role",
        WORKFLOW,
        "role: finance_assessor",
        "role: accountant",
        at="role: accountant",
        what="“accountant” is not a role over the whole council",
        remedy="use one of: ict_assessor, finance_assessor",
    ),
    Change(
        "an assessment by a role over a body",
        WORKFLOW,
        "role: finance_assessor",
        "role: chair",
        at="role: chair",
        what="“chair” is not a role over the whole council",
        remedy="use one of: ict_assessor, finance_assessor",
    ),
    Change(
        "a state that nothing leads to",
        WORKFLOW,
        "  withdrawn:\n    kind",
        "  parked:\n    kind: decided\n    label: Parked\n    words: It waits.\n"
        "  withdrawn:\n    kind",
        at="  parked:",
        what="nothing leads to `parked`",
        remedy="add a trigger, or drop it",
    ),
    Change(
        "a dead end",
        WORKFLOW,
        "  lapse:\n    from: [approved]\n    to: lapsed\n    may: authorisation:manage\n"
        "    label: Let the approval lapse\n    done: Let the approval lapse\n"
        "  close:\n    from: [approved]\n    to: closed\n    may: authorisation:manage\n",
        "  close:\n    from: [draft]\n    to: closed\n    may: request:step\n",
        at="  approved:",
        what="from `approved` nothing leads to an end",
        remedy="add a trigger to a final",
    ),
    Change(
        "a decision without votes",
        WORKFLOW,
        "  lapse:\n    from: [approved]\n    to: lapsed\n    may: authorisation:manage\n",
        "  lapse:\n    from: [business_case]\n    to: approved\n    may: request:step\n",
        at="  lapse:\n    from: [business_case]\n    to: approved",
        what="nobody can take `lapse`: it leads to a state of kind decided",
        remedy="let it be an outcome of votes",
    ),
    Change(
        "a vote that anybody may close",
        WORKFLOW,
        "    to: rejected\n    may: review:close\n",
        "    to: rejected\n    may: request:step\n",
        at="    to: rejected\n    may: request:step",
        what="`reject` comes of a vote",
        remedy="write `may: review:close`",
    ),
    Change(
        "a step that closes a vote",
        WORKFLOW,
        "    to: withdrawn\n    may: request:withdraw\n",
        "    to: withdrawn\n    may: review:close\n",
        at="    to: withdrawn\n    may: review:close",
        what="`withdraw` comes of no vote",
        remedy="and for nothing else",
    ),
    Change(
        "an outcome that is a step elsewhere",
        WORKFLOW,
        "  reject:\n    from: [group_review]\n",
        "  reject:\n    from: [group_review, draft]\n",
        at="from: [group_review, draft]",
        what="is an outcome of some states that it starts from, and not of others",
        remedy="make two triggers of it",
    ),
    Change(
        "a case that is referred by a step",
        WORKFLOW,
        "    may: request:refer\n",
        "    may: request:step\n    done: Referred\n",
        at="    to: group_review\n    may: request:step",
        what="a step to a body, and only that, is taken with request:refer",
        remedy="use another permission",
    ),
    Change(
        "a secretary before any body",
        WORKFLOW,
        "    to: withdrawn\n    may: request:withdraw\n",
        "    to: withdrawn\n    may: authorisation:manage\n",
        at="    to: withdrawn\n    may: authorisation:manage",
        what="nobody may take `withdraw` before a body has had the request",
        remedy="use request:step",
    ),
    Change(
        "an auditor who takes steps",
        WORKFLOW,
        "    to: withdrawn\n    may: request:withdraw\n",
        "    to: withdrawn\n    may: audit:view\n",
        at="    to: withdrawn\n    may: audit:view",
        what="“audit:view” is not a permission for a step",
        remedy="request:withdraw",
    ),
    Change(
        "a final state that goes on",
        WORKFLOW,
        "from: [draft, business_case, group_review]",
        "from: [draft, business_case, group_review, closed]",
        at="  closed:",
        what="`closed` is final, yet goes on",
        remedy="change its kind",
    ),
    Change(
        "an editing state without a phase",
        WORKFLOW,
        "    phase: case\n",
        "",
        at="  business_case:",
        what="`business_case`: a state of kind editing, and only that, has a phase",
        remedy="add `phase: check` or `phase: case`",
    ),
    Change(
        "a phase where nothing is written",
        WORKFLOW,
        "    kind: decided\n",
        "    kind: decided\n    phase: case\n",
        at="  approved:",
        what="`approved`: a state of kind editing, and only that, has a phase",
        remedy="or remove it",
    ),
    Change(
        "a body where nothing is decided",
        WORKFLOW,
        "    kind: decided\n",
        "    kind: decided\n    body: information_policy_group\n",
        at="  approved:",
        what="`approved` decides nothing, yet has a body",
        remedy="make its kind group",
    ),
    Change(
        "a group without outcomes",
        WORKFLOW,
        "    outcomes:\n      approve: approve\n      reject: reject\n"
        "      return: return_for_information\n",
        "",
        at="  group_review:",
        what="`group_review` doesn’t say what “return” leads to",
        remedy="name the trigger that it pulls",
    ),
    Change(
        "an approval that comes back to the same body",
        WORKFLOW,
        "  approve:\n    from: [group_review]\n    to: approved\n",
        "  approve:\n    from: [group_review]\n    to: group_review\n",
        at="  group_review:",
        what="approving in `group_review` comes back to where it was",
        remedy="lead to a decision",
    ),
    Change(
        "a state that could be bought in anyway",
        WORKFLOW,
        "    label: Rejected for non-compliance\n",
        "    label: Rejected for non-compliance\n    may_buy: false\n",
        at="    may_buy: false",
        what="`rejected` is no approval",
        remedy="remove `may_buy`",
    ),
    Change(
        "a confirmation by whoever asked for it",
        WORKFLOW,
        "  lapse:\n    from: [approved]\n    to: lapsed\n    may: authorisation:manage\n",
        "  lapse:\n    from: [approved]\n    to: approved\n    may: request:step\n",
        at="  lapse:\n    from: [approved]\n    to: approved\n    may: request:step",
        what="`lapse` confirms what was decided",
        remedy="authorisation:manage",
    ),
    Change(
        "a vote to approve that rejects",
        WORKFLOW,
        "      approve: approve\n",
        "      approve: reject\n",
        at="      approve: reject",
        what="“approve” leads to a state of kind final",
        remedy="name a trigger to a state of kind decided",
    ),
    Change(
        "an abstention that decides",
        WORKFLOW,
        "      approve: approve\n",
        "      approve: approve\n      abstain: reject\n",
        at="      abstain: reject",
        what="“abstain” is no outcome",
        remedy="remove it",
    ),
    Change(
        "a group without one outcome",
        WORKFLOW,
        "      reject: reject\n",
        "",
        at="    outcomes:",
        what="`group_review` doesn’t say what “reject” leads to",
        remedy="name the trigger that it pulls",
    ),
    Change(
        "an outcome that pulls no trigger",
        WORKFLOW,
        "      reject: reject\n",
        "      reject: refuse\n",
        at="reject: refuse",
        what="“refuse” is no trigger from `group_review`",
        remedy="name a trigger that starts here",
    ),
    Change(
        "an outcome that pulls a trigger of another state",
        WORKFLOW,
        "      reject: reject\n",
        "      reject: lapse\n",
        at="reject: lapse",
        what="“lapse” is no trigger from `group_review`",
        remedy="name a trigger that starts here",
    ),
]

POLICY_CHANGES = [
    Change(
        "a rule on an unknown fact",
        POLICY,
        'when: category != "desktop"\n',
        'when: kategory != "desktop"\n',
        at="kategory",
        what="`kategory` is not a fact",
        remedy="did you mean `category`?",
    ),
    Change(
        "a rule on a choice that nobody has",
        POLICY,
        'when: category != "desktop"\n',
        'when: category != "desktops"\n',
        at='"desktops"',
        what="“desktops” is never the answer here",
        remedy="did you mean “desktop”?",
    ),
    Change(
        "a rule that compares words with a number",
        POLICY,
        'when: category != "desktop"\n',
        "when: category != 5\n",
        at="category != 5",
        what="compares choice with number",
        remedy="compare things of one kind",
    ),
    Change(
        "a rule from an unknown source",
        POLICY,
        "source: governance_update\n    standing: described\n    note: The report describes one",
        "source: governance\n    standing: described\n    note: The report describes one",
        at="quote: following a formal tendering exercise\n    source: governance",
        what="“governance” is not a source",
        remedy="use one of: scrutiny_response, governance_update",
    ),
    Change(
        "a rule of which no example fires",
        POLICY,
        "{category: portable}\n        gives: advise\n      - facts: {category: service}",
        "{category: other}\n        gives: silent\n      - facts: {category: service}",
        at="services or staff\n    source: scrutiny_response\n    standing: welcomed\n    ex",
        what="no example of AST-2 shows that it fires",
        remedy="add one that gives advise",
    ),
    Change(
        "a requirement in an unknown section",
        POLICY,
        "met: benefits_shown == true\n      section: economic",
        "met: benefits_shown == true\n      section: economy",
        at="section: economy",
        what="“economy” is not a section",
        remedy=SECTIONS,
    ),
    Change(
        "a requirement of an unknown assessment",
        POLICY,
        "assessment: funding",
        "assessment: finance",
        at="assessment: finance",
        what="“finance” is not an assessment",
        remedy="use one of: funding, standards",
    ),
    Change(
        "a requirement met by an unknown fact",
        POLICY,
        "met: benefits_shown == true",
        "met: benefit_shown == true",
        at="met: benefit_shown",
        what="`benefit_shown` is not a fact",
        remedy="did you mean `benefits_shown`?",
    ),
    Change(
        "a rule that requires nothing in particular",
        POLICY,
        "    requires:\n      exception: true\n    words: New ICT",
        "    words: New ICT",
        at="  EMB-1:",
        what="a rule that requires says what, and only that one does",
        remedy="add `requires:` or change the verdict",
    ),
    Change(
        "advice that requires something",
        POLICY,
        "    words: There is a range",
        "    requires:\n      exception: true\n    words: There is a range",
        at="  STD-2:",
        what="a rule that requires says what, and only that one does",
        remedy="add `requires:` or change the verdict",
    ),
    Change(
        "a requirement of two things",
        POLICY,
        "      assessment: funding\n",
        "      assessment: funding\n      exception: true # too\n",
        at=f"title: Funding confirmed\n{NOT_A_DESKTOP}    requires:",
        what="a rule requires one thing",
        remedy="keep one of the three",
    ),
    Change(
        "a requirement of none of the three",
        POLICY,
        "      exception: true\n    words: New ICT",
        "      exception: false\n    words: New ICT",
        at='    when: category != "desktop"\n    verdict: require\n    requires:',
        what="a rule requires one thing",
        remedy="keep one of the three",
    ),
    Change(
        "a rule that claims a source and quotes none",
        POLICY,
        "    source: scrutiny_response\n    standing: described\n    note: The source describes an",
        "    standing: described\n    note: The source describes an",
        at="  STD-2:",
        what="`quote` and `source` go together",
        remedy="give both, or neither for a rule of standing `ours`",
    ),
    Change(
        "a rule of nobody's that says it was decided",
        POLICY,
        "standing: ours\n    note: A standard desktop",
        "standing: decided\n    note: A standard desktop",
        at="  COST-1:",
        what="`decided` says that a source stands behind it, and none is quoted",
        remedy="quote it, or change the standing to `ours`",
    ),
    Change(
        "answers without a section",
        POLICY,
        "benefits_shown == true\n      section: economic\n",
        "benefits_shown == true\n",
        at=f"title: Benefits and how they are realised\n{NOT_A_DESKTOP}    requires:",
        what="`met` and `section` go together",
        remedy="give both, or neither",
    ),
    Change(
        "a section without answers",
        POLICY,
        "      assessment: funding\n",
        "      assessment: funding\n      section: financial\n",
        at=f"title: Funding confirmed\n{NOT_A_DESKTOP}    requires:",
        what="`met` and `section` go together",
        remedy="give both, or neither",
    ),
    Change(
        "words that name an unknown fact",
        POLICY,
        "decided by the {body}",
        "decided by the {group}",
        at="{group}",
        what="“group” is not a fact that words can name",
        remedy="use one of: title, category",
    ),
    Change(
        "words that reach into a fact",
        POLICY,
        "decided by the {body}",
        "decided by the {body.__class__}",
        at="{body.__class__}",
        what="braces that hold no fact",
        remedy="write {fact}, or no brace",
    ),
    Change(
        "a remedy that names an unknown fact",
        POLICY,
        "remedy: Nothing to do. It goes",
        "remedy: Nothing {to} do. It goes",
        at="Nothing {to} do",
        what="“to” is not a fact that words can name",
        remedy="use one of: title, category",
    ),
    Change(
        "other words that name an unknown fact",
        POLICY,
        "words: Desktops are outside",
        "words: The {kind} is outside",
        at="    otherwise:",
        what="“kind” is not a fact that words can name",
        remedy="use one of: title, category",
    ),
    Change(
        "a closing brace alone",
        POLICY,
        "decided by the {body}",
        "decided by the body}",
        at="the body}",
        what="braces that hold no fact",
        remedy="write {fact}, or no brace",
    ),
    Change(
        "an example that is wrong",
        POLICY,
        "      - facts: {category: portable}\n        gives: require",
        "      - facts: {category: portable} # wrong\n        gives: silent",
        at="# wrong",
        what="example 2 of EMB-1 gives “require”, not “silent”",
        remedy="correct the rule or its example",
    ),
    Change(
        "an example that is silent",
        POLICY,
        "      - facts: {already_ordered: false}\n        gives: silent",
        "      - facts: {already_ordered: false}\n        gives: allow",
        at="{already_ordered: false}",
        what="example 2 of NC-1 gives “silent”, not “allow”",
        remedy="correct the rule or its example",
    ),
    Change(
        "an example on an unknown fact",
        POLICY,
        "facts: {already_ordered: false}",
        "facts: {ordered: false}",
        at="{ordered: false}",
        what="example 2: `ordered` is not a fact",
        remedy="`config facts` lists them",
    ),
    Change(
        "an example with words for yes or no",
        POLICY,
        "facts: {already_ordered: false}",
        "facts: {already_ordered: maybe}",
        at="maybe",
        what="example 2: 'maybe' is not true or false",
        remedy="correct the fact",
    ),
    Change(
        "an example with a choice that nobody has",
        POLICY,
        "facts: {category: service}",
        "facts: {category: services}",
        at="services}",
        what="example 2: 'services' is not one of the choices",
        remedy="correct the fact",
    ),
]


@pytest.mark.parametrize("change", ORGANISATION_CHANGES, ids=named)
def test_an_organisation_that_does_not_hold_together_is_refused(change: Change) -> None:
    change.expect()


@pytest.mark.parametrize("change", QUESTION_CHANGES, ids=named)
def test_questions_that_do_not_hold_together_are_refused(change: Change) -> None:
    change.expect()


@pytest.mark.parametrize("change", CATALOGUE_CHANGES, ids=named)
def test_a_catalogue_that_does_not_hold_together_is_refused(change: Change) -> None:
    change.expect()


@pytest.mark.parametrize("change", PARAMETER_CHANGES, ids=named)
def test_parameters_that_do_not_hold_together_are_refused(change: Change) -> None:
    change.expect()


@pytest.mark.parametrize("change", WORKFLOW_CHANGES, ids=named)
def test_a_workflow_that_does_not_hold_together_is_refused(change: Change) -> None:
    change.expect()


@pytest.mark.parametrize("change", POLICY_CHANGES, ids=named)
def test_a_policy_that_does_not_hold_together_is_refused(change: Change) -> None:
    change.expect()


# --- what takes more than one change --------------------------------------------------------------


def changed(document: str, *changes: tuple[str, str]) -> dict[str, str]:
    """The documents with several things changed in one of them."""
    texts = documents()
    for old, new in changes:
        assert texts[document].count(old) == 1, f"{old!r} is not there just once"
        texts[document] = texts[document].replace(old, new)
    return texts


def second_policy(*changes: tuple[str, str]) -> dict[str, str]:
    """The documents with a copy of the policy beside it, changed."""
    copy = changed(POLICY, *changes)[POLICY]
    return documents() | {"policy/2008-copy.yaml": copy}


NAME = ("name: Embargo, exceptions and standards", "name: Another")
FIRST_DAY = ("effective_from: 2007-03-22", "effective_from: 2008-01-01")
ITS_OWN = "give each document its own"


def test_two_policies_with_names_and_days_of_their_own_are_accepted() -> None:
    assert len(load_bundle(second_policy(NAME, FIRST_DAY)).policies) == 2


def test_a_document_named_for_another_day_is_refused() -> None:
    texts = second_policy(NAME, FIRST_DAY)
    texts["policy/2009-01-01-copy.yaml"] = texts.pop("policy/2008-copy.yaml")
    what = "it takes effect on another day than 2009-01-01, which its name says"
    assert [(f.file, f.what, f.remedy) for f in faults_of(texts)] == [
        ("policy/2009-01-01-copy.yaml", what, "correct one of the two")
    ]


def test_two_policies_of_one_name_are_refused() -> None:
    what = f"“Embargo, exceptions and standards” is also said by {POLICY}"
    assert faults_of(second_policy(FIRST_DAY)) == (
        Fault("policy/2008-copy.yaml", 5, what, ITS_OWN),
    )


def test_two_policies_of_one_day_are_refused() -> None:
    what = f"“2007-03-22” is also said by {POLICY}"
    assert faults_of(second_policy(NAME)) == (Fault("policy/2008-copy.yaml", 6, what, ITS_OWN),)


def test_a_column_of_every_list_is_asked_in_the_check() -> None:
    texts = changed(
        QUESTIONS,
        ("      supplier:\n", "      seller:\n"),
        ("      case_supplier:", "      supplier:"),
        ("begins_with: supplier", "begins_with: seller"),
    )
    (fault,) = faults_of(texts)
    assert (fault.what, fault.remedy) == ("`supplier` is not asked in the check", "ask it there")
    assert texts[QUESTIONS].splitlines()[fault.line - 1] == "      supplier:"


@pytest.mark.parametrize("phase", ["check", "case"])
def test_both_phases_have_a_section(phase: str) -> None:
    texts = documents()
    other = {"check": "case", "case": "check"}[phase]
    texts[QUESTIONS] = texts[QUESTIONS].replace(f"    phase: {phase}\n", f"    phase: {other}\n")
    found = [f for f in faults_of(texts) if f.what == f"no section of phase {phase}"]
    line = texts[QUESTIONS].splitlines().index("sections:") + 1
    assert [(fault.file, fault.line) for fault in found] == [(QUESTIONS, line)]


def test_a_colour_is_dark_enough_at_a_contrast_of_four_and_a_half() -> None:
    # White on #767676 is 4.54, on #777777 it is 4.48: the greys that every checker names.
    dark_enough = load_bundle(changed(ORGANISATION, ("#1d5c3f", "#767676")))
    assert dark_enough.organisation.council.colour == "#767676"
    faults_of(changed(ORGANISATION, ("#1d5c3f", "#777777")))


ROUND = """\
  round:
    from: [business_case]
    to: business_case
    may: request:step
    label: Round and round
"""


def test_a_loop_that_has_a_way_out_is_no_dead_end() -> None:
    texts = changed(WORKFLOW, ("triggers:\n", f"triggers:\n{ROUND}"))
    assert "round" in load_bundle(texts).workflow.triggers


def test_a_loop_without_a_way_out_is_a_dead_end() -> None:
    texts = changed(
        WORKFLOW,
        ("from: [business_case]\n    to: group_review", "from: [draft]\n    to: group_review"),
        ("from: [draft, business_case, group_review]", "from: [draft, group_review]"),
        ("triggers:\n", f"triggers:\n{ROUND}"),
    )
    (fault,) = faults_of(texts)
    assert fault.what == "from `business_case` nothing leads to an end"


def test_a_doubled_brace_is_a_brace() -> None:
    texts = changed(POLICY, ("decided by the {body}.", "decided by the {{body}}."))
    (words,) = (
        finding.words
        for finding in load_bundle(texts).evaluate(facts(category="server")).findings
        if finding.code == "EXC-1"
    )
    assert words == "An exception is decided by the {body}."


# --- what slips past a first look -----------------------------------------------------------------


@pytest.mark.parametrize("words", ["the {body.", "the {}.", "the {0}.", "the {body.x}."])
def test_words_that_cannot_be_filled_in_are_a_fault(words: str) -> None:
    Change(
        "words",
        POLICY,
        "decided by the {body}.",
        f"decided by {words}",
        at=f"decided by {words}",
        what="",
        remedy="",
    ).expect()


@pytest.mark.parametrize(
    "braces",
    ["{body:d}", "{body!r}", "{body:>9}", "{body:{body}}", "{whole_life_cost:,.0f}", "{today:%d}"],
)
def test_braces_hold_a_fact_and_nothing_else(braces: str) -> None:
    Change(
        "braces",
        POLICY,
        "decided by the {body}.",
        f"decided by the {braces}.",
        at=braces,
        what="",
        remedy="",
    ).expect()


def test_an_example_with_a_number_that_is_none_is_a_fault() -> None:
    cost = "{category: software, project_management_cost: 4000}"
    faults_of(changed(POLICY, (cost, "{category: software, project_management_cost: NaN}")))


@pytest.mark.parametrize("number", ["0x10", "1e999999 * 1e999999"])
def test_a_number_that_no_sum_can_hold_is_a_fault(number: str) -> None:
    old = "met: project_management_cost > 0 or"
    faults_of(changed(POLICY, (old, f"met: project_management_cost * {number} > 0 or")))


def test_a_question_that_waits_until_it_is_answered_is_refused() -> None:
    Change(
        "known",
        QUESTIONS,
        "asked_when: in_catalogue == false",
        "asked_when: known(standard_why_not)",
        at="asked_when: known(standard",
        what="waits for its own answer",
        remedy="ask another",
    ).expect()


def test_a_column_of_the_wrong_type_is_found_on_its_own_line() -> None:
    Change(
        "title",
        QUESTIONS,
        "        type: text\n        label: What do you need?",
        "        type: long_text\n        label: What do you need?",
        at="      title:",
        what="`title`",
        remedy="",
    ).expect()


def test_an_assessment_that_a_rule_requires_is_heard_by_some_group() -> None:
    (fault,) = faults_of(changed(WORKFLOW, ("[standards, funding]", "[standards]")))
    assert (fault.file, fault.remedy) == (POLICY, "use one of: standards")
    assert fault.what == "“funding” is not an assessment that some group hears"
