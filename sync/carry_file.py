"""The files that ride the bus: the county's mark on a stick, what goes up, what comes down. README.md, 9, draws them.

    yyt.mark            ["mark", content, signature]    this stick is the county's
    <station>.up.yyt    ["up", head, sealed]            messages of one trip, sealed to the county's sealing key
    <station>.down.yyt  ["down", content, signature]    the county's receipts and lists for that station

The messages inside are exactly those of the wire, each signed by its maker; these files only keep them together and say
whether they are whole and whose they are. Pure, but that HPKE draws its own ephemeral key. Called by `carry.py`, the
shells `stick.py` and `county/carry_commands.py`.
"""

from typing import Annotated, NamedTuple, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from sync.entry import FORMAT, Count, Eight, Name, key_id, read_packed
from sync.errors import CarryRefused, MalformedMessage, Why
from sync.wire import MAX_MESSAGE_BYTES, Request, Sign, Verify

MARK_NAME = "yyt.mark"
MAX_MARK_BYTES = 1024
MAX_CARRIED_BYTES = 8 << 20
"""Messages of one file: some hundred days of a station; what has no room rides the next time."""
MAX_MESSAGES = 4096
MAX_FILE_BYTES = MAX_CARRIED_BYTES + MAX_MESSAGES * 8 + 4096

T = TypeVar("T")
_Messages = Annotated[
    list[Annotated[bytes, msgspec.Meta(max_length=MAX_MESSAGE_BYTES)]], msgspec.Meta(max_length=MAX_MESSAGES)
]


class _Mark(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """id: of the stick. county: id of the county's signing key."""

    format: int
    id: Eight
    county: Eight
    made_ms: Count


class UpHead(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Who sends it to whom. sealing: id of the key it is sealed to. trip: its requests are the numbers behind it."""

    format: int
    station: Name
    sealing: Eight
    trip: Request
    made_ms: Count


class Down(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What the county sends. county: id of its signing key. trip: the one it answers, 0 for none."""

    format: int
    station: Name
    county: Eight
    trip: Request
    issued_ms: Count
    messages: _Messages


class Up(NamedTuple):
    """An opened file of one trip."""

    head: UpHead
    messages: list[bytes]


_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
_pack = msgspec.msgpack.Encoder().encode
_file = msgspec.msgpack.Decoder(tuple[str, bytes, bytes])
_mark = msgspec.msgpack.Decoder(_Mark)
_head = msgspec.msgpack.Decoder(UpHead)
_down = msgspec.msgpack.Decoder(Down)
_messages = msgspec.msgpack.Decoder(_Messages)


def up_name(station: str) -> str:
    """Name of the file a station writes."""
    return f"{station}.up.yyt"


def down_name(station: str) -> str:
    """Name of the file the county writes for a station."""
    return f"{station}.down.yyt"


def mark_message(content: bytes) -> bytes:
    """The bytes the county signs to mark a stick."""
    return b"yyt.mark.1\0" + content


def down_message(content: bytes) -> bytes:
    """The bytes the county signs to send a file down."""
    return b"yyt.down.1\0" + content


def encode_mark(stick: bytes, made_ms: int, *, county: bytes, sign: Sign) -> bytes:
    """The file that makes a stick the county's. stick: 8 random bytes. county: the county's public key."""
    content = _pack(_Mark(FORMAT, stick, key_id(county), made_ms))
    return _pack(("mark", content, sign(mark_message(content))))


def read_mark(data: bytes, *, county: bytes, verify: Verify) -> bytes:
    """The id of a stick of this county; raises CarryRefused."""
    content, signature = _open(data, "mark", MAX_MARK_BYTES)
    mark = _decoded(_mark, content, "mark")
    _check_signed(mark.county, county, verify, signature, mark_message(content))
    return mark.id


def encode_up(head: UpHead, messages: list[bytes], sealing_key: bytes) -> bytes:
    """Seal one trip's messages to the county's sealing key (32 raw bytes); raises ValueError for no key."""
    packed = _pack(head)
    sealed = _SUITE.encrypt(_pack(messages), X25519PublicKey.from_public_bytes(sealing_key), info=_up_info(packed))
    return _pack(("up", packed, sealed))


def open_up(data: bytes, private: X25519PrivateKey) -> Up:
    """Open a station's file; raises CarryRefused. Who made it only the messages' own signatures say."""
    packed, sealed = _open(data, "up", MAX_FILE_BYTES)
    head = _decoded(_head, packed, "head of a trip")
    if head.sealing != key_id(private.public_key().public_bytes_raw()):
        raise CarryRefused("给别的县的 / sealed to another county's key", why=Why.FOREIGN)
    try:
        plain = _SUITE.decrypt(sealed, private, info=_up_info(packed))
    except (InvalidTag, ValueError) as error:
        raise CarryRefused(f"打不开 / does not open: {type(error).__name__}", why=Why.DAMAGED) from error
    return Up(head, _decoded(_messages, plain, "messages of a trip"))


def encode_down(down: Down, sign: Sign) -> bytes:
    """The county's file for a station."""
    content = _pack(down)
    return _pack(("down", content, sign(down_message(content))))


def read_down(data: bytes, *, station: str, county: bytes, verify: Verify) -> Down:
    """Read the county's file for `station`; raises CarryRefused. county: the public key `verify` is of."""
    content, signature = _open(data, "down", MAX_FILE_BYTES)
    down = _decoded(_down, content, "file of the county")
    _check_signed(down.county, county, verify, signature, down_message(content))
    if down.station != station:
        raise CarryRefused(f"给 {down.station} 的 / is for station {down.station}", why=Why.OTHER_STATION)
    return down


def _up_info(head: bytes) -> bytes:
    """What a sealed trip is bound to."""
    return b"yyt.up.1\0" + head


def _open(data: bytes, kind: str, limit: int) -> tuple[bytes, bytes]:
    """Take a file apart; raises CarryRefused."""
    if len(data) > limit:
        raise CarryRefused(f"太大 / too large: {len(data)} B > {limit} B", why=Why.FOREIGN)
    found, content, rest = _decoded(_file, data, "carried file")
    if found != kind:
        raise CarryRefused(f"是另一种文件 / another kind of file: {found[:20]!r}", why=Why.FOREIGN)
    return content, rest


def _check_signed(named: bytes, county: bytes, verify: Verify, signature: bytes, message: bytes) -> None:
    """Hold a signature against the county's key; raises CarryRefused."""
    if named != key_id(county):
        raise CarryRefused("别的县的 / of another county", why=Why.FOREIGN)
    if len(signature) != 64 or not verify(signature, message):
        raise CarryRefused("签名不对 / its signature does not fit", why=Why.DAMAGED)


def _decoded(decoder: msgspec.msgpack.Decoder[T], data: bytes, what: str) -> T:
    """Decode within bounds; raises CarryRefused."""
    try:
        found = read_packed(decoder, data, what)
    except MalformedMessage as error:
        raise CarryRefused(str(error), why=Why.DAMAGED) from error
    number = getattr(found, "format", FORMAT)
    if number != FORMAT:
        raise CarryRefused(f"{what} of format {number}", why=Why.NEWER)
    return found
