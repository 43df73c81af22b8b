"""The station's board: takes the lists the county puts up, and asks for those it lacks. Pure.

Rules
1. A list counts only if the county's signature over it verifies, and it is for this station or for everybody.
2. Versions of one scope and name only go up. The version we have is left alone, an older one is refused.
3. A list of a name we know must be readable; the one we have is kept otherwise. A name we do not know is kept too, for
   the program that comes with the next upgrade.
4. What was refused is noted for people until the county next gets a list through.
5. The county is asked once a connection, once after every error, and then every six hours: what it pushed in the
   meantime may have met a broken link. Nothing newer means no answer. A list taken is told, without asking.

What came                                     what is done
--------------------------------------------  ----------------------------------------
list that cannot be read                      note list_refused
list for another station, or with another's   note list_refused
signature than the county's
list of the version we have                   nothing
older list                                    note list_older
list that does not fit its name               note list_unreadable
new list where there are MAX_LISTS            note list_refused
newer list, or new                            keep it, tell the county what we have now

Called by the sender; a reader of carried files may call `take` as well. The store is link.db.
"""

from typing import Protocol

from sync.contents import SHAPES, read_content
from sync.entry import FORMAT, ChainId
from sync.errors import MalformedMessage
from sync.lists import (
    EVERYBODY,
    MAX_LISTS,
    Held,
    HeldLists,
    SignedList,
    decode_list,
    encode_held,
    held_message,
    list_message,
)
from sync.trouble import Trouble
from sync.wire import Sign, Verify, encode_envelope

AGAIN_S = 6 * 3600.0
"""Four questions a day cost a kilobyte."""


class ListStore(Protocol):
    """Where lists are kept between connections; if it is lost, the county is asked for all of them."""

    def held(self) -> list[Held]:
        """The version of every list there is, in the order of scope and name."""

    def keep(self, signed: SignedList) -> None:
        """Put a list in place of its older version."""

    def note(self, trouble: Trouble, chain: ChainId | None) -> None:
        """Keep what people must know; the same again changes nothing."""


class Board:
    """One station's lists; `now_s` is any monotonic time."""

    def __init__(self, *, station: str, key: bytes, sign: Sign, verify: Verify, store: ListStore) -> None:
        """`key` names our public key, `sign` is ours, `verify` is the county's."""
        self._station, self._key, self._sign, self._verify = station, key, sign, verify
        self._store = store
        self._asked_s: float | None = None

    def forget(self) -> None:
        """Something went wrong on the way: ask again at the next occasion."""
        self._asked_s = None

    def ask(self, now_s: float) -> list[bytes]:
        """The question to publish where it is time for one, else nothing."""
        if self._asked_s is not None and now_s - self._asked_s < AGAIN_S:
            return []
        self._asked_s = now_s
        return [self._say(asks=1)]

    def take(self, content: bytes, signature: bytes) -> list[bytes]:
        """Take one `list` message and return what to publish."""
        try:
            found = decode_list(content, signature)
        except MalformedMessage:
            self._store.note(Trouble.LIST_REFUSED, None)
            return []
        trouble = self._judge(found)
        if trouble is not None:
            self._store.note(trouble, None)
        elif self._version(found) != found.version:
            self._store.keep(found)
            return [self._say(asks=0)]
        return []

    def _judge(self, found: SignedList) -> Trouble | None:
        """What speaks against a list, None where nothing does."""
        message = list_message(found.scope, found.name, found.version, found.content)
        if found.scope not in (EVERYBODY, self._station) or not self._verify(found.signature, message):
            return Trouble.LIST_REFUSED
        version = self._version(found)
        if version is None and len(self._store.held()) >= MAX_LISTS:
            return Trouble.LIST_REFUSED
        if version is not None and found.version < version:
            return Trouble.LIST_OLDER
        return None if _is_readable(found) else Trouble.LIST_UNREADABLE

    def _version(self, found: SignedList) -> int | None:
        """The version we have of that list, None where we have none."""
        return next((each.version for each in self._store.held() if each[:2] == found.held[:2]), None)

    def _say(self, *, asks: int) -> bytes:
        """A signed message of what we have."""
        content = encode_held(HeldLists(FORMAT, self._station, self._key, asks, self._store.held()[:MAX_LISTS]))
        return encode_envelope("lists", content, self._sign(held_message(content)))


def _is_readable(found: SignedList) -> bool:
    """Whether the content fits its name, as far as we know that name."""
    shape = SHAPES.get(found.name)
    if shape is None or not found.content:
        return True
    try:
        read_content(found.content, shape)
    except MalformedMessage:
        return False
    return True
