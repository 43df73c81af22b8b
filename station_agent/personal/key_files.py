"""The keys of personal data on the card: vault.key, pseudonym.keys and station.seal in the station's data folder, mode
0600. A shell.

Made by `station init`, and made again when missing. A lost vault.key loses the contacts kept here and nothing else: no
parcel, no entry; lists bring them again, or they are keyed again. A damaged file is set aside as <name>.damaged.
station.seal opens what the county seals to this station; a lost one is drawn again, and the county must be told its
public half before it can seal anything again.
Called by the station's start, by `station init` and by the daily sweep.
"""

import json
import os
from pathlib import Path

from station_agent.errors import JournalUnwritable
from station_agent.personal.pseudonyms import Pseudonyms
from station_agent.personal.vault import KEY_BYTES, Vault
from sync.key_file import write_key_file

VAULT_KEY = "vault.key"
PSEUDONYM_KEYS = "pseudonym.keys"


def open_vault(folder: Path) -> Vault:
    """The vault with the key in `folder`, drawn when there is none; raises JournalUnwritable."""
    path = folder / VAULT_KEY
    try:
        key = bytes.fromhex(_read(path))
        if len(key) == KEY_BYTES:
            return Vault(key)
    except ValueError:
        pass  # set aside below, as one of a wrong length
    _set_aside(path)
    key = os.urandom(KEY_BYTES)
    _write(path, (key.hex() + "\n").encode(), replace=False)
    return Vault(key)


def make_seal_key(path: Path) -> bool:
    """Draw what recipients of expected parcels are sealed to where there is none; whether it was drawn now.

    Raises JournalUnwritable.
    """
    if path.exists():
        return False
    from sync.keys import OpeningKey  # noqa: PLC0415 - 10 MB, for once in a card's life

    try:
        OpeningKey.create(path)
    except OSError as error:
        raise _refused(path, error) from error
    return True


def read_pseudonyms(folder: Path) -> Pseudonyms:
    """The keys kept in `folder`, none where there is no such file or it is damaged."""
    path = folder / PSEUDONYM_KEYS
    try:
        found = json.loads(_read(path) or "{}")
        return Pseudonyms({str(period): bytes.fromhex(key) for period, key in found.items()})
    except (ValueError, TypeError, AttributeError):
        _set_aside(path)
        return Pseudonyms({})


def roll_pseudonyms(folder: Path, pseudonyms: Pseudonyms, wall_ms: int) -> None:
    """Go on to the month of `wall_ms` and keep the keys; raises JournalUnwritable, then the next call tries again."""
    before = Pseudonyms(pseudonyms.keys)
    if before.roll(wall_ms, os.urandom):
        held = {period: key.hex() for period, key in sorted(before.keys.items())}
        _write(folder / PSEUDONYM_KEYS, json.dumps(held, indent=1).encode(), replace=True)
        pseudonyms.replace(before)


def _read(path: Path) -> str:
    """The text of a key file, "" where there is none; raises JournalUnwritable, ValueError for what is no text."""
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise _refused(path, error) from error


def _set_aside(path: Path) -> None:
    """Keep a damaged file beside its place; nothing where there is none."""
    try:
        if path.exists():
            path.replace(path.with_name(f"{path.name}.damaged"))
    except OSError as error:
        raise _refused(path, error) from error


def _write(path: Path, content: bytes, *, replace: bool) -> None:
    try:
        write_key_file(path, content, replace=replace)
    except OSError as error:
        raise _refused(path, error) from error


def _refused(path: Path, error: OSError) -> JournalUnwritable:
    hint = "用服务的用户运行,检查权限和剩余空间 / run as the service's user; check rights and free space"
    return JournalUnwritable(f"{path}: {error.strerror}", hint=hint)
