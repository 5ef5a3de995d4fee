"""axe-core finds nothing on any page, light and dark, on a wide screen and on a phone; and no page is too wide."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.urls import reverse
from playwright.sync_api import expect

from tests.journeys import inside
from tests.pages.test_every_url import OWN, PAGES

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WINDOWS = ((1440, 2400), (390, 4800))  # tall: axe looks only at contrasts that are in the window
RUN = """async rules => {
  const found = await axe.run(document, {runOnly: rules, resultTypes: ["violations"]});
  return found.violations.flatMap(rule => rule.nodes.map(each =>
    `${rule.id}: ${each.target} ${each.html.slice(0, 140)}`));
}"""
EVERYTHING = {"type": "tag", "values": TAGS}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}

# Files and polls, not pages.
LISTS = {name for name, row in PAGES.items() if row[0] == "" and not name.endswith(("export", "live"))}
OF_SOMETHING = {name for name, row in PAGES.items() if row[0] and not name.endswith(("export", "live"))}
REFUSED = "Failed to load resource: the server responded with a status of"


def is_clean(page):
    """Axe finds nothing on this page: by all rules in the light, by those on colours in the dark as well."""
    faults = []
    for width, height in WINDOWS:
        page.set_viewport_size({"width": width, "height": height})
        for scheme, rules in (("light", EVERYTHING), ("dark", COLOURS)):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            if not page.evaluate("window.axe !== undefined"):
                page.evaluate(AXE_SCRIPT)
            faults += [f"{scheme}, {width}: {fault}" for fault in page.evaluate(RUN, rules)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            faults.append(f"{width}: the page is {wide} wide")
    assert not faults, "\n".join(faults)


@pytest.fixture(scope="module")
def scene(whole):
    return whole.inside(inside.scene)


@pytest.fixture
def page(visit):
    return visit(reduced_motion="reduce")


def address(name, scene):
    kind = PAGES.get(name, ("",))[0]
    keys = {"": [], "type": [scene["application"], scene["type"]]}.get(kind)
    return reverse(name, args=[scene[kind]] if keys is None else keys)


@pytest.mark.parametrize("name", sorted(LISTS | OF_SOMETHING | {name for name, status in OWN.items() if status == 200}))
def test_every_page(name, whole, page, scene):
    """R1–R20: WCAG 2.2 AA and best practice."""
    answer = page.goto(whole.url + address(name, scene))
    assert (answer.status, page.url) == (200, whole.url + address(name, scene))
    is_clean(page)


STATES = {
    "nothing fits, devices": "/devices/?q=zzz",
    "nothing fits, applications": "/devices/{device}/applications/?q=zzz",
    "nothing fits, requests": "/requests/?q=zzz",
    "a site that lists nothing": "/devices/{old device}/applications/",
    "this machine": "/devices/{here}/applications/",
    "pane: failed": "/devices/{device}/applications/?app={app failed}",
    "pane: required": "/devices/{device}/applications/?app={app required}",
    "pane: running": "/devices/{device}/applications/?app={app running}",
    "pane: asked": "/devices/{device}/applications/?app={app asked}",
    "pane: superseded": "/devices/{device}/applications/?app={app older}",
    "pane: group": "/devices/{device}/applications/?app={group}",
    "question: install instead": "/devices/{here}/applications/?ask=install&id={older here}",
    "question: uninstall": "/devices/{here}/applications/?ask=uninstall&id={installed here}",
    "question: several": "/devices/{here}/applications/?ask=reevaluate&id={older here}&id={installed here}",
    "a collection of persons": "/collections/{persons}/",
    "its rules": "/collections/{persons}/edit/",
    "a new collection of persons": "/collections/add/persons/",
    "requests that failed": "/requests/?state=failed",
    "a deployment before it is saved": (
        "/deployments/new?application={application}&collection={empty}&purpose=available&preview=1"
    ),
}


@pytest.fixture(scope="module")
def places(whole, scene):
    """The scene, and on this machine something installed and something superseded."""
    (whole.land / "Eraser").write_text("1.0\n")  # the client will say the same, whenever it looks
    eraser = whole.make("Eraser")
    whole.inside(inside.reported, application=eraser)
    older = whole.make("Pencil", superseded_by=whole.make("Ballpoint"))
    return {**scene, "installed here": eraser, "older here": older}


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_a_page(state, whole, page, places):
    """R3, R5, R12, R15: panes, questions, and lists with nothing in them."""
    page.goto(whole.url + STATES[state].format(**places))
    if state.startswith("question"):
        expect(page.get_by_role("dialog")).to_be_visible()
    if state.startswith("pane"):
        expect(page.get_by_role("complementary")).to_be_visible()
    is_clean(page)


@pytest.mark.parametrize("name", sorted(name for name in PAGES if name.endswith(("add", "create", "import", "enrol"))))
def test_a_form_with_mistakes_or_its_answer(name, whole, page, scene):
    """Every form as it comes back when nothing was filled in; the enrolment command is its own answer."""
    page.goto(whole.url + address(name, scene))
    with page.expect_navigation():
        page.evaluate(
            """() => {
              const form = [...document.querySelectorAll("main form:not([role=search])")].at(-1);
              form.noValidate = true;
              form.requestSubmit();
            }"""
        )
    is_clean(page)


def test_menus_and_messages(whole, page, scene):
    """The menu of a phone, that of the account, a filter, a message."""
    page.goto(f"{whole.url}/devices/")
    page.get_by_role("group", name="Filters").locator("summary").first.click()
    is_clean(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Account of admin").click()
    expect(page.locator("#me")).to_be_visible()
    is_clean(page)
    page.goto(f"{whole.url}/devices/")
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"{whole.url}{address('applications:device', scene)}")
    with page.expect_navigation():
        page.evaluate("document.querySelector('#act').requestSubmit(document.querySelector('[data-act=install]'))")
    expect(page.get_by_text("Select an application first.")).to_be_visible()
    is_clean(page)


def test_in_dutch(whole, visit, scene):
    """R6: longer words fit too."""
    page = visit(locale="nl-NL", reduced_motion="reduce")
    for name in ("home", "devices:list", "applications:device", "applications:requests", "console:audit"):
        page.goto(whole.url + address(name, scene))
        is_clean(page)


def test_the_sign_in_page_and_a_wrong_password(whole, visit):
    page = visit("", reduced_motion="reduce")
    page.goto(f"{whole.url}/sign-in")
    is_clean(page)
    page.get_by_label("User name").fill("somebody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    is_clean(page)


@pytest.mark.parametrize(
    ("username", "sees", "path", "status"),
    [
        ("reader", "here", "/nowhere/", 404),
        ("reader", "here", "/devices/999999/", 404),
        ("reader", "here", "/users/", 403),
        ("newcomer", "", "/devices/", 403),
    ],
)
def test_pages_that_refuse(username, sees, path, status, whole, visit, said):
    """R19: not there, not permitted, without a role."""
    whole.inside(inside.user, username=username, sees=sees)
    said.may = [f"{REFUSED} {status}"]
    page = visit(username, reduced_motion="reduce")
    answer = page.goto(whole.url + path)
    assert answer.status == status
    is_clean(page)
