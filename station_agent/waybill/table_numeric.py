"""Rules for codes of digits alone, by length: EMS and China Post, ZTO, STO, Yunda, bags, SSCC, product codes.

Shapes overlap here, so the order of the rows is the rule: the first row that decides and whose check agrees gives the
answer, every other fitting row a candidate behind it. The sources: BF-zh = BF-zh/Courier-Validation, hive =
phillip2019/hive-third-functions, samples = numbers in public kuaidi100 addresses; all read, facts only (domain.md A2).
"""

import re

from station_agent.waybill.checkdigits import ems_fits, gs1_fits
from station_agent.waybill.kinds import Confidence, Kind
from station_agent.waybill.rules import OnFailure, Rule

_CERTAIN, _LIKELY, _POSSIBLE = Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE
_NOT_THIS = OnFailure.NOT_THIS


def _sscc_behind_00_fits(code: str) -> bool:
    return gs1_fits(code[2:])


_THIRTEEN: tuple[Rule, ...] = (
    Rule(
        "ems_10_11", (13,), re.compile(r"1[01][0-9]{11}"),
        Kind.CN_EMS_13, "ems", _CERTAIN,
        ("10/11 开头 13 位，EMS 校验", "13 digits from 10 or 11: EMS; check at digit 11"),
        "shop and ERP rules; six of six samples fit", check=ems_fits,
    ),
    Rule(
        # Both published 1201 numbers are Yunda's and one of them fits the EMS check by luck: offer both, ask.
        "ems_1201", (13,), re.compile(r"1201[0-9]{9}"),
        Kind.CN_EMS_13, "ems", _POSSIBLE,
        ("1201 开头 13 位：EMS 校验相符，但韵达也用", "13 digits from 1201: the EMS check fits, Yunda has 1201 too"),
        "domain.md A2; sample 1201386764793", check=ems_fits, on_failure=_NOT_THIS,
    ),
    Rule(
        "ems_12", (13,), re.compile(r"12[0-9]{11}"),
        Kind.CN_EMS_13, "ems", _LIKELY,
        ("12 开头 13 位且 EMS 校验相符", "13 digits from 12 with a fitting EMS check; Yunda fits 1 in 10 by luck"),
        "shop and ERP rules; sample 1207119765021", check=ems_fits, on_failure=_NOT_THIS,
    ),
    Rule(
        "ems_977_979", (13,), re.compile(r"97[7-9][0-9]{10}"),
        Kind.CN_EMS_13, "ems", _POSSIBLE,
        ("977–979 开头 13 位：EMS 校验相符，书刊也用", "13 digits from 977 to 979: the EMS check fits, or a book"),
        "hive; GS1 prefix list (books and journals)", check=ems_fits, on_failure=_NOT_THIS,
    ),
    Rule(
        "ems_95_97", (13,), re.compile(r"9[57][0-9]{11}"),
        Kind.CN_EMS_13, "ems", _LIKELY,
        ("95/97 开头 13 位且 EMS 校验相符", "13 digits from 95 or 97 with a fitting EMS check"),
        "hive; sample 9745531155532", check=ems_fits, on_failure=_NOT_THIS,
    ),
    Rule(
        "ems_50_52", (13,), re.compile(r"5[0-2][0-9]{11}"),
        Kind.CN_EMS_13, "ems", _LIKELY,
        ("50–52 开头 13 位且 EMS 校验相符", "13 digits from 50 to 52 with a fitting EMS check; Yunda has 5 too"),
        "hive", check=ems_fits, on_failure=_NOT_THIS,
    ),
    Rule(
        "china_post_parcel", (13,), re.compile(r"9[689][0-9]{11}"),
        Kind.CN_POST_PARCEL_13, "china_post", _LIKELY,
        ("96/98/99 开头 13 位：邮政快递包裹", "13 digits from 96, 98 or 99: China Post parcel"), "hive; samples",
    ),
    Rule(
        "yunda_1201", (13,), re.compile(r"1201[0-9]{9}"),
        Kind.YUNDA, "yunda", _POSSIBLE,
        ("1201 开头见于韵达", "1201 was seen on Yunda numbers"), "samples 1201386764793, 1201088260402",
        answer=Kind.AMBIGUOUS_13,
    ),
    Rule(
        "ems_12_failed", (13,), re.compile(r"12[0-9]{11}"),
        Kind.AMBIGUOUS_13, None, _POSSIBLE,
        ("12 开头但 EMS 校验不符", "13 digits from 12 whose EMS check does not fit: not EMS, perhaps misread"),
        "domain.md A2", check=ems_fits,
    ),
    Rule(
        "yunda_13_seen", (13,), re.compile(r"(?:31|38|39|43|53)[0-9]{11}"),
        Kind.YUNDA, "yunda", _LIKELY,
        ("31/38/39/43/53 开头 13 位：韵达", "13 digits from 31, 38, 39, 43 or 53: seen on Yunda numbers"),
        "samples; BF-zh for 5",
    ),
    Rule(
        "yunda_5", (13,), re.compile(r"5[0-9]{12}"),
        Kind.YUNDA, "yunda", _LIKELY,
        ("5 开头 13 位：韵达", "13 digits from 5: Yunda"), "BF-zh",
    ),
    Rule(
        "gtin13_china", (13,), re.compile(r"69[0-9]{11}"),
        Kind.GTIN13, None, _CERTAIN,
        ("690–699 开头：中国商品条码，不是运单", "13 digits from 690 to 699: a Chinese product, not a waybill"),
        "GS1 prefix list", check=gs1_fits,
    ),
    Rule(
        "sto_33", (13,), re.compile(r"33[0-9]{11}"),
        Kind.STO, "sto", _POSSIBLE,
        ("33 开头 13 位：申通旧号，韵达也可能", "13 digits from 33: old STO, Yunda has the same shape"),
        "hive; samples",
        answer=Kind.AMBIGUOUS_13,
    ),
    Rule(
        # 14-19 were never given to a GS1 member, so a fitting check there is luck.
        "gtin13", (13,), re.compile(r"(?!1[4-9])[0-9]{13}"),
        Kind.GTIN13, None, _LIKELY,
        ("13 位且商品校验位相符", "13 digits with a fitting product check"), "GS1 General Specifications",
        check=gs1_fits, on_failure=_NOT_THIS,
    ),
    Rule(
        "yunda_16", (13,), re.compile(r"16[0-9]{11}"),
        Kind.YUNDA, "yunda", _POSSIBLE,
        ("16 开头见于韵达旧号", "16 was seen on an old Yunda number"), "sample 1600887249033", answer=Kind.AMBIGUOUS_13,
    ),
    Rule(
        "china_post_1_8_9", (13,), re.compile(r"(?:1[3-9]|[89][0-9])[0-9]{11}"),
        Kind.CN_POST_13, "china_post", _POSSIBLE,
        ("1/8/9 开头 13 位：可能是邮政", "13 digits from 1 (not 10 to 12), 8 or 9: perhaps China Post"), "BF-zh EMS",
        answer=Kind.AMBIGUOUS_13,
    ),
    Rule(
        "yunda_13", (13,), re.compile(r"[134][0-9]{12}"),
        Kind.YUNDA, "yunda", _POSSIBLE,
        ("13 位数字：可能是韵达", "13 digits: perhaps Yunda"), "hive (any 13 digits)", answer=Kind.AMBIGUOUS_13,
    ),
    Rule(
        "sto_13", (13,), re.compile(r"(?:4[0-9]|55|66)[0-9]{11}"),
        Kind.STO, "sto", _POSSIBLE,
        ("4/55/66 开头 13 位：可能是申通旧号", "13 digits from 4, 55 or 66: perhaps old STO"), "hive",
        answer=Kind.AMBIGUOUS_13,
    ),
)  # fmt: skip

_TWELVE: tuple[Rule, ...] = (
    Rule(
        "sto_12_seen", (12,), re.compile(r"(?:268|368|468|568|668|688|588|768|868|888|968)[0-9]{9}"),
        Kind.STO, "sto", _POSSIBLE,
        ("968 等开头 12 位：申通旧号", "12 digits from 968 and the like: old STO"), "hive; sample 968664596520",
        answer=Kind.AMBIGUOUS_12,
    ),
    Rule(
        "gtin12", (12,), re.compile(r"[0-9]{12}"),
        Kind.GTIN12, None, _POSSIBLE,
        ("12 位且商品校验位相符：可能是商品", "12 digits with a fitting product check: a product, or luck (1 in 10)"),
        "GS1 General Specifications", check=gs1_fits, on_failure=_NOT_THIS,
    ),
    Rule(
        "zto_12_seen", (12,), re.compile(r"7[0-9]{11}"),
        Kind.ZTO, "zto", _POSSIBLE,
        ("7 开头 12 位：中通旧号", "12 digits from 7: old ZTO"), "samples 719518551940, 761734957321",
        answer=Kind.AMBIGUOUS_12,
    ),
    Rule(
        "sf_12", (12,), re.compile(r"[0-9]{12}"),
        Kind.SF, "sf", _POSSIBLE,
        ("12 位数字：可能是顺丰旧号", "12 digits: perhaps an old SF number"), "domain.md A2", answer=Kind.AMBIGUOUS_12,
    ),
    Rule(
        "zto_12", (12,), re.compile(r"[0-9]{12}"),
        Kind.ZTO, "zto", _POSSIBLE,
        ("12 位数字：可能是中通旧号", "12 digits: perhaps an old ZTO number"), "hive", answer=Kind.AMBIGUOUS_12,
    ),
    Rule(
        "sto_12", (12,), re.compile(r"[0-9]{12}"),
        Kind.STO, "sto", _POSSIBLE,
        ("12 位数字：可能是申通旧号", "12 digits: perhaps an old STO number"), "hive", answer=Kind.AMBIGUOUS_12,
    ),
    Rule(
        "fedex_12", (12,), re.compile(r"[0-9]{12}"),
        Kind.FOREIGN_CARRIER, "fedex", _POSSIBLE,
        ("12 位数字：可能是联邦快递", "12 digits: perhaps FedEx"), "jkeen/tracking_number_data fedex.json",
        answer=Kind.AMBIGUOUS_12,
    ),
)  # fmt: skip

_FOURTEEN: tuple[Rule, ...] = (
    Rule(
        "zto", (14,), re.compile(r"7[3-68][0-9]{12}"),
        Kind.ZTO, "zto", _CERTAIN,
        ("73–76/78 开头 14 位：中通", "14 digits from 73 to 76 or 78: ZTO"), "BF-zh ZTO; eight samples",
    ),
    Rule(
        "sto_77_14", (14,), re.compile(r"77[0-9]{12}"),
        Kind.STO, "sto", _POSSIBLE,
        ("77 开头 14 位：申通或中通", "14 digits from 77: STO by one rule, ZTO by another"),
        "BF-zh STO; sample 77316523125896",
        answer=Kind.STO_OR_ZTO_14,
    ),
    Rule(
        "sto_43_14", (14,), re.compile(r"43[0-9]{12}"),
        Kind.STO, "sto", _POSSIBLE,
        ("43 开头 14 位：可能是申通", "14 digits from 43: perhaps STO"), "BF-zh STO",
    ),
    Rule(
        "zto_14", (14,), re.compile(r"7[0-9]{13}"),
        Kind.ZTO, "zto", _POSSIBLE,
        ("7 开头 14 位：可能是中通", "14 digits from 7: perhaps ZTO"), "hive", decides=False,
    ),
    Rule(
        "gtin14", (14,), re.compile(r"[0-9]{14}"),
        Kind.GTIN14, None, _LIKELY,
        ("14 位数字：商品箱码", "14 digits: a product case"), "GS1 General Specifications", check=gs1_fits,
    ),
)  # fmt: skip

_FIFTEEN: tuple[Rule, ...] = (
    Rule(
        "sto_77_15", (15,), re.compile(r"77[0-9]{13}"),
        Kind.STO, "sto", _CERTAIN,
        ("77 开头 15 位：申通", "15 digits from 77: STO"), "BF-zh STO; hive; samples",
    ),
    Rule(
        "cainiao_621", (15,), re.compile(r"621[0-9]{12}"),
        Kind.CAINIAO, "cainiao", _POSSIBLE,
        ("621 开头 15 位：可能是菜鸟", "15 digits from 621: perhaps Cainiao"), "BF-zh (one repository only)",
    ),
    Rule(
        "yunda_43_15", (15,), re.compile(r"43[0-9]{13}"),
        Kind.YUNDA, "yunda", _POSSIBLE,
        ("43 开头 15 位：韵达或申通", "15 digits from 43: Yunda by one rule, STO by another"),
        "BF-zh; sample 432895069186308",
        answer=Kind.AMBIGUOUS_15,
    ),
    Rule(
        "sto_43_15", (15,), re.compile(r"43[0-9]{13}"),
        Kind.STO, "sto", _POSSIBLE,
        ("43 开头 15 位：也可能是申通", "15 digits from 43: perhaps STO"), "BF-zh STO", decides=False,
    ),
    Rule(
        "yunda_15_seen", (15,), re.compile(r"(?:31|46)[0-9]{13}"),
        Kind.YUNDA, "yunda", _LIKELY,
        ("31/46 开头 15 位：韵达", "15 digits from 31 or 46: seen on Yunda numbers"), "BF-zh; samples",
    ),
    Rule(
        "yunda_15", (15,), re.compile(r"[34][0-9]{14}"),
        Kind.YUNDA, "yunda", _LIKELY,
        ("3/4 开头 15 位：韵达", "15 digits from 3 or 4: Yunda"), "BF-zh YUNDA",
    ),
    Rule(
        "sto_88_99_15", (15,), re.compile(r"(?:88|99)[0-9]{13}"),
        Kind.STO, "sto", _POSSIBLE,
        ("88/99 开头 15 位：可能是申通", "15 digits from 88 or 99: perhaps STO"), "hive", answer=Kind.AMBIGUOUS_15,
    ),
)  # fmt: skip

_OTHERS: tuple[Rule, ...] = (
    Rule(
        "gtin8", (8,), re.compile(r"[0-9]{8}"),
        Kind.GTIN8, None, _LIKELY,
        ("8 位数字：商品条码", "8 digits: a product"), "GS1 General Specifications", check=gs1_fits,
    ),
    Rule(
        "sto_77_43_long", (16, 17), re.compile(r"(?:77|43)[0-9]{14,15}"),
        Kind.STO, "sto", _POSSIBLE,
        ("77/43 开头 16–17 位：可能是申通", "16 or 17 digits from 77 or 43: perhaps STO"), "BF-zh STO",
    ),
    Rule(
        "sscc", (18,), re.compile(r"[0-9]{18}"),
        Kind.SSCC, None, _LIKELY,
        ("18 位数字：物流单元", "18 digits: a GS1 logistic unit"), "GS1 General Specifications", check=gs1_fits,
    ),
    Rule(
        "sscc_behind_00", (20,), re.compile(r"00[0-9]{18}"),
        Kind.SSCC, None, _CERTAIN,
        ("00＋18 位：物流单元", "00 and 18 digits: a GS1 logistic unit"), "GS1 application identifier 00",
        check=_sscc_behind_00_fits,
    ),
    Rule(
        "cn_bag_30", (30,), re.compile(r"[0-9]{30}"),
        Kind.CN_BAG_30, "china_post", _CERTAIN,
        ("30 位数字：邮政总包", "30 digits: China Post bag"), "two postal client programs (domain.md A4)",
    ),
)  # fmt: skip

NUMERIC: tuple[Rule, ...] = _OTHERS + _TWELVE + _THIRTEEN + _FOURTEEN + _FIFTEEN
