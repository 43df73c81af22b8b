"""The live picture of the demo: what the attendant hears, what is on the card, what the county has. Only draws.

Works without colour and in a pipe (then one line a change). Called by the demo with a fresh `Picture` a few times a
second.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

LINES_SHOWN = 10
_STYLES = {"●": "green", "▲": "yellow", "■": "bold red"}
"""How the station marks its sentences: green, yellow, red."""


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is shown at one moment. Counts are entries of both lanes; None where nothing is known yet."""

    elapsed_s: float
    story: str
    link_up: bool
    box_mc: int
    said: Sequence[str]
    on_card: int | None
    confirmed: int | None
    at_county: int | None


class Screen:
    """A terminal, live where it is one."""

    def __init__(self, console: Console) -> None:
        """Draw on `console`."""
        self._console = console
        self._live = Live(console=console, refresh_per_second=5, transient=False) if console.is_terminal else None
        self._said = 0
        self._story = ""

    def __enter__(self) -> "Screen":
        """Start drawing."""
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop drawing; the last picture stays."""
        if self._live is not None:
            self._live.stop()

    def show(self, picture: Picture) -> None:
        """Draw one moment."""
        if self._live is not None:
            self._live.update(_drawn(picture))
            return
        if picture.story != self._story:
            self._story = picture.story
            self._console.print(f"{picture.elapsed_s:5.1f} s  {picture.story}", highlight=False, markup=False)
        for sentence in picture.said[self._said :]:
            self._console.print(
                f"{picture.elapsed_s:5.1f} s    {sentence}   {_counts(picture)}", highlight=False, markup=False
            )
        self._said = len(picture.said)


def _drawn(picture: Picture) -> Panel:
    """The whole picture."""
    figures = Table.grid(padding=(0, 2))
    figures.add_row("存储卡已记 · on the card", _number(picture.on_card))
    figures.add_row("县中心已入库 · at the county", _number(picture.at_county))
    figures.add_row("本站已收到回执 · confirmed", _number(picture.confirmed))
    waiting = (picture.on_card or 0) - (picture.confirmed or 0)
    figures.add_row("待送 · waiting", Text(str(waiting), style="yellow" if waiting else "green"))
    link = Text("通 · up", style="green") if picture.link_up else Text("断 · cut", style="bold red")
    figures.add_row("到县中心的网络 · link", link)
    figures.add_row("冷箱 · cold box", f"{picture.box_mc / 1000:.2f} °C")
    heard = Table.grid(padding=(0, 1))
    for sentence in picture.said[-LINES_SHOWN:]:
        heard.add_row(Text(sentence, style=_STYLES.get(sentence[:1], "")))
    title = f"龙雾村驿站 · 模拟 SIMULATED · {picture.elapsed_s:.0f} s"
    return Panel(Group(Text(picture.story, style="bold"), Text(), figures, Text(), heard), title=title)


def _counts(picture: Picture) -> str:
    """The figures for a pipe."""
    return f"[card {picture.on_card} county {picture.at_county} confirmed {picture.confirmed}]"


def _number(count: int | None) -> str:
    return "–" if count is None else str(count)
