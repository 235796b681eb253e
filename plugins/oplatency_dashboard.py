"""Registers the oplatency page with the Airflow UI. The page itself is ``oplatency.airflow.pages``."""

from __future__ import annotations

import functools
from typing import Any

from airflow.plugins_manager import AirflowPlugin


def _icon(colour: str, halo: str) -> str:
    """Return a small picture; the halo keeps it visible on the dark ground of a chosen entry."""
    line = "d='M3 17h3l3-6 3 8 3-14 2 8 1 4h3' fill='none' stroke-linecap='round' stroke-linejoin='round'"
    strokes = "".join(
        f"%3Cpath {line} stroke='%23{each}' stroke-width='{width}'/%3E" for each, width in ((halo, 5), (colour, 2))
    )
    return f"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E{strokes}%3C/svg%3E"


class OplatencyDashboard(AirflowPlugin):
    """An entry in the navigation, and the application behind it."""

    name = "oplatency_dashboard"
    external_views = [  # noqa: RUF012 - Airflow's own attribute, a plain list
        {
            "name": "oplatency",
            # relative, so that it also holds where Airflow is served below a path
            "href": "oplatency/",
            "destination": "nav",
            "url_route": "oplatency",
            "nav_top_level": True,
            "icon": _icon("374151", "dbe7f5"),
            "icon_dark_mode": _icon("d1d5db", "1f2937"),
        }
    ]

    @functools.cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:
        """The page's application. Every process of Airflow loads this file, only the api-server asks for it."""
        from oplatency.airflow.pages import PREFIX, create_app

        return [{"app": create_app(), "name": "oplatency", "url_prefix": PREFIX}]

    @functools.cached_property
    def fastapi_root_middlewares(self) -> list[dict[str, Any]]:
        """What makes every spelling of the page's address lead to the page."""
        from oplatency.airflow.pages import CanonicalAddressMiddleware

        return [{"middleware": CanonicalAddressMiddleware, "name": "oplatency"}]
