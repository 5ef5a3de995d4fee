"""What `koppel-client status` tells."""

from __future__ import annotations

from client import VERSION
from client.keep.journal import OPEN, Journal
from client.keep.state import State
from client.system import processes


def status(state: State) -> str:
    """A few lines about the client of a state folder."""
    known = state.console()
    if not known:
        return f"Not enrolled (state folder {state.folder})."
    running = processes.is_held(state.lock_file)
    lines = [
        f"Device    {known['name']} of {known['url']}",
        f"Client    {VERSION}, {'running' if running else 'not running'}",
    ]
    if state.journal_file.exists():
        journal = Journal(state.journal_file)
        counts = journal.counts()
        finished = sum(number for name, number in counts.items() if name not in OPEN)
        lines.append(f"Requests  {sum(counts.get(name, 0) for name in OPEN)} open, {finished} finished")
        for request in journal.open_requests():
            payload = request.payload
            lines.append(
                f"          {payload.get('action')} {(payload.get('application') or {}).get('name')}: {request.state}"
            )
        lines.append(f"To tell   {len(journal.messages())} messages")
        journal.close()
    return "\n".join(lines)
