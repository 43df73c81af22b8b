"""Tells systemd that a process is ready or alive, where systemd started it (sd_notify(3)); else does nothing."""

import os
import socket


def notify(message: str) -> None:
    """Send e.g. READY=1 or WATCHDOG=1 to the socket systemd named."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(message.encode(), address)
