"""The words of identification: kinds of code, how sure we are, what a check digit said, who carries it, bilingual.

Only names and their labels; which code gets which word is decided by the tables of rules. Called by every file of this
package, by commands and by pages.
"""

from enum import StrEnum


class Role(StrEnum):
    """What a code stands on; it says what the counter may do with it."""

    PARCEL = "parcel"
    BAG = "bag"
    UNIT = "unit"  # a GS1 logistic unit: a pallet or carton that may be a parcel or a bag
    PRODUCT = "product"  # printed by a factory: never a waybill
    UNKNOWN = "unknown"


class Confidence(StrEnum):
    """How sure the kind and carrier are, in words an attendant can use.

    certain: an exclusive prefix and length, or a check digit that fits; likely: one clear favourite; possible: ask a
    person.
    """

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


class Check(StrEnum):
    """What the check digit said; NONE where the rule knows of none."""

    OK = "ok"
    FAILED = "failed"
    NONE = "none"


class Refusal(StrEnum):
    """Why a read is not taken at all; whoever records it keeps this word and the length, never the text."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    TWO_LINES = "two_lines"
    WEB_ADDRESS = "web_address"
    NOT_A_CODE = "not_a_code"
    ALL_ZERO = "all_zero"
    PAYMENT_CODE = "payment_code"
    IDENTITY_NUMBER = "identity_number"
    PHONE_NUMBER = "phone_number"


class Kind(StrEnum):
    """What a code is; the words are those of the recorded vectors, and travel in entries and exports."""

    UPU_S10 = "upu_s10"
    CN_EMS_13 = "cn_ems_13"
    CN_POST_PARCEL_13 = "cn_post_parcel_13"
    CN_POST_13 = "cn_post_13"
    SF = "sf"
    YTO = "yto"
    ZTO = "zto"
    STO = "sto"
    STO_OR_ZTO_14 = "sto_or_zto_14"
    YUNDA = "yunda"
    JT = "jt"
    JD = "jd"
    JD_PACKAGE = "jd_package"
    DEPPON = "deppon"
    CAINIAO = "cainiao"
    FOREIGN_CARRIER = "foreign_carrier"
    AMBIGUOUS_12 = "ambiguous_numeric_12"
    AMBIGUOUS_13 = "ambiguous_numeric_13"
    AMBIGUOUS_15 = "ambiguous_numeric_15"
    CN_BAG_30 = "cn_bag_30"
    UPU_S8 = "upu_s8"
    UPU_S9 = "upu_s9"
    OWN_BAG = "yyt_bag"
    OWN_PARCEL = "yyt_parcel"
    SSCC = "sscc"
    GTIN8 = "gtin8"
    GTIN12 = "gtin12"
    GTIN13 = "gtin13"
    GTIN14 = "gtin14"
    UNKNOWN = "unknown"

    @property
    def role(self) -> Role:
        """What the code stands on: parcel, bag, unit, product or unknown."""
        return _ROLES.get(self, Role.PARCEL)


_ROLES: dict[Kind, Role] = {
    Kind.CN_BAG_30: Role.BAG,
    Kind.UPU_S8: Role.BAG,
    Kind.UPU_S9: Role.BAG,
    Kind.OWN_BAG: Role.BAG,
    Kind.SSCC: Role.UNIT,
    Kind.GTIN8: Role.PRODUCT,
    Kind.GTIN12: Role.PRODUCT,
    Kind.GTIN13: Role.PRODUCT,
    Kind.GTIN14: Role.PRODUCT,
    Kind.UNKNOWN: Role.UNKNOWN,
}

# Chinese first, English second: the order people here read them in.
KIND_NAMES: dict[Kind, tuple[str, str]] = {
    Kind.UPU_S10: ("国际邮件（S10）", "international postal item (UPU S10)"),
    Kind.CN_EMS_13: ("EMS 特快（13 位）", "EMS waybill, 13 digits"),
    Kind.CN_POST_PARCEL_13: ("邮政快递包裹（13 位）", "China Post parcel, 13 digits"),
    Kind.CN_POST_13: ("中国邮政邮件", "China Post item, 13 characters"),
    Kind.SF: ("顺丰运单", "SF waybill"),
    Kind.YTO: ("圆通运单", "YTO waybill"),
    Kind.ZTO: ("中通运单", "ZTO waybill"),
    Kind.STO: ("申通运单", "STO waybill"),
    Kind.STO_OR_ZTO_14: ("申通或中通（14 位）", "STO or ZTO waybill, 14 digits"),
    Kind.YUNDA: ("韵达运单", "Yunda waybill"),
    Kind.JT: ("极兔运单", "J&T waybill"),
    Kind.JD: ("京东运单", "JD waybill"),
    Kind.JD_PACKAGE: ("京东包裹标签", "JD package label"),
    Kind.DEPPON: ("德邦运单", "Deppon waybill"),
    Kind.CAINIAO: ("菜鸟运单", "Cainiao waybill"),
    Kind.FOREIGN_CARRIER: ("境外快递单号", "foreign carrier's waybill"),
    Kind.AMBIGUOUS_12: ("12 位数字，多家可能", "12 digits, several carriers possible"),
    Kind.AMBIGUOUS_13: ("13 位数字，多家可能", "13 digits, several carriers possible"),
    Kind.AMBIGUOUS_15: ("15 位数字，多家可能", "15 digits, several carriers possible"),
    Kind.CN_BAG_30: ("邮政总包（30 位）", "China Post bag, 30 digits"),
    Kind.UPU_S8: ("国际总包（S8）", "international despatch (UPU S8)"),
    Kind.UPU_S9: ("国际邮袋（S9）", "international receptacle (UPU S9)"),
    Kind.OWN_BAG: ("邮运通周转袋", "the stations' own bag"),
    Kind.OWN_PARCEL: ("邮运通自制面单", "the stations' own parcel label"),
    Kind.SSCC: ("物流单元（SSCC）", "GS1 logistic unit (SSCC)"),
    Kind.GTIN8: ("商品条码（8 位）", "product code, 8 digits"),
    Kind.GTIN12: ("商品条码（12 位）", "product code, 12 digits"),
    Kind.GTIN13: ("商品条码（13 位）", "product code, 13 digits"),
    Kind.GTIN14: ("商品箱码（14 位）", "product case code, 14 digits"),
    Kind.UNKNOWN: ("无法识别", "not recognised"),
}

CARRIER_NAMES: dict[str, tuple[str, str]] = {
    "china_post": ("中国邮政", "China Post"),
    "ems": ("邮政 EMS", "China Post EMS"),
    "sf": ("顺丰", "SF Express"),
    "yto": ("圆通", "YTO"),
    "zto": ("中通", "ZTO"),
    "sto": ("申通", "STO"),
    "yunda": ("韵达", "Yunda"),
    "jt": ("极兔", "J&T"),
    "jd": ("京东", "JD"),
    "deppon": ("德邦", "Deppon"),
    "cainiao": ("菜鸟", "Cainiao"),
    "yunexpress": ("云途", "YunExpress"),
    "ups": ("UPS", "UPS"),
    "dhl": ("DHL", "DHL"),
    "amazon": ("亚马逊物流", "Amazon Logistics"),
    "fedex": ("联邦快递", "FedEx"),
    "yyt": ("邮运通", "Youyuntong"),
}

CONFIDENCE_NAMES: dict[Confidence, tuple[str, str]] = {
    Confidence.CERTAIN: ("确定", "certain"),
    Confidence.LIKELY: ("很可能", "likely"),
    Confidence.POSSIBLE: ("可能", "possible"),
}

CHECK_NAMES: dict[Check, tuple[str, str]] = {
    Check.OK: ("校验位正确", "check digit fits"),
    Check.FAILED: ("校验位不符，请重扫", "check digit does not fit, scan again"),
    Check.NONE: ("无校验位", "no check digit known"),
}

REFUSAL_NAMES: dict[Refusal, tuple[str, str]] = {
    Refusal.EMPTY: ("空白读码", "empty read"),
    Refusal.TOO_LONG: ("内容过长，不是单号", "too long for any waybill"),
    Refusal.TWO_LINES: ("一次读到多行，请逐个重扫", "several lines in one read, scan one at a time"),
    Refusal.WEB_ADDRESS: ("这是网址，不是单号", "a web address, not a waybill"),
    Refusal.NOT_A_CODE: ("这是文字，不是单号", "text, not a waybill"),
    Refusal.ALL_ZERO: ("全是 0，不是单号", "all zeros, not a waybill"),
    Refusal.PAYMENT_CODE: ("这是付款码，未记录", "a payment code, not recorded"),
    Refusal.IDENTITY_NUMBER: ("这是身份证号，未记录", "an identity number, not recorded"),
    Refusal.PHONE_NUMBER: ("这是手机号，未记录", "a phone number, not recorded"),
}
