"""Rules for codes that hold a letter: S10, carriers with a prefix, international and own bags.

Prefix and length together are exclusive here, so most rows are certain without a check digit. Rows stand in decision
order.
"""

import re

from station_agent.waybill.checkdigits import gs1_fits, s10_fits
from station_agent.waybill.countries import ALSO_ISSUING, ASSIGNED
from station_agent.waybill.kinds import Confidence, Kind
from station_agent.waybill.rules import Rule

_S9_OFFICES = r"[A-Z]{2}[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{4}"  # origin and destination IMPC codes, domain.md A4
_COUNTRIES, _ALSO = "|".join(sorted(ASSIGNED)), "|".join(sorted(ALSO_ISSUING))
_CERTAIN, _LIKELY, _POSSIBLE = Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE


def _own_check_fits(code: str) -> bool:
    return gs1_fits(code[2:])


LETTERED: tuple[Rule, ...] = (
    Rule(
        "upu_s10_ems", (13,), re.compile(rf"E[A-Z][0-9]{{9}}(?:{_COUNTRIES})"),
        Kind.UPU_S10, "ems", _CERTAIN,
        ("E 开头的 S10：EMS 投递", "S10 with service letter E: delivered by EMS; S10 check"),
        "UPU S10; countries: jkeen/tracking_number_data s10.json", check=s10_fits,
    ),
    Rule(
        "upu_s10", (13,), re.compile(rf"[A-DF-Z][A-Z][0-9]{{9}}(?:{_COUNTRIES})"),
        Kind.UPU_S10, "china_post", _CERTAIN,
        ("2 字母＋9 数字＋国家码，S10 校验", "two letters, nine digits, an assigned country; S10 check"),
        "UPU S10; countries: jkeen/tracking_number_data s10.json", check=s10_fits,
    ),
    Rule(
        "upu_s10_also_issuing", (13,), re.compile(rf"[A-Z]{{2}}[0-9]{{9}}(?:{_ALSO})"),
        Kind.UPU_S10, "china_post", _LIKELY,
        ("S10 格式，澳门或台湾寄出", "S10 shape from Macao or Taiwan; S10 check"),
        "general knowledge", check=s10_fits,
    ),
    Rule(
        "upu_s10_unassigned_country", (13,), re.compile(rf"[A-Z]{{2}}[0-9]{{9}}(?!{_COUNTRIES}|{_ALSO})[A-Z]{{2}}"),
        Kind.UPU_S10, None, _POSSIBLE,
        ("S10 格式，但国家码未分配", "S10 shape, but no post has this country code"),
        "UPU S10; countries: jkeen/tracking_number_data s10.json", check=s10_fits, valid=False,
    ),
    Rule(
        "china_post_p_letter", (13,), re.compile(r"P[A-Z][0-9]{11}"),
        Kind.CN_POST_13, "china_post", _LIKELY,
        ("P＋字母＋11 数字：中国邮政", "P, a letter and 11 digits: China Post"), "BF-zh/Courier-Validation EMS",
    ),
    Rule(
        "sf", (15,), re.compile(r"SF[A-Z0-9][0-9]{12}"),
        Kind.SF, "sf", _CERTAIN,
        ("SF＋13 位：顺丰", "SF and 13 characters: SF Express"), "BF-zh/Courier-Validation SF; SF sandbox samples",
    ),
    Rule(
        "yto", (15,), re.compile(r"YT[0-9]{13}"),
        Kind.YTO, "yto", _CERTAIN,
        ("YT＋13 数字：圆通", "YT and 13 digits: YTO"), "BF-zh/Courier-Validation YTO; kuaidi100 samples",
    ),
    Rule(
        "yunexpress", (18,), re.compile(r"YT[0-9]{16}"),
        Kind.FOREIGN_CARRIER, "yunexpress", _CERTAIN,
        ("YT＋16 数字：云途，不是圆通", "YT and 16 digits: YunExpress, not YTO"),
        "jkeen/tracking_number_data yunexpress.json",
    ),
    Rule(
        "jt", (15,), re.compile(r"JT[0-9]{13}"),
        Kind.JT, "jt", _CERTAIN,
        ("JT＋13 数字：极兔", "JT and 13 digits: J&T"), "BF-zh/Courier-Validation JT; hive-third-functions",
    ),
    Rule(
        "jt_12_digits", (14,), re.compile(r"JT[0-9]{12}"),
        Kind.JT, "jt", _POSSIBLE,
        ("JT＋12 数字：少一位，请核对", "JT and only 12 digits: one is probably missing"),
        "hive-third-functions accepts it, BF-zh does not", valid=False,
    ),
    Rule(
        "jd", (15,), re.compile(r"JD[A-Z0-9]{2}[0-9]{11}"),
        Kind.JD, "jd", _CERTAIN,
        ("JD＋2 位＋11 数字：京东", "JD, two characters and 11 digits: JD"), "BF-zh/Courier-Validation JD",
    ),
    Rule(
        # JD…(15) - sequence - total, at most three digits each, and an optional tail after the last hyphen.
        "jd_package", tuple(range(19, 30)), re.compile(r"JD[A-Z0-9]{2}[0-9]{11}(?:-[0-9]{1,3}){2}(?:-[A-Z0-9]{0,5})?"),
        Kind.JD_PACKAGE, "jd", _CERTAIN,
        ("京东运单-件序-总件数", "JD waybill, piece number, pieces in all"), "label practice, general knowledge",
    ),
    Rule(
        "deppon", (15,), re.compile(r"DPK[0-9]{12}"),
        Kind.DEPPON, "deppon", _CERTAIN,
        ("DPK＋12 数字：德邦", "DPK and 12 digits: Deppon"), "BF-zh/Courier-Validation DPK; hive-third-functions",
    ),
    Rule(
        "own_bag", (15,), re.compile(r"YY[0-9]{13}"),
        Kind.OWN_BAG, "yyt", _CERTAIN,
        ("YY＋站点 6＋序号 6＋校验：自有周转袋", "YY, station 6, serial 6, check: our own bag"),
        "domain.md A4; GS1 mod 10 chosen for the check", check=_own_check_fits,
    ),
    Rule(
        # 16 characters where China Post's P and letter has 13: the lengths keep them apart.
        "own_parcel", (16,), re.compile(r"YP[0-9]{14}"),
        Kind.OWN_PARCEL, "yyt", _CERTAIN,
        ("YP＋站点 6＋序号 7＋校验：驿站自制面单", "YP, station 6, serial 7, check: our own parcel label"),
        "our own; made like the bag's code", check=_own_check_fits,
    ),
    Rule(
        "upu_s9", (29,), re.compile(_S9_OFFICES + r"[A-D][A-Z]{2}[0-9]{14}"),
        Kind.UPU_S9, "china_post", _CERTAIN,
        ("29 位国际邮袋", "29 characters: international receptacle"),
        "UPU S9; USPS Mail.dat field order (domain.md A4)",
    ),
    Rule(
        "upu_s9_unknown_category", (29,), re.compile(_S9_OFFICES + r"[A-Z]{3}[0-9]{14}"),
        Kind.UPU_S9, "china_post", _POSSIBLE,
        ("国际邮袋格式，但邮件种类不是 A–D", "receptacle shape, but the mail category is not A to D"),
        "UPU S9 (domain.md A4)", valid=False,
    ),
    Rule(
        "upu_s8", (20,), re.compile(_S9_OFFICES + r"[A-D][A-Z]{2}[0-9]{5}"),
        Kind.UPU_S8, "china_post", _CERTAIN,
        ("20 位国际总包", "20 characters: international despatch"), "UPU S8 (domain.md A4)",
    ),
    Rule(
        "upu_s8_unknown_category", (20,), re.compile(_S9_OFFICES + r"[A-Z]{3}[0-9]{5}"),
        Kind.UPU_S8, "china_post", _POSSIBLE,
        ("国际总包格式，但邮件种类不是 A–D", "despatch shape, but the mail category is not A to D"),
        "UPU S8 (domain.md A4)", valid=False,
    ),
    Rule(
        "ups", (18,), re.compile(r"1Z[A-Z0-9]{16}"),
        Kind.FOREIGN_CARRIER, "ups", _CERTAIN,
        ("1Z＋16 位：UPS", "1Z and 16 characters: UPS"), "jkeen/tracking_number_data ups.json",
    ),
    Rule(
        "dhl_piece", (13, *range(18, 22)), re.compile(r"JJD(?:[0-9]{10}|[0-9]{15,18})"),
        Kind.FOREIGN_CARRIER, "dhl", _CERTAIN,
        ("JJD 开头：DHL，不是京东", "begins JJD: DHL, not JD"),
        "jkeen/tracking_number_data dhl.json; over 10 digits unread",
    ),
    Rule(
        "dhl_piece_jvgl", (14,), re.compile(r"JVGL[0-9]{10}"),
        Kind.FOREIGN_CARRIER, "dhl", _CERTAIN,
        ("JVGL 开头：DHL", "begins JVGL: DHL"), "jkeen/tracking_number_data dhl.json",
    ),
    Rule(
        "amazon", (15,), re.compile(r"TBA[0-9]{12}"),
        Kind.FOREIGN_CARRIER, "amazon", _CERTAIN,
        ("TBA＋12 数字：亚马逊", "TBA and 12 digits: Amazon"), "jkeen/tracking_number_data amazon.json",
    ),
)  # fmt: skip
