"""Finds a Chinese font on this machine. A thin shell; called by the commands that print."""

from collections.abc import Iterable
from pathlib import Path

from station_agent.errors import Unprintable

PLACES = (
    Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),
    Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"),
    Path("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"),
    Path("/usr/share/fonts-droid-fallback/truetype/DroidSansFallbackFull.ttf"),
)
"""Where Debian's fonts-wqy-microhei, fonts-wqy-zenhei and fonts-droid-fallback lie; all may be embedded."""
_HINT = "sudo apt install fonts-wqy-microhei,或用 --font 指定 / or name one with --font"


def chinese_font(given: Path | None, places: Iterable[Path] = PLACES) -> Path:
    """The font file to print with; `given` by a person comes before ours. Raises Unprintable where there is none."""
    if given is not None:
        _must_be_a_font(given)
        return given
    for place in places:
        if place.is_file():
            return place
    raise Unprintable("这台机器没有中文字体 / no Chinese font on this machine", hint=_HINT)


def _must_be_a_font(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise Unprintable(f"字体打不开 / the font cannot be opened: {path}: {error.strerror}", hint=_HINT) from error
    if start not in (b"\x00\x01\x00\x00", b"true", b"ttcf"):
        raise Unprintable(f"不是 TrueType 字体 / not a TrueType font: {path}", hint=_HINT)
