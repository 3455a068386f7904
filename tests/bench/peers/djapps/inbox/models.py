"""ProcureFlow's tables as Django reads them. What the documents name is a choice here."""

# mypy: disable-error-code="import-not-found, import-untyped"

from decimal import Decimal

from django.db import models

STATES = {
    "draft": "Draft",
    "cleared": "No exception needed",
    "business_case": "Business case",
    "group_review": "Group review",
    "approved": "Approved",
    "rejected": "Rejected for non-compliance",
    "withdrawn": "Withdrawn",
    "lapsed": "Lapsed",
    "closed": "Closed",
}
DIRECTORATES = {
    "corporate_customer": "Corporate and Customer Services",
    "resources": "Resources",
    "children_young_people": "Children's and Young People's Services",
    "adult_community": "Adult and Community Services",
    "environment": "Environment",
}
CATEGORIES = {
    "desktop": "A desktop computer",
    "portable": "A portable computer, tablet or phone",
    "server": "A server or storage",
    "software": "Software or licences",
    "service": "A service, support or development",
    "network": "Network or telephony",
    "other": "Something else",
}
TAGS = {
    "editing": "govuk-tag--yellow",
    "group": "",
    "decided": "govuk-tag--green",
    "final": "govuk-tag--grey",
}


class Request(models.Model):
    reference = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    directorate = models.CharField(max_length=60, choices=DIRECTORATES)
    category = models.CharField(max_length=60, choices=CATEGORIES)
    requester_id = models.BigIntegerField()
    sponsor_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=60, choices=STATES)
    state_kind = models.CharField(max_length=10)
    state_since = models.DateTimeField()
    whole_life_cost = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "requests"

    @property
    def tag(self):
        return TAGS[self.state_kind]

    @property
    def cost(self):
        if self.whole_life_cost is None:
            return ""
        return f"£{Decimal(self.whole_life_cost).scaleb(-2):,.2f}"


class Grant(models.Model):
    person_id = models.BigIntegerField()
    role = models.CharField(max_length=40)
    directorate = models.CharField(max_length=60, null=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta:
        managed = False
        db_table = "grants"


class SavedList(models.Model):
    person_id = models.BigIntegerField()
    listing = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=2000)

    class Meta:
        managed = False
        db_table = "saved_lists"
