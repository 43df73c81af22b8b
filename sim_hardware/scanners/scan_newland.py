"""Newland: text out, settings in as text (devices.md B2).

    host   7E 01 30 30 30 30  @ kept | # volatile   TAG SUB value [ , SUB value ] [ ; TAG ... ]   3B 03
    scan   02 01 30 30 30 30  @ | #   the same items, each followed by 06 ok | 15 range | 05 unknown   3B 03

    * as the tag's rest asks for every sub-tag, as a value for that one       SCN TRG 1 pulls the trigger (UNVERIFIED)

A tag has three letters or digits. Which settings exist here: `_DEFAULTS`. Volatile ones are lost with the power.
"""

from __future__ import annotations

import re

from sim_hardware.scanners.voice import ScannerVoice

_HEAD = b"\x7e\x010000"
_ANSWER = b"\x02\x010000"
_END = b";\x03"
_OK, _RANGE, _UNKNOWN = "\x06", "\x15", "\x05"
_ITEM = re.compile(r"([A-Z]{3})([0-9*]*)")
_DEFAULTS = {"C11": {"ENA": 0, "MIN": 12, "MAX": 22}, "SCN": {"TRG": 0, "MOD": 0}}
_MOST = {"ENA": 1, "TRG": 1, "MOD": 3, "MIN": 127, "MAX": 127}


def _copied() -> dict[str, dict[str, int]]:
    return {tag: dict(subs) for tag, subs in _DEFAULTS.items()}


class Newland(ScannerVoice):
    """A Newland gun or module."""

    def __init__(self, *, encoding: str = "gbk") -> None:
        """`encoding`: as for ScannerVoice."""
        super().__init__(encoding=encoding)
        self._kept = _copied()
        self._settings = _copied()

    def wake(self, now_s: float) -> bytes:
        """Come back with the settings that were kept."""
        self._settings = {tag: dict(subs) for tag, subs in self._kept.items()}
        return super().wake(now_s)

    def hear(self, data: bytes, now_s: float) -> bytes:
        """Answer every whole command; a trigger is answered first and then reads."""
        self._requests.take(data, now_s)
        said = b""
        for command in self._requests.lines(_END):
            start = command.rfind(_HEAD)
            if start < 0 or command[start + len(_HEAD) :][:1] not in (b"@", b"#"):
                continue
            body = command[start + len(_HEAD) :].decode("ascii", "replace")
            said += self._obey(body, now_s)
        return said

    def _obey(self, body: str, now_s: float) -> bytes:
        kept = body[0] == "@"
        groups = [self._group(group, kept=kept) for group in body[1:].split(";")]
        answer = _ANSWER + f"{body[0]}{';'.join(groups)}".encode("ascii", "replace") + _END
        if self._settings["SCN"]["TRG"]:
            self._settings["SCN"]["TRG"] = self._kept["SCN"]["TRG"] = 0
            return answer + self.pull(now_s)
        return answer

    def _group(self, group: str, *, kept: bool) -> str:
        tag, rest = group[:3], group[3:]
        subs = self._settings.get(tag)
        if subs is None:
            return f"{group}{_UNKNOWN}"
        if rest == "*":
            return tag + ",".join(f"{sub}{value}{_OK}" for sub, value in subs.items())
        return tag + ",".join(self._item(tag, item, kept=kept) for item in rest.split(","))

    def _item(self, tag: str, item: str, *, kept: bool) -> str:
        subs = self._settings[tag]
        matched = _ITEM.fullmatch(item)
        if matched is None or matched[1] not in subs:
            return f"{item}{_UNKNOWN}"
        sub, value = matched.groups()
        if value == "*":
            return f"{sub}{subs[sub]}{_OK}"
        if not value.isdigit() or int(value) > _MOST[sub]:
            return f"{item}{_RANGE}"
        subs[sub] = int(value)
        if kept:
            self._kept[tag][sub] = int(value)
        return f"{item}{_OK}"
