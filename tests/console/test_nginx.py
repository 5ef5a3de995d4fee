"""The proxy as deploy/nginx configures it: what one address may do, how large a request may be, what is compressed."""

import json
import os
import re
import shutil
import subprocess
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from console.launcher.locks import free_port
from tests import needs
from tests.running import wait_until

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "nginx"
FILE = bytes(range(256)) * 4096
EVENT = b"event: requests\ndata: {}\n\n"


class Console(BaseHTTPRequestHandler):
    """Takes what it gets, and tells how much that was; its stream stays open."""

    protocol_version, wbufsize = "HTTP/1.1", -1

    def do_GET(self):
        if self.path.endswith("/stream"):
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.wfile.write(EVENT)
            self.wfile.flush()
            self.server.over.wait(20)
            self.close_connection = True
        elif "/content/" in self.path:
            self.send_response(200)
            self.send_header("X-Accel-Redirect", "/koppel-content/ab/abc")
            self.send_header("X-Accel-Limit-Rate", "0")
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.tell(b"<p>Koppel</p>" * 500)

    def do_POST(self):
        self.tell(str(len(self.rfile.read(int(self.headers["Content-Length"])))).encode())

    def tell(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *about):
        pass


@pytest.fixture(scope="module")
def proxy(tmp_path_factory):
    """Its address."""
    nginx, folder, port = needs.nginx(), tmp_path_factory.mktemp("nginx"), free_port("127.0.0.1")
    console = ThreadingHTTPServer(("127.0.0.1", 0), Console)
    console.over = threading.Event()
    threading.Thread(target=console.serve_forever, daemon=True).start()
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    own = "".join(f"{kind}_temp_path {folder}/{kind}; " for kind in kinds)
    own_copy, content = folder / "koppel", folder / "content" / "ab"
    shutil.copytree(FOLDER, own_copy)
    locations = (FOLDER / "locations.conf").read_text().replace("/var/lib/koppel/content", str(folder / "content"))
    (own_copy / "locations.conf").write_text(locations)
    content.mkdir(parents=True)
    (content / "abc").write_bytes(FILE)
    text = (FOLDER / "compose.conf").read_text()
    text = text.replace("/etc/nginx/koppel", str(own_copy)).replace("listen 8080", f"listen 127.0.0.1:{port}")
    text = re.sub(r"server (web|stream):8000;", f"server 127.0.0.1:{console.server_port};", text)
    text = text.replace("/tmp/nginx.pid", f"{folder}/pid").replace("access_log off;", f"access_log off; {own}")
    (folder / "nginx.conf").write_text(text.replace("auto", "1").replace("65536", "1024").replace("32768", "512"))
    told = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
    process = subprocess.Popen([nginx, "-p", folder, "-c", folder / "nginx.conf", "-g", told])
    address = f"http://127.0.0.1:{port}"
    wait_until(lambda: process.poll() is not None or post(f"{address}/", b"", "GET")[0] == 200)
    assert process.poll() is None
    yield address
    console.over.set()
    process.terminate()
    process.wait(10)
    console.shutdown()


def post(url, body=b"x", method="POST"):
    """The status, the headers and the body of the answer."""
    request = urllib.request.Request(url, body or None, {"Accept-Encoding": "gzip"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()
    except urllib.error.URLError:
        return 0, {}, b""


def test_who_guesses_passwords_is_slowed_down_and_may_go_on_reading(proxy):
    statuses = [post(f"{proxy}/sign-in")[0] for _ in range(40)]
    assert statuses[:20] == [200] * 20
    assert 429 in statuses
    assert post(f"{proxy}/sign-in", b"", "GET")[0] == 200
    assert post(f"{proxy}/devices/")[0] == 200


def test_a_room_of_machines_enrols_and_a_flood_gets_a_code(proxy):
    answers = [post(f"{proxy}/client/v1/enrol") for _ in range(140)]
    assert [status for status, _, _ in answers[:100]] == [200] * 100
    status, headers, body = next(answer for answer in answers if answer[0] != 200)
    assert (status, json.loads(body)["code"], headers["Retry-After"]) == (429, "too_many", "5")


def test_bodies_are_as_large_as_the_console_takes_them(proxy):
    status, _, body = post(f"{proxy}/client/v1/evaluation", b"x" * 1_500_000)
    assert (status, json.loads(body)["code"]) == (413, "too_large")
    assert post(f"{proxy}/client/v1/evaluation", b"x" * 900_000)[2] == b"900000"
    assert post(f"{proxy}/users/import/", b"x" * 3_900_000)[2] == b"3900000"
    assert post(f"{proxy}/users/import/", b"x" * 4_500_000)[0] == 413


def test_nginx_sends_the_file_that_the_console_names_by_ranges_and_nobody_gets_it_otherwise(proxy):
    for asked, status, body in ((None, 200, FILE), ("bytes=1048570-", 206, FILE[1048570:])):
        about = {"Range": asked} if asked else {}
        request = urllib.request.Request(f"{proxy}/client/v1/content/abc", headers=about)
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert (answer.status, answer.headers["Content-Type"]) == (status, "application/octet-stream")
            assert answer.read() == body
    assert post(f"{proxy}/koppel-content/ab/abc", b"", "GET")[0] == 404


def test_pages_are_compressed_and_the_stream_comes_as_it_is_at_once(proxy):
    status, headers, body = post(f"{proxy}/", b"", "GET")
    assert (status, headers["Content-Encoding"], len(body) < 1000) == (200, "gzip", True)
    request = urllib.request.Request(f"{proxy}/client/v1/stream", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=10) as stream:
        assert stream.headers["Content-Encoding"] is None
        assert stream.read(len(EVENT)) == EVENT, "while it is still open"


def test_nginx_of_a_machine_without_containers_takes_its_configuration(tmp_path):
    name, key = tmp_path / "name.pem", tmp_path / "name.key"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subprocess.run(
        [*make, "-subj", "/CN=koppel.example", "-out", name, "-keyout", key], check=True, capture_output=True
    )
    text = (FOLDER / "koppel.conf").read_text().replace("/etc/nginx/koppel", str(FOLDER))
    text = text.replace("/etc/ssl/certs/koppel.example.pem", str(name))
    text = text.replace("/etc/ssl/private/koppel.example.key", str(key))
    for port in (80, 443):
        text = re.sub(rf"listen {port}\b", f"listen 127.0.0.1:{free_port('127.0.0.1')}", text)
    conf = tmp_path / "nginx.conf"
    conf.write_text(f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {text} }}")
    done = subprocess.run([needs.nginx(), "-t", "-p", tmp_path, "-c", conf], capture_output=True, text=True)
    assert (done.returncode, "warn" in done.stderr) == (0, False), done.stderr
