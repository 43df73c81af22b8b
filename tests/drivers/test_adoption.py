"""Adoption of an unconfigured keyboard gun: what looks like one, what the card does, what is left alone."""

import os
import struct
from pathlib import Path

import pytest

from drivers.adoption import WORD_BITS, AdoptionWatch, Listener, looks_like_gun
from drivers.scanners.keys import EVENT_BYTES, PLAIN, SHIFTED
from station_agent.counter.cards import ADOPTION_CARD

CODES = {character: code for code, character in PLAIN.items() if code < 60}
SHIFTED_CODES = {character: code for code, character in SHIFTED.items()}
KEYBOARD = set(range(1, 84))


def bitmap(bits: set[int]) -> str:
    """A bitmap as sysfs prints it: words of this computer's size, highest first."""
    value = sum(1 << bit for bit in bits)
    words = []
    while value:
        words.append(f"{value & (1 << WORD_BITS) - 1:x}")
        value >>= WORD_BITS
    return " ".join(reversed(words)) + "\n"


def press(code: int, value: int) -> bytes:
    """One event of this computer's size."""
    return bytes(EVENT_BYTES - 8) + struct.pack("<HHi", 1, code, value)


def typed(text: str) -> bytes:
    """The events of a gun that types `text` and Enter."""
    stream = b""
    for character in text:
        shifted = character in SHIFTED_CODES
        code = SHIFTED_CODES[character] if shifted else CODES[character]
        stream += press(42, 1) * shifted + press(code, 1) + press(code, 0) + press(42, 0) * shifted
    return stream + press(28, 1)


@pytest.mark.parametrize(
    ("events", "keys", "expected"),
    [
        ({0, 1, 4, 17, 20}, KEYBOARD, True),
        ({0, 1, 4}, KEYBOARD - {28}, False),
        ({0, 1, 4}, set(range(69, 84)) | {96, 28}, False),  # a number pad
        ({0, 1}, {116}, False),  # a power button
        ({0, 2}, set(), False),  # no keys at all
    ],
)
def test_what_types_letters_digits_and_enter_looks_like_a_gun(events: set[int], keys: set[int], expected: bool) -> None:
    """Number pads, buttons and mice are no guns."""
    assert looks_like_gun(bitmap(events), bitmap(keys)) is expected


def test_a_real_keyboards_bitmap_is_read() -> None:
    """As a 64-bit kernel prints it for a USB keyboard; nonsense is no gun."""
    if WORD_BITS == 64:
        assert looks_like_gun("120013\n", "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\n")
    assert not looks_like_gun("", "")
    assert not looks_like_gun("x", "y")


def test_the_card_is_heard_in_any_cut_and_nothing_else_is() -> None:
    """Byte by byte, after other words; a word that only holds the card's code is not it."""
    listener = Listener(ADOPTION_CARD)
    assert not listener.hears_card(typed("hello") + typed(f"X{ADOPTION_CARD}") + typed(ADOPTION_CARD.lower()), 0.0)
    heard = [listener.hears_card(bytes([byte]), 0.0) for byte in typed(ADOPTION_CARD)]
    assert heard.count(True) == 1


class Desk:
    """A sysfs and a /dev/input of our own, with FIFOs for guns."""

    def __init__(self, root: Path) -> None:
        self.sys, self.dev = root / "sys", root / "dev"
        (self.dev / "by-path").mkdir(parents=True)
        self.sys.mkdir()
        self.owned: list[str] = []
        self.adopted: list[str] = []
        self.writers: list[int] = []
        self.watch = AdoptionWatch(
            ADOPTION_CARD, lambda: self.owned, self.adopted.append, sys_input=self.sys, dev_input=self.dev
        )

    def plug(self, name: str, keys: set[int] = KEYBOARD) -> Path:
        """A device appears; something holds its far end open."""
        capabilities = self.sys / name / "device" / "capabilities"
        capabilities.mkdir(parents=True)
        (capabilities / "ev").write_text(bitmap({0, 1, 4}))
        (capabilities / "key").write_text(bitmap(keys))
        node = self.dev / name
        os.mkfifo(node)
        self.writers.append(os.open(node, os.O_RDWR | os.O_NONBLOCK))
        return node

    def type(self, which: int, text: str) -> None:
        """The nth plugged device types."""
        os.write(self.writers[which], typed(text))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An empty desk."""
    return Desk(tmp_path)


def test_the_gun_that_scans_the_card_is_adopted(desk: Desk) -> None:
    """By its stable path, once; the other keyboard stays what it is."""
    desk.plug("event3")
    node = desk.plug("event4")
    link = desk.dev / "by-path" / "usb-0:1.3-event-kbd"
    link.symlink_to(node)
    desk.watch.step(0.0, 0.0)
    desk.type(0, "hello")
    desk.watch.step(1.0, 0.0)
    assert desk.adopted == []
    desk.type(1, ADOPTION_CARD)
    desk.watch.step(2.0, 0.0)
    assert desk.adopted == [str(link)]
    assert desk.watch.listened == [desk.dev / "event3"]


def test_without_a_link_the_node_is_given(desk: Desk) -> None:
    """A computer without udev links still adopts."""
    desk.plug("event3")
    desk.watch.step(0.0, 0.0)
    desk.type(0, ADOPTION_CARD)
    desk.watch.step(1.0, 0.0)
    assert desk.adopted == [str(desk.dev / "event3")]


def test_what_has_an_owner_is_left_alone(desk: Desk) -> None:
    """A configured gun, a number pad and an adopted gun are not listened to."""
    desk.owned.append(str(desk.plug("event3")))
    desk.plug("event4", set(range(69, 84)))
    desk.watch.step(0.0, 0.0)
    assert desk.watch.listened == []


def test_guns_come_and_go(desk: Desk) -> None:
    """New ones are found within five seconds, ones that went are let go of, and nothing is left open at the end."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    node = desk.plug("event3")
    desk.watch.step(0.0, 0.0)
    assert desk.watch.listened == [node]
    later = desk.plug("event5")
    desk.watch.step(4.9, 0.0)
    assert desk.watch.listened == [node]
    desk.watch.step(5.0, 0.0)
    assert desk.watch.listened == [node, later]
    os.close(desk.writers.pop(0))
    desk.watch.step(6.0, 0.0)
    assert desk.watch.listened == [later]
    desk.watch.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before + 1


def test_a_node_that_cannot_be_opened_is_tried_again_later(desk: Desk) -> None:
    """sysfs is quicker than udev: the node may come a moment later."""
    node = desk.plug("event3")
    node.rename(desk.dev / "away")
    desk.watch.step(0.0, 0.0)
    assert desk.watch.listened == []
    (desk.dev / "away").rename(node)
    desk.watch.step(5.0, 0.0)
    assert desk.watch.listened == [node]
