"""Files and printers: nothing foreign is overwritten, a printer that stops is told of."""

import os
import threading
from pathlib import Path
from typing import IO

import pytest

from station_agent.errors import Unprintable
from station_agent.printing.output import send, write_file


def open_fifo(port: Path) -> IO[bytes]:
    """A printer's end of a line: opened for both ways, so that it waits where there is nothing to read yet."""
    return os.fdopen(os.open(port, os.O_RDWR), "rb")


def test_an_earlier_print_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    """A configuration named by mistake survives."""
    write_file(tmp_path / "cards.pdf", b"%PDF-1")
    write_file(tmp_path / "cards.pdf", b"%PDF-2")
    assert (tmp_path / "cards.pdf").read_bytes() == b"%PDF-2"
    (tmp_path / "station.toml").write_text("[station]")
    with pytest.raises(Unprintable, match=r"station\.toml"):
        write_file(tmp_path / "station.toml", b"%PDF-3")
    assert (tmp_path / "station.toml").read_text() == "[station]"
    os.mkfifo(tmp_path / "lp0")
    with pytest.raises(Unprintable, match="lp0"):
        write_file(tmp_path / "lp0", b"%PDF-3")
    with pytest.raises(Unprintable, match="nowhere"):
        write_file(tmp_path / "nowhere" / "cards.pdf", b"%PDF-4")


def test_every_byte_reaches_the_printer(tmp_path: Path) -> None:
    """More than the line takes at once goes over in pieces, in order."""
    port, content = tmp_path / "lp0", bytes(range(256)) * 2000
    os.mkfifo(port)
    got = bytearray()
    with open_fifo(port) as printer:
        thread = threading.Thread(target=lambda: got.extend(printer.read(len(content))))
        thread.start()
        send(port, content)
        thread.join()
    assert bytes(got) == content


def test_a_printer_that_stops_is_told_of(tmp_path: Path) -> None:
    """Out of paper, it takes a little and then nothing more; the answer says what to look at."""
    port = tmp_path / "lp0"
    os.mkfifo(port)
    opened = os.open(port, os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(Unprintable) as error:
        send(port, bytes(1 << 20), stall_s=0.02)
    os.close(opened)
    assert "纸" in error.value.hint


def test_a_printer_that_is_not_there(tmp_path: Path) -> None:
    """No plain file is made in the place of a device."""
    with pytest.raises(Unprintable) as error:
        send(tmp_path / "lp0", b"SIZE")
    assert "lp" in error.value.hint
    assert list(tmp_path.iterdir()) == []
