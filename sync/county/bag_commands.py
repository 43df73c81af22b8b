"""`county bag`: bags on their way, and what people say of those that a place without this program took in. A shell."""

from pathlib import Path

import click

from sync.county import report, serve
from sync.county.arrivals import Said, read_trips, say_of_bag
from sync.county.terminal import by_option, database, say, show, told, who

MAX_PLACE = 64


@click.group("bag")
def bag_group() -> None:
    """在途的袋子 / bags on their way: what left, what came in, what is late."""


@bag_group.command("list")
@click.option("--all", "every", is_flag=True, help="包括已到的 / those that came in, too")
@click.option("--json", "as_json", is_flag=True, help="供程序使用 / for programs")
@click.pass_obj
@told
def bag_list(config: Path, *, every: bool, as_json: bool) -> None:
    """七天内发出的袋子 / bags that left within seven days and were not seen yet.

    未到: 目的站之后有记录,仍没扫到;别处的袋子没扫到不算未到。
    late: the place it is bound for was heard since and did not see it; anywhere else silence says nothing.
    """
    now_ms = serve.now_ms()
    with database(config) as engine:
        known = read_trips(engine, now_ms)
    wanted = [trip for trip in known if every or trip.seen_ms is None]
    if as_json:
        click.echo(report.trips_json(wanted, now_ms))
    else:
        show(report.trip_table(wanted, now_ms))


@bag_group.command("seen")
@click.argument("bag")
@click.option("--at", "place", required=True, help="到达地点 / where it came in")
@by_option
@click.pass_obj
@told
def bag_seen(config: Path, bag: str, place: str, by: str | None) -> None:
    """袋子已到(对方没有本系统)/ BAG came in at a place that does not use this program."""
    trip = _say(config, Said(bag.strip().upper(), serve.now_ms(), came_in=True, place=place[:MAX_PLACE]), by)
    say(f"已记录,将告知 / recorded, will be told: {trip}")


@bag_group.command("missing")
@click.argument("bag")
@click.option("--at", "place", default="", help="应到地点 / where it should be")
@by_option
@click.pass_obj
@told
def bag_missing(config: Path, bag: str, place: str, by: str | None) -> None:
    """袋子未到 / BAG did not come in where it should: its station opens a case that names the last holder."""
    trip = _say(config, Said(bag.strip().upper(), serve.now_ms(), came_in=False, place=place[:MAX_PLACE]), by)
    say(f"已记录,将告知 / recorded, will be told: {trip}")


def _say(config: Path, word: Said, by: str | None) -> str:
    """Record it; the station it is told to."""
    with database(config) as engine:
        return say_of_bag(engine, word, by=who(by), now_ms=serve.now_ms()).station
