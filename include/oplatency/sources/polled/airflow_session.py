"""A session with Airflow's REST API: a token, requests with timeouts, errors without secrets."""

from __future__ import annotations

from typing import Any

import requests

from oplatency.errors import OplatencyError

REQUEST_TIMEOUT_S = 30.0
LOGIN_TIMEOUT_S = 5.0


class AirflowSession:
    """A session with an api-server.

    Parameters
    ----------
    base_url : str
        For example ``http://127.0.0.1:8080``; without credentials, it is shown in errors.
    user, password : str
        Login that ``/auth/token`` takes.
    trust_env : bool
        Whether proxies and the ``.netrc`` of the user are heeded.
    remedy : str
        Where to look when something is refused.
    """

    def __init__(
        self,
        base_url: str,
        user: str,
        password: str,
        *,
        trust_env: bool = True,
        remedy: str = "Check that the api-server runs, and what the login may read.",
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._login = {"username": user, "password": password}
        self._session = requests.Session()
        self._session.trust_env = trust_env
        self._remedy = remedy

    def log_in(self) -> None:
        """Fetch a token; `send` does it by itself when it needs one."""
        self._session.headers.pop("Authorization", None)
        response = self._request("POST", "/auth/token", json=self._login, timeout=LOGIN_TIMEOUT_S)
        if response.status_code not in (200, 201):
            raise OplatencyError(
                f"Airflow refused the login of {self._login['username']}: {_detail(response)}",
                where=self.base_url,
                remedy="Another Airflow may answer at this address; check the user and the password of the connection.",
            )
        self._session.headers["Authorization"] = f"Bearer {response.json()['access_token']}"

    def send(self, method: str, path: str, *, login: bool = True, **options: Any) -> Any:
        """Send a request and return the JSON of the answer; `options` are those of `requests`.

        Raises
        ------
        OplatencyError
            When Airflow does not answer, refuses, or sends elsewhere.
        """
        if login and "Authorization" not in self._session.headers:
            self.log_in()
        response = self._request(method, path, **options)
        if response.status_code == 401 and login:
            # tokens expire after a day; the api-server and its client run longer
            self.log_in()
            response = self._request(method, path, **options)
        if response.status_code == 409:
            raise OplatencyError(
                f"It already exists: {method} {path} with {options.get('json')}.",
                where=f"{self.base_url}, status 409",
                remedy="Choose another run id or logical date, or clear the run that is there.",
            )
        if response.status_code >= 300:
            raise OplatencyError(
                f"Airflow refused {method} {path}: {_detail(response)}",
                where=f"{self.base_url}, status {response.status_code}",
                remedy=self._remedy,
            )
        try:
            return response.json()
        except requests.JSONDecodeError as error:
            raise OplatencyError(
                f"The answer to {method} {path} is not JSON.", where=self.base_url, remedy="Check the address."
            ) from error

    def _request(self, method: str, path: str, **options: Any) -> requests.Response:
        try:
            # a login must not follow to another host
            return self._session.request(
                method,
                self.base_url + path,
                **{"timeout": REQUEST_TIMEOUT_S, "allow_redirects": False, **options},
            )
        except requests.RequestException as error:
            raise OplatencyError(
                f"Airflow does not answer: {type(error).__name__}.",
                where=f"{self.base_url}{path}",
                remedy=self._remedy,
            ) from None


def _detail(response: requests.Response) -> str:
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return response.text.strip()[:500] or response.reason
    return str(detail)
