"""What a probe will do to a port: where it listens, what it asks, and how long that takes at most.

Rules
1. First it only listens, at one line setting after the other. Most scales speak all the time, and a person scans.
2. Then it asks, each polled model with the model's own request at the line settings its makers ship, and Modbus slaves
   at a short list of addresses. A plan to listen only asks nothing.
3. Only questions are sent, never what changes a device. A request may meet a device of another make, so that none of
   its bytes is one of OBEYED, whatever the parity: single letters which zero, tare, clear, calibrate or reset some
   scale or scanner (Toledo 8217, Ohaus AP, Datalogic). A request that holds one is left out of the plan.
4. Everything is in the plan before anything is sent, so that a person can read it first.

Pure. The line settings are those of the models' own files and READMEs; MT-SICS and NCI at 2400 7E1 are what older
balances ship with (UNVERIFIED).
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from drivers.modbus import read_request
from drivers.models import MODELS, Model
from drivers.settings import SerialSettings

ROLES = ("scale", "scanner", "thermometer")
"""What can be looked for on a serial port."""

OBEYED = frozenset(b"CDEHMRTZ@")
"""Letters some device obeys by themselves; compared without bit 7, where a parity may stand."""

OPENING_S = 0.25
"""What opening the port at another setting costs: it settles for 0.15 s."""
FIRST_LISTEN_S = 3.0
"""At the most usual setting: long enough for a person to scan something."""
LISTEN_S = 1.5
"""Long enough for three frames of the slowest continuous scale (600 baud, one frame in 0.4 s)."""
ASK_S = 0.6
"""How long a scale may take to answer; 0.3 to 0.5 s are usual (devices.md A2, A7)."""
TRIES = 2
"""How often a silent device is asked; the first request may only end another one's half-read line."""
ANSWERS = 4
"""How often one that answers is asked, so that answers can agree."""
SLAVE_S = 0.25
"""How long a Modbus slave may take; they answer within some 100 ms."""
MARGIN_S = 12.0
"""For listening longer where something speaks, and asking again whoever answers."""


class LineAt(NamedTuple):
    """Line settings, one stop bit."""

    baudrate: int = 9600
    bytesize: int = 8
    parity: str = "N"

    def __str__(self) -> str:
        """As people write it: 9600 8N1."""
        return f"{self.baudrate} {self.bytesize}{self.parity}1"


class Question(NamedTuple):
    """One polled model asked at one line setting. then: what may be sent besides in the same exchange."""

    model: Model
    settings: SerialSettings
    request: bytes
    then: tuple[bytes, ...] = ()


class RegisterQuestion(NamedTuple):
    """Which registers a Modbus slave is asked for; functions 3 and 4 only read."""

    function: int
    first: int
    how_many: int

    def request(self, address: int) -> bytes:
        """Return the frame for one slave."""
        return read_request(address, self.function, self.first, self.how_many)


class Roll(NamedTuple):
    """Modbus slaves called by their addresses, one after the other."""

    addresses: tuple[int, ...]


class Stop(NamedTuple):
    """One line setting, and what is done there: listening for so long, or asking."""

    at: LineAt
    listen_s: float = 0.0
    questions: tuple[Question, ...] = ()
    roll: Roll = Roll(())

    @property
    def longest_s(self) -> float:
        """How long this takes if nobody answers."""
        slaves_s = len(self.roll.addresses) * len(CALLS) * SLAVE_S
        return OPENING_S + self.listen_s + len(self.questions) * TRIES * ASK_S + slaves_s


class Plan(NamedTuple):
    """The whole search, in order."""

    path: str
    roles: frozenset[str]
    stops: tuple[Stop, ...]

    @property
    def longest_s(self) -> float:
        """How long it takes at most; a search that has come this far ends."""
        return sum(stop.longest_s for stop in self.stops) + MARGIN_S


LISTENED: tuple[LineAt, ...] = (
    LineAt(),
    LineAt(115_200),
    LineAt(4800),
    LineAt(2400),
    LineAt(1200),
    LineAt(19_200),
    LineAt(600),
    LineAt(38_400),
    LineAt(9600, 8, "E"),
)
"""Where to listen, the usual first (devices.md A, B1). 7E1 and 7O1 are heard at 8N1, with the parity in bit 7."""

CALLS: tuple[RegisterQuestion, ...] = (RegisterQuestion(4, 1, 2), RegisterQuestion(3, 1, 2))
"""By which a slave is called: what an XY-MD02 and a TRS-02a measure. Any slave answers one of them, if only to refuse
it."""

DETAILS: tuple[RegisterQuestion, ...] = (
    RegisterQuestion(3, 0x0101, 2),
    RegisterQuestion(3, 0, 1),
    RegisterQuestion(4, 0, 1),
)
"""What one that answers is asked besides: an XY-MD02's own address and baud rate, and the first register of others."""

ADDRESSES = (1, 2, 3, 4, 5, 6, 7, 10)
"""Slaves leave their makers as 1, and people count on from there. Requests to 8 and 9 hold letters of OBEYED."""
FEW = (1, 2, 3)

_7E = LineAt(9600, 7, "E")
_OLD = LineAt(2400, 7, "E")

_ASKED: tuple[tuple[LineAt, tuple[str, ...], tuple[int, ...]], ...] = (
    (_7E, ("toledo8217", "nci_scp01"), ()),
    (LineAt(), ("mtsics", "cas_enq", "nci_scp01", "toledo8217", "yaohua_cmd"), ADDRESSES),
    (LineAt(4800), ("yaohua_cmd", "mtsics", "adam_az"), FEW),
    (_OLD, ("mtsics", "nci_scp01"), ()),
    (LineAt(2400), ("yaohua_cmd",), ()),
    (LineAt(1200), ("yaohua_cmd",), ()),
    (LineAt(19_200), (), FEW),
    (LineAt(9600, 8, "E"), ("yaohua_cmd",), FEW),
    (LineAt(19_200, 8, "E"), (), FEW),
)
"""Who is asked where, and which Modbus addresses are called there (Modbus asks for even parity, most ship without)."""

POLLED = frozenset(name for _, names, _ in _ASKED for name in names)
"""The models that are asked."""
_THEN = {"cas_enq": (b"\x11",)}
"""CAS: after its ACK it is told to send."""


def plan_for(
    path: str, roles: Iterable[str] = ("scale", "scanner", "thermometer"), *, listen_only: bool = False
) -> Plan:
    """Plan the search for what has one of `roles` on the port at `path`."""
    wanted = frozenset(roles)
    stops = [Stop(at, LISTEN_S if place else FIRST_LISTEN_S) for place, at in enumerate(LISTENED)]
    return Plan(path, wanted, (*stops, *(() if listen_only else _asking(path, wanted))))


def settings_for(model: Model, path: str, at: LineAt, **keys: object) -> SerialSettings:
    """Return a serial model's settings at one line setting; raises msgspec.ValidationError for keys it has not."""
    line = {"path": path, "baudrate": at.baudrate, "bytesize": at.bytesize, "parity": at.parity}
    settings = msgspec.convert({**line, **keys}, model.settings())
    assert isinstance(settings, SerialSettings), model
    return settings


def sent_by(plan: Plan) -> Iterator[tuple[LineAt, str, bytes]]:
    """Everything a plan may send: at which line setting, for which model, the bytes; details of a Modbus slave too."""
    for stop in plan.stops:
        for question in stop.questions:
            for data in (question.request, *question.then):
                yield stop.at, question.model.name, data
        for address in stop.roll.addresses:
            for asked in (*CALLS, *DETAILS):
                yield stop.at, "modbus", asked.request(address)


def harmless(data: bytes) -> bool:
    """Whether no byte of a request is one that some other device obeys."""
    return OBEYED.isdisjoint(byte & 0x7F for byte in data)


def _asking(path: str, roles: frozenset[str]) -> Iterator[Stop]:
    for at, names, addresses in _ASKED:
        questions = tuple(
            question
            for name in names
            if MODELS[name].role in roles and harmless((question := _question(MODELS[name], path, at)).request)
        )
        called = tuple(
            address
            for address in (addresses if "thermometer" in roles else ())
            if all(harmless(asked.request(address)) for asked in (*CALLS, *DETAILS))
        )
        if questions or called:
            yield Stop(at, 0.0, questions, Roll(called))


def _question(model: Model, path: str, at: LineAt) -> Question:
    """What the model's own driver would send first."""
    settings = settings_for(model, path, at)
    return Question(model, settings, model.decoder(settings).poll(), _THEN.get(model.name, ()))
