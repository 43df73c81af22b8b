"""`station init`: makes a station's folder, key and configuration, and the file that enrols it at the county."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station_agent.commands.common import config_option, in_words
from station_agent.errors import StationError

if TYPE_CHECKING:
    from station_agent.config import Settings
    from sync.keys import SigningKey

_TEMPLATE = """\
# 邮运通 驿站配置 / village station configuration. 改后重启服务 / restart the services after a change.
[station]
id = {id}
name = {name}
data = {data}

[county]
public_key = {county_key}
{sealing}
[county.broker]
host = {host}
port = {port}
protocol = {protocol}

# 接了音箱就打开 / with a loudspeaker connected:
# [feedback]
# voice = true
# sound_device = "default"

# 每个设备一段,见 README / one table a device, see the README:
# [[device]]
# name = "gun"
# model = "scan_serial"
# path = "/dev/serial/by-path/..."
"""


@click.command("init")
@config_option
@click.option("--id", "station_id", required=True, help="县中心给的站号 / the station's id, given by the county.")
@click.option("--name", default="", help="站名 / a name for people.")
@click.option("--county-key", required=True, help="县中心公钥,64 位十六进制 / the county's public key, 64 hex digits.")
@click.option(
    "--sealing-key",
    default=None,
    help="县中心封存公钥;不填则个人信息不出站 / the county's sealing key; without it nothing personal leaves.",
)
@click.option("--data", type=click.Path(path_type=Path), default=Path("/var/lib/youyuntong"), show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="消息代理地址 / broker address.")
@click.option("--port", type=click.IntRange(1, 65535), default=1883, show_default=True)
@click.option(
    "--protocol",
    type=click.Choice(["3", "5"]),
    default="3",
    show_default=True,
    help="MQTT 版本,Mosquitto 可用 5 / version; 5 with Mosquitto.",
)
@in_words
def init_command(  # noqa: PLR0917 - click names them
    config: Path,
    station_id: str,
    name: str,
    county_key: str,
    sealing_key: str | None,
    data: Path,
    host: str,
    port: int,
    protocol: str,
) -> None:
    """初始化一个驿站,打印登记文件 / set up a station and print its enrolment file for `county station add`."""
    from station_agent.config import Settings  # noqa: PLC0415
    from station_agent.personal.key_files import make_seal_key, open_vault  # noqa: PLC0415
    from sync.enrolment import Enrolment  # noqa: PLC0415
    from sync.keys import OpeningKey  # noqa: PLC0415
    from sync.settings import parse_settings  # noqa: PLC0415

    text = _TEMPLATE.format(
        id=_toml(station_id),
        name=_toml(name),
        data=_toml(str(data.absolute())),
        county_key=_toml(county_key.strip().lower()),
        sealing="" if sealing_key is None else f"sealing_key = {_toml(sealing_key.strip().lower())}\n",
        host=_toml(host),
        port=port,
        protocol=protocol,
    )
    settings = parse_settings(text.encode(), Settings, file=str(config))
    _check_sealing(settings)
    if config.exists() or settings.key_path.exists():
        kept = config if config.exists() else settings.key_path
        hint = "这里已经初始化过;换站请先移走 / this was set up before; move it away to start anew"
        raise StationError(f"{kept} 已存在 / exists already, nothing was changed", hint=hint)
    try:
        # The configuration first: where it cannot be written, no key is left behind that would block the next attempt.
        config.parent.mkdir(parents=True, exist_ok=True)
        settings.data.mkdir(parents=True, exist_ok=True)
        with config.open("x", encoding="utf-8") as file:
            file.write(text)
        key = _key(settings.key_path, config)
        open_vault(settings.data)
        make_seal_key(settings.seal_path)
        (settings.data / "station.pub").write_text(key.public.hex() + "\n")
    except OSError as error:
        hint = "用 sudo 运行,或换一个文件夹 / run it with sudo, or name another folder"
        raise StationError(f"{error.filename} 写不进 / cannot be written: {error.strerror}", hint=hint) from error
    os.sync()
    seal = OpeningKey.load(settings.seal_path).public.hex()
    enrolment = Enrolment(id=station_id, name=name, public_key=key.public.hex(), sealing_key=seal)
    click.echo(enrolment.to_toml(), nl=False)
    click.echo(
        f"✓ 已写 / written: {config}, {settings.key_path}\n"
        "→ 把上面几行存成文件,在县中心运行 county station add 文件 / "
        "save the lines above and run `county station add FILE` at the county\n"
        "→ 在配置里填设备,然后 station run / name your devices in the configuration, then `station run`",
        err=True,
    )


def _check_sealing(settings: "Settings") -> None:
    """Try the sealing key once, so that a wrong one is not found out at the counter; raises SealBroken."""
    if settings.sealing_key is not None:
        from sync.sealing import Sealer  # noqa: PLC0415

        Sealer(settings.station.id, settings.sealing_key, draw=os.urandom)


def _key(path: Path, config: Path) -> "SigningKey":
    """Draw the station's key; where that fails the configuration goes too, so that the command may be given again."""
    from sync.keys import SigningKey  # noqa: PLC0415

    try:
        return SigningKey.create(path)
    except OSError:
        config.unlink()
        raise


def _toml(text: str) -> str:
    """A TOML basic string; JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False)
