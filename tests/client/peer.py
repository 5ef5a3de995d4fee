"""A small real console for the tests of the client: it speaks the protocol, and misbehaves when told to."""

import hashlib
import json
import queue
import socket
import ssl
import threading
import time
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from signing.keys import Keys

CLOSED = {"detail": "The request was cancelled.", "code": "request_closed"}


class Asked:
    """One request as the console knows it."""

    def __init__(self, payload):
        self.payload = payload
        self.state = "queued"
        self.acknowledged = 0
        self.progress = []
        self.results = []

    @property
    def result(self):
        return self.results[0] if self.results else None


class Peer(ThreadingHTTPServer):
    """The console. `mishaps` maps (method, end of path) to a list of what goes wrong with the next calls."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, tls=None, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.scheme = "https" if tls else "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.condition = threading.Condition()
        self.keys = Keys(Ed25519PrivateKey.generate())
        self.refusals = []
        self.receipts = []
        self.tokens = {"token-1": None}
        self.secrets = set()
        self.requests = {}
        self.mishaps = {}
        self.calls = []
        self.bodies = []
        self.inventories = []
        self.evaluations = []
        self.policy = {"revision": "1", "evaluate_minutes": 60, "applications": []}
        self.streams = []
        self.connects = 0
        self.streaming = True  # there are streams
        self.away = False  # every call ends without an answer
        self.silent = False  # nothing comes over them
        self.heard = set()  # connections with calls on them
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """A client that was killed in the middle of a call is what these tests are about."""

    def mishap(self, method, path, *what):
        """The next calls of a kind go wrong: a status, (status, headers), `lost` (no reply), `cut`, a function."""
        self.mishaps.setdefault((method, path), []).extend(what)

    def wait(self, condition, what, seconds=60):
        """Until something holds here, which changes with every call."""
        with self.condition:
            if not self.condition.wait_for(condition, seconds):
                raise AssertionError(f"not within {seconds} s: {what}; calls were {self.calls[-20:]}")
        return condition()

    def ask(self, action="install", person=None, sync_policy=False, types=None, steps=None, **type_fields):
        """A request that a connected client gets at once."""
        application = {"id": 7, "name": "Example", "version": "1.0"}
        steps = steps or [{"application": application, "deployment_types": types or [deployment_type(**type_fields)]}]
        id = str(uuid.uuid4())
        payload = {"id": id, "action": action, "sync_policy": sync_policy, "person": person}
        payload.update(application=application, steps=steps)
        with self.condition:
            self.requests[id] = Asked(payload)
        self.deliver()
        return self.requests[id]

    def deliver(self, *asked):
        """Send what was not sent; or, said which, that again."""
        with self.condition:
            waiting = asked or [one for one in self.requests.values() if one.state == "queued"]
            if not self.streams or not waiting:
                return
            for one in waiting:
                if one.state == "queued":
                    one.state = "sent"
            self.push("requests", {"requests": [self.signed(one) for one in waiting]})

    def signed(self, asked):
        """A request as clients get it."""
        payload = asked.payload
        steps = [self.definition(step) for step in payload.get("steps", [])]
        order = {
            "request": payload["id"],
            "device": 1,
            "action": payload.get("action"),
            "application": payload.get("application"),
            "steps": [self.named(step) for step in payload.get("steps", [])],
            "person": payload.get("person"),
            "sync_policy": payload.get("sync_policy", False),
            **validity(),
        }
        definitions = [self.keys.sign("definition", json.dumps(step)) for step in steps]
        envelope = self.keys.sign("order", json.dumps(order))
        return {"id": payload["id"], "state": asked.state, "order": envelope, "definitions": definitions}

    def signed_policy(self):
        entries = self.policy["applications"]
        definitions = [self.definition(each) for entry in entries for each in (*entry.get("before", ()), entry)]
        told = [
            {**self.named(entry), "before": [self.named(each) for each in entry.get("before", ())]} for entry in entries
        ]
        content = {**self.policy, "device": 1, "applications": told, **validity()}
        return {
            "policy": self.keys.sign("policy", json.dumps(content)),
            "definitions": [self.keys.sign("definition", json.dumps(each)) for each in definitions],
        }

    def named(self, step):
        """A step of an order, or an entry of a policy: as it is, with its definition named."""
        about = {name: value for name, value in step.items() if name != "deployment_types"}
        return {**about, "application": step["application"]["id"], "revision": 1}

    def definition(self, step):
        return {"revision": 1, **{name: step[name] for name in ("application", "deployment_types")}}

    def push(self, event, data):
        for stream in self.streams:
            stream.put(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())

    def hear_out(self):
        """Whatever a client that is gone by now has sent is answered before this returns."""
        socket.create_connection(self.server_address).close()  # it is taken up after all before it
        self.wait(lambda: not self.heard, "the last call of a client that is gone")

    def cut_streams(self):
        for stream in self.streams:
            stream.put(None)

    def result_of(self, asked, seconds=30):
        return self.wait(lambda: asked.result, "a result", seconds)

    def close(self):
        self.streaming = False
        self.cut_streams()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        with self.server.condition:
            self.server.heard.add(self)

    def finish(self):
        try:
            super().finish()
        finally:
            self.overheard()

    def overheard(self):
        with self.server.condition:
            self.server.heard.discard(self)
            self.server.condition.notify_all()

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.respond("GET")

    def do_POST(self):
        self.respond("POST")

    def do_PUT(self):
        self.respond("PUT")

    def respond(self, method):
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        path = self.path.removeprefix("/client/v1")
        body = json.loads(raw) if raw else None
        peer = self.server
        with peer.condition:
            peer.calls.append(f"{method} {path}")
            peer.bodies.append(raw)
            kind = (method, path.rpartition("/")[2])
            mishap = peer.mishaps[kind].pop(0) if peer.mishaps.get(kind) else None
            peer.condition.notify_all()
        if callable(mishap):
            mishap = mishap(self)
        if mishap == "answered":
            return None
        if mishap == "cut" or peer.away:
            return self.vanish()
        if isinstance(mishap, int):
            return self.answer(mishap, {"detail": "It went wrong.", "code": "broken"})
        if isinstance(mishap, tuple):
            return self.answer(mishap[0], {"detail": "Later.", "code": "later"}, mishap[1])
        if path == "/stream" and self.known():
            self.overheard()  # nothing more is said on it
            return self.stream()
        with peer.condition:
            status, data, headers = self.act(method, path, body)
            peer.condition.notify_all()
        if mishap == "lost":
            return self.vanish()
        self.answer(status, data, headers)
        return None

    def vanish(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def known(self):
        secret = self.headers.get("Authorization", "").removeprefix("Bearer ")
        return hashlib.sha256(secret.encode()).hexdigest() in self.server.secrets

    def act(self, method, path, body):
        peer = self.server
        if path == "/enrol":
            token = body["token"]
            if token not in peer.tokens:
                return 403, {"detail": "This token is not known.", "code": "token_unknown"}, {}
            if peer.tokens[token] not in (None, body["secret_hash"]):
                return 409, {"detail": "This token was used.", "code": "token_used"}, {}
            peer.tokens[token] = body["secret_hash"]
            peer.secrets.add(body["secret_hash"])
            peer.inventories.append(body["inventory"])
            return 200, {"device": 1, "name": body["name"]}, {}
        if not self.known():
            return 401, {"detail": "This secret is not known.", "code": "unauthorized"}, {}
        if path == "/requests" and method == "POST":
            if body["application"] not in [entry["application"]["id"] for entry in peer.policy["applications"]]:
                return 409, {"detail": "It is not required here.", "code": "not_required"}, {}
            asked = peer.requests.setdefault(body["id"], Asked({"id": body["id"], "application": body["application"]}))
            asked.state = "acknowledged" if asked.state == "queued" else asked.state
            return 200, {"state": "acknowledged"}, {}
        if path == "/requests":
            for asked in peer.requests.values():
                if asked.state == "queued":
                    asked.state = "sent"
            open = [one for one in peer.requests.values() if one.state in ("sent", "acknowledged", "running")]
            return 200, {"requests": [peer.signed(one) for one in open]}, {}
        if path == "/refusals":
            peer.refusals.append(body)
            return 200, {}, {}
        if path == "/requests/received":
            peer.receipts.append(body)
            return 200, {}, {}
        if path == "/keys":
            return 200, {"introductions": peer.keys.introductions}, {}
        if path == "/inventory":
            peer.inventories.append(body)
            return 200, {}, {}
        if path == "/evaluation":
            peer.evaluations.append(body)
            return 200, {}, {}
        if path == "/policy":
            etag = f'"{peer.policy["revision"]}"'
            same = self.headers.get("If-None-Match") == etag
            return (304, None, {"ETag": etag}) if same else (200, peer.signed_policy(), {"ETag": etag})
        _, _, id, verb = path.split("/")
        asked = peer.requests.get(id)
        if asked is None:
            return 404, {"detail": "There is no such request.", "code": "request_unknown"}, {}
        return getattr(self, verb)(asked, body)

    def acknowledge(self, asked, body):
        if asked.state in ("cancelled", "succeeded", "failed"):
            return 409, CLOSED, {}
        asked.acknowledged += 1
        if asked.state in ("queued", "sent"):
            asked.state = "acknowledged"
        return 200, {"state": "acknowledged"}, {}

    def progress(self, asked, body):
        asked.progress.append((time.monotonic(), body))
        if asked.state not in ("acknowledged", "running"):
            return 409, CLOSED, {}
        asked.state = "running"
        return 200, {"state": "running"}, {}

    def result(self, asked, body):
        if asked.results and asked.results[0] != body:
            return 409, {"detail": "It has another result.", "code": "request_finished"}, {}
        asked.results.append(body)
        asked.state = body["outcome"]
        return 200, {"state": asked.state}, {}

    def answer(self, status, data, headers=None):
        content = b"" if data is None else json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def stream(self):
        peer = self.server
        if not peer.streaming:
            return self.answer(503, {"detail": "No streams.", "code": "no_stream"})
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        if not peer.silent:
            self.wfile.write(b": hello\n\n")
        lines = queue.Queue()
        with peer.condition:
            peer.streams = [lines]
            peer.connects += 1
            peer.condition.notify_all()
        peer.deliver()
        try:
            while (line := self.next_line(lines)) is not None:
                if not peer.silent:
                    self.wfile.write(line)
        finally:
            with peer.condition:
                if lines in peer.streams:
                    peer.streams.remove(lines)
                peer.condition.notify_all()

    def next_line(self, lines):
        try:
            return lines.get(timeout=25)
        except queue.Empty:
            return b":\n\n"


def validity():
    now = datetime.now(UTC)
    return {"issued": now.isoformat(), "expires": (now + timedelta(days=2)).isoformat()}


def deployment_type(install="true", detection=None, **fields):
    """A deployment type for this machine, with defaults."""
    values = {
        "id": 3,
        "name": "Script",
        "platform": "any",
        "run_as": "system",
        "requirements": [],
        "detection": detection or {"kind": "file", "path": "/"},
        "install": install,
        "uninstall": "",
        "repair": "",
        "max_run_minutes": 5,
        "return_codes": {
            "0": "success",
            "1707": "success",
            "3010": "restart",
            "1641": "restart_started",
            "18": "retry",
        },
    }
    return {**values, **fields}


@contextmanager
def running_peer(**options):
    peer = Peer(**options)
    try:
        yield peer
    finally:
        peer.close()
