"""What a person at the bench should look at: where nothing was found, and where something stays open.

Sentences in Chinese, then English; nothing here decides anything. Pure; called by `station devices probe`.
"""

from collections.abc import Iterator

from drivers.probing.plan import LineAt, Plan
from drivers.probing.session import Heard, Outcome
from drivers.probing.verdict import Doubt, is_measured

DOUBTS: dict[Doubt, str] = {
    Doubt.UNIT: "帧里没有单位,按配置的 unit 读;与秤的显示核对 / the frame shows no unit; compare with the display",
    Doubt.DECIMALS: "没有单位也没有小数点:按显示设 unit 和 decimals / no unit, no point: set unit and decimals",
    Doubt.DIRECTION: (
        "两种 = 格式都读得通:放一件末位不为 0 的东西再探测,或选与显示相符的一个"
        " / both = formats fit: weigh something whose last digit is not 0, or take what the display shows"
    ),
    Doubt.ONE_FRAME: "相同的帧太少,请再探测一次 / too few frames agree; probe again",
    Doubt.NO_VALUE: "还没有读到数值 / no value was read yet",
    Doubt.NO_CHECK: "格式没有校验位:与秤的显示核对 / no check digits: compare with the display",
    Doubt.SAYS_ONCE: "每个重量只说一次:换一件再探测 / it tells each weight once: change the load and probe again",
    Doubt.PER_DEGREE: (
        "有的型号按百分之一度计数(per_degree = 100):与另一支温度计核对"
        " / some count in hundredths (per_degree = 100): compare with another thermometer"
    ),
    Doubt.REGISTER_MAP: (
        "有从机应答,但寄存器表要看它的说明书 / a slave answers; its manual must say what its registers mean"
    ),
    Doubt.WHICH_SCANNER: (
        "若是 GM65、霍尼韦尔或新大陆,可改用 scan_gm65、scan_honeywell、scan_newland(可由主机触发)"
        " / a GM65, Honeywell or Newland may have its own model instead"
    ),
    Doubt.NO_SUFFIX: "码后没有结束符:最好在枪上设成加回车 / nothing ends a code: better set the gun to send CR",
}
"""What each doubt means to a person."""

MOSTLY = 0.5
"""More than half of the bytes being no text means wrong line settings or a binary format (devices.md F)."""
SCOREBOARD = LineAt(600)
SCOREBOARD_BYTES_A_SECOND = (10, 60)
"""Three characters every 100 ms are 30 a second (devices.md A1)."""
WIRE_BYTES = frozenset((0x00, 0xFF))
SHORTEST_TEXT = 4

_NOBODY = (
    "一个字节也没收到 / not one byte came:",
    "  电源?秤要设成连续发送(不是指令或打印方式) / power? set the scale to send continuously",
    "  放一件东西再试:有的秤空秤不回答 / put something on: some scales say nothing while empty",
    "  接线:RS-232 的 TX、RX 是否接反;RS-485 的 A、B 是否接反 / wiring: TX and RX, or A and B, swapped?",
    "  扫描枪:要设成串口(USB-COM)而不是键盘方式,探测时一直扫 / gun: serial mode, not keyboard; keep scanning",
    "  Modbus 地址不在试过的范围内?看说明书或拨码 / a Modbus address that was not tried?",
)
_NEVER_READ = (
    "收到了字节,但哪种设置都读不懂 / bytes came, and no setting makes sense of them:",
    "  波特率、校验位不同?在设备上设成 9600 8N1 再试 / set the device to 9600 8N1 and probe again",
    "  接的是大屏幕(记分牌)口吗?换到串口插座 / is it the scoreboard socket? use the serial one",
    "  有干扰或没接地线?换短的屏蔽线 / noise, or no ground wire? use a short shielded cable",
)
_SCOREBOARD = (
    "600 波特上每秒约 30 字节:像大屏幕(记分牌)口,不是电脑口"
    " / some 30 bytes a second at 600 baud: this looks like the scoreboard output, not the computer's"
)
_WIRE = "全是 00 或 FF:电平或极性不对(TTL 接了 RS-232?A、B 反?) / only 00 or FF: TTL on RS-232? A and B swapped?"
_EQUALS = (
    "有 = 格式,但长度不是 9:在仪表上换成 tf=0(12 字节)连续方式"
    " / an = format of another length: switch the indicator to format 0, the 12-byte frame"
)
_AUTO = (
    "设备自己发送数值文字:温湿度变送器请切到 Modbus 方式;秤请换一种发送格式"
    " / it sends values as text: switch a thermometer to Modbus mode, a scale to another format"
)
_ANSWERS = "它只在被问时回答,但用的是别的语言 / it answers when asked, in a language unknown here"


def advice(plan: Plan, outcome: Outcome) -> Iterator[str]:
    """What to try next, the likeliest first; nothing where something was found."""
    if outcome.found:
        return
    heard = [one for one in outcome.heard if one.received]
    unasked = [one for one in heard if not one.asked]
    if not heard:
        yield from _NOBODY
    elif not unasked:
        yield _ANSWERS
        yield from map(_sample, heard[:2])
    else:
        yield from _unread(unasked)
    if not any(stop.questions or stop.roll.addresses for stop in plan.stops):
        yield "只听没问:有的设备被问才答,去掉 --listen-only 再试 / some only answer: try without --listen-only"
    if outcome.refused:
        lines = ", ".join(map(str, outcome.refused))
        yield f"转接线做不到 {lines}:换 FTDI 转接线 / this adapter cannot do {lines}: use an FTDI adapter"
    if not outcome.in_time:
        yield "时间到,没有全部试完 / time was up before everything was tried"


def _unread(heard: list[Heard]) -> Iterator[str]:
    """What unasked bytes that nobody understood may be."""
    if all(WIRE_BYTES.issuperset(one.sample) for one in heard):  # a slow device read fast looks so at one rate only
        yield _WIRE
        return
    texts = [one for one in heard if _is_text(one.sample)]
    if texts:
        yield "是文字,但没有认得的格式 / it is text, in no format known here:"
        yield _sample(texts[0])
        if b"=" in texts[0].sample:
            yield _EQUALS
        elif is_measured(texts[0].sample.decode("latin-1")):
            yield _AUTO
        return
    if any(_may_be_a_scoreboard(one) for one in heard):
        yield _SCOREBOARD
    yield from _NEVER_READ
    yield from map(_sample, heard[:2])


def _is_text(sample: bytes) -> bool:
    """Whether most of it is what a person could read, parity aside."""
    printable = sum(0x20 <= byte & 0x7F < 0x7F or byte & 0x7F in b"\r\n\t" for byte in sample)
    plain = sum(byte < 0x80 for byte in sample)
    return len(sample) >= SHORTEST_TEXT and min(printable, plain) * 5 >= len(sample) * 4


def _may_be_a_scoreboard(one: Heard) -> bool:
    least, most = SCOREBOARD_BYTES_A_SECOND
    return one.at == SCOREBOARD and least <= one.received / one.lasted_s <= most


def _sample(one: Heard) -> str:
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in one.sample[:32])
    return f"  {one.at}: {one.sample[:32].hex(' ')}  {text!r}"
