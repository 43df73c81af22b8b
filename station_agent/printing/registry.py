"""The counter's cards in the groups they are printed in; the one place of the printer that knows the registry.

Pure data. Called by `station cards`.
"""

from collections.abc import Iterable

from station_agent.counter.cards import CARDS, Card, Group
from station_agent.printing.cards import CardGroup


def card_groups(cards: Iterable[Card] = tuple(CARDS.values())) -> list[CardGroup]:
    """Cards by their group, in the order of the groups; a group without a card is left out.

    By itself: every card that is the same at all stations.
    """
    by_group: dict[Group, list[Card]] = {}
    for card in cards:
        by_group.setdefault(card.group, []).append(card)
    return [CardGroup(group.name.lower(), group.value, by_group[group]) for group in Group if group in by_group]
