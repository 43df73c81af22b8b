"""A simulated device on a bench in memory, as the probe meets it: no port, no thread, no waiting.

The device's line has settings of its own; a host that opens another one reads what a UART would make of the bits, and
is heard so too. A person does something again and again (`act`): scans, presses print.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from drivers.errors import BadSettings
from drivers.probing.plan import LineAt, Plan, plan_for
from drivers.probing.session import Outcome, probe
from sim_hardware.uart import LineSettings, misread
from sim_hardware.voice import Voice

STEP_S = 0.05
PATH = "/dev/bench"


@functools.lru_cache(maxsize=4096)
def across(data: bytes, sent: LineAt, read: LineAt) -> bytes:
    """What one end reads of what the other sends; kept, as a scale says the same over and over."""
    return data if sent == read else misread(data, uart(sent), uart(read))


def uart(at: LineAt) -> LineSettings:
    """The same line settings in the simulator's words."""
    assert at.bytesize in {7, 8}
    assert at.parity in {"N", "E", "O"}
    return LineSettings(at.baudrate, at.bytesize, at.parity)  # type: ignore[arg-type]


@dataclass
class Desk:
    """One device, the line it is set to, and the time it shares with the probe. act: done every `act_every_s`."""

    voice: Voice
    at: LineAt = field(default_factory=LineAt)
    act: Callable[[float], bytes] | None = None
    act_every_s: float = 1.0
    cannot: Sequence[LineAt] = ()
    """Line settings the adapter refuses."""
    before: bytes = b""
    after: bytes = b""
    """Stray bytes around whatever the device says."""
    echoes: bool = False
    """Whether the adapter hands the host its own bytes back."""
    now_s: float = 100.0
    sent: list[tuple[LineAt, bytes]] = field(default_factory=list)
    spoke_s: float = 0.0
    acted_s: float = 0.0

    def probe(self, plan: Plan | None = None) -> Outcome:
        """Carry out a plan, the whole one if none is given."""
        return probe(plan or plan_for(PATH), self.open, lambda: self.now_s)

    def open(self, at: LineAt) -> "DeskLine":
        """Open the port at a setting."""
        if at in self.cannot:
            raise BadSettings(f"cannot do {at}", hint="-")
        self.now_s += 0.2
        return DeskLine(self, at)


@dataclass
class DeskLine:
    """The port of a desk, open at one setting."""

    desk: Desk
    at: LineAt
    answers: list[bytes] = field(default_factory=list)

    def hear(self, seconds: float) -> list[tuple[bytes, float]]:
        """Let time pass and collect what the device says."""
        desk = self.desk
        until_s = desk.now_s + seconds
        pieces = [(data, desk.now_s) for data in self.answers]
        self.answers.clear()
        while desk.now_s < until_s - 1e-9:
            desk.now_s = min(until_s, desk.now_s + STEP_S)
            said = b""
            if desk.now_s - desk.spoke_s >= desk.voice.period_s - 1e-9:
                desk.spoke_s = desk.now_s
                said += desk.voice.speak(desk.now_s)
            if desk.act is not None and desk.now_s - desk.acted_s >= desk.act_every_s:
                desk.acted_s = desk.now_s
                said += desk.act(desk.now_s)
            if said:
                pieces.append((self._to_host(desk.before + said + desk.after), desk.now_s))
        return [(data, at_s) for data, at_s in pieces if data]

    def say(self, data: bytes) -> None:
        """Send bytes to the device."""
        desk = self.desk
        desk.sent.append((self.at, data))
        if desk.echoes:
            self.answers.append(data)
        said = desk.voice.hear(across(data, self.at, desk.at), desk.now_s)
        if said:
            self.answers.append(self._to_host(desk.before + said + desk.after))

    def _to_host(self, data: bytes) -> bytes:
        return across(data, self.desk.at, self.at)
