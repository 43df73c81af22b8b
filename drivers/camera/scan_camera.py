"""A camera as a scanner, for labels no gun can read: pictures in a folder become Scans (devices.md B5).

    path/picture.jpg, .png, .pgm    put there by a camera, a phone's upload or the attendant's page; removed when read

Each look takes the pictures that are there, oldest first, at most MAX_A_LOOK. Whoever puts one there writes it under
another name (or a hidden one) and renames it, so that it is whole. With `capture` the station takes a picture at each
look: the command gets the path to write to in place of {picture}. A picture without a code that counts is a NO_READ
that tells what was unsure. Reads are decoded in a process of their own, and confirmed as `chain.py` says; the carrier
rule is given by the maker of the sampler, since nothing here knows what a waybill is.
Called by supervision.
"""

import subprocess
import time
from pathlib import Path
from typing import Annotated

import msgspec

from drivers.camera.chain import CarrierRule, Chain, Found
from drivers.camera.process import Decoding, decode
from drivers.errors import BadSettings, PortUnavailable
from drivers.framing import bad
from drivers.readings import Reading, Reason, Scan
from drivers.scanners.codes import DoubleReads, DoubleReadSeconds
from drivers.seam import Pause
from drivers.settings import DeviceSettings, SampledSettings, Seconds

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".pgm"})
MAX_A_LOOK = 8
CAPTURE_S = 20.0
"""rpicam-still needs 1-6 s; what takes longer hangs."""
_FOLDER_HINT = "建好该文件夹并给服务写权限 / make the folder and let the service write to it"
_CAPTURE_HINT = "检查摄像头排线和 capture 命令 / check the camera's cable and the capture command"


class Settings(SampledSettings, frozen=True, kw_only=True):
    """What a technician may say about a camera; `path` is the folder of its pictures.

    every_s: how often the folder is looked at, or a picture taken.
    capture: a command that writes one picture to {picture}; empty: others put pictures there.
    double_read_s: the same code within so many seconds is marked as repeated; 0 marks none.
    """

    every_s: Seconds = 1.0
    capture: tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=256)], ...] = ()
    double_read_s: DoubleReadSeconds = 2.0


def sampler(settings: DeviceSettings, pause: Pause) -> "ScanCamera":  # noqa: ARG001  its waits are its children's
    """Make a sampler without a carrier rule; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return ScanCamera(settings)


class ScanCamera:
    """The sampler of a folder of pictures; see `drivers.seam.Sampler`. Belongs to one thread."""

    def __init__(self, settings: Settings, rule: CarrierRule | None = None, decoding: Decoding | None = None) -> None:
        """Open and start nothing yet. `rule` says whether a code is surely some carrier's waybill."""
        self._settings = settings
        self._folder = Path(settings.path)
        self._rule = rule
        self._decoding = decoding or Decoding()
        self._chain: Chain | None = None
        self._doubles = DoubleReads(settings.double_read_s)

    def sample(self, now_s: float) -> list[Reading]:
        """Read the pictures that are there, or take one; [] where there is none. Raises PortUnavailable, BadSettings.

        May take seconds for each picture.
        """
        if self._settings.capture:
            self._capture()
        readings: list[Reading] = []
        for picture in self._waiting()[:MAX_A_LOOK]:
            readings += self._read(picture, now_s)
        return readings

    def close(self) -> None:
        """End the decoding process, if there is one; without it, it ends with us, or by itself for want of work."""
        self._decoding.close()

    def _waiting(self) -> list[Path]:
        if not self._folder.is_dir():
            raise PortUnavailable(f"{self._folder} is no folder", hint=_FOLDER_HINT)
        found = (p for p in self._folder.iterdir() if p.suffix.lower() in PICTURES and not p.name.startswith("."))
        return sorted(found, key=lambda picture: (picture.stat().st_mtime_ns, picture.name))

    def _read(self, picture: Path, now_s: float) -> list[Reading]:
        if self._chain is None:
            self._chain = Chain(self._decoding.steps(), self._rule)
        try:
            found = decode(picture, self._chain, self._decoding, now_s)
        except PortUnavailable as error:
            return [bad(Reason.MALFORMED, b"", now_s, str(error))]
        finally:
            self._remove(picture)
        counting = [one for one in found if one.counts]
        if not counting:
            return [bad(Reason.NO_READ, b"", now_s, _unsure(found))]
        return [self._scan(one, now_s) for one in counting]

    def _scan(self, found: Found, now_s: float) -> Scan:
        read = found.read
        repeated = self._doubles.repeats(read.code, now_s)
        return Scan(read.code, read.code.encode(), now_s, symbology=read.symbology, aim=read.aim, repeated=repeated)

    def _remove(self, picture: Path) -> None:
        try:
            picture.unlink(missing_ok=True)
        except OSError as error:  # else it would be read for ever
            raise PortUnavailable(f"cannot remove {picture}: {error}", hint=_FOLDER_HINT) from error

    def _capture(self) -> None:
        fresh = self._folder / f".{time.time_ns()}.jpg"
        command = [part.replace("{picture}", str(fresh)) for part in self._settings.capture]
        try:
            subprocess.run(command, check=True, timeout=CAPTURE_S, capture_output=True)
        except OSError as error:
            raise BadSettings(f"cannot run {command[0]}: {error}", hint=_CAPTURE_HINT) from error
        except subprocess.SubprocessError as error:
            fresh.unlink(missing_ok=True)
            raise PortUnavailable(f"the camera took no picture: {error}", hint=_CAPTURE_HINT) from error
        try:
            fresh.rename(fresh.with_name(fresh.name[1:]))
        except OSError as error:
            raise PortUnavailable(f"the camera wrote no picture: {error}", hint=_CAPTURE_HINT) from error


def _unsure(found: list[Found]) -> str:
    """What to say of a picture in which nothing counts; a code's text may be a person's, so only its family."""
    if not found:
        return "no code in the picture"
    families = ", ".join(sorted({one.read.symbology for one in found}))
    return f"only unconfirmed reads ({families}): take another picture"
