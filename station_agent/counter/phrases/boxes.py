"""Sentences about cold boxes. Pure data."""

from station_agent.counter.phrases.phrase import Phrase, alarm, before, done, look, ready, stop

PHRASES: dict[str, Phrase] = {
    "box.chosen": ready("{box} 号箱,请扫快递", "box {box}: scan the parcels that go in"),
    "box.take": ready("取出,请扫快递", "taking out: scan the parcels"),
    "box.rest": ready("停用,请扫箱卡", "out of use: scan the box's card"),
    "box.which": look("先扫箱卡,或扫取出", "scan the box's card first, or take out"),
    "box.which_alarm": ready("请扫报警的箱卡", "scan the card of the box that alarmed"),
    "box.why": ready("请扫原因卡", "scan the cause card"),
    "box.badge": ready("工牌已读,请扫原因卡", "badge read; scan the cause card"),
    "box.no_badge": look("这张工牌不能用", "this badge is not good here"),
    "box.goods": ready("货品已记", "goods noted"),
    "box.goods_unknown": look("冷箱没有这种货品", "no cold box knows these goods"),
    "box.in_bag": look("此件已装包", "it lies in a bag"),
    "box.put": done("已放 {box} 号箱", "put into box {box}"),
    "box.taken": done("已从 {box} 号箱取出", "taken from box {box}"),
    "box.already": before("已在 {box} 号箱", "already in box {box}"),
    "box.not_inside": look("此件不在冷箱", "in no cold box"),
    "box.unknown": look("没有 {box} 号箱", "there is no box {box}"),
    "box.full": look("{box} 号箱已满", "box {box} is full"),
    "box.undeclared": look("{box} 号箱要先说明货品", "say first what goes into box {box}"),
    "box.wrong": look("放错箱,请放 {to} 号箱", "wrong box; put it into box {to}"),
    "box.nowhere": look("没有合适的冷箱", "no cold box here is right for it"),
    "box.refused": stop("{goods}不收", "{goods_en} is not taken here"),
    "box.warning": look(
        "{box} 号箱 {temperature} 度已 {minutes} 分钟,请检查",
        "box {box}: {temperature} °C for {minutes} min, look at it",
    ),
    "box.alarm": alarm(
        "{box} 号箱报警,{temperature} 度,货移到 {to} 号箱", "box {box}: ALARM, {temperature} °C, move to {to}"
    ),
    "box.alarm_stay": alarm(
        "{box} 号箱报警,{temperature} 度,请联系县中心", "box {box}: ALARM, {temperature} °C, call the county"
    ),
    "box.recovered": look("{box} 号箱已恢复,请扫原因卡", "box {box} is back in range; scan the cause card"),
    "box.closed": done("{box} 号箱报警已关闭", "alarm of box {box} closed"),
    "box.nothing_to_close": look("{box} 号箱没有报警", "box {box} has no alarm"),
    "box.still_out": look("{box} 号箱还没恢复", "box {box} is not back in range"),
    "box.close_first": look("先关闭 {box} 号箱报警", "close the alarm of box {box} first"),
    "box.who": look("请先扫工牌", "scan your badge first"),
    "box.resting": done("{box} 号箱停用", "box {box} out of use"),
    "box.not_empty": look("{box} 号箱还有 {count} 件", "box {box} still holds {count} parcels"),
    "box.gap": look("{box} 号箱没有温度", "no temperature from box {box}"),
    "box.fault": look("{box} 号箱温度计故障", "the thermometer of box {box} has a fault"),
    "box.door_open": look("{box} 号箱门开着", "the door of box {box} stands open"),
}
