"""Sentences of the stock-take and of paper sheets entered afterwards. Pure data."""

from station_agent.counter.phrases.phrase import Phrase, before, done, look, ready

PHRASES: dict[str, Phrase] = {
    "count.going_on": ready("盘点接着做,已点 {count} 件", "the stock-take goes on, {count} counted"),
    "count.counted": done("已点 {count} 件", "{count} counted"),
    "count.found": done("找到了 {code}", "found again, {code}"),
    "count.again": before("这件点过了", "counted already"),
    "count.adopt": ready("本站没有,请扫货架号,没有就扫确认", "not known here: scan its shelf sticker, or OK for none"),
    "count.waiting": look(
        "有 {count} 件没有货架号,尾号 {ends}", "{count} seen have no shelf yet; their numbers end in {ends}"
    ),
    "count.sticker_first": look("先扫上一件的货架号,没有就扫确认", "first the sticker of the one before, or OK"),
    "count.parcel_first": look("先扫快递,再扫货架号", "scan the parcel first, then its sticker"),
    "count.adopted": done("已认领 {code}", "taken over, {code}"),
    "count.come_back": look("记着已离站,还在就再扫一次", "recorded as gone; if it lies here scan it again"),
    "count.none": look("还没开始点", "nothing was counted yet"),
    "count.full": look("点得太多了,请先扫确认", "too many for one count; scan OK first"),
    "count.many_missing": look(
        "还差 {count} 件没点,接着点,点完再扫确认", "{count} not counted; go on, or scan OK again"
    ),
    "count.marked": done("还差 {count} 件,再扫确认", "{count} left, scan OK again"),
    "count.ended": done("盘点完,共 {count} 件", "stock-take done, {count} parcels"),
    "count.missing": look("少 {count} 件:{codes}", "{count} missing: {codes}"),
    "count.unexpected": look("多 {count} 件", "{count} not expected"),
    "count.open": look("盘点没有结束,已点 {count} 件", "the stock-take is not ended, {count} counted"),
    "count.dropped": look("上次盘点太久,重新点", "the last stock-take is too old, begin anew"),
    "paper.which_form": look("请先扫单据号", "scan the sheet's number first"),
    "paper.key_time": ready("请输日期,月日各两位", "key the day of the sheet: MMDD or MMDDHHMM"),
    "paper.wrong_time": look("日期不对,请再输", "no such day; key it again"),
    "paper.long_ago": look("日期很早,对的话再输一次", "long ago; if it is right key it again"),
    "paper.opened": done("单据开始,做的是什么,请扫功能卡", "sheet begun; scan the card of what was done"),
    "paper.resumed": ready("接着录这张单据,已录 {count} 条", "this sheet goes on, {count} lines so far"),
    "paper.entered_before": before("这张单据录过了", "this sheet was entered before"),
    "paper.other_open": look("还有一张没录完,先扫确认结束", "another sheet is open; end it with OK first"),
    "paper.which_act": look("做的是什么,请扫功能卡", "scan the card of what was done"),
    "paper.in": ready("补录入库", "afterwards: received"),
    "paper.out": ready("补录出库", "afterwards: handed out"),
    "paper.send": ready("补录寄件", "afterwards: accepted"),
    "paper.pack": ready("补录装包,请扫总包", "afterwards: packed; scan the bag"),
    "paper.handover": ready(
        "补录交接,司机签了字扫临时司机,没人扫无人交接",
        "afterwards: bags; signed by a driver: card for no badge; else: card for nobody",
    ),
    "paper.service": ready("补录服务", "afterwards: services"),
    "paper.closed": done("单据录完,共 {count} 条", "sheet entered, {count} lines"),
    "paper.open": look("单据没录完,已录 {count} 条", "the sheet is not ended, {count} lines"),
}
