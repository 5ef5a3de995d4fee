"""The states of a request and the moves between them."""

from enum import StrEnum


class State(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


# verb: from which states, to which state. The verbs are the functions of `applications/requests/transitions.py`.
MOVES = {
    "send": ({State.QUEUED}, State.SENT),
    "requeue": ({State.SENT}, State.QUEUED),
    "acknowledge": ({State.QUEUED, State.SENT}, State.ACKNOWLEDGED),
    "run": ({State.ACKNOWLEDGED}, State.RUNNING),
    "succeed": ({State.ACKNOWLEDGED, State.RUNNING}, State.SUCCEEDED),
    "refuse": ({State.QUEUED, State.SENT}, State.FAILED),
    "fail": ({State.ACKNOWLEDGED, State.RUNNING}, State.FAILED),
    "cancel": ({State.QUEUED, State.SENT}, State.CANCELLED),
    "expire": ({State.QUEUED, State.SENT}, State.EXPIRED),
    "withdraw": ({State.QUEUED}, State.WITHDRAWN),
}

UNCONFIRMED = (State.QUEUED, State.SENT)
CONFIRMED = (State.ACKNOWLEDGED, State.RUNNING)
OPEN = UNCONFIRMED + CONFIRMED
CLOSED = tuple(state for state in State if state not in OPEN)
