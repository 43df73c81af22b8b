"""The printed cards an attendant scans to say what she does. Pure data; called by the counter and by the printer.

A card's code starts with YYC, which no carrier uses, and holds capital letters and digits only, so that every gun
sends it whatever its keyboard layout. Cards of one sort share a word; what tells them apart is their value.
Cards of this station alone (cold boxes, products) follow a pattern and are made from its settings: `card_of`.
"""

from enum import Enum, StrEnum

import msgspec


class Mode(StrEnum):
    """What a scanned parcel or bag means now."""

    IN = "in"
    OUT = "out"
    SEND = "send"
    PACK = "pack"
    UNPACK = "unpack"
    HANDOVER = "handover"
    COUNT = "count"
    BOX = "box"
    SERVICE = "service"
    PAPER = "paper"


class Word(StrEnum):
    """What sort of thing a card says; the table of each desk says which words it understands.

    digit, ok, clear, undo, today, adopt and mode are heard anywhere.
    """

    MODE = "mode"
    DIGIT = "digit"
    OK = "ok"
    CLEAR = "clear"
    UNDO = "undo"
    TODAY = "today"
    ADOPT = "adopt"
    MARK = "mark"
    """What is wrong with the parcel scanned next: refused, damaged, wrong_station, held, released, returned."""
    REASON = "reason"
    """Why: of a hold, of a bag that is not as it should be."""
    PHONE = "phone"
    CALLED = "called"
    PROXY = "proxy"
    CONSENT = "consent"
    HOUSEHOLD = "household"
    COMPLAINT = "complaint"
    CONSIGNMENT = "consignment"
    INSPECTED = "inspected"
    AGREEMENT = "agreement"
    PENDING_WEIGHT = "pending_weight"
    WEIGH = "weigh"
    """A parcel that was accepted before, also elsewhere, is weighed now."""
    TYPED_WEIGHT = "typed_weight"
    RELABEL = "relabel"
    SCREENED = "screened"
    PRODUCT = "product"
    DESTINATION = "destination"
    LOT = "lot"
    SOURCE = "source"
    PRICE = "price"
    SEAL = "seal"
    BAG = "bag"
    """What a bag is: short, excess, damaged, seal_broken, dropped (nobody was there), direct (handed over roadside)."""
    TRANSPORT = "transport"
    TEMPORARY = "temporary"
    COUNT = "count"
    BOX = "box"
    TAKE = "take"
    CAUSE = "cause"
    REST = "rest"
    SERVICE = "service"
    STOCK = "stock"
    """Packaging that came or was used up, fruit baskets that went out or came back."""
    TOTAL = "total"
    DUTY = "duty"
    OPENING = "opening"
    CHECK = "check"


class Group(Enum):
    """A page of cards: title in Chinese and English."""

    MODE = ("做什么", "what I do now")
    KEYS = ("数字", "digits")
    COMMON = ("常用", "any time")
    PARCEL = ("快递", "parcels")
    SEND = ("寄件", "parcels to send")
    PRODUCT = ("农产品", "products")
    DESTINATION = ("寄往", "destinations")
    BAG = ("总包交接", "bags and handover")
    BOX = ("冷箱", "cold boxes")
    SERVICE = ("便民服务", "services")
    DUTY = ("值班检查", "duty and checks")


class Card(msgspec.Struct, frozen=True):
    """One card. word: what sort; value: which of its sort, "" where there is one alone; zh, en: what is printed."""

    code: str
    word: Word
    value: str
    zh: str
    en: str
    group: Group


CARD_PREFIX = "YYC"


def _cards(group: Group, word: Word, *rows: tuple[str, str, str, str]) -> list[Card]:
    """Cards of one word: end of the code, value, words in Chinese and English."""
    return [Card(CARD_PREFIX + end, word, value, zh, en, group) for end, value, zh, en in rows]


_ALL = [
    *_cards(
        Group.MODE,
        Word.MODE,
        ("IN", "in", "入库", "receiving"),
        ("OUT", "out", "出库", "handing out"),
        ("SEND", "send", "寄件", "accepting to send"),
        ("PACK", "pack", "装包", "packing a bag"),
        ("UNPACK", "unpack", "拆包", "unpacking a bag"),
        ("HAND", "handover", "交接", "handover"),
        ("COUNT", "count", "盘点", "stock-take"),
        ("BOX", "box", "冷箱", "cold boxes"),
        ("SERVICE", "service", "服务", "services"),
        ("PAPER", "paper", "补录", "entering paper sheets"),
    ),
    *_cards(Group.KEYS, Word.DIGIT, *((f"D{n}", str(n), str(n), str(n)) for n in range(10))),
    *_cards(Group.KEYS, Word.OK, ("OK", "", "确认", "OK")),
    *_cards(Group.KEYS, Word.CLEAR, ("CLEAR", "", "清除", "clear")),
    *_cards(Group.COMMON, Word.UNDO, ("UNDO", "", "撤销", "undo the last act")),
    *_cards(Group.COMMON, Word.TODAY, ("TODAY", "", "今日", "today so far")),
    *_cards(Group.COMMON, Word.COMPLAINT, ("COMPLAINT", "", "投诉", "complaint")),
    *_cards(Group.COMMON, Word.ADOPT, ("ADOPT", "", "认枪", "use this gun from now on")),
    *_cards(
        Group.PARCEL,
        Word.MARK,
        ("REFUSED", "refused", "拒收", "refused by the recipient"),
        ("DAMAGED", "damaged", "破损", "damaged"),
        ("WRONG", "wrong_station", "错站", "belongs to another station"),
        ("RETURN", "returned", "退回", "goes back with the courier"),
        ("HOLD", "held", "扣件", "held: must not go on"),
        ("RELEASE", "released", "解除扣件", "no longer held"),
    ),
    *_cards(Group.PARCEL, Word.PROXY, ("PROXY", "", "代取", "fetched by somebody else")),
    *_cards(Group.PARCEL, Word.PHONE, ("PHONE", "", "输手机号", "key the phone number")),
    *_cards(Group.PARCEL, Word.CALLED, ("CALLED", "", "已打电话", "called the recipient")),
    *_cards(Group.PARCEL, Word.HOUSEHOLD, ("HOUSE", "", "家庭卡登记", "register a household card")),
    *_cards(
        Group.PARCEL,
        Word.CONSENT,
        ("CONSENT", "yes", "同意放站", "consents to the shelf"),
        ("NOCONSENT", "no", "不同意放站", "does not consent"),
    ),
    *_cards(Group.SEND, Word.INSPECTED, ("INSPECTED", "", "已验视", "contents inspected")),
    *_cards(Group.SEND, Word.CONSIGNMENT, ("BULK", "", "大宗寄件", "consignment")),
    *_cards(Group.SEND, Word.AGREEMENT, ("AGREEMENT", "", "安全协议", "safety agreement number")),
    *_cards(Group.SEND, Word.PENDING_WEIGHT, ("NOSCALE", "", "到站再称", "weigh at the hub")),
    *_cards(Group.SEND, Word.WEIGH, ("WEIGH", "", "补称", "weigh what was accepted before")),
    *_cards(Group.SEND, Word.TYPED_WEIGHT, ("TYPEDKG", "", "手输重量", "key the weight in grams")),
    *_cards(Group.SEND, Word.RELABEL, ("RELABEL", "", "换单", "the carrier's number for our label")),
    *_cards(Group.SEND, Word.SCREENED, ("SCREENED", "", "已过安检", "screened")),
    *_cards(Group.SEND, Word.LOT, ("LOT", "", "批号", "lot number")),
    *_cards(
        Group.SEND,
        Word.REASON,
        ("RFLAMMABLE", "flammable", "易燃易爆", "flammable or explosive"),
        ("RLIQUID", "liquid", "液体粉末", "liquid or powder"),
        ("RWEAPON", "weapon", "刀具枪械", "weapon"),
        ("RLIVE", "live", "活体", "living animal"),
        ("RFALSE", "false", "信息不实", "false declaration"),
        ("ROTHER", "other", "其他违禁", "other prohibited goods"),
    ),
    *_cards(
        Group.SEND,
        Word.SOURCE,
        ("SOWN", "own", "自己下单", "own order"),
        ("SYOULE", "youle", "邮乐网", "Youle"),
        ("SWEIYOU", "weiyou", "微游巫山", "Weiyou Wushan"),
        ("SHAOPIN", "haopin", "巫山好品", "Wushan Haopin"),
        ("SXYJ", "xiaoyuanjia", "小院家", "Xiaoyuanjia"),
        ("SLIVE", "live", "直播", "live stream"),
        ("SGROUP", "group", "社区团购", "group purchase"),
    ),
    *_cards(
        Group.BAG,
        Word.BAG,
        ("SHORT", "short", "少件", "pieces missing"),
        ("EXCESS", "excess", "多件", "pieces too many"),
        ("BAGDAMAGED", "damaged", "总包破损", "bag damaged"),
        ("SEALBAD", "seal_broken", "封志破损", "seal broken"),
        ("DROP", "dropped", "无人交接", "nobody was there"),
        ("DIRECT", "direct", "沿途直投", "handed over at the roadside"),
        ("OVERLOAD", "overload", "车装不下", "vehicle is full"),
    ),
    *_cards(Group.BAG, Word.SEAL, ("SEAL", "", "封志号", "seal number")),
    *_cards(Group.BAG, Word.COUNT, ("HOWMANY", "", "清点袋数", "count of bags")),
    *_cards(Group.BAG, Word.TEMPORARY, ("TEMP", "", "临时司机", "driver without a badge")),
    *_cards(
        Group.BAG,
        Word.TRANSPORT,
        ("TBUS", "bus", "客车", "passenger bus"),
        ("TFREIGHT", "freight", "货车", "freight"),
        ("TMIXED", "mixed", "客货混载", "mixed"),
        ("TDRONE", "drone", "无人机", "drone"),
    ),
    *_cards(Group.BOX, Word.TAKE, ("TAKE", "", "取出", "take out")),
    *_cards(Group.BOX, Word.REST, ("REST", "", "停用", "out of use")),
    *_cards(
        Group.BOX,
        Word.CAUSE,
        ("CDOOR", "door", "门没关", "door left open"),
        ("CPOWER", "power", "停电", "power cut"),
        ("CBOX", "box_fault", "冷箱坏", "box at fault"),
        ("CWARM", "warm_goods", "货太热", "warm goods"),
        ("CCOOLANT", "coolant", "冰没了", "no coolant"),
        ("CSENSOR", "sensor", "温度计坏", "thermometer at fault"),
        ("CSETTING", "wrong_setting", "设错了", "wrong setting"),
        ("COTHER", "other", "其他", "other"),
    ),
    *_cards(
        Group.SERVICE,
        Word.SERVICE,
        ("VGOV", "government", "政务", "government service"),
        ("VPAY", "payment", "缴费", "paying bills"),
        ("VTRAVEL", "travel", "交通", "travel"),
        ("VFARM", "farm_supplies", "农资", "farm supplies"),
        ("VBANK", "finance", "金融", "finance"),
        ("VSHOP", "e_commerce", "电商", "e-commerce"),
    ),
    *_cards(
        Group.SERVICE,
        Word.STOCK,
        ("NPACKIN", "packaging_received", "包装到货", "packaging received"),
        ("NPACKUSED", "packaging_used", "包装用掉", "packaging used"),
        ("NBASKETOUT", "basket_issued", "果筐发出", "baskets issued"),
        ("NBASKETIN", "basket_returned", "果筐收回", "baskets returned"),
    ),
    *_cards(Group.SERVICE, Word.TOTAL, ("TOTAL", "", "今日合计", "total of the day")),
    *_cards(
        Group.DUTY,
        Word.DUTY,
        ("DUTYATTEND", "attendant", "值班", "attendant's duty"),
        ("DUTYWELFARE", "welfare", "公益岗", "public welfare post"),
        ("DUTYOFF", "off", "下班", "off duty"),
    ),
    *_cards(
        Group.DUTY,
        Word.OPENING,
        ("OPEN", "open", "开门", "station opens"),
        ("CLOSE", "close", "关门", "station closes"),
        ("MARKET", "market", "赶集日", "market day"),
    ),
    *_cards(
        Group.DUTY,
        Word.CHECK,
        ("KFIRE", "fire", "消防检查", "fire safety"),
        ("KPOWER", "power", "用电检查", "electric safety"),
        ("KCLEAN", "clean", "卫生检查", "cleanliness"),
        ("KSIGN", "sign", "标志检查", "signs and brand"),
        ("KSCALE", "scale", "秤检定", "scale verified"),
        ("KCOLD", "cold", "冷箱检查", "cold boxes looked after"),
        ("KBAD", "bad", "不合格", "not in order"),
    ),
]
_ONLY_IN: dict[Word, Mode] = {
    **dict.fromkeys((Word.TEMPORARY, Word.TRANSPORT, Word.COUNT), Mode.HANDOVER),
    Word.PROXY: Mode.OUT,
    **dict.fromkeys((Word.INSPECTED, Word.CONSIGNMENT, Word.AGREEMENT, Word.PENDING_WEIGHT, Word.WEIGH), Mode.SEND),
    **dict.fromkeys((Word.TYPED_WEIGHT, Word.RELABEL, Word.SCREENED, Word.DESTINATION, Word.LOT), Mode.SEND),
    **dict.fromkeys((Word.SOURCE, Word.PRICE), Mode.SEND),
    **dict.fromkeys((Word.BOX, Word.TAKE, Word.REST, Word.CAUSE), Mode.BOX),
    **dict.fromkeys((Word.SERVICE, Word.STOCK, Word.TOTAL), Mode.SERVICE),
}
"""Words that mean something in one mode alone."""
_IN_HANDOVERS = ("dropped", "direct", "overload")
"""What of the word `bag` is said in a handover alone."""
CARDS: dict[str, Card] = {card.code: card for card in _ALL}
"""Every card that is the same at all stations, in the order of their pages."""


_PATTERNS = (
    ("BX", Word.BOX, Group.BOX, "{} 号箱", "box {}"),
    ("PX", Word.PRODUCT, Group.PRODUCT, "{}", "{}"),
    ("GX", Word.DESTINATION, Group.DESTINATION, "{}", "{}"),
    ("QX", Word.PRICE, Group.SEND, "{} 档", "price class {}"),
)
"""Cards of one station: start of the code, its word; the rest of the code is the value in small letters."""
MAX_VALUE = 16


def card_for(word: Word, value: str, zh: str = "", en: str = "") -> Card:
    """Make a card of this station's own; `value`: up to MAX_VALUE small letters and digits. Raises ValueError."""
    if not (value.isascii() and value.isalnum() and value == value.lower() and len(value) <= MAX_VALUE):
        raise ValueError(f"{value!r} cannot stand on a card")
    start, _, group, own_zh, own_en = next(row for row in _PATTERNS if row[1] is word)
    return Card(
        CARD_PREFIX + start + value.upper(), word, value, zh or own_zh.format(value), en or own_en.format(value), group
    )


def card_of(code: str) -> Card | None:
    """The card with this code, whatever the case a gun sent it in; None where there is no such card."""
    code = code.upper()
    fixed = CARDS.get(code)
    if fixed is not None:
        return fixed
    rest = code.removeprefix(CARD_PREFIX)
    for start, word, *_ in _PATTERNS:
        value = rest.removeprefix(start).lower()
        if rest.startswith(start) and 0 < len(value) <= MAX_VALUE and value.isascii() and value.isalnum():
            return card_for(word, value)
    return None


def only_in(card: Card) -> Mode | None:
    """The one mode a card means something in; None where there are several, or any."""
    if card.word is Word.BAG and card.value in _IN_HANDOVERS:
        return Mode.HANDOVER
    return _ONLY_IN.get(card.word)


ADOPTION_CARD = "YYCADOPT"
"""认枪卡: scanned with a keyboard gun nobody configured, it makes that gun a scanner of the counter."""
