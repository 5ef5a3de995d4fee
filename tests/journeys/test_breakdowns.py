"""Whatever breaks while an application is delivered or installed: it ends Installed, and its command ran once."""

import pytest
from playwright.sync_api import expect

from tests.journeys import inside
from tests.journeys.pages import DevicePage
from tests.running import wait_until


def ends_installed_and_ran_once(whole, device, name):
    device.has(f"{name} 1.0", "Installed")
    assert whole.installed(name)
    assert len(whole.ran(name)) == 1


def flush(whole):
    whole.redis().flushall()


def restart(whole):
    gone = whole.system.pids["redis"]
    whole.kill("redis")
    wait_until(lambda: whole.system.pids.get("redis", gone) != gone and whole.system.redis_answers())


@pytest.mark.parametrize("lose", [flush, restart])
def test_redis_loses_everything_between_click_and_delivery(whole, device, lose):
    """R21: the row is the truth; the sweep finds it."""
    name = f"Lost by {lose.__name__}"
    whole.make(name)
    device.open()
    whole.stop("worker")
    device.ask("Install", f"{name} 1.0")
    device.has(f"{name} 1.0", "Install requested")
    assert whole.redis().llen("koppel:koppel") > 0
    lose(whole)
    whole.start("worker")
    ends_installed_and_ran_once(whole, device, name)


def test_the_worker_is_killed_while_it_delivers(whole, device):
    """R21, R22: the task was taken from the queue and dies with the worker."""
    application = whole.make("Half delivered")
    device.open()
    whole.freeze("worker")
    device.ask("Install", "Half delivered 1.0")
    device.has("Half delivered 1.0", "Install requested")
    whole.inside(inside.hold_requests)
    whole.thaw("worker")
    wait_until(
        lambda: any(b"applications.requests.tasks.deliver" in task for task in whole.redis().hvals("koppel:unacked"))
    )
    whole.kill("worker")
    whole.inside(inside.let_go)
    ends_installed_and_ran_once(whole, device, "Half delivered")
    assert [each["state"] for each in whole.inside(inside.requests, application=application)] == ["succeeded"]


def test_the_client_is_killed_while_it_installs(whole, device):
    """R22: the installation goes on, and the client that is started again finds how it ended."""
    application = whole.make("Cut off", held=True)
    device.open()
    device.ask("Install", "Cut off 1.0")
    expect(device.detail("Cut off 1.0")).to_contain_text("Half way")
    gone = whole.system.pids["client"]
    device.mark()
    whole.kill("client")
    wait_until(lambda: whole.system.pids.get("client", gone) != gone)
    whole.release("Cut off")
    ends_installed_and_ran_once(whole, device, "Cut off")
    assert device.same
    assert [each["state"] for each in whole.inside(inside.requests, application=application)] == ["succeeded"]


def test_the_console_is_killed_while_the_client_installs(whole, device, said):
    """R21, R22: the client reports when the console is back; the page goes on where it was."""
    said.may = ["Failed to load resource: net::ERR_", "htmx:"]
    whole.make("Unheard", held=True)
    device.open()
    device.ask("Install", "Unheard 1.0")
    expect(device.detail("Unheard 1.0")).to_contain_text("Half way")
    device.mark()
    whole.kill("web")
    whole.release("Unheard")
    wait_until(lambda: whole.installed("Unheard"))
    ends_installed_and_ran_once(whole, device, "Unheard")
    assert device.same


def test_two_clicks_are_one_request(whole, device, visit):
    """R17: the second administrator, or the second click, gets the same request."""
    application = whole.make("Asked twice", approval=True)
    whole.stop("worker")
    other = DevicePage(visit(), whole.url, whole.inside(inside.device)["pk"]).open()
    device.open().ask("Install", "Asked twice 1.0")
    other.ask("Install", "Asked twice 1.0")
    expect(other.page.get_by_role("status").get_by_text("the same request is open already")).to_be_visible()
    whole.start("worker")
    ends_installed_and_ran_once(whole, device, "Asked twice")
    assert len(whole.inside(inside.requests, application=application)) == 1


def test_a_request_is_cancelled_before_the_client_has_it(whole, device):
    """R17: taken back, it never runs."""
    application = whole.make("Regretted", approval=True)
    whole.stop("worker")
    device.open(app=application).ask("Install", "Regretted 1.0")
    device.has("Regretted 1.0", "Install requested")
    device.go(device.pane.get_by_role("button", name="Cancel the request"))
    device.has("Regretted 1.0", "Available")
    expect(device.page.get_by_text("Request cancelled: Regretted 1.0.")).to_be_visible()
    whole.start("worker")
    wait_until(lambda: whole.redis().llen("koppel:koppel") == 0)
    assert whole.ran("Regretted") == []
