"""A signed-in administrator who fetches pages and posts forms over one kept connection."""

import http.client
import re
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Browser:
    def __init__(self, url: str) -> None:
        self.place = urlsplit(url).netloc
        self.connection = http.client.HTTPConnection(self.place, timeout=60)
        self.cookies: SimpleCookie = SimpleCookie()
        self.token = ""

    def sign_in(self, username: str, password: str) -> None:
        self.get("/sign-in")
        self.post("/sign-in", username=username, password=password)
        if "sessionid" not in self.cookies:
            raise SystemExit("Signing in did not succeed.")
        self.get("/devices/")

    def get(self, path: str) -> str:
        return self._ask("GET", path)

    def post(self, path: str, **form: object) -> str:
        return self._ask("POST", path, urlencode({"csrfmiddlewaretoken": self.token, **form}, doseq=True))

    def _ask(self, method: str, path: str, body: str | None = None) -> str:
        headers = {"Cookie": "; ".join(f"{m.key}={m.coded_value}" for m in self.cookies.values())}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"http://{self.place}{path}"}
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
        except (ConnectionError, http.client.RemoteDisconnected):  # it was kept open for long
            self.connection.close()
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
        text = answer.read().decode()
        for header in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(header)
        if answer.status >= 400:
            raise SystemExit(f"{method} {path} was answered with {answer.status}: {text[:300]}")
        if found := TOKEN.search(text):
            self.token = found[1]
        return text
