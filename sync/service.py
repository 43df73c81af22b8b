"""Tells systemd about this process: READY, STOPPING, WATCHDOG. Nothing where systemd did not start it.

The protocol of sd_notify(3): one datagram to the socket named in NOTIFY_SOCKET, "@" standing for an abstract one.
A thin shell without a library; called by every long-running command.
"""

import os
import socket


def notify(state: str) -> bool:
    """Send `state` ("READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=..."); False where nobody listens.

    Raises OSError when systemd's socket is named but cannot be reached.
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.connect(address)
        sock.sendall(state.encode())
    return True
