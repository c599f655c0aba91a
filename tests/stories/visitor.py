"""Somebody at a browser without scripts: reads pages, fills in their forms, follows their links."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Protocol
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, Request, build_opener

from flask import Flask


@dataclass
class Form:
    """A form as the page sent it: where it goes, and what it would send untouched."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    """Collects forms (also fields tied to one by ``form=``), links and text."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.text = ""
        self._by_id: dict[str, Form] = {}
        self._form: Form | None = None
        self._select: str | None = None
        self._link: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
            if "id" in given:
                self._by_id[given["id"]] = self._form
        elif tag == "a" and "href" in given:
            self._link = given["href"]
            self.links.append((given["href"], ""))
        elif tag in ("input", "select", "option", "textarea", "button"):
            self._take_field(tag, given)

    def _take_field(self, tag: str, given: dict[str, str]) -> None:
        form = self._by_id.get(given.get("form", ""), self._form)
        if form is None or "disabled" in given:
            return
        takers = {"select": self._take_select, "option": self._take_option}
        takers |= {"textarea": self._take_area, "button": self._take_button}
        takers.get(tag, self._take_input)(form, given)

    def _take_select(self, _form: Form, given: dict[str, str]) -> None:
        self._select = given.get("name", "")

    def _take_option(self, form: Form, given: dict[str, str]) -> None:
        if self._select and (self._select not in form.fields or "selected" in given):
            form.fields[self._select] = given.get("value", "")

    def _take_area(self, form: Form, given: dict[str, str]) -> None:
        self._area = given.get("name", "")
        form.fields[self._area] = ""

    def _take_button(self, form: Form, given: dict[str, str]) -> None:
        form.buttons.append(given.get("name", ""))

    def _take_input(self, form: Form, given: dict[str, str]) -> None:
        name, kind = given.get("name"), given.get("type", "text")
        unticked = kind in ("radio", "checkbox") and "checked" not in given
        if name and not unticked:
            form.fields[name] = given.get("value", "on" if kind == "checkbox" else "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "a":
            self._link = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._area is not None and self._form is not None:
            self._form.fields[self._area] += data
        if self._link is not None:
            href, words = self.links[-1]
            self.links[-1] = (href, words + data)


@dataclass(frozen=True)
class Answer:
    """What came back, after redirects."""

    status: int
    url: str
    html: str


class Network(Protocol):
    """How requests travel: inside the process, or over a socket."""

    def get(self, path: str) -> Answer: ...

    def post(self, path: str, data: dict[str, str]) -> Answer: ...


class InProcess:
    """Straight into the application."""

    def __init__(self, app: Flask) -> None:
        self._client = app.test_client()

    def get(self, path: str) -> Answer:
        """GET, redirects followed."""
        return self._answer(self._client.get(path, follow_redirects=True))

    def post(self, path: str, data: dict[str, str]) -> Answer:
        """POST, redirects followed."""
        return self._answer(self._client.post(path, data=data, follow_redirects=True))

    def _answer(self, answer: object) -> Answer:
        return Answer(answer.status_code, answer.request.url, answer.get_data(as_text=True))  # type: ignore[attr-defined]


class OverHttp:
    """A socket to a real server."""

    def __init__(self, base: str) -> None:
        self._base = base
        cookies = HTTPCookieProcessor(CookieJar())
        self._opener: OpenerDirector = build_opener(ProxyHandler({}), cookies)

    def get(self, path: str) -> Answer:
        """GET, redirects followed."""
        return self._send(Request(urljoin(self._base, path)))

    def post(self, path: str, data: dict[str, str]) -> Answer:
        """POST, redirects followed."""
        body = urlencode(data).encode()
        return self._send(Request(urljoin(self._base, path), data=body))

    def _send(self, request: Request) -> Answer:
        request.add_header("Referer", self._base)
        try:
            with self._opener.open(request, timeout=60) as answer:
                return Answer(answer.status, answer.url, answer.read().decode())
        except HTTPError as refusal:
            return Answer(refusal.code, refusal.url, refusal.read().decode())


class Visitor:
    """One person's browser: keeps cookies, follows redirects, sends forms with their tokens."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.path = "/"
        self.page = _Reader()
        self.html = ""
        self.status = 0

    def go(self, path: str) -> "Visitor":
        """Open a page; anything but 200 fails the story."""
        self._read(self.network.get(path))
        assert self.status == 200, f"{path}: {self.status}\n{self.text[:2000]}"
        return self

    def send(self, action: str, status: int = 200, /, **typed: str) -> "Visitor":
        """Fill in the form whose address contains ``action`` (or is this page) and send it."""
        form = self.form(action, typed)
        target = form.action or self.path
        data = form.fields | typed
        if form.method == "get":
            answer = self.network.get(f"{target or self.path}?{urlencode(data)}")
        else:
            answer = self.network.post(target, data)
        self._read(answer)
        assert self.status == status, f"{target}: {self.status}\n{self.text[:3000]}"
        return self

    def form(self, action: str, names: Iterable[str] = ()) -> Form:
        """The first form whose address contains ``action``, rather one that has these fields."""
        fitting = [form for form in self.page.forms if action in (form.action or self.path)]
        for form in fitting:
            if set(names) <= form.fields.keys():
                return form
        if fitting:
            return fitting[0]
        known = [(form.method, form.action) for form in self.page.forms]
        raise AssertionError(f"no form for {action} on {self.path}: {known}\n{self.text[:1500]}")

    def link(self, part: str) -> str:
        """The first link whose address contains ``part``."""
        for href, _words in self.page.links:
            if part in href:
                return href
        raise AssertionError(f"no link to {part} on {self.path}: {self.page.links}")

    def links_to(self, part: str) -> list[str]:
        """Every different link whose address contains ``part``, in order."""
        return list(dict.fromkeys(href for href, _words in self.page.links if part in href))

    def sign_in(self, email: str, password: str) -> "Visitor":
        """By e-mail and password."""
        self.go("/sign-in")
        return self.send("/sign-in", 200, identity=email, passcode=password)

    @property
    def text(self) -> str:
        """What the page says, without tags and doubled spaces."""
        return " ".join(self.page.text.split())

    def _read(self, answer: Answer) -> None:
        self.status, self.html = answer.status, answer.html
        self.path = urlsplit(answer.url).path
        self.page = _Reader()
        self.page.feed(self.html)
