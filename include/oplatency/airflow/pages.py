"""The page in the Airflow UI as an ASGI application that the plugin mounts.

Nobody without a login of Airflow gets anything but a refusal: the check belongs to the application, a last route
catches every other path and method, and whatever is answered before a user is known becomes a 401. All routes read
only, as a role that may read views and nothing else.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar

import psycopg
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_view
from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException
from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse
from psycopg import IsolationLevel
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from oplatency.errors import OplatencyError
from oplatency.reports import page
from oplatency.reports.tables import DASHBOARD_VIEWS
from oplatency.settings import DatabaseSettings
from oplatency.warehouse.database import Connection, connect

PREFIX = "/oplatency"
CONNECTION_ID = "oplatency_reader"
LIMITS = DatabaseSettings(statement_timeout_s=15.0, lock_timeout_s=5.0)
READ = ["GET", "HEAD"]
EVERY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "connect-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Sent with every answer, refusals included."""

REFUSALS = {
    401: page.Failure("Not logged in", "This page is for people who are logged in to Airflow.", remedy="log in again"),
    403: page.Failure(
        "Not allowed", "Your role in Airflow may not see pages.", remedy="ask whoever manages roles in Airflow"
    ),
    404: page.Failure("Not found", "There is no such page.", remedy="go back to the overview"),
    405: page.Failure("Not possible", "These pages can only be read."),
    500: page.Failure("Unexpected error", "The page could not be made.", remedy="read the log of the api-server"),
}

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


class CanonicalAddressMiddleware:
    """Middleware of the whole api-server: other spellings of the page's address lead to the page, and to its check.

    Airflow would answer ``/oplatency`` and ``//oplatency/`` with the shell of its own interface.
    """

    spelling = re.compile(rf"/+{PREFIX[1:]}(?P<rest>/.*)?", re.DOTALL)

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http":
            root: str = scope.get("root_path", "")
            match = self.spelling.fullmatch(scope["path"].removeprefix(root))
            if match:
                scope = {**scope, "path": f"{root}{PREFIX}{match['rest'] or '/'}"}
        await self.app(scope, receive, send)


def create_app() -> FastAPI:
    """Return the application: the overview at ``/``, each of the twelve views at ``/views/<name>``."""
    app = FastAPI(
        title="oplatency",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        dependencies=[Depends(mark_authenticated), Depends(requires_access_view(AccessView.WEBSITE))],
    )
    app.add_api_route("/", show_overview, methods=READ, response_model=None)
    app.add_api_route("/views/{name}", show_view, methods=READ, response_model=None)
    # last: what no other route answers must pass the same check before it gets a 404
    app.add_api_route("/{path:path}", show_not_found, methods=EVERY_METHOD, response_model=None)
    app.add_exception_handler(HTTPException, refuse)
    app.add_exception_handler(OplatencyError, report_failure)
    app.add_exception_handler(Exception, report_defect)
    return app


def mark_authenticated(request: Request, user: GetUserDep) -> None:
    """Note that the caller is a user of Airflow. It grants nothing; it only distinguishes a 401 from a 403."""
    request.state.oplatency_user_is_known = user is not None


# Plain functions: FastAPI runs them in its threads, where waiting for the database holds up nobody else.


def show_overview(request: Request) -> HTMLResponse:
    """Answer with the first page."""
    return _answer(page.render_overview(_read(page.read_overview), home=_home(request)))


def show_view(request: Request, name: str) -> HTMLResponse:
    """Answer with the rows of one of the twelve views."""
    if name not in DASHBOARD_VIEWS:
        raise HTTPException(404)
    return _answer(page.render_rows(_read(lambda connection: page.read_rows(connection, name)), home=_home(request)))


def show_not_found(request: Request) -> HTMLResponse:
    """Answer a user whose path or method leads nowhere."""
    raise HTTPException(404 if request.method in READ else 405)


def refuse(request: Request, error: Exception) -> HTMLResponse:
    """Answer a refusal with a page; without a known user each of them is a 401."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    if not getattr(request.state, "oplatency_user_is_known", False):
        status = 401
    failure = REFUSALS.get(status) or page.Failure("Not possible", f"Airflow answered {status}.")
    headers = {"Allow": ", ".join(READ)} if status == 405 else {}
    return _answer(page.render_failure(failure, home=_home(request)), status, headers)


def report_failure(request: Request, error: Exception) -> HTMLResponse:
    """Answer that the warehouse cannot be read, and what to do about it."""
    logger.warning("the page cannot be shown: %s", error)
    if not isinstance(error, OplatencyError):
        return report_defect(request, error)
    failure = page.Failure("The warehouse cannot be read", error.message, where=error.where, remedy=error.remedy)
    return _answer(page.render_failure(failure, home=_home(request)), 503)


def report_defect(request: Request, error: Exception) -> HTMLResponse:
    """Answer that something went wrong; the log says what."""
    return _answer(page.render_failure(REFUSALS[500], home=_home(request)), 500)


def _answer(html: str, status: int = 200, headers: dict[str, str] | None = None) -> HTMLResponse:
    return HTMLResponse(html, status, {**HEADERS, **(headers or {})})


def _home(request: Request) -> str:
    root: str = request.scope.get("root_path", "")
    return f"{root}/"


def _read(read: Callable[[Connection], Result]) -> Result:
    """Read in one transaction on a session of its own.

    Raises
    ------
    OplatencyError
        If the connection is not set, the server does not answer, or a statement fails. Holds no password.
    """
    where = f"Airflow connection {CONNECTION_ID}"
    try:
        url = str(BaseHook.get_connection(CONNECTION_ID).get_uri())
    except AirflowNotFoundException:
        raise OplatencyError(
            "The connection of the pages is not set.",
            where=where,
            remedy="set it to the warehouse and the role oplatency_reader",
        ) from None
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(connect(url, purpose="page", settings=LIMITS))
        except OplatencyError as error:
            raise OplatencyError(
                error.message, where=where, remedy="check that the server runs and that the connection names it"
            ) from None
        except psycopg.Error:
            # what the client library says here may quote the connection's text
            raise OplatencyError(
                "The connection of the pages cannot be used.", where=where, remedy="correct its fields"
            ) from None
        try:
            connection.read_only = True
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            with connection.transaction():
                return read(connection)
        except psycopg.Error as error:
            raise _explained(error) from None


def _explained(error: psycopg.Error) -> OplatencyError:
    if isinstance(error, psycopg.errors.QueryCanceled | psycopg.errors.LockNotAvailable):
        return OplatencyError(
            "The warehouse took too long to answer.",
            where=f"limits: {LIMITS.statement_timeout_s:.0f} s a statement, {LIMITS.lock_timeout_s:.0f} s a lock",
            remedy="try again; if it stays, run maintain_warehouse and look for long-running sessions",
        )
    missing = (
        psycopg.errors.UndefinedTable,
        psycopg.errors.UndefinedFunction,
        psycopg.errors.UndefinedColumn,
        psycopg.errors.InvalidSchemaName,
        psycopg.errors.InsufficientPrivilege,
    )
    said = error.diag.message_primary or type(error).__name__
    if isinstance(error, missing):
        return page.missing_schema(said)
    return OplatencyError(
        f"PostgreSQL refused a statement: {said}.", where=f"SQLSTATE {error.sqlstate}", remedy="try again"
    )
