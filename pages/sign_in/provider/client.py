"""Speaks OpenID Connect with the identity provider: authorization code, PKCE, nonce, a verified ID token."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from authlib.integrations.django_client import OAuth, OAuthError
from django.conf import settings
from django.http import HttpRequest
from joserfc.errors import JoseError
from requests import RequestException

TIMEOUT = 5  # seconds for each answer of the provider
# Algorithms whose key only the provider has; neither “none” nor those with a shared secret.
SIGNED_WITH = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
MAX_SUBJECT = 255  # characters, by the standard
# What a provider that is away, set up differently, or not the one that was asked can do.
FAULTS = (OAuthError, JoseError, RequestException, RuntimeError, ValueError, KeyError, TypeError)


@dataclass(frozen=True)
class Told:
    """What the provider says of a person. `proved_at`: when it last asked who it is (seconds since 1970; 0: it does not
    say). `second_factor`: whether it asked for more than one proof (RFC 8176)."""

    subject: str
    name: str
    groups: frozenset[str]
    first_name: str
    last_name: str
    email: str
    proved_at: float
    second_factor: bool


def is_set_up() -> bool:
    return bool(settings.KOPPEL_OIDC_ISSUER)


def question(request: HttpRequest, callback: str, **more: Any) -> str:
    """The address at the provider to which a browser is led; what was asked is kept in the session."""
    client = _client(*_settings())
    asked = client.create_authorization_url(callback, **more)
    client.save_authorize_data(request, redirect_uri=callback, **asked)
    return str(asked["url"])


def told(request: HttpRequest) -> Told:
    """What the provider answered, once it is verified; raises one of FAULTS."""
    said = _claims(request)
    if not isinstance(said["sub"], str) or said["sub"] != _text(said["sub"], MAX_SUBJECT):
        raise ValueError("The provider names nobody.")
    groups = said.get(settings.KOPPEL_OIDC_GROUPS_CLAIM) or []
    return Told(
        subject=said["sub"],
        name=_text(said.get(settings.KOPPEL_OIDC_NAME_CLAIM), MAX_SUBJECT),
        groups=frozenset(map(_text, [groups] if isinstance(groups, str) else groups)),
        first_name=_text(said.get("given_name"), 150),
        last_name=_text(said.get("family_name"), 150),
        email=_text(said.get("email"), 254),
        proved_at=float(said.get("auth_time") or 0),
        second_factor="mfa" in (said.get("amr") or []),
    )


def _text(value: Any, most: int = 1000) -> str:
    return "".join(filter(str.isprintable, str(value or "")))[:most]


def _claims(request: HttpRequest) -> dict[str, Any]:
    """Of the ID token; of the userinfo address too when something is missing there."""
    client = _client(*_settings())
    metadata = client.load_server_metadata()
    issuer, algorithms = str(metadata["issuer"]), metadata.get("id_token_signing_alg_values_supported", ["RS256"])
    metadata["id_token_signing_alg_values_supported"] = [each for each in algorithms if each in SIGNED_WITH]
    if issuer.rstrip("/") != settings.KOPPEL_OIDC_ISSUER:
        raise ValueError(f"The provider calls itself {issuer}.")
    must = {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": settings.KOPPEL_OIDC_CLIENT_ID},
        "sub": {"essential": True},
    }
    token = client.authorize_access_token(request, claims_options=must)
    said = dict(token["userinfo"])  # authlib's name for what is in the ID token
    wanted = {settings.KOPPEL_OIDC_GROUPS_CLAIM, settings.KOPPEL_OIDC_NAME_CLAIM}
    if not wanted <= said.keys() and "userinfo_endpoint" in metadata:
        more = client.userinfo(token=token)
        if more["sub"] == said["sub"]:
            said = {**more, **said}
    return said


def _settings() -> tuple[str, str, str, str]:
    """Not read by `_client` itself, which is kept as long as they stay."""
    return (
        settings.KOPPEL_OIDC_ISSUER,
        settings.KOPPEL_OIDC_CLIENT_ID,
        settings.KOPPEL_OIDC_CLIENT_SECRET,
        settings.KOPPEL_OIDC_SCOPE,
    )


@cache
def _client(issuer: str, client_id: str, secret: str, scope: str) -> Any:
    return OAuth().register(
        "provider",
        client_id=client_id,
        client_secret=secret,
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": scope, "code_challenge_method": "S256", "default_timeout": TIMEOUT},
    )
