"""Writes a file that holds a key: its owner alone may read it, and a power cut leaves all of it or nothing.

Knows nothing of what is in it, and needs no cryptography. Called by `sync/keys.py` and by the station's vault.
"""

import os
from pathlib import Path


def write_key_file(path: Path, content: bytes, *, replace: bool = False) -> None:
    """Write a key file (mode 0600, synced), its folder made when missing.

    Raises FileExistsError rather than overwrite one, unless `replace` says so; OSError where it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not replace:
        raise FileExistsError(path)
    # Written aside and given its name when whole: a power cut leaves a good key or none, never half of one.
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    if replace:
        draft.replace(path)
    else:
        path.hardlink_to(draft)
        draft.unlink()
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    """Have the names in `directory` on disk."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
