"""A TCP proxy before a server, which breaks connections where a test says so."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator

from psycopg.conninfo import make_conninfo

HOST = "127.0.0.1"
_PIECE = 16 * 1024
_RESET = struct.pack("ii", 1, 0)


class Proxy:
    """Forwards connections to a port of this machine, which may change meanwhile.

    Attributes
    ----------
    port : int
        Where it listens.
    drop_after : bytes or None
        When a client sends this, the server's answer is awaited and kept from it, and the connection is reset. Once.
    reset_every : int or None
        A connection is reset after so many bytes of a client.
    n_broken : int
        Connections that were reset on purpose.
    """

    def __init__(self, target: Callable[[], int]) -> None:
        self._target = target
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self.drop_after: bytes | None = None
        self.reset_every: int | None = None
        self.n_broken = 0

    def url(self, direct: str) -> str:
        """Return where a connection string leads to, through the proxy."""
        return make_conninfo(direct, host=HOST, port=self.port)

    def serve(self) -> None:
        """Accept connections until the listener is closed."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._forward, args=(client,), daemon=True).start()

    def close(self) -> None:
        """Stop listening; connections end with their clients."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _forward(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client, socket.create_connection((HOST, self._target())) as server:
            sent = 0
            while True:
                for readable in select.select((client, server), (), ())[0]:
                    octets = readable.recv(_PIECE)
                    if not octets:
                        return
                    if readable is server:
                        client.sendall(octets)
                        continue
                    server.sendall(octets)
                    sent += len(octets)
                    if self._breaks(octets, sent, server):
                        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                        return

    def _breaks(self, octets: bytes, sent: int, server: socket.socket) -> bool:
        if self.drop_after is not None and self.drop_after in octets:
            self.drop_after = None
            # the answer says that the server is done with it
            server.recv(_PIECE)
        elif self.reset_every is None or sent < self.reset_every:
            return False
        self.n_broken += 1
        return True


@contextlib.contextmanager
def proxied(target: Callable[[], int]) -> Iterator[Proxy]:
    """Run a proxy on a free port of this machine."""
    proxy = Proxy(target)
    serving = threading.Thread(target=proxy.serve, daemon=True)
    serving.start()
    try:
        yield proxy
    finally:
        proxy.close()
        serving.join(10)
