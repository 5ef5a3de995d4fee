"""Passkeys (WebAuthn): the questions that a browser is asked, and whether it answered them right."""

from __future__ import annotations

import ipaddress
import json
from hashlib import sha256
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.utils import timezone
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from pages.models import SecondFactor
from pages.sign_in.proofs.factors import Kind, add, factors_of, secret_of

STATE = "passkey"  # in the session: what was asked
MAX_ANSWER = 20_000  # characters


def possible(request: HttpRequest) -> bool:
    """A passkey belongs to a host name, and browsers make one only where nobody can listen."""
    host = host_of(request)
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return request.is_secure() or host == "localhost"
    return False


def host_of(request: HttpRequest) -> str:
    return split_domain_port(request.get_host())[0]


def ask_to_make(request: HttpRequest) -> dict[str, Any]:
    """For `navigator.credentials.create`."""
    user: Any = request.user
    entity = PublicKeyCredentialUserEntity(
        id=str(user.pk).encode(), name=user.get_username(), display_name=user.get_full_name() or user.get_username()
    )
    options, state = _server(request).register_begin(
        entity,
        _credentials(factors_of(user, Kind.PASSKEY)),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    request.session[STATE] = state
    return dict(options)


def made(request: HttpRequest, answer: str, name: str) -> SecondFactor | None:
    """The passkey that the browser made, kept; None when its answer does not fit what it was asked."""
    state = request.session.pop(STATE, None)
    try:
        data = _server(request).register_complete(state, json.loads(answer[:MAX_ANSWER]))
        credential = data.credential_data
    except Exception:  # whatever a browser, or somebody who is none, may have sent
        return None
    if credential is None:
        return None
    handle = handle_of(credential.credential_id)
    if SecondFactor.objects.filter(handle=handle).exists():
        return None
    return add(request.user, Kind.PASSKEY, bytes(credential), name=name, handle=handle, counter=data.counter)


def ask_to_use(request: HttpRequest, user: Any | None, *, alone: bool) -> dict[str, Any]:
    """For `navigator.credentials.get`. `user`: whose, when that is known already. `alone`: nothing else is proved, so
    that the passkey itself must know its owner, by a finger or a PIN."""
    known = _credentials(factors_of(user, Kind.PASSKEY)) if user else None
    need = UserVerificationRequirement.REQUIRED if alone else UserVerificationRequirement.PREFERRED
    options, state = _server(request).authenticate_begin(known, user_verification=need)
    request.session[STATE] = {**state, "user": user.pk if user else None}
    return dict(options)


def used(request: HttpRequest, answer: str, *, alone: bool) -> SecondFactor | None:
    """The passkey that answered, with its user; None when the answer does not fit what was asked."""
    state = request.session.pop(STATE, None) or {}
    if alone and state.get("user_verification") != UserVerificationRequirement.REQUIRED:
        return None
    try:
        response = AuthenticationResponse.from_dict(json.loads(answer[:MAX_ANSWER]))
        handle = handle_of(response.raw_id)
    except Exception:  # as above
        return None
    of = {"user": state["user"]} if state.get("user") else {}
    factor = SecondFactor.objects.select_related("user").filter(handle=handle, **of).first()
    if factor is None:
        return None
    try:
        _server(request).authenticate_complete(state, _credentials([factor]), response)
    except Exception:
        return None
    count = response.response.authenticator_data.counter
    # A count that does not grow is that of a copy; passkeys that are meant to be copied stay at 0.
    fits = Q(counter__lt=count) if count else Q(counter=0)
    fresh = SecondFactor.objects.filter(fits, pk=factor.pk).update(counter=count, used_at=timezone.now())
    return factor if fresh else None


def handle_of(credential_id: bytes) -> str:
    return sha256(credential_id).hexdigest()


def _credentials(factors: QuerySet[SecondFactor] | list[SecondFactor]) -> list[AttestedCredentialData]:
    """Without those that were not sealed here."""
    return [AttestedCredentialData(secret) for factor in factors if (secret := secret_of(factor))]


def _server(request: HttpRequest) -> Fido2Server:
    here = f"{request.scheme}://{request.get_host()}"
    entity = PublicKeyCredentialRpEntity(name="Koppel", id=host_of(request))
    return Fido2Server(entity, verify_origin=lambda origin: origin == here)
