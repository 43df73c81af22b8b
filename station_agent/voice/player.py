"""Says the answers: a Feedback that plays clips with `aplay`, one sentence at a time, cut off by the next.

    give          leaves the answer in a place for one and ends the `aplay` that is playing; never waits
    the thread    takes the answer, starts `aplay`, hands it the sound, waits until it has ended

A loudspeaker that cannot be had must not stop the counter: it is told once, tried again with a later answer at most
every ten seconds, and told again only after it had worked. Called by the agent; `try_out` by `station doctor`.
"""

import contextlib
import math
import subprocess
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from station_agent.counter.answers import Answer
from station_agent.voice.clips import BYTES_A_SECOND, RATE_HZ, Clips, silence
from station_agent.voice.sentences import spoken, vocabulary

RETRY_S = 10.0
GRACE_S = 3.0
"""What `aplay` may take beyond the sound itself: opening a card that was asleep, playing what it holds."""
LOOK_S = 0.25
"""How often it is looked whether a sentence that was cut off has really ended."""
END_S = 1.0
"""How long an `aplay` that was killed may take to go; a card that was pulled out may hold it for longer."""
BUFFER_US = 200_000
"""Sound `aplay` has handed on and cannot take back: what is still heard after a sentence was cut off."""
INSTALL = "sudo apt install alsa-utils"
PLUG_IN = (
    "接好音箱,把运行用户加入 audio 组,aplay -L 查设备名 / "
    "plug the loudspeaker in, add the station's user to group audio, find the device's name with `aplay -L`"
)
REINSTALL = "重装软件 / install the package again"


class Trouble(NamedTuple):
    """Why nothing is heard, and the repair to try."""

    seen: str
    repair: str


class Voice:
    """A Feedback of speech; see `station_agent.feedback`."""

    def __init__(
        self,
        device: str,
        say: Callable[[str], None],
        crashed: Callable[[BaseException], None],
        clips: Clips | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`device`: a name of `aplay -L`. `say`: where a loudspeaker that cannot be had is told, one line.

        `crashed` is told, from the thread, of an unforeseen error that has ended it.
        """
        self._device, self._say, self._crashed = device, say, crashed
        self._clips, self._clock = clips or Clips(), clock
        self._turn = threading.Condition()
        self._next: Answer | None = None
        self._playing: subprocess.Popen[bytes] | None = None
        self._told = False
        self._not_before_s = float("-inf")
        threading.Thread(target=self._speak, name="voice", daemon=True).start()

    def give(self, answer: Answer) -> None:
        """Say it next, and end what is being said."""
        with self._turn:
            self._next = answer
            self._cut()
            self._turn.notify()

    def _speak(self) -> None:
        """The thread: one sentence after the other."""
        try:
            while True:
                with self._turn:
                    self._turn.wait_for(lambda: self._next is not None)
                    answer, self._next = self._next, None
                if answer is not None and self._clock() >= self._not_before_s:
                    self._play(self._clips.sound(spoken(answer)))
        except BaseException as error:  # noqa: BLE001  handed on whole: the agent re-raises it and the process ends
            self._crashed(error)

    def _play(self, sound: bytes) -> None:
        """Play one sentence to its end, or until it is cut off."""
        if not sound:
            return
        try:
            playing = _started(self._device)
        except OSError as error:
            self._failed(_trouble_of(error))
            return
        with self._turn:
            self._playing = playing
            if self._next is not None:
                self._cut()
        trouble = _finished(playing, sound, self._is_cut)
        with self._turn:
            self._playing = None
        if trouble is None:
            self._told = False
        elif not self._is_cut():
            self._failed(trouble)

    def _is_cut(self) -> bool:
        """Whether another answer waits."""
        return self._next is not None

    def _cut(self) -> None:
        """End what is being said; `aplay` closes its device when it is asked to end."""
        if self._playing is not None:
            with contextlib.suppress(OSError):
                self._playing.terminate()

    def _failed(self, trouble: Trouble) -> None:
        """Tell it once, and leave the loudspeaker alone for a while."""
        self._not_before_s = self._clock() + RETRY_S
        if not self._told:
            self._told = True
            with contextlib.suppress(OSError):  # nobody reads the log; the next sentence is said all the same
                self._say(f"不能播放语音 / cannot speak: {trouble.seen} → {trouble.repair}")


def try_out(device: str, clips: Clips | None = None) -> Trouble | None:
    """Play a moment of silence and look whether every clip is there; None when all is well."""
    missing = (clips or Clips()).missing(vocabulary())
    if missing:
        return Trouble(f"缺 {len(missing)} 段语音 / clips are missing: {' '.join(missing[:3])}", REINSTALL)
    try:
        playing = _started(device)
    except OSError as error:
        return _trouble_of(error)
    return _finished(playing, silence(0.1), lambda: False)


def _started(device: str) -> "subprocess.Popen[bytes]":
    """An `aplay` that waits for its sound; raises OSError when there is none.

    In a process group of its own, so that a Ctrl-C meant for the station is no broken loudspeaker.
    """
    form = ("-t", "raw", "-f", "S16_LE", "-r", str(RATE_HZ), "-c", "1", "-B", str(BUFFER_US))
    words = ("aplay", "-q", "-D", device, *form, "-")
    return subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, process_group=0
    )


def _finished(playing: "subprocess.Popen[bytes]", sound: bytes, cut: Callable[[], bool]) -> Trouble | None:
    """Hand the sound over and wait for the end, a bounded time; what was wrong, or None.

    `cut` says that `aplay` has been asked to end; one that waits for its input does not hear that, and is killed.
    """
    left: bytes | None = sound
    for _ in range(math.ceil((len(sound) / BYTES_A_SECOND + GRACE_S) / LOOK_S)):
        try:
            _, said = playing.communicate(left, timeout=LOOK_S)
        except subprocess.TimeoutExpired:
            left = None
            if cut():
                playing.kill()
            continue
        if playing.returncode == 0:
            return None
        lines = said.decode("utf-8", "replace").strip().splitlines()
        return Trouble((lines[-1] if lines else f"aplay: {playing.returncode}")[:200], PLUG_IN)
    _give_up(playing)
    return Trouble("aplay 不结束 / does not end", PLUG_IN)


def _give_up(playing: "subprocess.Popen[bytes]") -> None:
    """Kill an `aplay` that does not end; one that even then does not go is left to the kernel."""
    playing.kill()
    for pipe in (playing.stdin, playing.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        playing.wait(END_S)


def _trouble_of(error: OSError) -> Trouble:
    """Why `aplay` could not be started."""
    if isinstance(error, FileNotFoundError):
        return Trouble("没有 aplay / no `aplay` here", INSTALL)
    return Trouble(f"aplay: {error.strerror or error}", INSTALL)
