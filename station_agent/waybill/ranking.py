"""Order candidates by what attendants of this county chose before for codes that begin alike.

Choices only rank, they never decide: kind, validity and rule stay as the table gave them. The counts come from
outside (the county sends them, the station adds its own). Called by the counter after `identify`.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from station_agent.waybill.identification import Identification

_PREFIX = 4  # domain.md A2: choices are remembered by the first four characters and the length


def habit_key(code: str) -> tuple[str, int]:
    """Return the key under which choices for a normalised code are counted: first four characters and length."""
    return code[:_PREFIX], len(code)


def ranked(found: Identification, chosen: Mapping[str, int]) -> Identification:
    """Return the identification with its candidates ordered by how often their carrier was chosen.

    chosen: carrier -> how often, for `habit_key(found.code)`. Candidates never chosen keep the table's order at the
    end. A candidate the table holds for likely or certain keeps its first place.
    """
    if not found.candidates:
        return found
    lead = 0 if found.needs_choice else 1
    rest = sorted(found.candidates[lead:], key=lambda candidate: -chosen.get(candidate.carrier or "", 0))
    return replace(found, candidates=found.candidates[:lead] + tuple(rest))
