"""The list, and addresses for whatever else the page links to."""

# mypy: disable-error-code="import-not-found, import-untyped"

from django.http import HttpResponse
from django.urls import path

from tests.bench.peers.djapps.inbox.views import index


def elsewhere(request, **_):
    return HttpResponse("")


urlpatterns = [
    path("requests", index, name="requests"),
    path("requests/<str:reference>", elsewhere, name="request"),
    path("lists/saved/<int:number>/remove", elsewhere, name="remove_list"),
    path("", elsewhere, name="work"),
    *(
        path(name, elsewhere, name=name)
        for name in (
            *("check", "register", "non-compliance", "policy", "catalogue", "account", "sign-out"),
            *("help", "accessibility", "theme"),
        )
    ),
]
