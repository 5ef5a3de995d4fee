"""A page on which something is deleted, shown with a site (R20)."""

import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.urls import include, path

from audit.models import AuditEntry
from devices.models import Device, Site
from tests.make import make_device, make_site, make_user
from ui.delete_page import DeletePage, DeletionRefused

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class DeleteSite(DeletePage):
    icon, list_label = "pin", "Sites"
    list_url, detail_url = "devices:sites", "devices:site"
    kind, fields = AuditEntry.Kind.SITE, ("name", "version")

    def find(self):
        if not self.request.user.is_superuser:
            raise PermissionDenied
        return Site.objects.get(pk=self.kwargs["pk"])

    def why_not(self):
        return ["It is the headquarters."] if self.object.name == "HQ" else []

    def consequences(self):
        return [("Tokens that end", 3)]


class DeleteSiteThatSomebodyUses(DeleteSite):
    """A device comes between the question why not and the deletion."""

    def remove(self):
        make_device(site=self.object)
        super().remove()


class DeleteSiteThatIsGone(DeleteSite):
    """Somebody else deletes it between the question why not and the deletion."""

    def why_not(self):
        Site.objects.filter(pk=self.object.pk).delete()
        return []


class DeleteSiteThatIsNeeded(DeleteSite):
    def remove(self):
        Site.objects.filter(pk=self.object.pk).update(version="9999")
        raise DeletionRefused("It is needed.", "Really.")


urlpatterns = [
    path("delete/<int:pk>", DeleteSite.as_view()),
    path("used/<int:pk>", DeleteSiteThatSomebodyUses.as_view()),
    path("gone/<int:pk>", DeleteSiteThatIsGone.as_view()),
    path("needed/<int:pk>", DeleteSiteThatIsNeeded.as_view()),
    path("", include("console.urls")),
]


@pytest.fixture
def admin(client):
    client.force_login(make_user("admin", superuser=True))
    return client


def said(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_the_page_asks_and_says_what_goes_along(admin):
    site = make_site("OLD")
    page = admin.get(f"/delete/{site.pk}")
    assert page.context["facts"] == [("Tokens that end", 3)]
    text = page.content.decode()
    for words in (
        "Delete for good?",
        "Tokens that end",
        f'href="/sites/{site.pk}/"',
        'href="/sites/"',
        'method="post"',
    ):
        assert words in text
    assert "no-store" in page["Cache-Control"]
    assert Site.objects.filter(pk=site.pk).exists()


def test_or_why_it_cannot_be(admin):
    site = make_site("HQ")
    for answer in (admin.get(f"/delete/{site.pk}"), admin.post(f"/delete/{site.pk}")):
        assert answer.context["reasons"] == ["It is the headquarters."]
        assert "It is the headquarters." in answer.content.decode()
        assert 'method="post"' not in answer.content.decode().partition("<main")[2]
    assert Site.objects.filter(pk=site.pk).exists()
    assert not AuditEntry.objects.exists()


def test_r20_it_goes_and_that_is_written_down_with_what_it_was(admin):
    site = make_site("OLD", version="1901")
    answer = admin.post(f"/delete/{site.pk}")
    assert answer["Location"] == "/sites/"
    assert said(answer) == [f"{site} is deleted."]
    assert not Site.objects.exists()
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.kind, entry.object_id, entry.name, entry.actor) == (
        "deleted",
        "site",
        str(site.pk),
        str(site),
        "admin",
    )
    assert entry.facts["changes"] == {
        "name": {"old": "OLD", "new": None},
        "version": {"old": "1901", "new": None},
    }


def test_who_may_not_is_refused(client):
    site = make_site()
    client.force_login(make_user("reader", "devices.view_site"))
    assert client.get(f"/delete/{site.pk}").status_code == 403
    assert client.post(f"/delete/{site.pk}").status_code == 403
    assert Site.objects.exists()


def test_what_somebody_uses_since_a_moment_ago_stays(admin):
    site = make_site()
    answer = admin.post(f"/used/{site.pk}")
    assert answer.status_code == 200
    assert answer.context["reasons"] == ["Something uses it since a moment ago."]
    assert Site.objects.filter(pk=site.pk).exists()
    assert not Device.objects.exists(), "all of the transaction is taken back"
    assert not AuditEntry.objects.exists()


def test_what_somebody_else_deleted_at_the_same_moment_is_not_written_down_again(admin):
    site = make_site()
    answer = admin.post(f"/gone/{site.pk}")
    assert answer["Location"] == "/sites/"
    assert said(answer) == ["Somebody else has deleted it meanwhile."]
    assert not AuditEntry.objects.exists()


def test_what_is_refused_while_it_is_deleted_leaves_nothing_behind(admin):
    site = make_site(version="2111")
    answer = admin.post(f"/needed/{site.pk}")
    assert answer.context["reasons"] == ["It is needed.", "Really."]
    assert Site.objects.get().version == "2111"
    assert not AuditEntry.objects.exists()
