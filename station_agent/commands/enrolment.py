"""`station enrolment`: prints again what `station init` printed, after the county lost it or a sealing key is new."""

from pathlib import Path

import click

from station_agent.commands.common import config_option, in_words
from station_agent.errors import JournalMissing


@click.command("enrolment")
@config_option
@in_words
def enrolment_command(config: Path) -> None:
    """再打印登记文件 / print the enrolment file for `county station add` again; nothing secret is in it."""
    from station_agent.config import load  # noqa: PLC0415
    from sync.enrolment import Enrolment  # noqa: PLC0415
    from sync.keys import OpeningKey  # noqa: PLC0415

    settings, _ = load(config)
    try:
        public = (settings.data / "station.pub").read_text().strip()
    except OSError as error:
        hint = "先运行 station init / run `station init` first"
        raise JournalMissing(f"{settings.data} 还没有初始化 / was not set up yet: {error}", hint=hint) from error
    seal = OpeningKey.load(settings.seal_path).public.hex() if settings.seal_path.exists() else None
    station = settings.station
    click.echo(Enrolment(id=station.id, name=station.name, public_key=public, sealing_key=seal).to_toml(), nl=False)
    if seal is None:
        click.echo(
            "没有封存密钥:启动 station run 会生成 / no sealing key yet: `station run` makes one when it starts",
            err=True,
        )
