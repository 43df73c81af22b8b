"""Contacts: what is known of the recipients of parcels, in memory over the encrypted rows of the table `contact`.

    row        (waybill, sealed)
    sealed     what Vault makes of the MessagePack array [phone, name, household, source, learned_ms, away_ms]
    learned_ms wall time it was learned; away_ms: wall time since which the parcel is not here, nil while it is

Not derived from entries: nothing rebuilds it, and every row may be erased (`forget`). Like all tables of what is here
now, a change is worked out before anything moves, written by the journal in a transaction, and then taken.

Rules
1. A number that is none changes nothing. A masked number never takes the place of a whole one, and tells nobody apart;
   the four digits a label shows are such a one.
2. What is learned later wins field by field; a field nobody mentions stays.
3. What is shown hides six digits and all but one character of a name, all that is shown of one recipient together.
4. A row that does not open (lost key) is counted, known by its waybill alone, and erased by the next sweep.
5. What the county's list says of a parcel is learned when that is received, but not in the place of a whole number that
   was keyed here meanwhile.
6. So many are known at most: one more drops the one learned first.

Pure, nonces are drawn from outside. The counter uses it as its `People`.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec

from station_agent.counter.books import Met
from station_agent.journal.changes import Change, Row
from station_agent.personal.announced import Announced
from station_agent.personal.masking import mask_name, mask_to_last_four
from station_agent.personal.phones import Phone, PhoneKind, read_phone
from station_agent.personal.pseudonyms import Pseudonyms
from station_agent.personal.vault import NONCE_BYTES, Vault
from sync.contact import MAX_FIELD, Contact

TABLE = "contact"
LIST = "list"
"""Source of what the county's list said."""
SHOWN_ON_LABELS, END_OF_ONE = 4, "1******"
"""A label that hides its number shows the end of it; with stars before it that is a masked number."""
MAX_CONTACTS = 20_000
"""A village station receives a few dozen parcels a day and forgets within 180 days."""


class Shown(NamedTuple):
    """What people at the station may see of a recipient; "" where unknown. recipient: pseudonym of this month."""

    phone: str
    name: str
    last_four: str
    recipient: str
    kind: PhoneKind


class Kept(NamedTuple):
    """How long a contact was of use. away_ms: wall time since which its parcel is not here, None while it is."""

    waybill: str
    away_ms: int | None


class _Known(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The plain text of a row."""

    phone: str
    name: str | None
    household: str | None
    source: str
    learned_ms: int
    away_ms: int | None = None

    def __repr__(self) -> str:
        """Never what is in it."""
        return "_Known(...)"


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Known).decode


class Contacts:
    """The book of contacts."""

    def __init__(
        self, vault: Vault, pseudonyms: Pseudonyms, *, draw: Callable[[int], bytes], most: int = MAX_CONTACTS
    ) -> None:
        """Start empty. draw: so many random bytes. most: how many may be known."""
        self._vault, self._pseudonyms, self._draw = vault, pseudonyms, draw
        self._most = most
        self.announced = Announced()
        self._known: dict[str, _Known] = {}
        self._phones: dict[str, Phone] = {}
        self._rows: dict[str, Row] = {}
        self._unreadable: dict[str, Row] = {}
        self._by_phone: dict[str, dict[str, None]] = {}
        self._by_four: dict[str, dict[str, None]] = {}
        self._people: dict[str, dict[str, str]] = {}

    @property
    def count(self) -> int:
        """How many recipients' contacts are known. No `__len__`: an empty book is still a book."""
        return len(self._known)

    def load(self, rows: Iterable[Row]) -> None:
        """Fill from the stored table."""
        self.take(Change(TABLE, None, row) for row in rows)

    @property
    def unreadable(self) -> list[str]:
        """Waybills whose row does not open: sealed with a key that was lost, or damaged."""
        return list(self._unreadable)

    def learn(self, waybill: str, contact: Contact, *, source: str, wall_ms: int) -> tuple[Change, ...] | None:
        """The changes that keep a contact; None for a number that is none. source: keyed, list, label ..."""
        phone = read_phone(contact.phone)
        if phone is None:
            return None
        old = self._known.get(waybill)
        text = phone.text
        if old and phone.kind is PhoneKind.MASKED and self._phones[waybill].kind is not PhoneKind.MASKED:
            text = old.phone
        name = _cut(contact.name) or (old.name if old else None)
        household = _cut(contact.household) or (old.household if old else None)
        away_ms = old.away_ms if old else None
        change = self._put(waybill, _Known(text, name, household, source, wall_ms, away_ms))
        if old or len(self._known) < self._most:
            return (change,)
        first = min(self._known, key=self._learned_ms)
        return (Change(TABLE, self._rows[first], None), change)

    def keep_phone(self, waybill: str, digits: str, source: str, wall_ms: int) -> Met | None:
        """The changes that keep a telephone number, or the four digits a label shows of one; None for neither."""
        number = END_OF_ONE + digits if len(digits) == SHOWN_ON_LABELS and digits.isdigit() else digits
        phone = read_phone(number)
        changes = self.learn(waybill, Contact(number), source=source, wall_ms=wall_ms)
        if phone is None or changes is None:
            return None
        return Met(changes, phone.kind is not PhoneKind.MASKED or self.can_be_told(waybill))

    def meet(self, waybill: str, wall_ms: int) -> Met:
        """What the county's list brings that is not known better already (rule 5)."""
        known, found = self._known.get(waybill), self.announced.contact(waybill)
        phone = None if found is None else read_phone(found.phone)
        if found is None or phone is None:
            return Met()
        keyed = known is not None and known.source != LIST and known.away_ms is None and self.can_be_told(waybill)
        same = known is not None and known.phone == phone.text and _cut(found.name) in (None, known.name)
        if keyed or same:
            return Met((), self.can_be_told(waybill))
        changes = self.learn(waybill, found, source=LIST, wall_ms=wall_ms) or ()
        return Met(changes, phone.kind is not PhoneKind.MASKED or self.can_be_told(waybill))

    def forget(self, waybill: str) -> Change | None:
        """The change that erases a contact, None where there is none."""
        row = self._rows.get(waybill) or self._unreadable.get(waybill)
        return None if row is None else Change(TABLE, row, None)

    def mark(self, waybill: str, away_ms: int | None) -> Change:
        """The change that says since when the parcel is not here, or that it is; the contact must be known."""
        return self._put(waybill, msgspec.structs.replace(self._known[waybill], away_ms=away_ms))

    def take(self, changes: Iterable[Change]) -> None:
        """Let changes happen in memory; those of other tables are passed over."""
        for change in changes:
            if change.table != TABLE:
                continue
            if change.before is not None:
                self._drop(change.before[0])
            if change.after is not None:
                self._drop(change.after[0])
                self._add(change.after)

    def kept(self) -> Iterator[Kept]:
        """How long every contact was of use."""
        for waybill, known in self._known.items():
            yield Kept(waybill, known.away_ms)

    def contact(self, waybill: str) -> Contact | None:
        """The contact in clear: to be sealed to the county, or dialled; never to be shown, written or logged."""
        known = self._known.get(waybill)
        return None if known is None else _contact(known)

    def to_be_told(self, waybill: str, pending: Iterable[Change] = ()) -> Contact | None:
        """Whom to seal for the county: who is learned in the same transaction, by its `pending` changes, else is known.

        Those have not happened in memory yet, since the card may refuse them; their rows are opened again.
        """
        mine = [change.after for change in pending if change.table == TABLE and change.after is not None]
        row = next((row for row in reversed(mine) if row[0] == waybill), None)
        plain = None if row is None else self._vault.open(bytes(row[1]), waybill)
        known = self._known.get(waybill) if plain is None else _read(plain)
        return None if known is None else _contact(known)

    def of(self, waybill: str) -> Shown | None:
        """What people may see of a parcel's recipient, None where nobody is known."""
        known = self._known.get(waybill)
        if known is None:
            return None
        phone = self._phones[waybill]
        name = mask_name(known.name or "")
        return Shown(mask_to_last_four(phone), name, phone.last_four, self.person_of(waybill), phone.kind)

    def with_last_four(self, digits: str) -> list[str]:
        """Waybills of parcels whose recipient's number ends so, in the order they were learned."""
        return sorted(self._by_four.get(digits, ()), key=self._learned_ms)

    def can_be_told(self, waybill: str) -> bool:
        """Whether a whole number is known."""
        return waybill in self._known and self._phones[waybill].kind is not PhoneKind.MASKED

    def person_of(self, waybill: str) -> str:
        """The recipient's pseudonym of this month; "" where nobody is known, or only a masked number is."""
        known = self._known.get(waybill)
        if known is None or self._phones[waybill].kind is PhoneKind.MASKED:
            return ""
        return self._pseudonyms.of(known.phone)

    def of_same_person(self, waybill: str) -> list[str]:
        """Waybills for the same telephone number, this one among them; empty where nobody is known."""
        known = self._known.get(waybill)
        if known is None:
            return []
        if self._phones[waybill].kind is PhoneKind.MASKED:
            return [waybill]
        return list(self._by_phone[known.phone])

    def of_recipient(self, pseudonym: str) -> list[str]:
        """Waybills of whoever had this pseudonym, in whichever month it was given; empty once its key is dropped."""
        period = pseudonym.partition(".")[0]
        if period not in self._pseudonyms.keys:
            self._people.pop(period, None)
            return []
        if period not in self._people:
            self._people[period] = {self._pseudonyms.of(phone, period): phone for phone in self._by_phone}
        phone = self._people[period].get(pseudonym)
        return [] if phone is None else list(self._by_phone.get(phone, ()))

    def _learned_ms(self, waybill: str) -> int:
        return self._known[waybill].learned_ms

    def _put(self, waybill: str, known: _Known) -> Change:
        sealed = self._vault.seal(_encode(known), waybill, self._draw(NONCE_BYTES))
        return Change(TABLE, self._rows.get(waybill) or self._unreadable.get(waybill), (waybill, sealed))

    def _add(self, row: Row) -> None:
        """A row is here now; one that does not open is remembered by its waybill."""
        waybill, sealed = row
        plain = self._vault.open(bytes(sealed), waybill)
        known = None if plain is None else _read(plain)
        phone = None if known is None else read_phone(known.phone)
        if known is None or phone is None:
            self._unreadable[waybill] = row
            return
        self._known[waybill], self._phones[waybill], self._rows[waybill] = known, phone, row
        if phone.last_four:
            self._by_four.setdefault(phone.last_four, {})[waybill] = None
        if phone.kind is PhoneKind.MASKED:
            return
        if known.phone not in self._by_phone:
            for period, people in self._people.items():
                people[self._pseudonyms.of(known.phone, period)] = known.phone
        self._by_phone.setdefault(known.phone, {})[waybill] = None

    def _drop(self, waybill: str) -> None:
        """A row is no longer here; nothing where it was not."""
        self._unreadable.pop(waybill, None)
        known = self._known.pop(waybill, None)
        if known is None:
            return
        del self._rows[waybill]
        _unlist(self._by_four, self._phones.pop(waybill).last_four, waybill)
        _unlist(self._by_phone, known.phone, waybill)
        if known.phone not in self._by_phone:
            for period, people in self._people.items():
                people.pop(self._pseudonyms.of(known.phone, period), None)


def _unlist(index: dict[str, dict[str, None]], key: str, waybill: str) -> None:
    """Take a waybill off a list of an index, and an empty list off the index."""
    listed = index.get(key)
    if listed is not None:
        listed.pop(waybill, None)
        if not listed:
            del index[key]


def _contact(known: _Known) -> Contact:
    """What is known, as it goes to the county."""
    return Contact(known.phone, known.name, known.household)


def _cut(field: str | None) -> str | None:
    """A field without its margins, no longer than it may be; None where nothing is left."""
    return (field or "").strip()[:MAX_FIELD] or None


def _read(plain: bytes) -> _Known | None:
    """The plain text of a row, None where a newer program wrote another shape."""
    try:
        return _decode(plain)
    except msgspec.MsgspecError:
        return None
