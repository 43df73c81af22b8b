"""Asks devices on a Modbus RTU line for a few registers, again and again: the Decoder of every `modbus_*` model.

What the registers mean is each model's business (`read`); the frames are `modbus.py`'s. Pure; called by supervision.

1. A round asks every address once, `every_s` from round to round; one request is on the line at a time.
2. A request waits for 3.5 characters of silence since the last byte; a frame that stops for longer (and for the
   adapter's latency) is given up.
3. No reply within `timeout_s`: the same again, `retries` times. A damaged reply counts as none, for only the time-out
   proves that nothing else follows; a refusal is an answer.
4. What is told of an address that gave no answer: the damage, if there was any; else NO_DATA. On a line with several
   addresses a silent one is DISCONNECTED, and only the last of a round in which nobody spoke is NO_DATA, since that
   makes supervision open the port anew.
5. A good reply is delivered whether or not it was waited for: it may be late, it is not wrong.

state       input                      -> state, reading
pause       time for the next address  -> waiting, the request is sent
waiting     its reply or refusal       -> pause, the reading
waiting     time-out, attempts left    -> waiting, the request is sent again
waiting     time-out, none left        -> pause, why there is no reading
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated

import msgspec

from drivers.framing import NoiseGate, bad
from drivers.modbus import EXCEPTIONS, Damaged, Reply, ReplyCutter, gap_s, read_request
from drivers.readings import BadReading, Reading, Reason, Temperature
from drivers.settings import Seconds, SerialSettings

LATENCY_S = 0.05
"""A USB adapter hands bytes on in pieces up to 16 ms apart (FTDI latency timer, devices.md E); thrice that is no gap
inside a frame but its end."""

Address = Annotated[int, msgspec.Meta(ge=1, le=247)]


class ModbusSettings(SerialSettings, frozen=True, kw_only=True):
    """What a technician may say about devices on a Modbus line.

    address: of the device. addresses: of several devices of this model on one line, instead of `address`; each is then
    a device of its own, called <name>.<address>.
    every_s: seconds from one round to the next. timeout_s: how long a reply may take. retries: after the first try.
    silent_after_s: must stay 0; silence shows as a missing reply.
    """

    address: Address = 1
    addresses: Annotated[tuple[Address, ...], msgspec.Meta(max_length=32)] = ()
    every_s: Seconds = 60.0
    timeout_s: Annotated[float, msgspec.Meta(ge=0.05, le=10)] = 1.0
    retries: Annotated[int, msgspec.Meta(ge=0, le=10)] = 2
    silent_after_s: Annotated[float, msgspec.Meta(ge=0, le=0)] = 0.0


@dataclass(frozen=True, slots=True)
class Question:
    """Which registers to ask for, and how many a reply may hold."""

    function: int
    first: int
    count: int
    counts: frozenset[int]


Read = Callable[[tuple[int, ...], bytes, float], Reading]
"""Turns the registers of a reply, its raw bytes and the time into a reading."""


class RegisterDecoder:
    """The decoder of such a line; see `drivers.seam.Decoder`."""

    def __init__(
        self, settings: ModbusSettings, question: Question, read: Read, exceptions: Mapping[int, str] = EXCEPTIONS
    ) -> None:
        """Ask at the first tick. `exceptions`: what the codes of refusals mean on this model."""
        self._settings = settings
        self._read = read
        self._exceptions = exceptions
        self._addresses = tuple(dict.fromkeys(settings.addresses)) or (settings.address,)
        self._requests = {
            address: read_request(address, question.function, question.first, question.count)
            for address in self._addresses
        }
        self._cutter = ReplyCutter(self._requests, question.counts)
        bits = 1 + settings.bytesize + (settings.parity != "N") + settings.stopbits
        self._gap_s = gap_s(settings.baudrate, bits)
        self._noise = NoiseGate()
        self._outgoing = b""
        self._last_byte_s = float("-inf")
        self._turn = 0  # index of the address that is asked, or asked next
        self._attempt = 0
        self._round_s: float | None = None
        self._next_s = float("-inf")
        self._until_s: float | None = None
        self._spoken = False  # whether anybody on the line was heard in this round
        self._trouble: BadReading | None = None

    @property
    def deadline_s(self) -> float | None:
        """When a begun frame ends, a reply is overdue or the next request is due, whichever is sooner."""
        if self._round_s is None:
            return None
        due_s = self._until_s if self._until_s is not None else self._next_s
        return min(due_s, self._frame_end_s()) if self._cutter.waiting else due_s

    def feed(self, data: bytes, now_s: float) -> list[Reading]:
        """Take bytes; return what the replies they complete say."""
        readings = self._end_frame(now_s)
        if data:
            self._last_byte_s = now_s
            for found in self._cutter.feed(data):
                self._spoken = True
                readings += self._take(found, now_s)
        return readings

    def tick(self, now_s: float) -> list[Reading]:
        """End frames and waiting, and send what is due."""
        readings = self._end_frame(now_s)
        if self._until_s is not None and now_s >= self._until_s:
            readings += self._miss(now_s)
        if self._until_s is None and now_s >= self._next_s:
            self._ask(now_s)
        return readings

    def poll(self) -> bytes:
        """Return the request that is due, once."""
        outgoing, self._outgoing = self._outgoing, b""
        return outgoing

    def _frame_end_s(self) -> float:
        return self._last_byte_s + self._gap_s + LATENCY_S

    def _ask(self, now_s: float) -> None:
        if self._turn == 0 and self._attempt == 0:
            self._round_s = now_s
            self._spoken = False
        if self._attempt == 0:
            self._trouble = None
            self._cutter.forget()
        self._outgoing = self._requests[self._addresses[self._turn]]
        self._until_s = now_s + self._settings.timeout_s

    def _end_frame(self, now_s: float) -> list[Reading]:
        """Give up a frame that stopped."""
        if not self._cutter.waiting or now_s < self._frame_end_s():
            return []
        return self._complain(bad(Reason.TRUNCATED, self._cutter.drop(), now_s, "the reply stopped half-way"))

    def _take(self, found: Reply | Damaged, now_s: float) -> list[Reading]:
        if isinstance(found, Damaged):
            return self._complain(bad(Reason.BAD_CHECKSUM, found.raw, now_s))
        self._noise.reset()
        if self._until_s is not None and found.address == self._addresses[self._turn]:
            self._pass_on(now_s)
        if found.exception is None:
            return [self._named(self._read(found.registers, found.raw, now_s), found.address)]
        why = self._exceptions.get(found.exception, "unknown")
        detail = f"exception {found.exception:02X}h: {why}"
        return [self._named(bad(Reason.EXCEPTION, found.raw, now_s, detail), found.address)]

    def _complain(self, trouble: BadReading) -> list[Reading]:
        """Keep damage to a reply that is waited for until no better one came; tell other damage now and then."""
        if self._until_s is not None:
            self._trouble = trouble
            return []
        return [trouble] if self._noise.passes(trouble.reason, trouble.at_s) else []

    def _miss(self, now_s: float) -> list[Reading]:
        """No reply in time: try again, or tell why there is no reading."""
        self._until_s = None
        if self._attempt < self._settings.retries:
            self._attempt += 1
            self._next_s = self._quiet_s(now_s)
            return []
        address = self._addresses[self._turn]
        reading = replace(self._trouble, at_s=now_s) if self._trouble else self._unanswered(address, now_s)
        self._pass_on(now_s)
        return [self._named(reading, address)]

    def _unanswered(self, address: int, now_s: float) -> BadReading:
        if self._cutter.skipped:
            self._spoken = True
            return bad(Reason.MALFORMED, self._cutter.skipped, now_s, _language(self._cutter.skipped))
        detail = f"no answer from address {address}: power, A and B swapped, address, baud rate?"
        last = self._turn == len(self._addresses) - 1
        silent = last and not self._spoken
        return bad(Reason.NO_DATA if silent else Reason.DISCONNECTED, self._cutter.echoes, now_s, detail)

    def _pass_on(self, now_s: float) -> None:
        """This address is done: the next one, or the next round."""
        self._until_s = None
        self._attempt = 0
        self._turn = (self._turn + 1) % len(self._addresses)
        self._next_s = self._quiet_s(now_s)
        if self._turn == 0 and self._round_s is not None:
            self._next_s = max(self._next_s, self._round_s + self._settings.every_s)

    def _quiet_s(self, now_s: float) -> float:
        """When the line will have been quiet for long enough."""
        return max(now_s, self._last_byte_s + self._gap_s)

    def _named(self, reading: Reading, address: int) -> Reading:
        if self._settings.addresses and isinstance(reading, (Temperature, BadReading)):
            return replace(reading, channel=str(address))
        return reading


def _language(data: bytes) -> str:
    """What a line that gives bytes and no frame may be doing."""
    printable = sum(0x20 <= byte < 0x7F or byte in b"\r\n" for byte in data)
    if len(data) >= 8 and printable * 5 >= len(data) * 4:
        return "the device sends text by itself: switch it from auto-report to Modbus mode"
    return "bytes, but no reply: baud rate, parity, another device on the line?"
