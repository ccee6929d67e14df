# SPDX-License-Identifier: Apache-2.0
"""Martlet: a way to a server that can be cut: what two aggregators that do not reach each other have between them."""
import contextlib
import select
import socket
import threading


class Relay:
    """Listens on loopback and carries each connection on to a port; while it is cut, every connection is reset or closed."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._target, self._is_cut = None, False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def lead_to(self, port):
        self._target = port

    def cut(self):
        self._is_cut = True

    def mend(self):
        self._is_cut = False

    def close(self):
        """Ends it; a shutdown, since closing alone does not wake the thread that accepts."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut or self._target is None:
                near.close()
            else:
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near):
        with contextlib.suppress(OSError), near, socket.create_connection(("127.0.0.1", self._target), 2) as far:
            other = {near: far, far: near}
            while not self._is_cut and (ready := select.select([near, far], [], [], 5)[0]):
                for one in ready:
                    data = one.recv(65536)
                    if not data:
                        return
                    other[one].sendall(data)
