"""looks_glued(): two scans that arrived as one because the line end between them was lost.

Such a text must never be recorded as a parcel. It only recognises; the counter asks for both to be scanned again.
"""

from station_agent.waybill.identification import Identification, identify
from station_agent.waybill.kinds import Confidence, Kind, Role
from station_agent.waybill.normalise import normalise
from station_agent.waybill.refusals import MAX_LENGTH

# The shortest code worth finding in a pair has 12 characters (old waybills), the longest 30 (a bag).
_SHORTEST, _LONGEST = 12, 30


def looks_glued(code: str) -> bool:
    """Tell whether a code of no known shape is two known codes in a row.

    code: raw or normalised. Both parts must be parcels, bags, logistic units or Chinese products, valid, and more
    than "possible"; the same code twice needs only be valid. Thirty digits are a bag's shape and yet may be two
    waybills of 15: then only what no bag can be counts, the same code twice or a part from 77 (STO), since no Chinese
    office code begins so. Two Yunda numbers of 15 digits in a row therefore pass as a bag, which the counter refuses
    where it expects parcels.
    """
    code = normalise(code)
    if not 2 * _SHORTEST <= len(code) <= MAX_LENGTH:
        return False
    if len(code) == 30 and code.isdigit():
        return _glued_at(code, 15) and (code[:15] == code[15:] or "77" in (code[:2], code[15:17]))
    whole = identify(code)
    if whole.refused is not None or whole.kind is not Kind.UNKNOWN:
        return False
    first = max(_SHORTEST, len(code) - _LONGEST)
    return any(_glued_at(code, cut) for cut in range(first, len(code) - first + 1))


def _glued_at(code: str, cut: int) -> bool:
    one = identify(code[:cut])
    if not one.valid:
        return False
    if code[:cut] == code[cut:]:
        return one.kind.role is not Role.PRODUCT
    return _stands_alone(one) and _stands_alone(identify(code[cut:]))


def _stands_alone(part: Identification) -> bool:
    """Whether a part is surely a code of its own and not any digits: short product checks fit one number in ten."""
    if not part.valid or part.confidence is Confidence.POSSIBLE:
        return False
    return part.kind.role is not Role.PRODUCT or part.confidence is Confidence.CERTAIN
