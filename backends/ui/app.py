"""The application: addresses, headers, and what is told where something is not there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tfxc.backends.metadata.past import Past, plan_of
from tfxc.backends.metadata.values import NodeRun, Run, shown_key
from tfxc.backends.ui import artifact_views, live, views
from tfxc.backends.ui.sources import Source, UnusableSpec
from tfxc.schemas.failures import Failure
from tfxc.schemas.version import tfxc_version
from tfxc.schemas.words.wording import counted

_FOLDER = Path(__file__).parent
_HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
"""A page may do nothing but show itself and listen to this server."""


def application(sources: Sequence[Source], hosts: Sequence[str]) -> Starlette:
    """Returns the application that shows some pipelines to who calls it by one of ``hosts``.

    Other host names are refused, so that no page of the web can read this one through a name of its own
    that it lets lead here (DNS rebinding).
    """
    pages = _Pages(sources)
    routes = [
        Route("/", pages.pipelines),
        Route("/healthz", _health),
        Mount("/static", StaticFiles(directory=_FOLDER / "static")),
        Route("/{pipeline}", pages.pipeline),
        Route("/{pipeline}/compare", pages.compare),
        Route("/{pipeline}/artifacts", pages.artifacts),
        Route("/{pipeline}/artifacts/{artifact:int}", pages.artifact),
        Route("/{pipeline}/runs/{run}", pages.run),
        Route("/{pipeline}/runs/{run}/events", pages.events),
        Route("/{pipeline}/runs/{run}/report", pages.report),
        Route("/{pipeline}/runs/{run}/logs/{node}", pages.log),
        Route("/{pipeline}/runs/{run}/logs/{node}/follow", pages.follow),
    ]
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
            Middleware(_SafeHeaders),
        ],
        exception_handlers={
            HTTPException: pages.not_there,
            Failure: pages.failure,
        },
    )


class _SafeHeaders:
    """Adds `_HEADERS` to every answer that has not set one of them itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name for name, _ in message["headers"]}
                added = [
                    (name.encode(), value.encode())
                    for name, value in _HEADERS.items()
                    if name.encode() not in there
                ]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await self._app(scope, receive, send_with_headers)


async def _health(request: Request) -> Response:
    return PlainTextResponse("ok\n")


class _Pages:
    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = {source.slug: source for source in sources}
        self._templates = Environment(
            loader=PackageLoader("tfxc.backends.ui"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["shown_key"] = shown_key

    def pipelines(self, request: Request) -> Response:
        """Every pipeline, with its last run; one whose spec or store cannot be read says why."""
        cards = []
        for source in self._sources.values():
            try:
                cards.append(views.pipeline_card(source.slug, source.spec, source.past()))
            except Failure as failure:
                name = source.slug.partition("~")[0]
                cards.append(views.PipelineCard(source.slug, name, "", source.spec, trouble=str(failure)))
        return self._page("pipelines.html", cards=cards)

    def pipeline(self, request: Request) -> Response:
        """The runs of a pipeline, and its graph as the spec has it now."""
        source, past = self._past(request)
        return self._page(
            "pipeline.html",
            source=source,
            plan=past.plan,
            graph=views.drawn_graph(past.plan),
            runs=views.run_rows(past),
            more=max(0, len(past.runs) - views.MOST_RUNS),
        )

    def compare(self, request: Request) -> Response:
        """Runs side by side, as `tfxc runs compare` has them: the earliest first."""
        source, past = self._past(request)
        wanted = dict.fromkeys(request.query_params.getlist("run"))
        runs = [each for each in past.runs if each.id in wanted]
        missing = [each for each in wanted if each not in {run.id for run in runs}]
        if missing:
            raise HTTPException(404, f"there is no run `{missing[0]}` of {past.plan.name}")
        if not 2 <= len(runs) <= views.MOST_COMPARED:
            raise HTTPException(400, f"choose 2 to {views.MOST_COMPARED} runs to compare")
        return self._page(
            "compare.html",
            source=source,
            plan=past.plan,
            runs=runs,
            contents=views.compared(runs),
        )

    def run(self, request: Request) -> Response:
        """A run: graph, nodes, times, outputs; it changes while the run goes on."""
        source, past, run = self._run(request)
        shown = views.run_page(past, run, plan_of(past, run))
        return self._page("run.html", source=source, plan=past.plan, page=shown)

    async def events(self, request: Request) -> Response:
        """What happens in a run, from its beginning until it is over, as server-sent events."""
        source, past, run = await asyncio.to_thread(self._run, request)
        folder = past.folders.get(run.id)
        if folder is None:
            return _stream(live.store_states(lambda: source.past().run(run.id)))
        return _stream(live.run_events(folder.events, _start(request)))

    def report(self, request: Request) -> Response:
        """The report of a run, the same that `tfxc report` writes."""
        from tfxc.backends.reports.html.page import run_page

        _, past, run = self._run(request)
        content = run_page(plan_of(past, run), run, datetime.now().astimezone())
        # The page brings a policy of its own, which this one's would forbid to be.
        return HTMLResponse(content, headers={"content-security-policy": "frame-ancestors 'none'"})

    def log(self, request: Request) -> Response:
        """The end of a node's log."""
        source, past, run = self._run(request)
        node, path, attempt = _log(run, request)
        try:
            end = live.tail(path)
        except OSError as error:
            raise HTTPException(404, f"the log {path} cannot be read: {error.strerror}") from None
        return self._page(
            "log.html",
            source=source,
            plan=past.plan,
            run=run,
            node=node,
            path=str(path),
            attempt=attempt,
            attempts=len(node.logs),
            tail=end,
            live=run.state == "running" and node.state == "running",
        )

    async def follow(self, request: Request) -> Response:
        """What is written to a node's log from now on, as server-sent events."""
        _, _, run = await asyncio.to_thread(self._run, request)
        _, path, _ = _log(run, request)
        return _stream(live.log_text(path, _start(request)))

    def artifacts(self, request: Request) -> Response:
        """The newest artifacts of a pipeline."""
        source, past = self._past(request)
        chosen = request.query_params.get("type", "")
        rows, types, count = artifact_views.artifact_rows(past, chosen)
        return self._page(
            "artifacts.html",
            source=source,
            plan=past.plan,
            rows=rows,
            types=types,
            chosen=chosen,
            count=count,
        )

    def artifact(self, request: Request) -> Response:
        """An artifact: what made it, and what came of it."""
        source, past = self._past(request)
        found = past.history.artifacts.get(request.path_params["artifact"])
        if found is None:
            raise HTTPException(404, f"there is no artifact {request.path_params['artifact']} in this store")
        page = artifact_views.artifact_page(past, found)
        return self._page("artifact.html", source=source, plan=past.plan, page=page)

    async def not_there(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for no other
        title = "Not there" if error.status_code == 404 else "Not possible"
        return self._page("message.html", error.status_code, title=title, text=error.detail)

    async def failure(self, request: Request, error: Exception) -> Response:
        title = "The spec has mistakes" if isinstance(error, UnusableSpec) else "This cannot be shown"
        return self._page("message.html", 500, title=title, text=str(error))

    def _past(self, request: Request) -> tuple[Source, Past]:
        source = self._sources.get(request.path_params["pipeline"])
        if source is None:
            raise HTTPException(404, f"there is no pipeline `{request.path_params['pipeline']}` here")
        return source, source.past()

    def _run(self, request: Request) -> tuple[Source, Past, Run]:
        source, past = self._past(request)
        wanted = request.path_params["run"]
        for run in past.runs:
            if run.id == wanted:
                return source, past, run
        if wanted == "latest" and past.runs:
            return source, past, past.runs[-1]
        raise HTTPException(404, f"there is no run `{wanted}` of {past.plan.name}")

    def _page(self, template: str, status: int = 200, **values: Any) -> Response:
        text = self._templates.get_template(template).render(version=tfxc_version(), **values)
        return HTMLResponse(text, status)


def _log(run: Run, request: Request) -> tuple[NodeRun, Path, int]:
    """Returns a node, one of its logs and the number of the attempt: only files that the run has made."""
    wanted = request.path_params["node"]
    node = next((each for each in run.nodes if each.node == wanted), None)
    if node is None or not node.logs:
        raise HTTPException(404, f"run {run.id} has no log of `{wanted}` on this machine")
    given = request.query_params.get("attempt", str(len(node.logs)))
    if not given.isascii() or not given.isdecimal() or not 1 <= int(given) <= len(node.logs):
        raise HTTPException(
            404, f"`{wanted}` has {counted(len(node.logs), 'attempt')} in run {run.id}, no {given}"
        )
    return node, Path(node.logs[int(given) - 1]), int(given)


def _start(request: Request) -> int:
    """Returns the byte to go on from: where the browser has stopped, or where the page says."""
    given = request.headers.get("last-event-id") or request.query_params.get("from", "0")
    return int(given) if given.isascii() and given.isdecimal() else 0


def _stream(messages: AsyncIterator[bytes]) -> Response:
    return StreamingResponse(messages, media_type="text/event-stream", headers={"x-accel-buffering": "no"})
