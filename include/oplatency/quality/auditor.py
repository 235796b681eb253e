"""Audits in a process of their own: Great Expectations is loaded beside the work, outside its memory.

The process reads one request a line from standard input and answers with one line; it ends with the context, and when
its input does, so it never outlives whoever started it.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from types import TracebackType
from typing import Any
from uuid import UUID

from oplatency.errors import UsageError
from oplatency.quality.gate import AuditReport, Check, audit, audit_ran


class Auditor:
    """A process that runs audits, for as long as the context lasts."""

    def __enter__(self) -> Auditor:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "oplatency.quality.auditor"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # between requests it holds no session, and nobody waits for libraries that are still being loaded
        self._process.kill()
        # what was not sent yet
        with contextlib.suppress(BrokenPipeError), self._process:
            pass

    def audit(self, url: str, suite: str, *, run_token: UUID, resolution_us: int = 1) -> AuditReport:
        """Run one staged suite, as `oplatency.quality.gate.audit` does; a process that died has failed its audit.

        Raises
        ------
        UsageError
            If a setting of the audit cannot be used.
        """
        with self.auditing(url, suite, run_token=run_token, resolution_us=resolution_us) as report:
            return report()

    @contextlib.contextmanager
    def auditing(
        self, url: str, suite: str, *, run_token: UUID, resolution_us: int = 1
    ) -> Iterator[Callable[[], AuditReport]]:
        """Begin what `audit` does and go on; the function that the context gives waits for the report."""
        request = {"url": url, "suite": suite, "run_token": str(run_token), "resolution_us": resolution_us}
        # a process that has ended gives no answer, which fails the audit
        with contextlib.suppress(BrokenPipeError):
            if self._process.stdin:
                self._process.stdin.write(json.dumps(request) + "\n")
                self._process.stdin.flush()
        answer = functools.cache(self._answer)
        try:
            yield lambda: self._report(suite, answer())
        finally:
            # one that nobody read would be taken for the answer to the next request
            answer()

    def _answer(self) -> str:
        return self._process.stdout.readline() if self._process.stdout else ""

    def _report(self, suite: str, line: str) -> AuditReport:
        with contextlib.suppress(ValueError):
            answer = json.loads(line)
            if "usage" in answer:
                raise UsageError(**answer["usage"])
            return AuditReport(tuple(Check(**check) for check in answer["checks"]))
        return AuditReport(
            (audit_ran(suite, failure=f"the process of the audit ended with code {self._process.poll()}"),)
        )


def main() -> None:
    """Answer requests until there are no more."""
    # whatever a library prints must not stand between the answers
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    from oplatency.quality import engine

    # a quarter of what Great Expectations loads, for distributions that no suite asks about
    _import_lazily("scipy.stats")
    engine.load()
    for line in sys.stdin:
        request = json.loads(line)
        answers.write(json.dumps(_answer(request)) + "\n")
        answers.flush()


def _import_lazily(name: str) -> None:
    """Load a module when something in it is used; only safe where no other thread runs, as here."""
    spec = importlib.util.find_spec(name)
    if spec is not None and spec.loader is not None:
        spec.loader = importlib.util.LazyLoader(spec.loader)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        # a package that finds the module in itself does not ask the import system, which would load it
        package, _, inner = name.rpartition(".")
        setattr(sys.modules[package], inner, module)


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    token = UUID(request["run_token"])
    try:
        report = audit(request["url"], request["suite"], run_token=token, resolution_us=request["resolution_us"])
    except UsageError as error:
        return {"usage": {"message": error.message, "where": error.where, "remedy": error.remedy}}
    return {"checks": [asdict(check) for check in report.checks]}


if __name__ == "__main__":
    main()
