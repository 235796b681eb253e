"""Places at which a test may end, stop or hold a process: how promises about crashes are proven.

``OPLATENCY_FAILPOINT=ingest.after_copy:kill`` ends the process with SIGKILL when it gets there, ``:raise`` raises, and
``:sleep`` waits a minute, for a test to act meanwhile. Without the variable nothing happens.
"""

from __future__ import annotations

import os
import signal
import time

from oplatency.errors import OplatencyError

VARIABLE = "OPLATENCY_FAILPOINT"


def reach(name: str) -> None:
    """Report that the process has reached a failpoint.

    Raises
    ------
    OplatencyError
        If the variable asks for it.
    """
    point, _, action = os.environ.get(VARIABLE, "").partition(":")
    if point != name:
        return
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if action == "sleep":
        time.sleep(60)
        return
    raise OplatencyError("A failpoint was reached.", where=name, remedy=f"unset {VARIABLE}")
