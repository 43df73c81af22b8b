"""Lists that come down from the county, as bytes: the messages `list` and `lists`. README.md, 8, draws them. Pure.

    down    ["list", content, signature]      one list, signed by the county when it was put up
    up      ["lists", content, signature]     which versions a station has; and, where it asks, send me what is newer

What a list says is in `contents.py`, what a station does with it in `board.py`. A list has a scope (one station, or "*"
for all), a name and a version; a station's own list stands before the one for all. A content of no bytes takes a list
down. Called by the board, the county's `lists.py` and whoever carries lists in files.
"""

import hashlib
from typing import Annotated

import msgspec
import zstandard

from sync.contents import MAX_CONTENT_BYTES
from sync.entry import FORMAT, Count, Eight, Name, read_packed
from sync.errors import MalformedMessage
from sync.held import EVERYBODY, Held, ListName, Scope, SignedList
from sync.wire import encode_envelope

__all__ = [
    "EVERYBODY",
    "MAX_LISTS",
    "Held",
    "HeldLists",
    "SignedList",
    "decode_held",
    "decode_list",
    "encode_held",
    "encode_list",
    "held_message",
    "list_message",
]

MAX_LISTS = 64
"""Lists a station keeps, of all names and both scopes."""

_HINT = "消息损坏或版本不符 / the message is damaged or of another version; nothing was changed"
_LEVEL = 9
"""A list is packed once and sent to hundreds."""


class HeldLists(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A station's word on what it has; asks: 1 where it wants to be sent what is newer, 0 where it only tells."""

    format: int
    station: Name
    key: Eight
    asks: Annotated[int, msgspec.Meta(ge=0, le=1)]
    held: Annotated[list[Held], msgspec.Meta(max_length=MAX_LISTS)]


class _List(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A list on the wire; the frame is its content compressed."""

    format: int
    scope: Scope
    name: ListName
    version: Count
    frame: Annotated[bytes, msgspec.Meta(max_length=MAX_CONTENT_BYTES + 1024)]


_pack = msgspec.msgpack.Encoder().encode
_inflate = zstandard.ZstdDecompressor(max_window_size=1 << 23).decompress
_list = msgspec.msgpack.Decoder(_List)
_held = msgspec.msgpack.Decoder(HeldLists)


def list_message(scope: str, name: str, version: int, content: bytes) -> bytes:
    """The bytes the county signs to put up a list."""
    return b"yyt.list.1\0" + _pack([scope, name, version, hashlib.sha256(content).digest()])


def held_message(content: bytes) -> bytes:
    """The bytes a station signs to say which lists it has."""
    return b"yyt.lists.1\0" + content


def encode_list(signed: SignedList) -> bytes:
    """The whole message of one list."""
    compress = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=False).compress
    frame = compress(signed.content) if signed.content else b""
    content = _pack(_List(FORMAT, signed.scope, signed.name, signed.version, frame))
    return encode_envelope("list", content, signed.signature)


def decode_list(content: bytes, signature: bytes) -> SignedList:
    """Read the content of a `list` message; raises MalformedMessage. Nobody has checked the signature yet."""
    found = read_packed(_list, content, "list")
    if found.format != FORMAT:
        raise MalformedMessage(f"list of format {found.format}", hint=_HINT)
    return SignedList(found.scope, found.name, found.version, _decompress(found.frame), signature)


def encode_held(held: HeldLists) -> bytes:
    """Content of a `lists` message."""
    return _pack(held)


def decode_held(content: bytes) -> HeldLists:
    """Read the content of a `lists` message; raises MalformedMessage."""
    found = read_packed(_held, content, "lists")
    if found.format != FORMAT:
        raise MalformedMessage(f"lists of format {found.format}", hint=_HINT)
    return found


def _decompress(frame: bytes) -> bytes:
    """Inflate a content within its bound; raises MalformedMessage."""
    if not frame:
        return b""
    try:
        size = zstandard.frame_content_size(frame)  # -1 where the frame does not say
        if not 0 < size <= MAX_CONTENT_BYTES:
            raise MalformedMessage(f"list says it holds {size} bytes", hint=_HINT)
        return _inflate(frame, max_output_size=MAX_CONTENT_BYTES, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise MalformedMessage(f"list cannot be inflated: {error}", hint=_HINT) from error
