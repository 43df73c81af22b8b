"""county.toml: the county's configuration, and the sample `county init` writes.

Paths in it are relative to the file's own directory. Called by the command line.
"""

import ipaddress
import json
from pathlib import Path
from typing import Annotated

import msgspec
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from sync.broker import BrokerSettings
from sync.county.database import POSTGRES, sqlite_url
from sync.errors import SyncError
from sync.settings import read_settings

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]

SQLITE = "county.db"
"""The database where no other is named."""

SAMPLE = """\
# 县中心配置 / the county's configuration. 路径相对本文件 / paths are relative to this file.

# 数据库文件,或 PostgreSQL 地址;密码宜放 ~/.pgpass
# a SQLite file, or the address of a PostgreSQL database; a password is better kept in ~/.pgpass
database = {database}
# 县中心签名密钥,请勿外传、务必备份 / the county's signing key: never give it away, do back it up
key = "county.key"
# 封存密钥:站点封存的联系方式只有它能打开,请勿外传、务必备份
# opens the contacts that stations seal: never give it away, do back it up
sealing_key = "county.sealing.key"
# 几个入库进程共用一个代理时为 true(仅 MQTT 5)/ true where several ingest workers share a broker (MQTT 5 only)
shared = false

# 连接的 MQTT 代理 / the broker to connect to. 内置代理只支持 3 / the embedded one speaks 3 only
[broker]
host = "127.0.0.1"
port = {port}
protocol = 3

# 内置代理,用于演示或小县;用 Mosquitto 时删除本段
# the embedded broker, for a demo or a small county; remove this table when Mosquitto runs
[embedded_broker]
host = "127.0.0.1"
port = {port}
"""


def sample(database: str, port: int) -> str:
    """The text of a county.toml."""
    return SAMPLE.format(database=json.dumps(database), port=port)


class EmbeddedBrokerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the embedded broker listens.

    password_file: lines of "user:hash" as amqtt's `user_mgr` writes them. Without it anybody may connect, which is
    accepted only on loopback.
    """

    host: str = "127.0.0.1"
    port: Port = 1883
    password_file: str | None = None

    def __post_init__(self) -> None:
        """Refuse an open broker on a network; raises ValueError."""
        if self.password_file is None and not is_loopback(self.host):
            raise ValueError(
                f"host {self.host}: 不设密码只能监听本机,请设 password_file 或改用 Mosquitto / "
                "without password_file only 127.0.0.1 may be listened on; give one, or use Mosquitto"
            )


class CountySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of county.toml.

    database: a path, or an address with "://". shared: subscribe as one of several workers ($share, MQTT 5).
    """

    database: Annotated[str, msgspec.Meta(min_length=1)] = SQLITE
    key: Annotated[str, msgspec.Meta(min_length=1)] = "county.key"
    sealing_key: Annotated[str, msgspec.Meta(min_length=1)] = "county.sealing.key"
    shared: bool = False
    broker: BrokerSettings = BrokerSettings()
    embedded_broker: EmbeddedBrokerSettings | None = None

    def __post_init__(self) -> None:
        """Hold the keys against one another; raises ValueError."""
        if self.shared and self.broker.protocol != 5:
            raise ValueError("shared = true 需要 broker.protocol = 5 / shared = true needs broker.protocol = 5")
        if self.embedded_broker is not None and self.broker.protocol != 3:
            raise ValueError("内置代理只支持 broker.protocol = 3 / the embedded broker speaks broker.protocol = 3 only")
        if "://" in self.database:
            try:
                backend = make_url(self.database).get_backend_name()
            except ArgumentError as error:
                raise ValueError(f"database: {error}") from error
            if backend not in ("sqlite", POSTGRES):
                raise ValueError(
                    f"database: {backend}:// 不支持,用 postgresql:// / is not supported, use postgresql://"
                )


def read_sample(database: str, port: int) -> CountySettings:
    """What `sample` will say; raises SyncError where that would be a mistake."""
    try:
        return CountySettings(database=database, embedded_broker=None, broker=BrokerSettings(port=port))
    except ValueError as error:
        raise SyncError(str(error), hint="改正 --database / correct --database") from error


class County:
    """The settings and the directory their paths are relative to."""

    def __init__(self, settings: CountySettings, directory: Path) -> None:
        """`directory`: where county.toml lies."""
        self.settings, self.directory = settings, directory

    @classmethod
    def read(cls, path: Path) -> "County":
        """Read county.toml; raises BadSettings with every mistake."""
        return cls(read_settings(path, CountySettings), path.parent)

    @property
    def database(self) -> URL:
        """Address of the database."""
        named = self.settings.database
        return make_url(named) if "://" in named else sqlite_url(self.directory / named)

    @property
    def key_path(self) -> Path:
        """File of the county's private key."""
        return self.directory / self.settings.key

    @property
    def sealing_key_path(self) -> Path:
        """File of the private key that opens sealed contacts."""
        return self.directory / self.settings.sealing_key

    @property
    def password_file(self) -> Path | None:
        """The embedded broker's password file, None where there is none."""
        embedded = self.settings.embedded_broker
        return self.directory / embedded.password_file if embedded and embedded.password_file else None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a listener at `host`."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
