"""Talking to the console over HTTP: every wait is limited, every answer sorted into what the client does with it."""

from __future__ import annotations

import base64
import email.utils
import http.client
import ipaddress
import json
import math
import socket
import ssl
import time
import urllib.parse
import urllib.request
from typing import Any, NamedTuple

from client import VERSION

CONNECT_TIMEOUT = 10.0  # seconds to a connection
ANSWER_TIMEOUT = 30.0  # seconds without a byte of the answer
MAX_SECONDS = 120.0  # seconds for a whole answer
MAX_BYTES = 32 * 1024 * 1024  # bytes of an answer
MAX_RETRY_AFTER = 3600.0
SPEAKS_TLS = "The console at {} speaks TLS: its address begins with https://."
# What the console says of an address or a whole call, never of a request: nothing follows from it but trying again.
GENERAL = {"not_found", "method_not_allowed", "bad_request"}


class ConsoleError(Exception):
    """A call that did not succeed; its text is a sentence. `code` is the console's own, if it gave one."""

    def __init__(self, sentence: str, status: int = 0, code: str = "", retry_after: float = 0.0) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.retry_after = retry_after


class Unreachable(ConsoleError):
    """No answer, or none that counts: try again later."""


class Misaddressed(Unreachable):
    """What answers at this address is not the console, or not in this way: the address is to be looked at."""


class Unauthorized(ConsoleError):
    """The console does not know this secret, or no longer."""


class Closed(ConsoleError):
    """The console no longer wants what the call was about."""


class Refused(ConsoleError):
    """The console found a fault in the call: repeating it is of no use."""


class Answer(NamedTuple):
    status: int
    data: dict[str, Any]
    etag: str


class Console:
    """The console at an address, spoken to with a device's secret (or without one, to enrol)."""

    def __init__(
        self, url: str, secret: str = "", insecure: bool = False, identity: dict[str, str] | None = None
    ) -> None:
        """A ValueError is a sentence. `insecure`: plain http to another machine was asked for; `identity`: headers."""
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url} is not the address of a console: it begins with https:// (or http://).")
        if parts.username or parts.password:
            raise ValueError("The address of a console holds no name or password.")
        if parts.scheme == "http" and not insecure and not is_loopback(parts.hostname):
            raise ValueError(
                f"{url} is not encrypted: whoever is on the way can read this device's secret and say what it runs. "
                "Use an address that begins with https://, or enrol with --insecure-http if you accept that."
            )
        self.url = url.rstrip("/")
        self.host = parts.hostname
        self.port = parts.port or (443 if parts.scheme == "https" else 80)
        self.path = parts.path.rstrip("/") + "/client/v1"
        self.tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._headers = {"User-Agent": f"koppel-client/{VERSION}", "Accept": "application/json", **(identity or {})}
        if secret:
            self._headers["Authorization"] = f"Bearer {secret}"

    def call(self, method: str, path: str, body: Any = None, etag: str = "") -> Answer:
        """One call; raises a ConsoleError for anything but an answer that says it was done."""
        headers = {"If-None-Match": etag} if etag else {}
        connection, response = self._send(method, path, body, headers, ANSWER_TIMEOUT)
        try:
            data = _read(response)
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"The answer of the console at {self.url} broke off ({_reason(error)}).") from error
        finally:
            connection.close()
        return self._sort(response, data)

    def stream(self, silence: float) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """An open event stream, on which `silence` seconds without a byte are an error; the caller closes both."""
        connection, response = self._send("GET", "/stream", None, {"Accept": "text/event-stream"}, silence)
        kind = response.headers.get_content_type()
        if response.status == 200 and kind == "text/event-stream":
            return connection, response
        try:
            data = _read(response)
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"The console at {self.url} gives no stream ({_reason(error)}).") from error
        finally:
            connection.close()
        self._sort(response, data)
        raise Unreachable(f"The console at {self.url} gives no stream but {kind}.")

    def download(
        self, path: str, headers: dict[str, str]
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """A file, or the part of it that the headers ask for, to be read by the caller, who closes the connection."""
        connection, response = self._send("GET", path, None, headers, ANSWER_TIMEOUT)
        kind = response.headers.get_content_type()
        if response.status in (200, 206) and kind == "application/octet-stream":
            return connection, response
        try:
            data = _read(response)
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"The answer of the console at {self.url} broke off ({_reason(error)}).") from error
        finally:
            connection.close()
        self._sort(response, data)
        raise Unreachable(f"The console at {self.url} gives no file but {kind}.", response.status)

    def _send(
        self, method: str, path: str, body: Any, headers: dict[str, str], patience: float
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        headers = {**self._headers, **headers}
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
            headers["Content-Type"] = "application/json"
        connection, target = self._connection(self.path + path, headers)
        try:
            connection.connect()
            connection.sock.settimeout(patience)
            connection.request(method, target, data, headers)
            return connection, connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise self._no_answer(error) from error

    def _connection(self, path: str, headers: dict[str, str]) -> tuple[http.client.HTTPConnection, str]:
        """A connection, through the proxy that the environment names if any, and what to ask for on it."""
        scheme = "https" if self.tls else "http"
        proxy = urllib.request.getproxies().get(scheme)
        if not proxy or is_loopback(self.host) or urllib.request.proxy_bypass(self.host):
            if self.tls:
                return http.client.HTTPSConnection(
                    self.host, self.port, timeout=CONNECT_TIMEOUT, context=self.tls
                ), path
            return http.client.HTTPConnection(self.host, self.port, timeout=CONNECT_TIMEOUT), path
        parts = urllib.parse.urlsplit(proxy if "://" in proxy else "http://" + proxy)
        known = {}
        if parts.username:
            pair = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
            known["Proxy-Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        if self.tls:
            tunnel = http.client.HTTPSConnection(
                parts.hostname or "", parts.port, timeout=CONNECT_TIMEOUT, context=self.tls
            )
            tunnel.set_tunnel(self.host, self.port, known)
            return tunnel, path
        headers.update(known)
        plain = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=CONNECT_TIMEOUT)
        return plain, f"http://{self.host}:{self.port}{path}"

    def _no_answer(self, error: Exception) -> Unreachable:
        """Why there is no answer, in a sentence that helps."""
        if isinstance(error, ssl.SSLCertVerificationError):
            return Misaddressed(f"The certificate of {self.url} is not to be trusted: {error.verify_message}.")
        if isinstance(error, ssl.SSLError) and "WRONG_VERSION_NUMBER" in str(error):
            return Misaddressed(f"What answers at {self.url} speaks no TLS: perhaps its address begins with http://.")
        if isinstance(error, (ConnectionResetError, http.client.BadStatusLine)) and self._speaks_tls():
            return Misaddressed(SPEAKS_TLS.format(self.url))
        return Unreachable(f"The console at {self.url} gives no answer ({_reason(error)}).")

    def _speaks_tls(self) -> bool:
        """Whether TLS is spoken where we spoke plain HTTP; asked for a better sentence, nothing is sent."""
        if self.tls:
            return False
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with socket.create_connection((self.host, self.port), 3) as plain, context.wrap_socket(plain):
                return True
        except OSError:
            return False

    def _sort(self, response: http.client.HTTPResponse, data: bytes) -> Answer:
        """What an answer means to the client. Only the console's own JSON counts: proxies and portals answer too."""
        status = response.status
        try:
            body = json.loads(data) if data else None
        except ValueError:
            body = None
        if status == 304:
            return Answer(304, {}, response.headers.get("ETag", ""))
        if 200 <= status < 300 and isinstance(body, dict):
            return Answer(status, body, response.headers.get("ETag", ""))
        code = str(body["code"]) if isinstance(body, dict) and "code" in body else ""
        if status < 400:
            raise Misaddressed(self._strange(response), status)
        if status == 400 and b"HTTPS port" in data and not self.tls:
            raise Misaddressed(SPEAKS_TLS.format(self.url), status)
        detail = str(body.get("detail", "")) if isinstance(body, dict) else ""
        sentence = detail or f"The console at {self.url} answers {status} {response.reason}."
        kind: type[ConsoleError] = Unreachable
        if status in (401, 403):
            kind = Unauthorized
        elif code in GENERAL:
            pass
        elif status in (404, 409, 410) and code:
            kind = Closed
        elif status == 413 or (status in (400, 422) and code):
            kind = Refused
        raise kind(sentence, status, code, _retry_after(response.headers.get("Retry-After", "")))

    def _strange(self, response: http.client.HTTPResponse) -> str:
        target = response.headers.get("Location", "")
        if response.status >= 300 and target.startswith("https://") and not self.tls:
            return f"The console at {self.url} answers on https:// only: use that address."
        if response.status >= 300:
            return f"The console at {self.url} sends us to another address, which is not followed."
        return f"What answers at {self.url} is not a Koppel console."


def is_loopback(host: str) -> bool:
    """Whether it is this machine itself: 127.0.0.0/8, ::1 or localhost."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _read(response: http.client.HTTPResponse) -> bytes:
    """A whole answer, of a bounded size in a bounded time."""
    deadline = time.monotonic() + MAX_SECONDS
    parts, size = [], 0
    while True:
        part = response.read1(64 * 1024)
        if not part:
            break
        parts.append(part)
        size += len(part)
        if size > MAX_BYTES:
            raise OSError("it is too large")
        if time.monotonic() > deadline:
            raise OSError("it takes too long")
    if response.length:
        raise http.client.IncompleteRead(b"".join(parts), response.length)
    return b"".join(parts)


def _retry_after(value: str) -> float:
    """Seconds, from a number or a date; 0 when it says nothing of use."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (TypeError, ValueError):
            return 0.0
    return min(max(seconds, 0.0), MAX_RETRY_AFTER) if math.isfinite(seconds) else 0.0


def _reason(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    if isinstance(error, socket.timeout):
        return "time ran out"
    return str(getattr(error, "strerror", None) or error) or type(error).__name__
