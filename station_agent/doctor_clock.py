"""The doctor's looks at time and supply: trust, last synchronisation, clock chip, under-voltage. Changes nothing.

Called by `station_agent.doctor`.
"""

import time
from collections.abc import Iterator
from pathlib import Path

from drivers.throttling import Throttling
from station_agent.clock import HOLD_S, Clock, synchronised_ms
from station_agent.findings import Finding, State
from sync.entry import Trust

CHIP_EPOCH = Path("/sys/class/rtc/rtc0/since_epoch")
CHIP_OFF_S = 60
"""A chip drifts seconds a month; more is a dead battery or a chip nobody ever set."""
_MEANS = {
    Trust.SYNCHRONISED: "已与网络同步 / synchronised",
    Trust.KEPT: "自行走时 / kept, not synchronised",
    Trust.UNKNOWN: "不可信 / not synchronised",
}


def look_at_clock() -> Iterator[Finding]:
    """The clock of this machine and its chip."""
    trust = Clock().trust()
    yield clock_found(trust, synchronised_ms(), time.time_ns() // 1_000_000)
    yield chip_found(_chip_s(), time.time(), trust)


def clock_found(trust: Trust, last_ms: int | None, now_ms: int) -> Finding:
    """How far the time is trusted, and when the network last set it."""
    part, last = "时钟 clock", "本次开机未校时 / not set since the start"
    if last_ms is not None:
        last = f"上次校时 / last set {_ago(now_ms - last_ms)}"
    seen = f"{_MEANS[trust]};{last}"
    if trust is Trust.SYNCHRONISED:
        return Finding(part, State.OK, _MEANS[trust] if last_ms is None else seen)
    repair = "联网后会自动校准;顺序不受影响 / corrects itself once on line; the order of entries does not depend on it"
    if last_ms is not None and now_ms - last_ms > HOLD_S * 1000:
        repair = "看网络和 timedatectl timesync-status / look at the network and at `timedatectl timesync-status`"
    return Finding(part, State.LOOK, seen, repair)


def chip_found(chip_s: int | None, now_s: float, trust: Trust) -> Finding:
    """Whether there is a clock chip, and whether it goes right where that can be known."""
    part = "时钟芯片 RTC"
    if chip_s is None:
        return Finding(
            part, State.OK, "没有,断电后时间要等网络 / none: after a power cut the time waits for the network"
        )
    off_s = abs(chip_s - now_s)
    if trust is Trust.SYNCHRONISED and off_s > CHIP_OFF_S:
        repair = "换电池,再 sudo hwclock -w / replace its battery, then `sudo hwclock -w`"
        return Finding(part, State.LOOK, f"差 {off_s:.0f} 秒 / {off_s:.0f} s off", repair)
    return Finding(part, State.OK, "有 / present")


def supply_found(seen: Throttling | None) -> Iterator[Finding]:
    """Under-voltage and throttling as the firmware has them; only a Raspberry Pi can say."""
    part = "供电 power"
    if seen is None:
        return
    flags = f"get_throttled {seen.flags:#x}"
    if seen.undervoltage or seen.had_undervoltage:
        when = "现在 / now" if seen.undervoltage else "开机以来有过 / since the start"
        repair = "换 5 V 3 A 电源和短粗线 / use a good 5 V supply and a short cable"
        yield Finding(part, State.LOOK, f"欠压 / under-voltage,{when},{flags}", repair)
    elif seen.is_slowed:
        repair = "散热,离开日晒 / cool it, keep it out of the sun"
        yield Finding(part, State.LOOK, f"过热降速 / slowed down by heat,{flags}", repair)
    else:
        yield Finding(part, State.OK, flags)


def _chip_s() -> int | None:
    """What the chip says, seconds since 1970; None where there is none."""
    try:
        return int(CHIP_EPOCH.read_text())
    except (OSError, ValueError):
        return None


def _ago(span_ms: int) -> str:
    """How long ago, in words; a clock that was set back since sees it in its future."""
    if span_ms < -5_000:
        return "在将来(时钟被调回) / in the future: the clock was set back"
    minutes = max(0, span_ms) // 60_000
    if minutes < 120:
        return f"{minutes} 分钟前 / min ago"
    hours = minutes // 60
    return f"{hours} 小时前 / h ago" if hours < 48 else f"{hours // 24} 天前 / days ago"
