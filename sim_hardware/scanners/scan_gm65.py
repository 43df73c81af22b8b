"""GROW GM65, GM805, GM861: text out, register writes in (devices.md B2).

    host   7E 00  type  length  addrH addrL  data  crcH crcL      type 07 read, 08 write, 09 save; AB CD: skip the check
    scan   02 00  00 ok | 01 wrong check | 03 invalid   length  data  crcH crcL

    0002   01 pulls the trigger        00D0   80 puts the AIM identifier before the code

The check covers the bytes after 7E 00 and after 02 00. Registers that were not saved are lost with the power. Answer
and code may come in one piece. Default 9600 8N1.
"""

from __future__ import annotations

from sim_hardware.scanner import scan_bytes
from sim_hardware.scanners.crc import crc_ccitt
from sim_hardware.scanners.voice import ScannerVoice

OK, WRONG_CHECK, INVALID = 0x00, 0x01, 0x03
TRIGGER, AIM = 0x0002, 0x00D0
REGISTERS = 0x100
"""How many one-byte registers there are; the highest known one is 00D9."""
_READ, _WRITE, _SAVE = 0x07, 0x08, 0x09
_SKIP = b"\xab\xcd"
_HEAD = b"\x7e\x00"
_OVERHEAD = 8  # head, type, length, address, check


def answer(kind: int, data: bytes = b"\x00") -> bytes:
    """Return one answer: `kind` OK, WRONG_CHECK or INVALID, and the data of a register read."""
    body = bytes([kind, len(data)]) + data
    return b"\x02\x00" + body + crc_ccitt(body)


class Gm65(ScannerVoice):
    """The scanning module in most cheap boxes."""

    def __init__(self, *, encoding: str = "gbk") -> None:
        """`encoding`: as for ScannerVoice."""
        super().__init__(encoding=encoding)
        self._saved = bytearray(REGISTERS)
        self._registers = bytearray(REGISTERS)

    def emit(self, code: str | bytes, aim: str | None, now_s: float) -> bytes:
        """Send the code, its AIM identifier only if register 00D0 says so."""
        del now_s
        return scan_bytes(code, aim=aim if self._registers[AIM] & 0x80 else None, encoding=self._encoding)

    def wake(self, now_s: float) -> bytes:
        """Come back with the registers as they were last saved."""
        self._registers[:] = self._saved
        return super().wake(now_s)

    def hear(self, data: bytes, now_s: float) -> bytes:
        """Answer every whole command; what is none is skipped."""
        self._requests.take(data, now_s)
        pending = self._requests.pending
        said = b""
        while (start := pending.find(_HEAD)) >= 0 and len(pending) > start + 3:
            length = pending[start + 3] if pending[start + 2] != _READ else 1
            end = start + _OVERHEAD + length
            if len(pending) < end:
                break
            command = bytes(pending[start:end])
            del pending[:end]
            said += self._obey(command, now_s)
        return said

    def _obey(self, command: bytes, now_s: float) -> bytes:
        if command[-2:] not in (_SKIP, crc_ccitt(command[2:-2])):
            return answer(WRONG_CHECK)
        kind, address, data = command[2], int.from_bytes(command[4:6], "big"), command[6:-2]
        if kind == _SAVE:
            self._saved[:] = self._registers
            return answer(OK)
        if kind == _READ and address + data[0] <= REGISTERS:
            return answer(OK, bytes(self._registers[address : address + data[0]]))
        if kind != _WRITE or address + len(data) > REGISTERS:
            return answer(INVALID)
        if address == TRIGGER and data[:1] == b"\x01":
            return answer(OK) + self.pull(now_s)
        self._registers[address : address + len(data)] = data
        return answer(OK)
