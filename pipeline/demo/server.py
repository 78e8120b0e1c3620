"""The page and its answers, for this machine alone.

Starlette and uvicorn, which MLflow's own server needs as well. Only loopback listens, and only requests that name it
are answered, so that no page of another site can ask in the user's name. A request is small, and holds no file.
"""

import json
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from pipeline.answering.choice import Choice, built, choose
from pipeline.core.errors import PipelineError
from pipeline.core.params import read_yaml
from pipeline.declaration import Exercise
from pipeline.demo.declaration import LANGUAGES, Asked, Demo, Refused
from pipeline.registry import FOLDER, exercises, part
from pipeline.report.words import RESTORE, TEMPLATES, Words

PAGE = Path(__file__).parent / "page"
HOSTS = ["127.0.0.1", "localhost"]
LARGEST = 20_000  # bytes of a request
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "style-src-attr 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Part:
    """An exercise's part of the page in one language."""

    exercise: Exercise
    demo: Demo
    words: Words

    @property
    def name(self) -> str:
        return self.exercise.name

    @property
    def number(self) -> str:
        return self.exercise.number

    @property
    def models(self) -> dict[str, Choice]:
        """The best seed of each variant that is asked.

        Raises:
            PipelineError: one is not built.
        """
        owner = self.exercise.command or self.name
        return {variant: choose(owner, f"{self.name}/{variant}") for variant in self.demo.variants}

    @property
    def missing(self) -> list[str]:
        """The variants that are asked and not built."""
        there = built(self.exercise.command or self.name)
        return [variant for variant in self.demo.variants if f"{self.name}/{variant}" not in there]


def parts(language: str) -> dict[str, Part]:
    """The exercises that have a demo.py, in the order of the sheet.

    Raises:
        PipelineError: words are missing.
    """
    return {
        name: Part(exercise, part(name, "demo").DEMO, Words(language, exercise))
        for name, exercise in exercises().items()
        if (FOLDER / name / "demo.py").exists()
    }


def application() -> Starlette:
    """The page's addresses: /, a page in each language, what it is drawn with, and the answer of each part."""
    words = {language: read_yaml(PAGE / f"words.{language}.yaml", RESTORE) for language in LANGUAGES}
    shown = {language: parts(language) for language in LANGUAGES}
    environment = Environment(
        loader=FileSystemLoader(PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.get_template("page.html.j2")
    style = "".join((folder / "style.css").read_text(encoding="utf-8") for folder in (TEMPLATES, PAGE))
    script = (PAGE / "page.js").read_text(encoding="utf-8")

    def first(request: Request) -> Response:
        return RedirectResponse(f"/{preferred(request.headers.get('accept-language', ''))}", headers=HEADERS)

    def page(request: Request) -> Response:
        language = request.url.path[1:]
        text = template.render(language=language, words=words[language], parts=shown[language].values())
        warm = BackgroundTask(
            import_module, "pipeline.answering.predict"
        )  # PyTorch takes seconds: not at the first click
        return HTMLResponse(text, headers=HEADERS, background=warm)

    def asset(text: str, kind: str) -> Any:
        return lambda request: Response(text, media_type=kind, headers=HEADERS)

    async def answer(request: Request) -> Response:
        language, name = request.path_params["language"], request.path_params["part"]
        if language not in shown or name not in shown[language]:
            return Response(status_code=404, headers=HEADERS)
        asked = await read(request)
        if asked is None:
            return HTMLResponse(error(words[language]["refused"]), 400, HEADERS)
        pieces = answered(shown[language][name], asked, words[language])
        return StreamingResponse(pieces, media_type="text/html; charset=utf-8", headers=HEADERS)

    routes = [
        Route("/", first),
        *(Route(f"/{language}", page) for language in LANGUAGES),
        Route("/style.css", asset(style, "text/css")),
        Route("/page.js", asset(script, "text/javascript")),
        Route("/{language}/{part}", answer, methods=["POST"]),
    ]
    return Starlette(routes=routes, middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)])


def preferred(accepted: str) -> str:
    """The first language of an Accept-Language header (RFC 9110, 12.5.4) that the page is in; English without one."""
    for asked in accepted.lower().split(","):
        if (language := asked.strip()[:2]) in LANGUAGES:
            return language
    return LANGUAGES[0]


async def read(request: Request) -> dict[str, Any] | None:
    """What the page's form holds; None if the request is larger than that can be, or something else.

    A form of another site cannot send JSON as such without the browser's asking us first.
    """
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        return None
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return None
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def answered(shown: Part, given: Mapping[str, Any], words: Mapping[str, Any]) -> Iterator[str]:
    """A part's answer as HTML, in pieces; what is wrong is said in its place."""
    language = shown.words.language
    try:
        values = {field.name: field.read(given.get(field.name), language, words) for field in shown.demo.fields}
        if shown.missing:
            names = ", ".join(map(shown.words.variant, shown.missing))
            build = Markup("<code>dvc repro {}</code>").format(shown.name)
            yield error(Markup("{} {}").format(words["not_built"].format(names), build))
            return
        for piece in shown.demo.answer(Asked(values, shown.models, shown.words)):
            yield str(escape(piece))
    except (Refused, PipelineError) as problem:
        yield error(str(problem))
    except Exception:  # our mistake: the terminal has the whole of it, and the page goes on
        traceback.print_exc()
        yield error(words["failed"])


def error(text: str) -> str:
    return str(Markup('<p class="error">{}</p>').format(text))
