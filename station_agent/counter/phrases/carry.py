"""Sentences about the stick that rides the bus. Pure data."""

from station_agent.counter.phrases.phrase import Phrase, done, look, ready, stop

PHRASES: dict[str, Phrase] = {
    "carry.wait": ready("优盘已插好,请稍等", "the stick is in; wait a moment"),
    "carry.take_out": done("数据已写好,请拔下优盘交司机", "written; take the stick out and give it to the driver"),
    "carry.take_out_more": done(
        "优盘已写满,请交司机,剩下的下次带", "the stick is full; give it to the driver, the rest goes next time"
    ),
    "carry.nothing": ready("没有要带的数据,请拔下优盘", "nothing to carry; take the stick out"),
    "carry.arrived": ready("上次带走的数据县里全收到了", "all that was carried last time has arrived at the county"),
    "carry.partly": look("上次带走的县里只收到一部分,这次再带", "not all of it arrived last time; it is carried again"),
    "carry.foreign": stop("这不是本县的优盘,请拔下", "this is no stick of this county; take it out"),
    "carry.damaged": look("县里的回信坏了,请告诉县中心", "the county's answer is damaged; tell the county"),
    "carry.newer": look("程序太旧,请联系技术员", "the program is too old; call the technician"),
    "carry.full": stop("优盘写不进去,请换一个", "the stick cannot be written; take another"),
    "carry.no_key": stop("本站不能写优盘,请联系技术员", "this station cannot write sticks; call the technician"),
}
