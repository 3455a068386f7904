"""What people do on the pages, told by labels, buttons and links."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page, expect

REFERENCE = re.compile(r"ICT-\d{4}-\d{4}")
CHECK = {
    "category": "Software or licences",
    "catalogue_option": "None of these",
    "whole_life_cost": "£64,415",
    "already_ordered": "No",
}


def follow(page: Page, name: str) -> None:
    """Follow the link in the main content whose text begins like that."""
    link = page.get_by_role("main").get_by_role("link", name=re.compile(f"^{re.escape(name)}"))
    link.first.click()


def go_on(page: Page, name: str) -> None:
    """Take the page's green button that leads to another page."""
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def press(page: Page, name: str) -> None:
    """Send the form."""
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def choose(page: Page, question: str, answer: str) -> None:
    """One of several answers to a question; `answer` is how it begins."""
    group = page.get_by_role("group", name=re.compile(f"^{re.escape(question)}"))
    group.get_by_role("radio", name=re.compile(f"^{re.escape(answer)}")).check()


def open_request(page: Page, reference: str) -> None:
    """Open a request as one does who has its reference."""
    page.goto(f"/requests/{reference}")
    expect(page.get_by_role("main")).to_contain_text(reference)


def say(page: Page, question: str, words: str) -> None:
    """Answer a question that has a page of its own, and go on."""
    page.get_by_label(question).fill(words)
    press(page, "Go on")


def pick(page: Page, question: str, answer: str) -> None:
    """Choose an answer to a question that has a page of its own, and go on."""
    choose(page, question, answer)
    press(page, "Go on")


def check_before_you_buy(page: Page, title: str, **answers: str) -> str:
    """Answer the check. Returns the reference of the request that it opens."""
    given = {**CHECK, **answers}
    page.goto("/check")
    page.get_by_role("main").get_by_role("button", name=re.compile("^Start")).click()
    say(page, "What do you need?", title)
    pick(page, "What is it?", given["category"])
    pick(page, "What kind of post is it for?", "Engineer, planner or designer")
    page.wait_for_url(re.compile("/(catalogue_option|place)$"))
    if page.url.endswith("/catalogue_option"):
        pick(page, "Is it one of the standard options?", given["catalogue_option"])
    say(page, "Where will it be used?", "Plough Lane, second floor")
    say(page, "What work needs it?", "Designers can’t open contractors’ drawings.")
    say(page, "Roughly how much will it cost", given["whole_life_cost"])
    say(page, "Over how many years?", "3")
    say(page, "Do you have a supplier in mind?", "")
    pick(page, "Does it replace something you have now?", "No")
    pick(page, "Has it been ordered", given["already_ordered"])
    pick(page, "Is it a pilot", "No")
    expect(page.get_by_role("heading", level=1, name="Check your answers")).to_be_visible()
    press(page, "See the answer")
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    found = REFERENCE.search(page.url)
    assert found is not None
    return found[0]


def write_case(page: Page) -> None:
    """Every section of the business case, each where the green button leads."""
    go_on(page, "Go on with “Why it is needed”")
    page.get_by_label("What problem does this solve?").fill("140 drawings came back wrong.")
    page.get_by_label("Why now?").fill("Paper drawings end on 1 April 2027.")
    page.get_by_label("Why is no standard option good enough").fill("The viewer can’t draw.")
    came_about = page.get_by_label("How did it come to be ordered")
    if came_about.count():
        came_about.fill("By telephone, in August.")
    page.get_by_label("Which council plan or strategy").fill("Local Transport Plan, aim 2")
    choose(page, "Is it one of the council's priority projects?", "No")
    page.get_by_label("What must it achieve, and by when?").fill("No waiting from June 2027.")
    page.get_by_label("What happens if nothing is done?").fill("Scanning costs £21,000 a year.")
    press(page, "Save")

    go_on(page, "Go on with “What gets better”")
    go_on(page, "Add a benefit")
    add_benefit(page)
    page.get_by_label("What else did you look at?").fill("Staying as now; four shared licences.")
    page.get_by_label("Which way is best, and why?").fill("A licence each: all draw every day.")
    press(page, "Save")

    go_on(page, "Go on with “How it will be bought”")
    page.get_by_label("Who would supply it?").fill("Drawbridge Software")
    page.get_by_label("What quotes do you have?").fill("£64,415 and £71,200 over three years.")
    choose(page, "How will the supplier be chosen?", "By asking for quotes")
    page.get_by_label("How long does the contract last?").fill("Three years from 1 March 2040")
    page.get_by_label("Who manages the contract?").fill("Highways contracts manager")
    page.get_by_label("How does the council get out of it?").fill("Three months’ notice.")
    choose(page, "Is the supplier a small or medium-sized business?", "Not known yet")
    press(page, "Save")

    go_on(page, "Go on with “What it costs and who pays”")
    page.get_by_label("Budget code").fill("ENV-4410-27")
    page.get_by_label("Who holds this budget?").fill("Head of Highways")
    page.get_by_label("How much of the cost is project management?").fill("4,000")
    page.get_by_label("How much of the cost is training?").fill("3300")
    choose(page, "Where does the money come from?", "The service's own revenue budget")
    page.get_by_label("Who pays for it once it is in use?").fill("Head of Highways")
    press(page, "Save")

    go_on(page, "Go on with “How it will be done”")
    put_day(page, "go_live", "1", "3", "2040")
    put_day(page, "review_on", "1", "12", "2040")
    page.get_by_label("Who makes the technical appraisal").fill("ICT standards manager")
    page.get_by_label("Who makes the financial appraisal").fill("Finance business partner")
    page.get_by_label("What training goes with it?").fill("Two days each in March 2027.")
    page.get_by_label("What are the main steps, and when?").fill("Ordered in January 2040.")
    page.get_by_label("Who manages the project?").fill("Highways systems officer")
    page.get_by_label("Who does the project manager report to?").fill("Highways project board")
    page.get_by_label("What could go wrong").fill("Training slips: two dates each.")
    page.get_by_label("What personal data does it use").fill("Log-in names only.")
    page.get_by_label("Who could find it harder to use").fill("Nobody: the team has tried it.")
    press(page, "Save")


def put_day(page: Page, name: str, day: str, month: str, year: str) -> None:
    """A date, by the name of its field: a page may ask several."""
    for part, number in (("day", day), ("month", month), ("year", year)):
        page.locator(f"[name='{name}-{part}']").fill(number)


def fill_in(page: Page, answers: Mapping[str, Any]) -> int:
    """Put these answers into whatever fields of the page have their names. Returns how many."""
    found = 0
    for name, value in answers.items():
        radios = page.locator(f"input[type=radio][name='{name}']")
        line = page.locator(f"input[name='{name}']:not([type=radio]), textarea[name='{name}']")
        day = page.locator(f"[name='{name}-day']")
        if day.count():
            year, month, number = str(value).split("-")
            put_day(page, name, number, month, year)
        elif radios.count():
            chosen = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
            page.locator(f"input[type=radio][name='{name}'][value='{chosen}']").check()
        elif line.count():
            line.fill(str(value))
        else:
            continue
        found += 1
    return found


def add_benefit(page: Page, *, day: str = "31", month: str = "3", year: str = "2041") -> None:
    """Describe a benefit and save it."""
    page.get_by_label("What gets better?").fill("Fewer drawings come back wrong")
    choose(page, "What kind of benefit is it?", "Quantifiable")
    page.get_by_label("What has to change for it to happen?").fill("Drawings come as files")
    page.get_by_label("Who is responsible for it?").fill("Head of Highways")
    page.get_by_label("How is it measured?").fill("Drawings returned a year")
    page.get_by_label("What is it now?").fill("140 in 2025/26")
    page.get_by_label("What should it become?").fill("20")
    page.get_by_label("Day", exact=True).fill(day)
    page.get_by_label("Month", exact=True).fill(month)
    page.get_by_label("Year", exact=True).fill(year)
    press(page, "Save this benefit")


def assess(page: Page, reference: str, what: str, verdict: str, note: str = "") -> None:
    """Record an assessment, from the list of one's own work."""
    page.goto("/")
    # Whoever makes two assessments of it finds it twice.
    page.get_by_role("row").filter(has_text=reference).get_by_role("link").first.click()
    go_on(page, what)
    page.get_by_role("radio", name=verdict, exact=True).check()
    page.get_by_label("Your findings").fill(note)
    press(page, "Record it")
    expect(page.get_by_role("alert")).to_contain_text("is recorded")


def declare(page: Page, reference: str, interest: str, note: str = "") -> None:
    """Declare an interest, or that there is none."""
    open_request(page, reference)
    go_on(page, "Declare your interests")
    choose(page, "Do you have an interest in this?", interest)
    page.get_by_label("What is the interest?").fill(note)
    press(page, "Declare")
    expect(page.get_by_role("alert")).to_contain_text("Your declaration is recorded.")


def vote(page: Page, reference: str, choice: str, reason: str = "") -> None:
    """Cast a vote."""
    open_request(page, reference)
    go_on(page, "Vote")
    choose(page, "How do you vote?", choice)
    page.get_by_label("Your reason").fill(reason)
    press(page, "Vote")
    expect(page.get_by_role("alert")).to_contain_text("Your vote is recorded.")
