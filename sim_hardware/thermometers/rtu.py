"""The slave's half of Modbus RTU, and what an RS-485 line adds to it (devices.md C2, F).

    request  address  03|04  register(2) count(2)  crc(2)      answer  address  function  bytes  data  crc
             address  06     register(2) value(2)  crc                 the request again
             address  10     register(2) count(2) bytes data crc       its first six bytes, crc
    refused  address  function + 80h  code  crc                1 function, 2 register, 3 value

CRC-16: start FFFF, polynomial A001 reflected, low byte first. Pure. Another address, a wrong CRC and half a request get
no answer; address 0 is for all and is obeyed silently.
"""

from __future__ import annotations

from sim_hardware.voice import Requests, Voice

READ_HOLDING, READ_INPUT, WRITE_ONE, WRITE_MANY = 0x03, 0x04, 0x06, 0x10
BAD_FUNCTION, BAD_REGISTER, BAD_VALUE = 1, 2, 3
_MOST_REGISTERS = 125
_SHORT_REQUEST = 8


class Refused(Exception):
    """Carries the exception code of the answer."""

    def __init__(self, code: int) -> None:
        """`code`: 1 function, 2 register, 3 value, or a maker's own."""
        super().__init__(f"Modbus exception {code}")
        self.code = code


def crc16(data: bytes) -> bytes:
    """Return the two CRC bytes of `data`, low first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc.to_bytes(2, "little")


def framed(data: bytes) -> bytes:
    """Return `data` with its CRC."""
    return data + crc16(data)


def signed(value: int) -> int:
    """Return the 16-bit register for a signed number. Raises ValueError where it does not fit."""
    if not -0x8000 <= value <= 0x7FFF:
        raise ValueError(f"no register holds {value}")
    return value & 0xFFFF


class RtuVoice(Voice):
    """A slave; devices say what their registers hold."""

    def __init__(self, *, address: int = 1) -> None:
        """`address`: 1 to 247, else ValueError."""
        if not 1 <= address <= 247:
            raise ValueError(f"a Modbus address is 1 to 247, not {address}")
        self.address = address
        self.echoes = False
        """Whether the adapter hands the host its own request back before the answer."""
        self.leading_zeros = 0
        self.trailing_zeros = 0
        """Bytes 00 before and after each answer: a bus without bias resistors."""
        self._requests = Requests(forget_after_s=0.1)

    def read(self, function: int, register: int, count: int) -> list[int]:
        """Return `count` registers from `register` on as 0 to 65535. Raises Refused."""
        raise NotImplementedError

    def write(self, register: int, values: list[int]) -> None:  # noqa: ARG002  what cannot be written is not looked at
        """Set registers. Raises Refused; nothing can be written unless a device says so."""
        raise Refused(BAD_FUNCTION)

    def hear(self, data: bytes, now_s: float) -> bytes:
        """Answer every whole request to this address."""
        self._requests.take(data, now_s)
        said = data if self.echoes else b""
        for request in self._whole():
            answer = self._answer(request)
            if answer and request[0] != 0:
                said += bytes(self.leading_zeros) + answer + bytes(self.trailing_zeros)
        return said

    def _whole(self) -> list[bytes]:
        found = []
        pending = self._requests.pending
        while len(pending) >= _SHORT_REQUEST:
            end = 9 + pending[6] if pending[1] == WRITE_MANY else _SHORT_REQUEST
            if len(pending) < end and pending[0] in (0, self.address):
                break
            request = bytes(pending[:end])
            good = len(request) == end and crc16(request[:-2]) == request[-2:]
            if good and request[0] in (0, self.address):
                found.append(request)
            del pending[: end if good else 1]
        return found

    def _answer(self, request: bytes) -> bytes:
        function = request[1]
        register, count = int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
        here = bytes([self.address])
        try:
            if function in (READ_HOLDING, READ_INPUT):
                if not 1 <= count <= _MOST_REGISTERS:
                    raise Refused(BAD_VALUE)
                data = b"".join(value.to_bytes(2, "big") for value in self.read(function, register, count))
                return framed(here + bytes([function, len(data)]) + data)
            if function == WRITE_ONE:
                self.write(register, [count])
                return framed(here + request[1:6])
            if function == WRITE_MANY and request[6] == 2 * count:
                values = [int.from_bytes(request[at : at + 2], "big") for at in range(7, 7 + 2 * count, 2)]
                self.write(register, values)
                return framed(here + request[1:6])
            raise Refused(BAD_FUNCTION)
        except Refused as refusal:
            return framed(here + bytes([function | 0x80, refusal.code]))


def looked_up(registers: dict[int, int], first: int, count: int) -> list[int]:
    """Return `count` registers of a map from `first` on. Raises Refused where one of them does not exist."""
    wanted = range(first, first + count)
    if any(register not in registers for register in wanted):
        raise Refused(BAD_REGISTER)
    return [registers[register] for register in wanted]
