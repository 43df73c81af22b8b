"""A reading as a technician at the bench sees it; no command of its own. Called by `devices` and `probing`."""

from drivers.readings import BadReading, Door, Power, Reading, Scan, Temperature, Weight


def reading_in_words(reading: Reading) -> str:
    """A reading in words; the raw bytes beside it, for a technician at the bench."""
    match reading:
        case Scan():
            text = f"码 / code {reading.code!r} {reading.symbology or ''}"
        case Weight():
            flag = {True: "稳定 / stable", False: "不稳 / moving", None: "无稳定标志 / no flag"}[reading.stable]
            text = f"重量 / weight {reading.weight_g:g} g, {flag}"
        case Temperature():
            text = f"温度 / temperature {reading.temperature_mc / 1000:.3f} °C"
        case Door():
            text = "开 / open" if reading.is_open else "关 / closed"
        case Power():
            text = "市电正常 / mains there" if reading.is_good else "停电 / mains gone"
        case BadReading():
            text = f"✗ {reading.reason.value} {reading.detail}"
    return f"{text}   [{reading.raw[:40].hex(' ')}]"
