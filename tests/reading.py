"""What tests read from pages."""

import re


def token_in(page) -> str:
    """The enrolment token in the command to paste."""
    return re.search(r"echo (\w+) \|", page.text)[1]
