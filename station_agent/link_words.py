"""What the sync process leaves in link.db to be said at the counter: it has no voice of its own. Pure.

Called by the agent at each look at link.db.
"""

from collections.abc import Sequence

from station_agent.counter.answers import PHRASES, Answer


class LinkWords:
    """Tells what was not said yet; what was there before the agent started is old news."""

    def __init__(self) -> None:
        """Nothing was looked at."""
        self._said: int | None = None

    def fresh(self, words: Sequence[tuple[int, str]]) -> Answer | None:
        """One answer for all that came since the last look, in its order; words: number and phrase, oldest first.

        A phrase of a newer sync process is passed over. Numbers that went back are those of a file made anew.
        """
        newest = words[-1][0] if words else 0
        said, self._said = self._said, newest
        if said is None or newest == said:
            return None
        known = [Answer(phrase) for number, phrase in words if phrase in PHRASES and (number > said or newest < said)]
        if len(known) > 1:
            known = [answer for answer in known if answer.phrase != "carry.wait"]  # the wait is over
        if not known:
            return None
        first, *others = known
        return Answer(first.phrase, also=tuple(others))
