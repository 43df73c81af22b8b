"""When a scale is asked: row by row of the table in `drivers.scales.asking`."""

from drivers.scales.asking import Asking, never_asked


def asking(every_s: float = 1.0, within_s: float = 0.3) -> Asking:
    """One that asks for W and has been told the time."""
    subject = Asking(b"W", every_s=every_s, within_s=within_s)
    subject.tick(100.0)
    return subject


def test_the_first_request_is_due_at_once_and_once() -> None:
    """Nothing more is sent while the answer is awaited."""
    subject = asking()
    assert subject.deadline_s is None
    assert (subject.poll(), subject.poll()) == (b"W", b"")
    assert subject.deadline_s == 100.3


def test_an_answer_rests_until_the_next_is_due() -> None:
    """Requests are counted from request to request, not from the answer."""
    subject = asking()
    subject.poll()
    subject.tick(100.2)
    subject.answered()
    assert subject.deadline_s == 101.0
    assert subject.poll() == b""
    assert not subject.tick(101.0)
    assert subject.poll() == b"W"


def test_an_answer_later_than_the_next_request_makes_it_due() -> None:
    """A slow scale is asked as often as it can."""
    subject = asking(every_s=0.1)
    subject.poll()
    subject.tick(100.25)
    subject.answered()
    assert subject.deadline_s is None
    assert subject.poll() == b"W"


def test_a_lost_answer_is_asked_for_again() -> None:
    """The time-out is told once, and the request is due again; so it goes on for ever."""
    subject = asking()
    for round_ in range(5):
        now_s = 100.0 + 0.3 * round_
        subject.tick(now_s)
        assert subject.poll() == b"W"
        assert not subject.tick(now_s + 0.29)
        assert subject.tick(now_s + 0.31)
        assert not subject.tick(now_s + 0.31)


def test_an_answer_on_its_way_is_waited_for() -> None:
    """Each byte gives the answer its time anew."""
    subject = asking()
    subject.poll()
    subject.tick(100.2)
    subject.received()
    assert not subject.tick(100.4)
    assert subject.tick(100.5)


def test_a_conversation_goes_on() -> None:
    """The next message is sent at once and awaited; its loss begins the exchange anew."""
    subject = asking()
    subject.poll()
    subject.go_on(b"D")
    assert (subject.poll(), subject.poll()) == (b"D", b"")
    assert subject.tick(100.3)
    assert subject.poll() == b"W"


def test_an_answer_before_we_could_go_on_ends_the_exchange() -> None:
    """A message overtaken by its answer is not sent any more."""
    subject = asking()
    subject.poll()
    subject.go_on(b"D")
    subject.answered()
    assert subject.poll() == b""
    assert subject.deadline_s == 101.0


def test_a_request_before_anyone_told_the_time_is_awaited_from_then_on() -> None:
    """A monotonic clock may begin anywhere."""
    subject = Asking(b"W", every_s=1.0, within_s=0.3)
    subject.poll()
    assert not subject.tick(5000.0)
    assert subject.deadline_s == 5000.3


def test_what_comes_unasked_changes_nothing() -> None:
    """A weight that nobody asked for neither hurries nor delays the next request."""
    subject = asking()
    subject.answered()
    assert subject.poll() == b"W"
    silent = never_asked()
    silent.tick(0.0)
    silent.received()
    silent.answered()
    assert (silent.poll(), silent.deadline_s) == (b"", None)
