"""The chain without a picture: which step comes next, and which reads count."""

import pytest

from drivers.camera.chain import SECOND_FRAME_S, Chain, Confirmation, Found, Read, Step, Sureness, gs1_fits

CODE = "SF1234567890123"


def is_waybill(code: str) -> bool:
    """A carrier rule that knows SF only."""
    return code.startswith("SF")


def read(step: Step, code: str = CODE, symbology: str = "CODE128") -> Read:
    """One read."""
    return Read(code, symbology, step)


def walk(chain: Chain, *reads: Read, now_s: float = 0.0) -> tuple[list[Step], list[Found]]:
    """Take a picture through the chain, each step reading what is given for it; the steps, and what was found."""
    steps = []
    chain.begin(now_s)
    while (step := chain.next_step) is not None:
        steps.append(step)
        chain.take([one for one in reads if one.step is step])
    return steps, chain.end()


def judged(*reads: Read, chain: Chain | None = None, now_s: float = 0.0) -> list[tuple[str, Confirmation | None]]:
    """What became of the reads."""
    _, found = walk(chain or Chain(list(Step)), *reads, now_s=now_s)
    return [(one.sureness.value, one.confirmed_by) for one in found]


def test_steps_come_in_order_and_only_those_there_are() -> None:
    """A picture without a code goes through all; what is not installed is left out."""
    assert walk(Chain(list(Step)))[0] == list(Step)
    assert walk(Chain([Step.PYZBAR, Step.FULL, Step.FAST]))[0] == [Step.FAST, Step.FULL, Step.PYZBAR]


@pytest.mark.parametrize("step", [Step.FAST, Step.CUT, Step.FULL])
@pytest.mark.parametrize("symbology", ["CODE128", "GS1-128", "QR", "DATAMATRIX"])
def test_what_proves_itself_counts_at_an_early_step(step: Step, symbology: str) -> None:
    """The chain ends there, and the read is sure."""
    steps, (found,) = walk(Chain(list(Step)), read(step, symbology=symbology))
    assert steps[-1] is step
    assert (found.sureness, found.counts) == (Sureness.SURE, True)


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("symbology", ["EAN13", "CODE39", "ITF", "CODABAR", "OTHER"])
def test_what_proves_nothing_never_counts_alone(step: Step, symbology: str) -> None:
    """EAN, Code 39, ITF and the like are unsure at every step, even where the carrier rule likes them."""
    chain = Chain(list(Step), is_waybill)
    assert judged(read(step, symbology=symbology), chain=chain) == [("unsure", None)]


@pytest.mark.parametrize("step", [Step.CLAHE, Step.DOUBLED, Step.PYZBAR])
def test_a_late_step_never_counts_alone(step: Step) -> None:
    """Not even a Code 128, where there is no carrier rule."""
    assert judged(read(step)) == [("unsure", None)]


@pytest.mark.parametrize("step", [Step.CLAHE, Step.DOUBLED])
def test_a_carrier_rule_confirms_a_late_read(step: Step) -> None:
    """A code the rule knows counts; one it does not know stays unsure."""
    assert judged(read(step), chain=Chain(list(Step), is_waybill)) == [("confirmed", Confirmation.CARRIER_RULE)]
    assert judged(read(step, "XX99"), chain=Chain(list(Step), is_waybill)) == [("unsure", None)]


def test_a_carrier_rule_does_not_vouch_for_pyzbar() -> None:
    """What only pyzbar read needs another decoder or another picture."""
    assert judged(read(Step.PYZBAR), chain=Chain(list(Step), is_waybill)) == [("unsure", None)]


def test_two_decoders_confirm_each_other() -> None:
    """The same from zxing-cpp and pyzbar counts, once; two steps of one decoder are one opinion."""
    ean = "EAN13"
    assert judged(read(Step.FULL, symbology=ean), read(Step.PYZBAR, symbology=ean)) == [
        ("confirmed", Confirmation.SECOND_DECODER)
    ]
    assert judged(read(Step.FULL, symbology=ean), read(Step.DOUBLED, symbology=ean)) == [("unsure", None)]
    assert judged(read(Step.FULL, "1", ean), read(Step.PYZBAR, "2", ean)) == [("unsure", None)] * 2


def test_two_decoders_may_name_a_gs1_code_differently() -> None:
    """pyzbar does not tell GS1-128 from Code 128; it is the same read."""
    assert judged(read(Step.CLAHE, symbology="GS1-128"), read(Step.PYZBAR)) == [
        ("confirmed", Confirmation.SECOND_DECODER)
    ]


def test_two_pictures_confirm_each_other() -> None:
    """The same doubtful read in the next picture counts; long after, it does not."""
    chain = Chain(list(Step))
    doubtful = read(Step.FULL, symbology="CODE39")
    assert judged(doubtful, chain=chain, now_s=0.0) == [("unsure", None)]
    assert judged(doubtful, chain=chain, now_s=SECOND_FRAME_S) == [("confirmed", Confirmation.SECOND_FRAME)]
    assert judged(doubtful, chain=chain, now_s=3 * SECOND_FRAME_S) == [("unsure", None)]


@pytest.mark.parametrize(("code", "counts"), [("06901234567892", True), ("06901234567893", False), ("1234", False)])
def test_a_check_digit_confirms_itf_14(code: str, counts: bool) -> None:
    """ITF of 14 digits with a good GS1 check counts; any other ITF does not."""
    _, (found,) = walk(Chain(list(Step)), read(Step.FAST, code, "ITF"))
    assert found.counts is counts
    assert gs1_fits("4006381333931")
    assert not gs1_fits("400638133393x")
    assert not gs1_fits("４００６")


def test_with_a_rule_a_web_address_is_not_enough() -> None:
    """A label's QR code counts at once, and the waybill beside it is looked for all the same."""
    qr = read(Step.FAST, "https://example.com", "QR")
    steps, found = walk(Chain(list(Step), is_waybill), qr, read(Step.CUT))
    assert steps == [Step.FAST, Step.CUT]
    assert [one.read.code for one in found] == ["https://example.com", CODE]
    assert walk(Chain(list(Step)), qr, read(Step.CUT))[0] == [Step.FAST]


def test_what_counts_comes_first() -> None:
    """An unsure read of an early step stands behind a sure one of a later step; each code is told once."""
    _, found = walk(Chain(list(Step)), read(Step.FAST, "1", "EAN13"), read(Step.CUT), read(Step.CUT, "1", "EAN13"))
    assert [one.read.code for one in found] == [CODE, "1"]


def test_memory_is_bounded() -> None:
    """A picture of a thousand doubtful reads leaves 64 behind."""
    chain = Chain(list(Step))
    walk(chain, *(read(Step.FAST, str(n), "ITF") for n in range(1000)))
    again = judged(*(read(Step.FAST, str(n), "ITF") for n in range(200)), chain=chain)
    assert again.count(("confirmed", Confirmation.SECOND_FRAME)) == 64
