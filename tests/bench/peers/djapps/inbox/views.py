"""The list of requests: who may see what, a form of filters, a page of rows and their count."""

# mypy: disable-error-code="import-not-found, import-untyped"

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import render
from django.utils import timezone

from tests.bench.peers.djapps.inbox.models import (
    CATEGORIES,
    DIRECTORATES,
    STATES,
    Grant,
    Request,
    SavedList,
)

PAGE = 25
#: The roles that see what their directorate asks for.
STAFF = ("requester", "sponsor", "director")
ORDERS = {
    "newest": ("Newest first", "-id"),
    "changed": ("Last changed first", "-updated_at"),
    "waiting": ("Longest in its state first", "state_since"),
    "cost": ("Dearest first", "-whole_life_cost"),
}
NAVIGATION = (
    ("work", "Your work"),
    ("check", "Check before you buy"),
    ("requests", "Requests"),
    ("register", "Register"),
    ("non-compliance", "Non-compliance"),
    ("policy", "Policy"),
    ("catalogue", "Catalogue"),
)
#: Field → what narrows the rows by it.
LOOKUPS = {
    "words": "title__icontains",
    "state": "state",
    "directorate": "directorate",
    "category": "category",
    "cost_from": "whole_life_cost__gte",
    "cost_to": "whole_life_cost__lte",
    "opened_from": "created_at__date__gte",
    "opened_to": "created_at__date__lte",
}


class Filters(forms.Form):
    words = forms.CharField(label="Words", required=False, max_length=200)
    state = forms.ChoiceField(label="State", required=False, choices=STATES)
    directorate = forms.ChoiceField(label="Directorate", required=False, choices=DIRECTORATES)
    category = forms.ChoiceField(label="What it is", required=False, choices=CATEGORIES)
    cost_from = forms.DecimalField(label="Cost from (£)", required=False)
    cost_to = forms.DecimalField(label="Cost to (£)", required=False)
    opened_from = forms.DateField(label="Asked from", required=False)
    opened_to = forms.DateField(label="Asked until", required=False)
    sort = forms.ChoiceField(
        label="Sort by", required=False, choices={key: words for key, (words, _) in ORDERS.items()}
    )


@login_required
def index(request):
    today = timezone.localdate()
    person = request.user.pk
    grants = Grant.objects.filter(
        Q(ends_on=None) | Q(ends_on__gt=today), person_id=person, starts_on__lte=today
    )
    directorates = [grant.directorate for grant in grants if grant.role in STAFF]
    rows = Request.objects.filter(
        Q(requester_id=person) | Q(sponsor_id=person) | Q(directorate__in=directorates)
    ).only(
        "reference",
        "title",
        "directorate",
        "state",
        "state_kind",
        "state_since",
        "whole_life_cost",
    )
    form = Filters(request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    for name, lookup in LOOKUPS.items():
        if given.get(name):
            rows = rows.filter(**{lookup: given[name]})
    words, order = ORDERS[given.get("sort") or "newest"]
    page = Paginator(rows.order_by(order), PAGE).get_page(request.GET.get("page"))
    context = {
        "navigation": NAVIGATION,
        "form": form,
        "page": page,
        "sorted_by": words,
        "query": request.GET.urlencode(),
        "saved": SavedList.objects.filter(person_id=person, listing="requests").order_by("name"),
    }
    return render(request, "list.html", context, status=200 if form.is_valid() else 400)
