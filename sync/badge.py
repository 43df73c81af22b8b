"""A badge: who stands at the counter, as a QR text that a station can check without network. Pure.

It says a number, a role, a line or station, and the days it is good for, signed by the county. It carries no name: the
county knows whose number it is. Whoever holds a copy holds the badge, so that a badge of one day also asks for a PIN.

    text     = "YYB" base32(payload | signature)          RFC 4648, capitals, no padding: QR alphanumeric, <= 180
    payload  = u8 format 1, u8 parts, u32 number, u8 role, u16 first day, u16 last day,
               county key id [8]                           where parts has bit 0
               salt [4], PIN digest [8]                    where parts has bit 1
               place, ASCII, to the end                    together at most 46 bytes
    digest   = first 8 bytes of scrypt(PIN, salt = "yyt.pin.1" 00 | salt | number u32 | first u16, N 8192, r 8, p 1)
    signed   = "yyt.badge.1" 00 | payload                  Ed25519 by the county

Days count from 1970-01-01 and begin at midnight in China; both ends are good days. A million PINs can be tried on a
photographed badge in hours: the PIN keeps out who found the picture today, not who works on it, and the station must
bound its own tries. Called by the counter (reads), `county badge` (makes) and tests.
"""

import base64
import hashlib
import hmac
import re
import struct
from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from sync.errors import SyncError
from sync.wire import Sign, Verify

PREFIX = "YYB"
MAX_TEXT = 180
MAX_PAYLOAD_BYTES = 46
"""With a signature of 64 bytes 110 bytes, 176 letters of base32."""
MAX_ID = (1 << 32) - 1
MAX_DAY = (1 << 16) - 1
"""In the year 2149."""
SALT_BYTES = 4
DAY_MS = 86_400_000
CHINA_MS = 8 * 3_600_000
"""China keeps one time all year, UTC+8."""

_FORMAT = 1
_HAS_KEY, _HAS_PIN = 1, 2
_HEAD = struct.Struct(">BBIBHH")
_DIGEST_BYTES, _KEY_BYTES, _SIGNATURE_BYTES = 8, 8, 64
_PLACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_PIN = re.compile(r"[0-9]{6}")
_LETTERS = re.compile(PREFIX + "[A-Z2-7]+")


class Role(IntEnum):
    """What the holder of a badge does."""

    DRIVER = 1
    ATTENDANT = 2
    TECHNICIAN = 3
    COURIER = 4


class Standing(StrEnum):
    """What a genuine badge is worth on a day. CLOCK_UNKNOWN: accept it and flag it, nobody knows which day it is."""

    VALID = "valid"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    REVOKED = "revoked"
    CLOCK_UNKNOWN = "clock_unknown"


class Flaw(StrEnum):
    """Why a text is no badge."""

    SHAPE = "shape"
    FORMAT = "format"
    SIGNATURE = "signature"


_HINTS = {
    Flaw.SHAPE: "重新扫一次;打印破损请到县里补办 / scan it once more; have a damaged badge printed again",
    Flaw.FORMAT: "请技术员升级本站程序 / this station's program is too old for it, ask the technician",
    Flaw.SIGNATURE: "不是本县发的证件,不要接受,请报告县中心 / not issued by this county: refuse it and tell the county",
}


class BadBadge(SyncError):
    """Stop: this text is not a badge of this county; `reason` says why."""

    def __init__(self, reason: Flaw, message: str) -> None:
        """`message` for the log; the hint follows from `reason`."""
        super().__init__(message, hint=_HINTS[reason])
        self.reason = reason


class BadgeRefused(SyncError):
    """Stop: such a badge cannot be made; the hint says what to change."""


@dataclass(frozen=True, slots=True)
class Badge:
    """A genuine badge. place: code of its line or station. first_day, last_day: since 1970, both good.

    key: id of the county key that signed it, None where it does not say. pin: salt and digest, None where it has none.
    """

    id: int
    role: Role
    place: str
    first_day: int
    last_day: int
    key: bytes | None = None
    pin: bytes | None = None

    def standing(self, day: int, trusted: bool, revoked: Collection[int]) -> Standing:
        """What it is worth on `day`; `trusted`: whether the clock can be believed; `revoked`: the county's list."""
        if self.id in revoked:
            return Standing.REVOKED
        return on_day(day, self.first_day, self.last_day) if trusted else Standing.CLOCK_UNKNOWN

    def opens_with(self, pin: str) -> bool:
        """Whether `pin` is the one this badge asks for; True where it asks for none. Takes about 20 ms and 8 MB."""
        if self.pin is None:
            return True
        digest = _pin_digest(pin, self.pin[:SALT_BYTES], self.id, self.first_day)
        return hmac.compare_digest(digest, self.pin[SALT_BYTES:])


def day_of(wall_ms: int) -> int:
    """The day in China, counted from 1970-01-01, at `wall_ms` milliseconds since 1970 UTC."""
    return (wall_ms + CHINA_MS) // DAY_MS


def on_day(day: int, first_day: int, last_day: int) -> Standing:
    """Whether `day` is one of the good days, both ends included: valid, not_yet or expired."""
    if day < first_day:
        return Standing.NOT_YET
    return Standing.EXPIRED if day > last_day else Standing.VALID


def make_badge(
    sign: Sign,
    *,
    number: int,
    role: Role,
    place: str,
    first_day: int,
    last_day: int,
    key: bytes | None = None,
    pin: tuple[str, bytes] | None = None,
) -> str:
    """The text of a badge. `key`: the county's key id. `pin`: six digits and 4 random bytes of salt.

    Raises BadgeRefused.
    """
    _check_wish(number, place, first_day, last_day, pin)
    parts = (_HAS_KEY if key else 0) | (_HAS_PIN if pin else 0)
    payload = _HEAD.pack(_FORMAT, parts, number, role, first_day, last_day) + (key or b"")
    if pin is not None:
        payload += pin[1] + _pin_digest(pin[0], pin[1], number, first_day)
    payload += place.encode()
    if len(payload) > MAX_PAYLOAD_BYTES:
        fits = MAX_PAYLOAD_BYTES - len(payload) + len(place)
        hint = f"线路或站点代码至多 {fits} 位 / a line's or station's code of at most {fits} letters fits on a badge"
        raise BadgeRefused(f"{place} is too long for a badge", hint=hint)
    return PREFIX + base64.b32encode(payload + sign(badge_message(payload))).decode().rstrip("=")


def _check_wish(number: int, place: str, first_day: int, last_day: int, pin: tuple[str, bytes] | None) -> None:
    """Refuse what no badge can say; raises BadgeRefused."""
    if not 1 <= number <= MAX_ID:
        raise BadgeRefused(f"badge number {number}", hint=f"编号 1 到 {MAX_ID} / a number from 1 to {MAX_ID}")
    if not _PLACE.fullmatch(place):
        hint = "字母、数字、点、横线,至多 32 位 / letters, digits, dot, dash, underscore; at most 32"
        raise BadgeRefused(f"not the code of a line or station: {place[:80]!r}", hint=hint)
    if not 0 <= first_day <= last_day <= MAX_DAY:
        hint = "有效期至少一天 / a badge is good for one day at least"
        raise BadgeRefused(f"days {first_day} to {last_day}", hint=hint)
    if pin is not None and (not _PIN.fullmatch(pin[0]) or len(pin[1]) != SALT_BYTES):
        raise BadgeRefused("not a PIN", hint="PIN 是六位数字 / a PIN has six digits")


def badge_message(payload: bytes) -> bytes:
    """The bytes the county signs to issue a badge."""
    return b"yyt.badge.1\0" + payload


def read_badge(text: str, verify: Verify) -> Badge:
    """Read what a gun read; `verify` is the county's. Raises BadBadge. Says nothing of the day: see `standing`."""
    signed = _unpack(text)
    payload, signature = signed[:-_SIGNATURE_BYTES], signed[-_SIGNATURE_BYTES:]
    if payload[0] != _FORMAT:
        raise BadBadge(Flaw.FORMAT, f"badge of format {payload[0]}")
    if not verify(signature, badge_message(payload)):
        raise BadBadge(Flaw.SIGNATURE, "badge not signed by this county")
    return _read_payload(payload)


def _unpack(text: str) -> bytes:
    """Payload and signature of a text of the right shape, which has exactly one spelling; raises BadBadge."""
    if len(text) > MAX_TEXT or not _LETTERS.fullmatch(text):
        raise BadBadge(Flaw.SHAPE, "not the letters of a badge")
    letters = text[len(PREFIX) :]
    try:
        signed = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except ValueError as error:
        raise BadBadge(Flaw.SHAPE, "badge of a wrong length") from error
    size = len(signed) - _SIGNATURE_BYTES
    if not _HEAD.size < size <= MAX_PAYLOAD_BYTES or base64.b32encode(signed).decode().rstrip("=") != letters:
        raise BadBadge(Flaw.SHAPE, "badge of a wrong length")
    return signed


def _read_payload(payload: bytes) -> Badge:
    """The fields of a signed payload; raises BadBadge for one a newer county made."""
    _, parts, number, role, first_day, last_day = _HEAD.unpack_from(payload)
    rest = payload[_HEAD.size :]
    key = pin = None
    if parts & _HAS_KEY:
        key, rest = rest[:_KEY_BYTES], rest[_KEY_BYTES:]
    if parts & _HAS_PIN:
        pin, rest = rest[: SALT_BYTES + _DIGEST_BYTES], rest[SALT_BYTES + _DIGEST_BYTES :]
    place = rest.decode("ascii", "replace")
    if parts & ~(_HAS_KEY | _HAS_PIN) or role not in tuple(Role) or not _PLACE.fullmatch(place):
        raise BadBadge(Flaw.FORMAT, f"badge with parts {parts}, role {role}")
    return Badge(number, Role(role), place, first_day, last_day, key, pin)


def _pin_digest(pin: str, salt: bytes, number: int, first_day: int) -> bytes:
    """Digest of a PIN, slow enough that a picture of a badge does not give the PIN away at once."""
    salted = b"yyt.pin.1\0" + salt + struct.pack(">IH", number, first_day)
    return hashlib.scrypt(pin.encode(), salt=salted, n=8192, r=8, p=1, dklen=_DIGEST_BYTES)
