"""What the pages keep for themselves about signing in; one file per subject."""

from pages.models.attempt import Attempt
from pages.models.identity import Identity, ProvidedRole
from pages.models.second_factor import GivenPassword, RecoveryCode, SecondFactor
from pages.models.session import Session

__all__ = ["Attempt", "GivenPassword", "Identity", "ProvidedRole", "RecoveryCode", "SecondFactor", "Session"]
