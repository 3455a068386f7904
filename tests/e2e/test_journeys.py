"""From need to decision through the browser, as people read the pages, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import (
    add_benefit,
    assess,
    check_before_you_buy,
    choose,
    declare,
    follow,
    go_on,
    open_request,
    press,
    vote,
    write_case,
)
from tests.e2e.served import Served, address_of, password_of_all
from tests.e2e.watching import sign_in

pytestmark = pytest.mark.e2e

SignedIn = Callable[[str], Page]
TITLE = "CAD licences for the design team"
ASSESSORS = (
    "Kwame Mensah, ICT standards manager, and Elaine Foster, Finance business partner, have it."
)


def referred(signed_in: SignedIn, title: str, **check: str) -> str:
    """A whole case, written, endorsed and referred. Returns its reference."""
    requester = signed_in("requester")
    reference = check_before_you_buy(requester, title, **check)
    go_on(requester, "Start the business case")
    press(requester, "Start the business case")
    write_case(requester)
    ask_sponsor(requester)
    endorse(signed_in("sponsor"), reference)
    refer(requester, reference)
    return reference


def ask_sponsor(requester: Page) -> None:
    """Put the case to the sponsor."""
    go_on(requester, "Ask your sponsor to endorse it")
    requester.get_by_label("Who sponsors this?").select_option("Helen Marsh, Head of Highways")
    press(requester, "Ask them")
    expect(requester.get_by_text("Helen Marsh, Head of Highways, has it.")).to_be_visible()


def endorse(sponsor: Page, reference: str) -> None:
    """The sponsor puts their name to it."""
    open_request(sponsor, reference)
    go_on(sponsor, "Endorse it, or send it back")
    choose(sponsor, "What do you say?", "I endorse this case and answer for its benefits")
    press(sponsor, "Send my answer")
    expect(sponsor.get_by_text("You endorsed it.")).to_be_visible()


def refer(requester: Page, reference: str) -> None:
    """The requester reads it all once more and puts it before the group."""
    open_request(requester, reference)
    go_on(requester, "Check your answers and refer it")
    press(requester, "Refer it to the group")
    expect(requester.get_by_role("alert")).to_contain_text("It is referred.")


def assessed(signed_in: SignedIn, reference: str) -> None:
    """Both assessors are satisfied."""
    assess(signed_in("ict"), reference, "Record the standards assessment", "Satisfied")
    assess(signed_in("finance"), reference, "Record the funding assessment", "Satisfied")


def decided(signed_in: SignedIn, reference: str, choice: str) -> Page:
    """Chair and two members vote alike; the chair stands before closing."""
    for account in ("chair", "member1", "member2"):
        declare(signed_in(account), reference, "No interest")
        vote(signed_in(account), reference, choice, "It follows from the case.")
    chair = signed_in("chair")
    open_request(chair, reference)
    go_on(chair, "Close the voting")
    return chair


def test_a_case_outside_the_catalogue_is_approved(signed_in: SignedIn) -> None:
    """£64,415 of CAD licences over three years: every station on the way, and everybody on it."""
    requester, sponsor = signed_in("requester"), signed_in("sponsor")
    requester.goto("/")
    go_on(requester, "Check before you buy")
    reference = check_before_you_buy(requester, TITLE)
    main = requester.get_by_role("main")
    expect(main).to_contain_text(
        "Not yet. This needs an exception, decided by the Information Policy Group"
    )
    expect(main.get_by_role("link", name="EMB-1: The embargo on ICT buying")).to_be_visible()
    expect(main).to_contain_text("£64,415 over 3 years, including VAT")

    go_on(requester, "Start the business case")
    press(requester, "Start the business case")
    write_case(requester)
    expect(main).to_contain_text("The case is written.")
    ask_sponsor(requester)
    sponsor_sends_it_back(sponsor, "Give the date of the second quote.")

    open_request(requester, reference)
    expect(main).to_contain_text("Helen Marsh, Head of Highways sent it back:")
    expect(main).to_contain_text("Give the date of the second quote.")
    follow(requester, "How it will be bought")
    quotes = "£64,415 of 3 November 2026 and £71,200 of 10 November 2026, over three years."
    requester.get_by_label("What quotes do you have?").fill(quotes)
    press(requester, "Save")
    ask_sponsor(requester)
    endorse(sponsor, reference)

    open_request(requester, reference)
    go_on(requester, "Check your answers and refer it")
    expect(main).to_contain_text(quotes)
    press(requester, "Refer it to the group")
    expect(main).to_contain_text(ASSESSORS)

    assess(signed_in("ict"), reference, "Record the standards assessment", "Satisfied")
    note = "Satisfied if the second year is in the budget of 2027/28."
    finance = signed_in("finance")
    assess(finance, reference, "Record the funding assessment", "Satisfied if…", note)
    members_declare_and_vote(signed_in, reference)
    chair_closes_with_conditions(signed_in("chair"))
    requester_sees_how_it_ended(requester, reference)


def sponsor_sends_it_back(sponsor: Page, note: str) -> None:
    """Found among what waits for the sponsor, read, and sent back with a sentence."""
    sponsor.goto("/")
    follow(sponsor, TITLE)
    go_on(sponsor, "Endorse it, or send it back")
    expect(sponsor.get_by_role("heading", name="What you put your name to")).to_be_visible()
    choose(sponsor, "What do you say?", "Send it back to the requester")
    sponsor.get_by_label("Your note").fill(note)
    press(sponsor, "Send my answer")
    expect(sponsor.get_by_role("alert")).to_contain_text("You sent it back.")


def members_declare_and_vote(signed_in: SignedIn, reference: str) -> None:
    """One leaves, one stays with an interest; two for it, one against."""
    leaving, staying = signed_in("member4"), signed_in("member2")
    declare(leaving, reference, "A prejudicial interest: I leave", "A relative works for them.")
    expect(leaving.get_by_role("button", name="Vote")).to_have_count(0)
    declare(staying, reference, "A personal interest: I declare it", "I used to work for them.")
    vote(staying, reference, "Approve the exception")
    declare(signed_in("member1"), reference, "No interest")
    vote(signed_in("member1"), reference, "Reject it", "The map viewer would do.")
    declare(signed_in("chair"), reference, "No interest")
    vote(signed_in("chair"), reference, "Approve the exception")


def chair_closes_with_conditions(chair: Page) -> None:
    """What the votes give is said before; the chair adds reasons and conditions."""
    go_on(chair, "Close the voting")
    main = chair.get_by_role("main")
    expect(main).to_contain_text("The votes give: approve.")
    expect(main).to_contain_text("2 of 3 votes to approve it: more than half.")
    expect(main).to_contain_text("3 members, with a quorum of 3")
    expect(main).to_contain_text("When you close, the request becomes “Approved”.")
    chair.get_by_label("The group’s reasons").fill("The benefits are measured and owned.")
    chair.get_by_label("Conditions").fill("Report after six months.\nTrain everybody first.")
    press(chair, "Close the voting")
    expect(chair.get_by_role("alert")).to_contain_text("the decision is recorded")


def requester_sees_how_it_ended(requester: Page, reference: str) -> None:
    """Approved, under which conditions, and what happened on the way."""
    open_request(requester, reference)
    main = requester.get_by_role("main")
    expect(main.get_by_role("heading", level=2, name="Approved")).to_be_visible()
    for condition in ("Report after six months.", "Train everybody first."):
        expect(main.get_by_role("listitem").get_by_text(condition, exact=True)).to_be_visible()
    for happened in (
        "Sent it back to the requester",
        "Recorded the funding assessment: satisfied if",
        "Declared a prejudicial interest",
        "Declared a personal interest",
        "Voted: reject",
        "Approved",
    ):
        expect(main.get_by_role("heading", level=3, name=happened)).to_be_visible()


def test_a_purchase_outside_the_rules_is_thrown_back(signed_in: SignedIn) -> None:
    """Already ordered: rejected citing NC-1, and the directorate answers for it."""
    title = "CAD licences that were ordered in March"
    reference = referred(signed_in, title, already_ordered="Yes")
    requester = signed_in("requester")
    expect(
        requester.get_by_text("This was ordered before it was allowed.", exact=False).first
    ).to_be_visible()
    assessed(signed_in, reference)
    chair = decided(signed_in, reference, "Reject it")
    expect(chair.get_by_text("The votes give: reject.")).to_be_visible()
    expect(
        chair.get_by_text("Citing it opens an action for the directorate", exact=False)
    ).to_be_visible()
    chair.get_by_label("The group’s reasons").fill("It was ordered before anybody asked.")
    chair.get_by_label("NC-1: Buying outside the guidelines").check()
    press(chair, "Close the voting")

    open_request(requester, reference)
    expect(requester.get_by_text("A directorate action was opened: ").first).to_be_visible()
    record = (
        requester.get_by_role("main").get_by_role("link", name=re.compile("^NC-2")).inner_text()
    )

    director = signed_in("director")
    director.goto("/")
    director.get_by_role("row").filter(has_text=record).get_by_role("link").click()
    expect(director.get_by_text("It is with you now.")).to_be_visible()
    go_on(director, "Record what was done")
    director.get_by_label("What was done, by whom and when?").fill(
        "The order was cancelled by the Head of Highways on 19 November 2026."
    )
    press(director, "Record it")

    secretary = signed_in("secretary")
    secretary.goto("/")
    secretary.get_by_role("row").filter(has_text=record).get_by_role("link").click()
    go_on(secretary, "Close the action")
    secretary.get_by_label("Your note").fill("The cancellation was seen.")
    press(secretary, "Close it")
    expect(secretary.get_by_text("The action is closed.").first).to_be_visible()

    open_request(requester, reference)
    main = requester.get_by_role("main")
    expect(main.get_by_text("Rejected for non-compliance").first).to_be_visible()
    expect(main.get_by_role("heading", name="The rules it breaks")).to_be_visible()
    expect(main.get_by_role("heading", name="Closed the directorate action")).to_be_visible()


def test_a_desktop_of_the_catalogue_is_cleared(signed_in: SignedIn) -> None:
    """Allowed: told what to order and how, and a record is kept."""
    requester = signed_in("requester")
    check_before_you_buy(
        requester,
        "A desktop for the new planner",
        category="A desktop computer",
        catalogue_option="Standard desktop computer",
        whole_life_cost="612",
    )
    expect(requester.get_by_text("You can buy this. No exception is needed.")).to_be_visible()
    expect(requester.get_by_text("Write to ICT Services", exact=False)).to_be_visible()
    go_on(requester, "Record that no exception is needed")
    press(requester, "Record that no exception is needed")
    expect(requester.get_by_text("No exception needed", exact=True).first).to_be_visible()
    expect(requester.get_by_text("You can order it now", exact=False)).to_be_visible()


def test_a_returned_case_is_answered_and_referred_again(signed_in: SignedIn) -> None:
    """The group names a section; the answer goes to the sponsor and opens round 2."""
    reference = referred(signed_in, "A case with a gap")
    assessed(signed_in, reference)
    chair = decided(signed_in, reference, "Return it")
    chair.get_by_label("The group’s reasons").fill("Say which framework it is bought under.")
    chair.get_by_label("How it will be bought").check()
    press(chair, "Close the voting")

    requester = signed_in("requester")
    open_request(requester, reference)
    expect(requester.get_by_text("The group needs more", exact=False)).to_be_visible()
    expect(requester.get_by_text("Say which framework it is bought under.").first).to_be_visible()
    go_on(requester, "Answer what the group asked in “How it will be bought”")
    requester.get_by_label("Which framework or contract would you use?").fill("G-Cloud 14")
    press(requester, "Save")
    ask_sponsor(requester)
    endorse(signed_in("sponsor"), reference)
    refer(requester, reference)
    expect(
        requester.get_by_role("heading", name="Information Policy Group, round 2")
    ).to_be_visible()
    expect(requester.get_by_role("main")).to_contain_text(ASSESSORS)


def test_a_request_is_written_together_and_asked_about(signed_in: SignedIn) -> None:
    """A colleague is let in and writes; the sponsor asks; the answer stands beside the question."""
    requester, colleague = signed_in("requester"), signed_in("requester6")
    reference = check_before_you_buy(requester, "A plotter for the bridges team")
    go_on(requester, "Start the business case")
    press(requester, "Start the business case")
    follow(requester, "Write it together")
    press(requester, "Add them")
    expect(requester.get_by_role("alert")).to_contain_text("Choose a colleague.")
    whom = requester.get_by_label("Who should write it with you?")
    whom.select_option("Alun Price, Highways technician (requester6@demo.example)")
    press(requester, "Add them")
    expect(requester.get_by_role("alert")).to_contain_text("Alun Price")

    colleague.goto("/")
    colleague.get_by_role("row").filter(has_text=reference).get_by_role("link").click()
    go_on(colleague, "Go on with “Why it is needed”")
    colleague.get_by_label("Why now?").fill("The old one is beyond repair.")
    press(colleague, "Save")

    sponsor = signed_in("sponsor")
    open_request(sponsor, reference)
    sponsor.get_by_role("link", name="Comment on “Why it is needed”").click()
    expect(sponsor.get_by_label("What is it about?")).to_have_value("strategic")
    sponsor.get_by_label("What would you ask or say?").fill("Since when?")
    press(sponsor, "Send it")
    expect(sponsor.get_by_text("Since when?")).to_be_visible()

    open_request(colleague, reference)
    colleague.get_by_role("link", name="1 comment on “Why it is needed”").click()
    colleague.get_by_label("What would you ask or say?").fill("Since 3 October.")
    press(colleague, "Send it")
    expect(colleague.get_by_text("Since when?")).to_be_visible()
    expect(colleague.get_by_text("Since 3 October.")).to_be_visible()


def test_a_request_is_withdrawn(signed_in: SignedIn) -> None:
    """After a page that says what will follow."""
    requester = signed_in("requester")
    check_before_you_buy(requester, "Something that nobody needs after all")
    follow(requester, "Withdraw")
    expect(requester.get_by_text("This can’t be undone.", exact=False)).to_be_visible()
    follow(requester, "No, go back")
    follow(requester, "Withdraw")
    requester.get_by_label("Why?").fill("A colleague had one to spare.")
    press(requester, "Withdraw")
    expect(requester.get_by_text("The requester took it back.")).to_be_visible()
    expect(requester.get_by_text("A colleague had one to spare.")).to_be_visible()
    expect(requester.get_by_role("button", name="Start the business case")).to_have_count(0)


def test_a_forgotten_password(visitor: Page, demonstration: Served) -> None:
    """By a link in the mail; then another password, and out. Nothing is left behind.

    sponsor5 comes into no other test: signing out ends every session of theirs.
    """
    account, first, second = "sponsor5", "violet-harbour-ticket", "copper-meadow-violin"
    visitor.goto("/")
    follow(visitor, "I’ve forgotten my password")
    visitor.get_by_label("E-mail address").fill(address_of(account))
    press(visitor, "Send me a link")
    expect(visitor.get_by_role("heading", name="Check your e-mail")).to_be_visible()
    link = demonstration.mailed(rf"mail to {address_of(account)}.*?(http\S+/set-password/\S+)")

    visitor.goto(link[1])
    visitor.get_by_label("New password").fill(first)
    press(visitor, "Set my password")
    expect(visitor.get_by_text("Your password is set. Sign in with it.")).to_be_visible()
    visitor.goto(link[1])
    expect(visitor.get_by_role("heading", name="This link no longer works")).to_be_visible()

    sign_in(visitor, account, first)
    follow_account(visitor)
    visitor.get_by_label("Your password now").fill(first)
    visitor.get_by_label("New password").fill(second)
    press(visitor, "Change my password")
    expect(visitor.get_by_text("Your password is changed.", exact=False)).to_be_visible()

    visitor.get_by_role("button", name="Sign out").click()
    expect(visitor.get_by_text("You are signed out", exact=False)).to_be_visible()
    visitor.go_back()
    expect(visitor.get_by_label("E-mail address")).to_be_visible()
    expect(visitor.get_by_text("Farah Aziz")).to_have_count(0)

    visitor.get_by_label("E-mail address").fill(address_of(account))
    visitor.get_by_label("Password").fill(password_of_all())
    press(visitor, "Sign in")
    expect(visitor.get_by_text("The e-mail address or the password isn’t right.")).to_be_visible()
    sign_in(visitor, account, second)


def follow_account(page: Page) -> None:
    """Open one's own account, from the head of any page."""
    page.get_by_role("link", name="Your account").click()


def test_another_directorates_draft_is_refused_with_a_next_step(signed_in: SignedIn) -> None:
    """Never a bare “forbidden”."""
    requester, stranger = signed_in("requester"), signed_in("requester2")
    reference = check_before_you_buy(requester, "Not for everybody’s eyes")
    response = stranger.goto(f"/requests/{reference}")
    assert response is not None
    assert response.status == 403
    main = stranger.get_by_role("main")
    expect(main.get_by_role("heading", name="You can’t do this")).to_be_visible()
    expect(main).to_contain_text("This request belongs to another directorate")
    expect(main).to_contain_text("ask the person who made it")
    expect(main).not_to_contain_text("Not for everybody’s eyes")
    follow(stranger, "Go to your work")
    expect(stranger.get_by_role("heading", name="Your work")).to_be_visible()


def test_a_form_with_errors_loses_nothing(signed_in: SignedIn) -> None:
    """The summary comes first, each field says what is wrong, and everything else is kept."""
    page = signed_in("requester")
    reference = check_before_you_buy(page, "Paper")
    page.goto(f"/requests/{reference}/sections/need")
    page.get_by_label("What do you need?").fill("Plotter paper")
    choose(page, "What is it?", "Something else")
    page.get_by_label("What work needs it?").fill("Drawings for planning committee.")
    page.get_by_label("Roughly how much will it cost").fill("a few pounds")
    page.get_by_label("Over how many years?").fill("30")
    press(page, "Save")

    expect(page).to_have_title(re.compile("^Error: "))
    summary = page.get_by_role("alert")
    expect(summary.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(page.get_by_role("main").locator("h1, h2").first).to_have_text("There is a problem")
    wrong = {
        "Roughly how much will it cost": "Enter an amount in pounds, like £64,415 or 64415.50.",
        "Over how many years?": "Enter a number from 1 to 25.",
    }
    for label, sentence in wrong.items():
        field = page.get_by_label(label)
        expect(field).to_have_accessible_description(re.compile(re.escape(sentence)))
        link = summary.get_by_role("link", name=sentence)
        expect(link).to_contain_text(label)
        link.focus()
        page.keyboard.press("Enter")
        expect(field).to_be_focused()
    expect(page.get_by_label("What do you need?")).to_have_value("Plotter paper")
    expect(page.get_by_role("radio", name="Something else")).to_be_checked()
    expect(page.get_by_label("What work needs it?")).to_have_value(
        "Drawings for planning committee."
    )
    expect(page.get_by_label("Roughly how much will it cost")).to_have_value("a few pounds")

    page.get_by_label("Roughly how much will it cost").fill("240")
    page.get_by_label("Over how many years?").fill("1")
    page.get_by_label("Where will it be used?").fill("")
    press(page, "Save")
    page.get_by_role("alert").get_by_role("link", name="Where will it be used?").click()
    expect(page.get_by_label("Where will it be used?")).to_be_focused()


def wrong_benefit(page: Page) -> None:
    """A benefit that is expected on 31 February."""
    check_before_you_buy(page, "A case with a benefit")
    go_on(page, "Start the business case")
    press(page, "Start the business case")
    follow(page, "What gets better")
    go_on(page, "Add a benefit")
    add_benefit(page, day="31", month="2", year="2028")


def test_a_benefit_with_an_impossible_date_loses_nothing(signed_in: SignedIn) -> None:
    """What was typed stays, also in the three boxes of the date."""
    page = signed_in("requester")
    wrong_benefit(page)
    expect(page.get_by_role("alert")).to_contain_text("Enter a real date, like 31 3 2027.")
    expect(page.get_by_label("What gets better?")).to_have_value("Fewer drawings come back wrong")
    expect(page.get_by_role("radio", name="Quantifiable")).to_be_checked()
    expect(page.get_by_label("Day", exact=True)).to_have_value("31")
    expect(page.get_by_label("Month", exact=True)).to_have_value("2")


def test_a_benefits_error_leads_to_its_field(signed_in: SignedIn) -> None:
    """As everywhere else: for a date, to its day."""
    page = signed_in("requester")
    wrong_benefit(page)
    link = page.get_by_role("alert").get_by_role("link")
    assert link.count() == 1
    link.click()
    expect(page.get_by_label("Day", exact=True)).to_be_focused()
