"""What each refusal of the law says, and what to do instead: by permission."""

from __future__ import annotations

NOT_DECLARED = ("Nobody may do this.", "Go back to your work.")
_REQUESTER_ONLY = "ask the person who made this request, or start one of your own"

WORDS: dict[str, tuple[str, str]] = {
    "account:use": ("You need to sign in for this.", "Sign in."),
    "check:answer": (
        "This check is somebody else’s.",
        "Begin one of your own under “Check before you buy”.",
    ),
    "request:create": (
        "You can't ask for ICT on behalf of this directorate.",
        "Choose your own directorate, or ask the administrator for the role of requester in it.",
    ),
    "request:view": (
        "This request belongs to another directorate and is not before you.",
        "If you need to see it, ask the person who made it or the group’s secretary.",
    ),
    "request:edit": (
        "Only the people who write this request can change it.",
        f"To change something, {_REQUESTER_ONLY}.",
    ),
    "request:step": (
        "Only the people who write this request can move it on.",
        f"To go on, {_REQUESTER_ONLY}.",
    ),
    "request:rebase": (
        "Only whoever writes a request can move it to another version of the policy.",
        f"{_REQUESTER_ONLY[:1].upper()}{_REQUESTER_ONLY[1:]}.",
    ),
    "request:withdraw": (
        "Only the people who write this request can withdraw it.",
        f"To withdraw it, {_REQUESTER_ONLY}.",
    ),
    "request:refer": (
        "Only the people who write this request can send it on.",
        f"To send it, {_REQUESTER_ONLY}.",
    ),
    "request:endorse": (
        "Only the sponsor named on this request can endorse it or send it back.",
        "The requester can name another sponsor.",
    ),
    "request:comment": (
        "Comments are for those who write, answer for, assess or decide this request.",
        "Tell one of them what you would say.",
    ),
    "review:follow": (
        "Votes are shown to others when the voting is closed.",
        "Wait for the decision: you will get a message.",
    ),
    "review:assess": (
        "This assessment is for somebody else, or the request is your own.",
        "Leave it to another assessor.",
    ),
    "review:declare": (
        "Only members of the deciding group who have no part in a request take part in its review.",
        "If you are a member, check with the group’s secretary.",
    ),
    "review:vote": (
        "Only members of the deciding group who have no part in a request vote on it.",
        "If you are a member, check with the group’s secretary.",
    ),
    "review:close": (
        "Only the member who presides over this item can close the voting.",
        "That is the chair, once they have declared their interests and stay; otherwise the "
        "vice-chair.",
    ),
    "authorisation:manage": (
        "Only the group’s secretary can close an approval, confirm its conditions or let it lapse.",
        "Ask the group’s secretary.",
    ),
    "register:view": ("You need to sign in for this.", "Sign in."),
    "non_compliance:view": (
        "This record belongs to another directorate.",
        "If you need to see it, ask the group’s secretary.",
    ),
    "non_compliance:report": (
        "A purchase is reported by the directorate that made it, by the ICT service, finance or "
        "audit.",
        "Choose your own directorate, or tell an auditor.",
    ),
    "non_compliance:correct": (
        "Only whoever reported a purchase can correct the report.",
        "Tell them what is wrong, or say it to the director.",
    ),
    "action:answer": (
        "Only the director of this directorate can record what was done.",
        "Ask the director.",
    ),
    "action:close": (
        "A directorate action is closed by the group’s chair or secretary, never by the person "
        "who recorded what was done, reported it or had a part in the request.",
        "Leave it to the chair or the secretary who had no part in it.",
    ),
    "assets:view": ("You need to sign in for this.", "Sign in."),
    "assets:import": (
        "Only the ICT service imports the corporate asset register.",
        "Ask an ICT assessor.",
    ),
    "policy:view": ("You need to sign in for this.", "Sign in."),
    "policy:propose": (
        "Only a policy officer proposes documents.",
        "Ask a policy officer.",
    ),
    "policy:publish": (
        "What one policy officer proposes another one publishes.",
        "Ask another policy officer.",
    ),
    "audit:view": ("Only auditors can see this.", "Ask an auditor."),
    "people:administer": (
        "Only the administrator can change people and roles.",
        "Ask the administrator.",
    ),
}
