"""Names for recipients that change every month, and the files their keys and the vault's are kept in."""

import json
from pathlib import Path

import pytest

from station_agent.config import load
from station_agent.doctor import examine
from station_agent.errors import JournalUnwritable
from station_agent.findings import State
from station_agent.personal.key_files import open_vault, read_pseudonyms, roll_pseudonyms
from station_agent.personal.pseudonyms import MONTHS_KEPT, Pseudonyms, period_of
from station_agent.personal.vault import Vault
from tests.station_agent.folder import init
from tests.station_agent.personal.book import DAY_MS, NOW_MS, Book

PHONE = "13800138000"
NONCE = bytes(12)


@pytest.mark.parametrize(
    ("wall_ms", "period"), [(NOW_MS, "2026-11"), (0, "1970-01"), (-5, "1970-01"), (1 << 60, "2100-01")]
)
def test_a_period_is_a_month(wall_ms: int, period: str) -> None:
    """Of any number a clock may say."""
    assert period_of(wall_ms) == period


def test_a_name_says_nothing_and_holds_for_a_month() -> None:
    """The same number, the same name; another number or month, another name; without the key no name."""
    names = Book().pseudonyms
    assert names.of(PHONE) == names.of(PHONE) != names.of("13900139000")
    assert names.of(PHONE).startswith("2026-11.")
    assert len(names.of(PHONE)) == 24
    assert names.of(PHONE, "2026-10") == ""
    assert Pseudonyms({}).of(PHONE) == ""


def test_keys_of_thirteen_months_are_kept() -> None:
    """Older ones are dropped, and so are those a wrong clock drew for months to come."""
    book = Book()
    for month in range(1, 20):
        assert book.pseudonyms.roll(NOW_MS + month * 31 * DAY_MS, book.draw)
    assert len(book.pseudonyms.keys) == MONTHS_KEPT
    newest = book.pseudonyms.period
    assert not book.pseudonyms.roll(NOW_MS + 19 * 31 * DAY_MS, book.draw)
    assert book.pseudonyms.roll(NOW_MS + 18 * 31 * DAY_MS, book.draw) is True
    assert newest not in book.pseudonyms.keys


def test_keys_are_kept_in_a_file_of_the_owner_alone(tmp_path: Path) -> None:
    """What was drawn is read again; a month that is there already is not written again."""
    names = read_pseudonyms(tmp_path)
    assert names.period == ""
    roll_pseudonyms(tmp_path, names, NOW_MS)
    roll_pseudonyms(tmp_path, names, NOW_MS + 31 * DAY_MS)
    path = tmp_path / "pseudonym.keys"
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.stat().st_mtime_ns
    roll_pseudonyms(tmp_path, names, NOW_MS + 31 * DAY_MS)
    assert path.stat().st_mtime_ns == before
    assert read_pseudonyms(tmp_path).keys == names.keys
    assert sorted(names.keys) == ["2026-11", "2026-12"]


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"2026-11": 5}', b'{"2026-11": "xy"}', b"\xff\xfe"])
def test_a_damaged_file_of_pseudonyms_is_set_aside(tmp_path: Path, content: bytes) -> None:
    """Older names mean nothing any more; nothing else is lost."""
    (tmp_path / "pseudonym.keys").write_bytes(content)
    assert read_pseudonyms(tmp_path).keys == {}
    assert (tmp_path / "pseudonym.keys.damaged").read_bytes() == content


def test_what_is_no_key_is_passed_over(tmp_path: Path) -> None:
    """A month or a key of a wrong shape does not take the good ones along."""
    found = {"2026-11": "ab" * 32, "2026-13": "ab" * 32, "2026-10": "ab", "old": "ab" * 32}
    (tmp_path / "pseudonym.keys").write_text(json.dumps(found))
    assert list(read_pseudonyms(tmp_path).keys) == ["2026-11"]


def test_a_card_that_cannot_be_written_keeps_the_month(tmp_path: Path) -> None:
    """The new key counts only once it is kept, so that a restart finds the same names."""
    names = read_pseudonyms(tmp_path)
    roll_pseudonyms(tmp_path, names, NOW_MS)
    with pytest.raises(JournalUnwritable) as refused:
        roll_pseudonyms(tmp_path / "pseudonym.keys" / "no-folder", names, NOW_MS + 31 * DAY_MS)
    assert refused.value.hint
    assert names.period == "2026-11"


def test_the_vaults_key_is_made_once(tmp_path: Path) -> None:
    """Drawn when missing, for its owner alone, the same after a restart."""
    sealed = open_vault(tmp_path).seal(b"plain", "A", NONCE)
    assert (tmp_path / "vault.key").stat().st_mode & 0o777 == 0o600
    assert open_vault(tmp_path).open(sealed, "A") == b"plain"
    (tmp_path / "vault.key").unlink()
    assert open_vault(tmp_path).open(sealed, "A") is None


@pytest.mark.parametrize("content", [b"", b"abcd\n", b"not hex", b"\xff" * 32])
def test_a_damaged_key_is_set_aside_and_drawn_anew(tmp_path: Path, content: bytes) -> None:
    """The counter must open in the morning; the damaged file stays for who can mend it."""
    (tmp_path / "vault.key").write_bytes(content)
    sealed = open_vault(tmp_path).seal(b"plain", "A", NONCE)
    assert (tmp_path / "vault.key.damaged").read_bytes() == content
    assert open_vault(tmp_path).open(sealed, "A") == b"plain"


def test_doctor_looks_at_the_vaults_key(tmp_path: Path) -> None:
    """Well, readable by others, damaged once, missing: each with what it means for the contacts."""
    init(tmp_path)
    settings, devices = load(tmp_path / "etc" / "station.toml")
    path = settings.data / "vault.key"

    def seen() -> tuple[State, str]:
        (found,) = (finding for finding in examine(settings, devices) if finding.part == "联系方式 contacts")
        return found.state, found.repair

    assert seen() == (State.OK, "")
    path.chmod(0o644)
    assert seen() == (State.BAD, f"chmod 600 {path}")
    path.write_bytes(b"damaged")
    open_vault(settings.data)
    assert seen()[0] is State.LOOK
    path.unlink()
    assert "重新登记" in seen()[1]


def test_a_key_or_nonce_of_another_length_is_a_mistake() -> None:
    """They come from our own code."""
    with pytest.raises(ValueError, match="key"):
        Vault(b"short")
    with pytest.raises(ValueError, match="nonce"):
        Vault(bytes(32)).seal(b"", "A", b"short")
