"""The enrolment file: what `station init` prints and `county station add` reads, so that nobody types a key.

Holds nothing secret. TOML, or JSON where the name ends in .json. Pure but for `read_enrolment`.
"""

import json
from pathlib import Path
from typing import Annotated

import msgspec

from sync.entry import Name
from sync.errors import SyncError
from sync.settings import BadSettings, Fault, check, read_settings

PublicKey = Annotated[str, msgspec.Meta(pattern="^[0-9a-fA-F]{64}$")]
"""32 raw bytes of a public key as 64 hex digits."""


class Enrolment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A station as it introduces itself: id as in its topics, name for people, the public key it signs with.

    sealing_key: what recipients of its expected parcels are sealed to; a station without one gets lists without them.
    """

    id: Name
    name: Annotated[str, msgspec.Meta(max_length=100)] = ""
    public_key: PublicKey
    sealing_key: PublicKey | None = None

    def to_toml(self) -> str:
        """The file's text; JSON's quoting of strings is TOML's too."""
        fields = {"id": self.id, "name": self.name, "public_key": self.public_key}
        fields |= {} if self.sealing_key is None else {"sealing_key": self.sealing_key}
        return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in fields.items())


def read_enrolment(path: Path) -> Enrolment:
    """Read an enrolment file; raises BadSettings with everything that is wrong in it."""
    if path.suffix != ".json":
        return read_settings(path, Enrolment)
    file = str(path)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadSettings([Fault(file, "", str(error), "JSON", "重新导出登记文件 / export the file again")]) from error
    if not isinstance(found, dict):
        raise BadSettings([Fault(file, "", type(found).__name__, "表 / an object", "重新导出 / export the file again")])
    faults = check(found, Enrolment, file=file)
    if faults:
        raise BadSettings(faults)
    return msgspec.convert(found, Enrolment)


def parse_key(text: str) -> bytes:
    """32 raw bytes from 64 hex digits; raises SyncError."""
    try:
        return bytes.fromhex(msgspec.convert(text.strip(), PublicKey))
    except msgspec.ValidationError as error:
        hint = "公钥是 64 位十六进制,从站点的登记文件复制 / copy the 64 hex digits from the station's enrolment file"
        raise SyncError(f"not a public key: {text[:80]!r}", hint=hint) from error


def parse_station_id(text: str) -> str:
    """A name that can stand in a topic; raises SyncError."""
    try:
        return msgspec.convert(text, Name)
    except msgspec.ValidationError as error:
        hint = "字母、数字、点、横线,至多 32 位 / letters, digits, dot, dash, underscore; at most 32"
        raise SyncError(f"not a station's name: {text[:80]!r}", hint=hint) from error
