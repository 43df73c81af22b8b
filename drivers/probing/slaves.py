"""Who answers on a Modbus line, and which thermometer its registers look like (devices.md C2, C3).

That somebody answers with a right CRC is certain; which maker's it is, hardly ever: any slave may have a register 1.

    what the slave says                                                            it is
    -----------------------------------------------------------------------------  ----------------------------------
    holding 0101h is the address it was called by, inputs 1 and 2 are in range     modbus_xymd02, certain
    inputs 1 and 2 are in range, holding 1 and 2 and input 0 are refused           modbus_xymd02, likely
    holding 1 and 2 are a value and a status of the TRS-02a; all else is refused   modbus_pt100_trs02a, likely
    anything else                                                                  each map that fits, possible

1. Everything is read twice; what differs by more than a thermometer does in a second, or came once, is only possible.
2. Some XY-MD02 count in hundredths. Humidity tells: in tenths it is at most 1000. It stays a doubt, since very dry air
   reads alike.
3. A slave none of whose known registers hold a temperature is still told, with its refusal: its manual has the map.

Pure; called by `session.py`.
"""

from collections.abc import Iterator, Mapping, Sequence

from drivers.modbus import Reply
from drivers.models import MODELS
from drivers.probing.evidence import STEADY_MC
from drivers.probing.plan import CALLS, DETAILS, LineAt, RegisterQuestion, settings_for
from drivers.probing.verdict import Doubt, Finding, Sure, surest
from drivers.readings import BadReading, Reading, Temperature
from drivers.registers import ModbusSettings, RegisterDecoder
from drivers.settings import SerialSettings
from drivers.thermometers.modbus_pt100_trs02a import STATUS

INPUTS, HOLDINGS = CALLS
ITSELF, FIRST_HOLDING, FIRST_INPUT = DETAILS
TWICE = 2
_MOST_TENTHS = 1000
"""Of %RH, in tenths."""

Answers = Mapping[RegisterQuestion, Sequence[Reply]]
"""What one slave answered, by question; nothing where it kept silent."""


def judge_slave(path: str, at: LineAt, address: int, answers: Answers) -> tuple[Finding, ...]:
    """Return the models one slave may be, all equally sure; empty where it answered nothing."""
    if not any(answers.values()):
        return ()
    findings = [
        *_xymd02(path, at, address, answers),
        *_pt100(path, at, address, answers),
        *_by_map(path, at, address, answers),
    ]
    return surest(findings) or (_unknown(path, at, address, answers),)


def _xymd02(path: str, at: LineAt, address: int, answers: Answers) -> Iterator[Finding]:
    pairs = _registers(answers, INPUTS)
    if not pairs:
        return
    per_degree = 100 if pairs[0][1] > _MOST_TENTHS else 10
    settings = settings_for(MODELS["modbus_xymd02"], path, at, address=address, per_degree=per_degree)
    readings = _readings("modbus_xymd02", settings, answers, INPUTS)
    humid = [reading for reading in readings if getattr(reading, "humidity_permille", None) is not None]
    knows_itself = any(itself[0] == address for itself in _registers(answers, ITSELF))
    alone = not _registers(answers, HOLDINGS) and not _registers(answers, FIRST_INPUT)
    sure = Sure.POSSIBLE
    if len(humid) >= TWICE and _steady(readings):
        sure = Sure.CERTAIN if knows_itself else Sure.LIKELY if alone else Sure.POSSIBLE
    if any(isinstance(reading, Temperature) for reading in readings):
        yield _found("modbus_xymd02", settings, sure, readings, (Doubt.PER_DEGREE,))


def _pt100(path: str, at: LineAt, address: int, answers: Answers) -> Iterator[Finding]:
    pairs = _registers(answers, HOLDINGS)
    if not pairs or any(status and status not in STATUS for _, status in pairs):
        return
    settings = settings_for(MODELS["modbus_pt100_trs02a"], path, at, address=address)
    readings = _readings("modbus_pt100_trs02a", settings, answers, HOLDINGS)
    alone = not any(_registers(answers, other) for other in (INPUTS, *DETAILS))
    fits = alone and len(pairs) >= TWICE and _steady(readings)
    doubts = () if any(isinstance(reading, Temperature) for reading in readings) else (Doubt.NO_VALUE,)
    sure = Sure.LIKELY if fits else Sure.POSSIBLE
    yield _found("modbus_pt100_trs02a", settings, sure, readings, (Doubt.REGISTER_MAP, *doubts))


def _by_map(path: str, at: LineAt, address: int, answers: Answers) -> Iterator[Finding]:
    """What the first register would be in tenths of a degree, the most usual way to count."""
    seen: list[int] = []
    for asked in (FIRST_HOLDING, FIRST_INPUT):
        keys = {"address": address, "function": asked.function, "register": asked.first}
        settings = settings_for(MODELS["modbus_generic"], path, at, **keys)
        readings = _readings("modbus_generic", settings, answers, asked)
        counts = [reading.temperature_mc for reading in readings if isinstance(reading, Temperature)]
        if counts and counts != seen:  # many devices answer both functions alike
            seen = counts
            yield _found("modbus_generic", settings, Sure.POSSIBLE, readings, (Doubt.REGISTER_MAP,))


def _unknown(path: str, at: LineAt, address: int, answers: Answers) -> Finding:
    """A slave is there, and none of its registers is known; its answers as they are."""
    settings = settings_for(MODELS["modbus_generic"], path, at, address=address)
    readings = tuple(
        reading
        for asked in answers
        if asked.how_many == 1
        for reading in _readings("modbus_generic", settings, answers, asked)
    )
    return _found("modbus_generic", settings, Sure.POSSIBLE, readings, (Doubt.REGISTER_MAP, Doubt.NO_VALUE))


def _registers(answers: Answers, asked: RegisterQuestion) -> list[tuple[int, ...]]:
    """What the registers held, each time they were not refused."""
    return [reply.registers for reply in answers.get(asked, ()) if reply.exception is None]


def _readings(name: str, settings: SerialSettings, answers: Answers, asked: RegisterQuestion) -> tuple[Reading, ...]:
    """What the model's own decoder says of the replies to one question."""
    decoder = MODELS[name].decoder(settings)
    assert isinstance(decoder, RegisterDecoder)
    assert isinstance(settings, ModbusSettings)
    raws = [reply.raw for reply in answers.get(asked, ())]
    return tuple(reading for place, raw in enumerate(raws) for reading in decoder.feed(raw, float(place)))


def _steady(readings: Sequence[Reading]) -> bool:
    """Whether both looks agree: temperatures within what changes in a second, or one and the same fault."""
    counts = [reading.temperature_mc for reading in readings if isinstance(reading, Temperature)]
    reasons = {reading.reason for reading in readings if isinstance(reading, BadReading)}
    return (
        not (counts and reasons)
        and len(reasons) < TWICE
        and max(counts, default=0) - min(counts, default=0) <= STEADY_MC
    )


def _found(
    name: str, settings: SerialSettings, sure: Sure, readings: tuple[Reading, ...], doubts: tuple[Doubt, ...]
) -> Finding:
    return Finding(MODELS[name], settings, sure, readings[:1], 1.0, doubts)
