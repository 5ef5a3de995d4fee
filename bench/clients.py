"""Simulated clients, many in one process, that speak the real protocol: stream, acknowledge, result.

`python -m bench.clients URL FIRST NUMBER MODE`; the secrets are `bench-<number>`. It writes one JSON line an event to
standard output, with the time of the monotonic clock, which all processes of a machine share: `connected` (all of
them), `got` (a request), `finished` (the console has its result), `lost` (a connection), … MODE `act` answers requests,
`listen` only receives them. Ends at the end of its standard input.
"""

import asyncio
import json
import sys
import time
from typing import Any
from urllib.parse import urlsplit

PARALLEL_CALLS = 8


def say(event: str, **facts: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, "at": time.monotonic(), **facts}) + "\n")


class Clients:
    def __init__(self, url: str, first: int, number: int, mode: str) -> None:
        place = urlsplit(url)
        self.host, self.port = place.hostname or "127.0.0.1", place.port or 80
        self.numbers = range(first, first + number)
        self.acts = mode == "act"
        self.waiting = number
        self.calls = asyncio.Semaphore(PARALLEL_CALLS)
        self.tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        began = time.monotonic()
        streams = [asyncio.create_task(self.stream(number)) for number in self.numbers]
        say("began", began=began)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        for task in streams:
            task.cancel()

    async def stream(self, number: int) -> None:
        secret = f"bench-{number}"
        while True:
            try:
                await self.listen(number, secret)
            except (OSError, asyncio.IncompleteReadError, ValueError) as error:
                say("lost", device=number, error=str(error)[:100])
            await asyncio.sleep(1)

    async def listen(self, number: int, secret: str) -> None:
        reader, writer = await asyncio.open_connection(self.host, self.port, limit=4 * 1024 * 1024)
        try:
            writer.write(
                f"GET /client/v1/stream HTTP/1.1\r\nHost: {self.host}\r\nAccept: text/event-stream\r\n"
                f"Authorization: Bearer {secret}\r\n\r\n".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head.split(b"\r\n")[0]:
                raise ValueError(head.split(b"\r\n")[0].decode())
            text = b""
            first = True
            while True:
                size = int(await reader.readline(), 16)
                text += (await reader.readexactly(size + 2))[:-2]
                if first:
                    first, self.waiting = False, self.waiting - 1
                    if not self.waiting:
                        say("connected")
                if not size:
                    return
                while b"\n\n" in text:
                    block, _, text = text.partition(b"\n\n")
                    if block.startswith(b"event: requests\ndata: "):
                        self.take(number, secret, json.loads(block[22:])["requests"])
                    elif block.startswith(b"event: policy"):
                        say("policy", device=number)
        finally:
            writer.close()

    def take(self, number: int, secret: str, requests: list[dict[str, Any]]) -> None:
        for request in requests:
            say("got", device=number, request=request["id"])
            if self.acts:
                task = asyncio.create_task(self.carry_out(secret, request))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)

    async def carry_out(self, secret: str, request: dict[str, Any]) -> None:
        """Acknowledges, and says at once that it is installed."""
        path = f"/client/v1/requests/{request['id']}"
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        steps = [
            {
                "application": definition["application"]["id"],
                "revision": definition["revision"],
                "deployment_type": definition["deployment_types"][0]["id"],
                "ran": True,
                "exit_code": 0,
                "meaning": "success",
                "detected_before": "not_installed",
                "detected": "installed",
                "version": "1.0",
            }
            for definition in (json.loads(each["signed"]) for each in request["definitions"])
        ]
        result = {"outcome": "succeeded", "started_at": now, "finished_at": now, "steps": steps}
        async with self.calls:
            acknowledged = await self.post(f"{path}/acknowledge", secret, {})
            say("acknowledged", request=request["id"], status=acknowledged)
            say("finished", request=request["id"], status=await self.post(f"{path}/result", secret, result))

    async def post(self, path: str, secret: str, body: dict[str, Any]) -> int:
        data = json.dumps(body).encode()
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(
                f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\nConnection: close\r\nContent-Type: application/json\r\n"
                f"Authorization: Bearer {secret}\r\nContent-Length: {len(data)}\r\n\r\n".encode()
                + data
            )
            return int((await reader.read()).split(b" ", 2)[1])
        finally:
            writer.close()


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    address, start, count, how = sys.argv[1:5]
    asyncio.run(Clients(address, int(start), int(count), how).run())
