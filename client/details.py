"""What the client tells the console: a code with facts, never a sentence; the console has the sentences."""

from __future__ import annotations

import math
import re
import time
from datetime import datetime, timezone
from enum import Enum
from typing import Any

Detail = dict[str, Any]  # {"code": a Code, "facts": {name: text, number, list of texts, or a Detail as the cause}}

MAX_TEXT = 500  # characters of a fact
MAX_LIST = 20  # texts in a fact
MAX_LIST_TEXT = 100  # characters of each
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Code(str, Enum):
    """Everything that this client can tell beside a result's own fields; FACTS has what goes with each."""

    # of detection
    DETECTION_KIND_UNKNOWN = "detection_kind_unknown"
    DETECTION_RULE_INCOMPLETE = "detection_rule_incomplete"
    DETECTION_NO_ANSWER = "detection_no_answer"
    FILE_MISSING = "file_missing"
    FILE_WITHOUT_VERSION = "file_without_version"
    FILE_NOT_REGULAR = "file_not_regular"
    PACKAGE_MISSING = "package_missing"
    VERSION_TOO_OLD = "version_too_old"
    COMMAND_MISSING = "command_missing"
    COMMAND_NO_ANSWER = "command_no_answer"
    COMMAND_EXIT_CODE = "command_exit_code"
    COMMAND_WITHOUT_VERSION = "command_without_version"
    SCRIPT_NO_ANSWER = "script_no_answer"
    SCRIPT_EXIT_CODE = "script_exit_code"
    # of requirements
    REQUIREMENT_KIND_UNKNOWN = "requirement_kind_unknown"
    REQUIREMENT_INCOMPLETE = "requirement_incomplete"
    NEEDS_MEMORY = "needs_memory"
    NEEDS_DISK = "needs_disk"
    NEEDS_PLATFORM = "needs_platform"
    NEEDS_OS = "needs_os"
    NEEDS_ARCHITECTURE = "needs_architecture"
    REQUIREMENT_SCRIPT_NO_ANSWER = "requirement_script_no_answer"
    REQUIREMENT_SCRIPT_EXIT_CODE = "requirement_script_exit_code"
    # of the choice of a deployment type
    NO_DEPLOYMENT_TYPE = "no_deployment_type"
    DEPLOYMENT_TYPES_UNREADABLE = "deployment_types_unreadable"
    NO_PERSON = "no_person"
    ACCOUNT_MISSING = "account_missing"
    ACCOUNT_FOREIGN = "account_foreign"
    # of a command
    NO_INSTALL_COMMAND = "no_install_command"
    NO_UNINSTALL_COMMAND = "no_uninstall_command"
    NO_REPAIR_COMMAND = "no_repair_command"
    RETRY = "retry"
    TRIES = "tries"
    TIME_OVER = "time_over"
    END_UNSEEN = "end_unseen"
    JOURNAL_LOST = "journal_lost"
    NO_SUPERVISOR = "no_supervisor"
    # of the file that a command needs
    CONTENT_PART = "content_part"
    CONTENT_NO_ROOM = "content_no_room"
    CONTENT_GONE = "content_gone"
    CONTENT_DIFFERS = "content_differs"
    CONTENT_WAITS = "content_waits"
    # why something that came is not believed
    NO_KEY_PINNED = "no_key_pinned"
    NOT_SIGNED = "not_signed"
    KEY_UNKNOWN = "key_unknown"
    KEY_RETIRED = "key_retired"
    SIGNATURE_WRONG = "signature_wrong"
    SIGNED_UNREADABLE = "signed_unreadable"
    OTHER_DEVICE = "other_device"
    OTHER_REQUEST = "other_request"
    ORDER_EXPIRED = "order_expired"
    ORDER_REPLAYED = "order_replayed"
    DEFINITION_MISSING = "definition_missing"
    REVISION_OLDER = "revision_older"
    POLICY_OLDER = "policy_older"
    # why something gave no answer
    NOT_STARTED = "not_started"
    TOOK_TOO_LONG = "took_too_long"
    NO_PACKAGE_MANAGER = "no_package_manager"
    PACKAGE_NAME_INVALID = "package_name_invalid"
    PACKAGE_WITHOUT_VERSION = "package_without_version"


# `output` is what a command printed, `error` the system's own words, `cause` a detail again; these may be missing.
FACTS: dict[Code, tuple[str, ...]] = {
    Code.DETECTION_KIND_UNKNOWN: ("kind",),
    Code.DETECTION_RULE_INCOMPLETE: ("error",),
    Code.DETECTION_NO_ANSWER: ("error", "cause"),
    Code.FILE_MISSING: ("path",),
    Code.FILE_WITHOUT_VERSION: ("path",),
    Code.FILE_NOT_REGULAR: ("path",),
    Code.PACKAGE_MISSING: ("name",),
    Code.VERSION_TOO_OLD: ("found", "wanted"),
    Code.COMMAND_MISSING: ("command", "output"),
    Code.COMMAND_NO_ANSWER: ("command", "error", "cause"),
    Code.COMMAND_EXIT_CODE: ("command", "exit_code", "output"),
    Code.COMMAND_WITHOUT_VERSION: ("command", "output"),
    Code.SCRIPT_NO_ANSWER: ("cause",),
    Code.SCRIPT_EXIT_CODE: ("exit_code", "output"),
    Code.REQUIREMENT_KIND_UNKNOWN: ("kind",),
    Code.REQUIREMENT_INCOMPLETE: ("kind", "error"),
    Code.NEEDS_MEMORY: ("needed_mb", "found_mb"),
    Code.NEEDS_DISK: ("needed_mb", "found_mb"),
    Code.NEEDS_PLATFORM: ("platforms", "found"),
    Code.NEEDS_OS: ("needed", "found"),
    Code.NEEDS_ARCHITECTURE: ("architectures", "found"),
    Code.REQUIREMENT_SCRIPT_NO_ANSWER: ("cause",),
    Code.REQUIREMENT_SCRIPT_EXIT_CODE: ("exit_code", "output"),
    Code.NO_DEPLOYMENT_TYPE: ("platform",),
    Code.DEPLOYMENT_TYPES_UNREADABLE: ("error",),
    Code.NO_PERSON: (),
    Code.ACCOUNT_MISSING: ("person",),
    Code.ACCOUNT_FOREIGN: ("account", "person"),
    Code.NO_INSTALL_COMMAND: (),
    Code.NO_UNINSTALL_COMMAND: (),
    Code.NO_REPAIR_COMMAND: (),
    Code.RETRY: ("number", "of", "at"),
    Code.TRIES: ("tries",),
    Code.TIME_OVER: ("minutes",),
    Code.END_UNSEEN: (),
    Code.JOURNAL_LOST: (),
    Code.NO_SUPERVISOR: ("output",),
    Code.CONTENT_PART: ("bytes", "of_bytes"),
    Code.CONTENT_NO_ROOM: ("needed_mb", "found_mb"),
    Code.CONTENT_GONE: ("name",),
    Code.CONTENT_DIFFERS: ("name", "wanted", "found"),
    Code.CONTENT_WAITS: ("name", "error", "at"),
    Code.NO_KEY_PINNED: (),
    Code.NOT_SIGNED: (),
    Code.KEY_UNKNOWN: ("key",),
    Code.KEY_RETIRED: ("key",),
    Code.SIGNATURE_WRONG: (),
    Code.SIGNED_UNREADABLE: ("error",),
    Code.OTHER_DEVICE: ("device",),
    Code.OTHER_REQUEST: ("request",),
    Code.ORDER_EXPIRED: ("at",),
    Code.ORDER_REPLAYED: (),
    Code.DEFINITION_MISSING: ("application", "revision"),
    Code.REVISION_OLDER: ("application", "found", "newest"),
    Code.POLICY_OLDER: ("at",),
    Code.NOT_STARTED: ("error",),
    Code.TOOK_TOO_LONG: ("seconds",),
    Code.NO_PACKAGE_MANAGER: (),
    Code.PACKAGE_NAME_INVALID: ("name",),
    Code.PACKAGE_WITHOUT_VERSION: ("name",),
}


def detail(code: Code, **facts: Any) -> Detail:
    """A code with its facts, each within the bounds that the protocol sets; an empty fact is left out."""
    kept = {name: _bounded(value) for name, value in facts.items() if value is not None and value != ""}
    return {"code": code.value, "facts": kept}


def now() -> str:
    return moment(time.time())


def moment(seconds: float) -> str:
    """A moment, given in seconds since 1970, as the protocol writes it."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _bounded(value: Any) -> Any:
    if isinstance(value, dict):
        return value
    if isinstance(value, (list, tuple)):
        return [_text(each, MAX_LIST_TEXT) for each in value[:MAX_LIST]]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _text(value, MAX_TEXT)
    return value if math.isfinite(value) and abs(value) < 2**53 else _text(value, MAX_TEXT)


def _text(value: Any, length: int) -> str:
    """PostgreSQL keeps no NUL and JSON no half a character."""
    text = str(value).encode("utf-8", "replace").decode("utf-8")
    return CONTROL.sub(" ", text)[:length]
