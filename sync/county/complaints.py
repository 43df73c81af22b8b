"""Says how often something may be complained about: one line a minute for each cause, with the count it stands for.

Pure: time is an argument. Called by ingest, so that one broken station cannot fill the county's disk with its log.
"""

INTERVAL_S = 60.0
MAX_CAUSES = 1000
"""Beyond that many causes at once all further ones are counted as one: anybody can invent topics."""

_OTHERS = "others"


class Complaints:
    """Counts by cause."""

    def __init__(self) -> None:
        """Nothing has been said yet."""
        self._causes: dict[str, tuple[float, int]] = {}

    def count(self, cause: str, now_s: float) -> int | None:
        """Count one more of `cause`; how many the line to log now stands for, None while it is too soon for a line."""
        if cause not in self._causes and len(self._causes) >= MAX_CAUSES:
            self._forget(now_s)
            cause = cause if len(self._causes) < MAX_CAUSES else _OTHERS
        said_s, held = self._causes.get(cause, (float("-inf"), 0))
        if now_s - said_s < INTERVAL_S:
            self._causes[cause] = (said_s, held + 1)
            return None
        self._causes[cause] = (now_s, 0)
        return held + 1

    def _forget(self, now_s: float) -> None:
        """Drop causes that were quiet for an interval."""
        self._causes = {
            cause: (said_s, held) for cause, (said_s, held) in self._causes.items() if now_s - said_s < INTERVAL_S
        }
