"""Taking an installation away again: its data, its secrets, its landing folder."""

from __future__ import annotations

import shutil
from pathlib import Path

from oplatency.errors import OplatencyError
from oplatency.local.guardian import MARKER
from oplatency.local.installation import Installation


def destroy(installation: Installation) -> list[Path]:
    """Delete what an installation made; return the folders that are gone.

    Raises
    ------
    OplatencyError
        If it is running, or the data folder is none of ours; nothing was deleted then.
    """
    if installation.running() is not None:
        raise OplatencyError("The installation is running.", where=str(installation.home), remedy="oplatency down")
    data = installation.data_dir
    if data.exists() and not (data / MARKER).exists():
        raise OplatencyError(
            "The data folder was not made by oplatency.", where=str(data), remedy="look at it, delete it by hand"
        )
    gone = []
    if data.exists():
        # as root the data lies in a folder of its own, named after the installation
        folder = data.parent if data.parent.name == installation.installation_id else data
        shutil.rmtree(folder)
        gone.append(folder)
    if installation.secrets_file.exists():
        shutil.rmtree(installation.home)
        gone.append(installation.home)
    return gone
