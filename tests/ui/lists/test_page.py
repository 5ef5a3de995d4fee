"""A list as a page and as a file, shown with lists of persons (R4, R20)."""

import django_filters
import django_tables2 as tables
import pytest
from django.core.exceptions import PermissionDenied

from audit.models import AuditEntry
from devices.models import Person
from tests.make import make_person, make_user
from ui.lists.counting import Count
from ui.lists.filters import ListFilter
from ui.lists.page import ListExport, ListPage
from ui.lists.paging import ListPaginator, UncountedPaginator

pytestmark = pytest.mark.django_db


class PersonFilter(ListFilter):
    q = django_filters.CharFilter(field_name="username", lookup_expr="icontains")
    department = django_filters.MultipleChoiceFilter(choices=[("ict", "ICT"), ("hr", "HR")])


class PersonTable(tables.Table):
    username = tables.Column()
    greeting = tables.Column(empty_values=())

    class Meta:
        order_by = ("username",)

    def prepare(self, persons):
        self.greetings = {person.pk: f"Hello {person.username}" for person in persons}

    def render_greeting(self, record):
        return self.greetings[record.pk]


class Persons(ListPage):
    """Without a filter."""

    table_class = PersonTable
    template_name = "ui/_table.html"

    def check_access(self):
        if not self.request.user.is_superuser:
            raise PermissionDenied

    def get_queryset(self):
        return Person.objects.all()


class FilteredPersons(Persons):
    filterset_class = PersonFilter


class PersonsExport(ListExport, FilteredPersons):
    export_name, export_kind = "Our persons", AuditEntry.Kind.DEVICES


def view_with_total(total, base=FilteredPersons):
    return type("WithTotal", (base,), {"known_total": total})


@pytest.fixture
def ask(rf):
    user = make_user("admin", superuser=True)

    def answer(view, user=user, **query):
        request = rf.get("/persons/", query)
        request.user = user
        return view.as_view()(request)

    return answer


def usernames(response):
    return [row.record.username for row in response.context_data["table"].paginated_rows]


def test_the_template_gets_the_rows_and_what_there_is_to_say_of_them(ask):
    for name in ("b", "a"):
        make_person(name)
    context = ask(FilteredPersons).context_data
    assert (context["total"], context["active"], context["export_rows"]) == (2, False, 500)
    assert usernames(ask(FilteredPersons)) == ["a", "b"]
    assert "Hello a" in ask(FilteredPersons).rendered_content, "the table was prepared for its rows"


def test_who_may_not_open_it_is_refused_before_anything_is_fetched(ask, django_assert_num_queries):
    stranger = make_user("stranger")
    with django_assert_num_queries(0), pytest.raises(PermissionDenied):
        ask(FilteredPersons, user=stranger)


def test_no_cache_keeps_it(ask):
    assert "no-store" in ask(Persons)["Cache-Control"]
    assert "private" in ask(PersonsExport)["Cache-Control"]


@pytest.mark.parametrize(
    ("query", "active"),
    [
        ({}, False),
        ({"q": ""}, False),
        ({"department": ["", ""]}, False),
        ({"page": "1", "sort": "-username"}, False),
        ({"q": "x"}, True),
        ({"department": ["", "ict"]}, True),
        ({"department": ["ict", ""]}, True),
    ],
)
def test_whether_anything_is_filtered(ask, query, active):
    assert ask(FilteredPersons, **query).context_data["active"] is active


def test_a_list_without_a_filter_ignores_what_the_address_says(ask):
    make_person("a")
    answer = ask(Persons, q="nobody")
    assert usernames(answer) == ["a"]
    assert answer.context_data["active"] is False


def test_what_no_filter_understands_fits_nothing(ask):
    make_person("a")
    assert usernames(ask(FilteredPersons, department="sales")) == []


def test_it_is_cut_into_pages(ask):
    for number in range(60):
        make_person(f"p{number:02}")
    assert usernames(ask(FilteredPersons))[-1] == "p49"
    assert usernames(ask(FilteredPersons, page="2")) == [f"p{number}" for number in range(50, 60)]
    assert len(usernames(ask(FilteredPersons, per_page="25"))) == 25
    assert len(usernames(ask(FilteredPersons, per_page="1000"))) == 50


def test_rows_are_counted_only_when_nobody_knows_how_many_there_are(ask, django_assert_num_queries):
    make_person("a")
    with django_assert_num_queries(2):  # how many; the rows
        assert ask(FilteredPersons).context_data["total"] == 1
    with django_assert_num_queries(1):
        answer = ask(view_with_total(1))
        assert answer.context_data["total"] == 1
    assert isinstance(answer.context_data["table"].paginator, ListPaginator)


def test_a_list_that_is_too_long_to_count_is_leafed_through_without_a_number(ask):
    make_person("a")
    answer = ask(view_with_total(Count(10_000, more=True)))
    assert isinstance(answer.context_data["table"].paginator, UncountedPaginator)
    assert str(answer.context_data["total"]) == "10,000+"
    answer = ask(view_with_total(Count(1)))
    assert isinstance(answer.context_data["table"].paginator, ListPaginator)
    assert answer.context_data["total"] == Count(1)


def test_r4_the_file_has_what_the_list_shows_and_the_audit_log_tells_of_it(ask):
    """R4, R20."""
    for name in ("anna", "bob", "hannah"):
        make_person(name)
    answer = ask(PersonsExport, q="ann", sort="-username")
    assert answer["Content-Disposition"] == 'attachment; filename="our-persons.csv"'
    assert [line.split(",")[0] for line in answer.content.decode().splitlines()[1:]] == ['"hannah"', '"anna"']
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.kind, entry.actor) == ("exported", "devices", "admin")


@pytest.mark.parametrize(
    ("total", "name"),
    [
        (None, "our-persons"),
        (501, "our-persons-first-500-of-501"),
        (Count(7000), "our-persons-first-500-of-7000"),
        (Count(10_000, more=True), "our-persons-first-500-of-more than 10000"),
    ],
)
def test_r4_the_name_of_the_file_says_of_how_many_rows_it_has_the_first(ask, total, name):
    answer = ask(view_with_total(total, PersonsExport))
    assert answer["Content-Disposition"] == f'attachment; filename="{name}.csv"'
