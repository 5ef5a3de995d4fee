"""The inventory: a restart that was asked for is pending until it happened."""

from client.keep.journal import Journal
from client.look.inventory import inventory
from client.platforms import linux
from client.system import processes


def test_a_restart_that_was_asked_for_is_pending_until_the_machine_was_restarted(tmp_path, monkeypatch):
    monkeypatch.setattr(linux, "REBOOT_REQUIRED", (tmp_path / "reboot-required",))
    journal = Journal(tmp_path / "journal.db")
    assert inventory(journal)["restart_pending"] is False
    journal.remember(restart_needed_since_boot=processes.boot())
    assert inventory(journal)["restart_pending"] is True
    journal.remember(restart_needed_since_boot="an earlier boot")
    assert inventory(journal)["restart_pending"] is False
    (tmp_path / "reboot-required").touch()
    assert inventory(journal)["restart_pending"] is True
    journal.close()
