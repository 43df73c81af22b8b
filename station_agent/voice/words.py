"""The words there is a clip for besides those of the sentences, and how they are found in a text. Pure tables.

Called by `numbers` and `sentences`. A word that may stand in an answer's value (a kind of goods, a hint) is listed in
WORDS or it is not said.
"""

DIGITS = "零一二三四五六七八九"
"""As in a number; in a code 1 is 幺, since 一 and 七 are too alike over a loudspeaker."""
ONE_IN_CODES = "幺"
TWO_OF = "两"
"""2 before a measure word: 两件, but 二号箱."""
TENS = ("", "十", "百", "千")
POINT = "点"
MINUS = "负"
OF_TIMES = ("年", "月", "日", "分", "整")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

MEASURES = ("件", "袋", "个", "张", "次", "天", "秒", "人", "格", "包", "台", "辆", "条", "公斤", "分钟", "小时", "层")
"""What 两 is said before, as a sentence goes on after its value."""

SPOKEN_NAMES = {
    "gun": "扫描枪",
    "scanner": "扫描枪",
    "scale": "秤",
    "box": "冷箱",
    "fridge": "冷箱",
    "thermometer": "温度计",
    "door": "门",
    "lid": "箱盖",
    "camera": "相机",
    "button": "按钮",
    "pad": "键盘",
    "kiosk": "自助机",
    "panel": "信号灯",
    "printer": "打印机",
    "shelf": "货架",
}
"""A device's name is ASCII and chosen by the technician; these are what the READMEs call them."""

WORDS = (
    *("疫苗", "药品", "冷冻食品", "冷藏食品"),
    *("件", "袋", "公斤", "号"),
    # What to do about a device that failed, and about a card that refuses: the hints people meet at a counter.
    *("检查电源和数据线", "插回原来的插口", "检查电源和", "线", "唤醒设备"),
    *("检查电源", "数据线和连续发送设置", "检查传感器接线和供电", "换过则改路径"),
    # Goods, price classes and destinations as they are shipped.
    *("脆李", "恋橙", "其他果品", "中药材", "叶菜", "根茎菜", "瓜果菜", "姜", "红薯", "加工农产品", "普通物品"),
    *("极速鲜", "特快", "快递包裹", "北京", "重庆", "四川", "湖北", "广东", "上海", "天津", "河北", "山西", "内蒙古"),
    *("辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南", "湖南", "广西", "海南", "贵州"),
    *("云南", "西藏", "陕西", "甘肃", "青海", "宁夏", "新疆", "香港", "澳门", "台湾", "国外"),
    *("删除文件或换卡", "检查存储卡是否写保护或损坏", "联系县中心", "程序出错", "正在重启"),
)
"""Said where they stand in a value."""
