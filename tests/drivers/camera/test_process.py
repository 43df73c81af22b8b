"""The decoding process: real ones, and ones that die, hang or have no decoder."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.camera.chain import Chain, Step
from drivers.camera.process import COMMAND, Decoding, decode
from drivers.camera.worker import Desk
from drivers.errors import PortUnavailable
from tests.bench.pictures import FOLDER

CLEAN, DARK, TILTED = (FOLDER / f"waybill-{number:02}.jpg" for number in (0, 23, 15))


@pytest.fixture(scope="module")
def decoding() -> Iterator[Decoding]:
    """One real process for all tests of this file."""
    subject = Decoding()
    yield subject
    subject.close()


def scripted(script: str, job_s: float = 10.0) -> Decoding:
    """A process that follows a script instead; `say(x)` answers, `hear()` waits for a job."""
    head = (
        "import json, os, sys\ndef say(x): print(json.dumps(x), flush=True)\ndef hear(): return sys.stdin.readline()\n"
    )
    return Decoding((sys.executable, "-c", head + script), job_s=job_s)


def codes(picture: Path, decoding: Decoding) -> list[tuple[str, str]]:
    """What the chain finds, and by which step."""
    found = decode(picture, Chain(decoding.steps()), decoding, 0.0)
    return [(one.read.code, one.read.step.value) for one in found if one.counts]


def test_pictures_go_through_the_chain(decoding: Decoding) -> None:
    """A clean one is read at once, a tilted one by cutting, all by one process."""
    assert codes(CLEAN, decoding) == [("SF1234567890123", "fast")]
    assert codes(TILTED, decoding) == [("SF1234567890123", "cut")]


def test_a_rule_from_outside_confirms(decoding: Decoding) -> None:
    """The carrier rule runs here, not in the process that decodes."""
    chain = Chain(decoding.steps(), lambda code: code == "78812345678901")
    found = decode(DARK, chain, decoding, 0.0)
    assert [one.read.code for one in found if one.counts] == ["78812345678901"]


def test_what_is_no_picture_is_told(decoding: Decoding, tmp_path: Path) -> None:
    """A file that is none, and one that is not there, are the picture's fault and end nothing."""
    text = tmp_path / "text.jpg"
    text.write_text("no picture")
    for path in (text, tmp_path / "none.jpg"):
        with pytest.raises(PortUnavailable) as caught:
            codes(path, decoding)
        assert "picture" in caught.value.hint
    assert codes(CLEAN, decoding)


def test_the_process_ends_by_itself() -> None:
    """With no patience at all it ends at once, though its input stays open."""
    with subprocess.Popen((*COMMAND, "0"), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.wait(20.0) == 0
        assert process.stdout is not None
        assert json.loads(process.stdout.read())["steps"] == [step.value for step in Step]


def test_a_process_that_ended_for_want_of_work_is_started_again(tmp_path: Path) -> None:
    """It ends after its first job, whether we see that before the next or only by it; no job is lost."""
    jobs = tmp_path / "jobs"
    subject = scripted(
        'say({"steps": ["fast", "full"]})\n'
        "job = json.loads(hear())\n"
        f"with open({str(jobs)!r}, 'a') as done: done.write(job['step'] + ' ')\n"
        'say({"reads": []})\n'
    )
    assert codes(CLEAN, subject) == []
    assert codes(CLEAN, subject) == []
    assert jobs.read_text().split() == ["fast", "full"] * 2
    subject.close()


def test_a_decoder_that_aborts_costs_one_step() -> None:
    """Every process dies of the first step; the next one gets a fresh process and reads."""
    subject = scripted(
        'say({"steps": ["fast", "full"]})\n'
        "job = json.loads(hear())\n"
        'if job["step"] == "fast": os.abort()\n'
        'say({"reads": [{"code": "SF1", "symbology": "CODE128", "aim": None}]})\n'
        "hear()\n"
    )
    assert codes(CLEAN, subject) == [("SF1", "full")]
    subject.close()


def test_a_decoder_that_hangs_costs_one_step() -> None:
    """No answer in time: the process is ended, and the picture has no code."""
    subject = scripted('say({"steps": ["fast"]})\nhear()\nhear()\n', job_s=0.05)
    assert codes(CLEAN, subject) == []
    assert subject._process is None
    subject.close()


def test_without_a_decoder_the_repair_is_told() -> None:
    """No zxing-cpp: an error with the line that installs it, tried anew each time, as somebody may have done so."""
    subject = scripted('say({"steps": []})\nhear()\n')
    for _ in range(2):
        with pytest.raises(PortUnavailable) as caught:
            subject.steps()
        assert "zxing-cpp" in caught.value.hint


def test_a_process_that_does_not_start_is_told() -> None:
    """A broken installation is an error with a hint, not a hang."""
    with pytest.raises(PortUnavailable):
        scripted("sys.exit(1)\n").steps()


def test_a_desk_answers_nonsense_with_an_error() -> None:
    """Whatever line comes, one answer goes out."""
    desk = Desk()
    for line in ("", "{}", "[]", '{"picture": "x", "step": "sharpen"}', '{"picture": 1}', "null"):
        assert "no job" in desk.job(line)["error"]


def test_a_desk_keeps_the_picture_between_steps(tmp_path: Path) -> None:
    """The second step needs no file; a new picture under the same name is read anew by its first step."""
    path = tmp_path / "a.jpg"
    path.write_bytes(CLEAN.read_bytes())
    desk = Desk()
    job = {"picture": str(path), "step": Step.FAST.value}
    assert desk.job(json.dumps(job))["reads"][0]["code"] == "SF1234567890123"
    path.write_bytes((FOLDER / "waybill-01.jpg").read_bytes())
    assert desk.job(json.dumps(job | {"step": "full"}))["reads"][0]["code"] == "SF1234567890123"
    assert desk.job(json.dumps(job))["reads"][0]["code"] == "YT8830012345678"
