"""A disk in RAM whose power can go at any operation, and SQLite's way to it.

`Disk` is the model and knows nothing of SQLite; `DiskVFS` lets apsw work on it. What programs see and what is on the
medium are kept apart. Between two syncs every version of every 512-byte sector is remembered; at a cut each sector
keeps, by the disk's own dice, what the medium had or any of those versions, each file its old size or any later one,
each name its old file or the new one. So writes are lost, torn and reordered, and no later sync can mend it.

What SQLite's unix VFS does is done here: on the first sync of a -wal or -journal its directory is synced too; a
deletion is on the medium only when that is asked for; a file of no bytes is not there; sectors of 4096 bytes are told,
and that a write never harms its neighbours. Locks and shared memory are those of the unix VFS on an empty file beside,
so that the journal runs with its own locking mode and readers may take part.

Faults: `cut_in` (power, at so many operations of the `counted` ones), `refuse_in` (one write finds no room, or one
sync fails: then what it should have synced is only synced when it is written anew, as on Linux), `fail_sync_of` (the
next sync of db, wal or journal), `honesty` (a share of syncs that are obeyed; 1 unless the disk lies), `keeps_names`
(False: the directory is never synced, to show that the model needs it). `trace`, a list, collects every operation.

Left out: sectors that are torn within, neighbours harmed by a torn erase block, bits that rot, reads that fail, a cache
that forgets what a failed sync has left in it.
"""

import random
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

if TYPE_CHECKING:
    from typing_extensions import Buffer

SECTOR = 512
_JOURNALS = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL
_SHARES = (0.0, 0.1, 0.5, 0.5, 0.9, 1.0)
"""How much of a file's unsynced sectors reaches the medium at a cut, drawn per file."""

CHANGES = frozenset({"write", "sync", "sync the directory of", "truncate", "create", "delete"})
TURNS = CHANGES - {"write"}
"""Where the order of things is decided: rarer than writes, so they are also counted alone."""
ALL_KEPT = 0.2
"""How often a cut loses nothing at all: then an act is on the disk that nobody was told of."""


class StoredFile:
    """One file: `now` as programs see it, `kept` as the medium has it, and all that is on its way between."""

    __slots__ = ("kept", "now", "sizes", "stranded", "unsynced")

    def __init__(self) -> None:
        self.now = bytearray()
        self.kept = bytearray()
        self.unsynced: dict[int, list[bytes]] = {}
        self.stranded: dict[int, list[bytes]] = {}
        self.sizes: list[int] = []

    def write(self, data: bytes, offset: int) -> None:
        """Change bytes as programs see them."""
        now, end = self.now, offset + len(data)
        if offset > len(now):
            now.extend(bytes(offset - len(now)))
        grew = end > len(now)
        now[offset:end] = data
        if grew:
            self.sizes.append(end)
        self._note(offset // SECTOR, (end - 1) // SECTOR)

    def truncate(self, size: int) -> None:
        """Shorten (or lengthen) the file as programs see it."""
        before = len(self.now)
        if size == before:
            return
        del self.now[size:]
        self.now.extend(bytes(size - len(self.now)))
        self.sizes.append(size)
        self._note(min(size, before) // SECTOR, (max(size, before) - 1) // SECTOR)

    def _note(self, first: int, last: int) -> None:
        """Remember a new version of each sector."""
        for sector in range(first, last + 1):
            start = sector * SECTOR
            versions = self.unsynced.get(sector)
            if versions is None:
                versions = self.unsynced[sector] = self.stranded.pop(sector, [])
            versions.append(bytes(self.now[start : start + SECTOR]))

    def sync(self) -> None:
        """Bring what was written since the last sync to the medium."""
        _resize(self.kept, len(self.now))
        for sector in self.unsynced:
            start = sector * SECTOR
            self.kept[start : start + SECTOR] = self.now[start : start + SECTOR]
        self.unsynced.clear()
        self.sizes.clear()

    def fail_to_sync(self) -> None:
        """A sync that failed: the cache takes what it holds for clean, though the medium may lack it."""
        for sector, versions in self.unsynced.items():
            self.stranded.setdefault(sector, []).extend(versions)
        self.unsynced.clear()

    def keep_all(self) -> None:
        """Everything reached the medium, though nobody asked for it."""
        self.kept = bytearray(self.now)
        self.unsynced.clear()
        self.stranded.clear()
        self.sizes.clear()

    def cut(self, draw: random.Random) -> None:
        """Let the medium keep any of what was on its way, and forget the rest."""
        if self.unsynced or self.stranded or self.sizes:
            sizes = [len(self.kept), *self.sizes]
            size = sizes[-1] if draw.random() < 0.5 else draw.choice(sizes)
            if draw.random() < 0.25 and size > len(self.kept):
                size = max(len(self.kept), size // SECTOR * SECTOR)
            share = draw.choice(_SHARES)
            _resize(self.kept, max(len(self.kept), len(self.now), *self.sizes, 0))
            for waiting in (self.unsynced, self.stranded):
                for sector, versions in waiting.items():
                    if draw.random() < share:
                        start = sector * SECTOR
                        version = versions[-1] if draw.random() < 0.5 else draw.choice(versions)
                        self.kept[start : start + SECTOR] = version.ljust(SECTOR, b"\0")
            _resize(self.kept, size)
        self.now = bytearray(self.kept)
        self.keep_all()


def _resize(content: bytearray, size: int) -> None:
    """Cut off, or fill with zeros."""
    del content[size:]
    content.extend(bytes(size - len(content)))


class Disk:
    """All files of one card, and its power."""

    def __init__(self, draw: random.Random, *, honesty: float = 1.0, keeps_names: bool = True) -> None:
        """`draw` decides what survives; nothing else is random."""
        self.draw, self.honesty, self.keeps_names = draw, honesty, keeps_names
        self.files: dict[str, StoredFile] = {}
        self.kept_files: dict[str, StoredFile] = {}
        self.off = False
        self.boot = 0
        self.cut_in: int | None = None
        self.counted = CHANGES
        self.refuse_in: int | None = None
        self.fail_sync_of = ""
        self.last_step = ("", "")
        self.trace: list[tuple[str, str, bytes]] | None = None

    def switch_on(self) -> None:
        """Power is back; `cut_in` operations later it goes again."""
        self.off = False

    def step(self, what: str, role: str, data: bytes = b"") -> None:
        """Count one operation; raises apsw.IOError when the power goes at it."""
        if self.trace is not None:
            self.trace.append((what, role, data))
        if self.cut_in is not None and what in self.counted:
            self.cut_in -= 1
            if self.cut_in <= 0:
                self.last_step = (what, role)
                self.cut()
                raise _dead()

    def cut(self) -> None:
        """The power goes now: whatever is open is dead, and the medium is what it is."""
        self.off, self.boot, self.cut_in, self.refuse_in = True, self.boot + 1, None, None
        if self.draw.random() < ALL_KEPT:
            for file in self.files.values():
                file.keep_all()
            self.kept_files = dict(self.files)
        known = {id(file): file for file in (*self.kept_files.values(), *self.files.values())}
        for file in known.values():
            file.cut(self.draw)
        for name in sorted({*self.files, *self.kept_files}):
            before, after = self.kept_files.get(name), self.files.get(name)
            if before is not after:
                # A name taken away and given anew may also be caught between the two.
                survivor = self.draw.choice([before, after] if None in (before, after) else [before, None, after])
                if survivor is None:
                    self.kept_files.pop(name, None)
                else:
                    self.kept_files[name] = survivor
        self.files = dict(self.kept_files)

    @property
    def harmed(self) -> bool:
        """Whether a failed sync left something that no sync will bring to the medium, but in a log of SQLite's."""
        return any(file.stranded for name, file in self.files.items() if _role(name) == "db")

    def refuses(self) -> bool:
        """Whether this write or sync is the one that fails."""
        if self.refuse_in is None:
            return False
        self.refuse_in -= 1
        if self.refuse_in > 0:
            return False
        self.refuse_in = None
        return True

    def obeys(self) -> bool:
        """Whether a sync is done, or only said to be."""
        return self.honesty >= 1.0 or self.draw.random() < self.honesty

    def sync_names(self) -> None:
        """Bring the directory to the medium."""
        if self.keeps_names and self.obeys():
            self.kept_files = dict(self.files)


class OpenFile(apsw.VFSFile):
    """A file SQLite has open; dead once the power went."""

    def __init__(self, disk: Disk, name: str, file: StoredFile, flags: list[int]) -> None:
        self._disk, self._role, self._file, self._boot = disk, _role(name), file, disk.boot
        self._names_unsynced = bool(flags[0] & _JOURNALS and flags[0] & apsw.SQLITE_OPEN_CREATE)
        self._locks = bool(flags[0] & apsw.SQLITE_OPEN_MAIN_DB)
        if self._locks:
            super().__init__("unix", name, flags)
        else:
            flags[1] = flags[0]

    def _alive(self) -> None:
        if self._boot != self._disk.boot:
            raise _dead()

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - SQLite's names
        """Give what programs see; fewer bytes at the end."""
        self._alive()
        self._disk.step("read", self._role)
        return bytes(self._file.now[offset : offset + amount])

    def xWrite(self, data: "Buffer", offset: int) -> None:  # noqa: N802
        """Take bytes, which are on the medium only after a sync."""
        self._alive()
        if self._disk.refuses():
            raise apsw.FullError("database or disk is full")
        content = bytes(data)
        self._file.write(content, offset)
        self._disk.step("write", self._role, content)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        """Change the size, on the medium only after a sync."""
        self._alive()
        self._file.truncate(newsize)
        self._disk.step("truncate", self._role)

    def xSync(self, flags: int) -> None:  # noqa: ARG002, N802
        """Bring the file to the medium, and the directory the first time a log of SQLite is synced."""
        self._alive()
        self._disk.step("sync", self._role)
        if self._disk.fail_sync_of == self._role or self._disk.refuses():
            self._disk.fail_sync_of = ""
            self._file.fail_to_sync()
            raise _dead()
        if self._disk.obeys():
            self._file.sync()
        if self._names_unsynced:
            self._disk.step("sync the directory of", self._role)
            self._disk.sync_names()
            self._names_unsynced = False

    def xFileSize(self) -> int:  # noqa: N802
        """Size as programs see it."""
        self._alive()
        return len(self._file.now)

    def xSectorSize(self) -> int:  # noqa: N802
        """What the unix VFS says of every disk."""
        return 4096

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        """What the unix VFS says of every disk."""
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE

    def xFileControl(self, op: int, ptr: int) -> bool:  # noqa: N802
        """Leave it to the unix VFS, which knows it."""
        return super().xFileControl(op, ptr) if self._locks else False

    def xClose(self) -> None:  # noqa: N802
        """Give the locks back; works in the dark too."""
        if self._locks:
            super().xClose()


class DiskVFS(apsw.VFS):
    """SQLite's way to a Disk. `folder` is a real one, for locks and shared memory; its files stay empty."""

    def __init__(self, disk: Disk, folder: Path, seed: int) -> None:
        """Registers itself under `name` and as the default, so that SQLite's own randomness comes from `seed`."""
        self.disk, self.name, self._folder = disk, f"power-cuts-{seed}-{id(disk)}", folder
        self._chance = random.Random(seed)
        super().__init__(self.name, "unix", makedefault=True)
        apsw.randomness(0)

    def connect(self, *, readonly: bool = False) -> apsw.Connection:
        """A connection to journal.db on this disk."""
        flags = apsw.SQLITE_OPEN_READONLY if readonly else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        return apsw.Connection(str(self._folder / "journal.db"), flags=flags, vfs=self.name)

    def close(self) -> None:
        """Be no VFS any more."""
        self.unregister()
        apsw.randomness(0)

    def xRandomness(self, numbytes: int) -> bytes:  # noqa: N802
        """What SQLite draws its salts from."""
        return self._chance.randbytes(numbytes)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> OpenFile:  # noqa: N802
        """Open a file, made when missing and asked for."""
        if self.disk.off:
            raise _dead()
        if name is None:
            return OpenFile(self.disk, "scratch", StoredFile(), flags)
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        file = self.disk.files.get(path)
        if file is None:
            if not flags[0] & apsw.SQLITE_OPEN_CREATE:
                raise apsw.CantOpenError("unable to open database file")
            file = self.disk.files[path] = StoredFile()
            self.disk.step("create", _role(path))
        return OpenFile(self.disk, path, file, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        """Take a name away, on the medium only if asked for or by a later sync of the directory."""
        if self.disk.off:
            raise _dead()
        if self.disk.files.pop(filename, None) is None:
            raise apsw.exception_for(apsw.SQLITE_IOERR_DELETE_NOENT)
        self.disk.step("delete", _role(filename))
        if syncdir:
            self.disk.sync_names()

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: ARG002, N802
        """Whether a file is there; one of no bytes is not, as in the unix VFS."""
        if self.disk.off:
            raise _dead()
        file = self.disk.files.get(pathname)
        return file is not None and len(file.now) > 0


def _role(name: str) -> str:
    """Which of SQLite's files this is: db, wal, journal."""
    return name.rpartition("journal.db")[2].lstrip("-") or ("db" if name.endswith(".db") else name)


def _dead() -> apsw.IOError:
    """What every operation gets from a disk without power, in SQLite's own words."""
    return apsw.IOError("disk I/O error")
