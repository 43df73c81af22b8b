"""What is sent from here and where to: products, their categories and price classes, destinations, read from two files.

Not how goods are kept cold (`coldchain.profiles`) and not what a parcel is (`shelves`). `load_goods` is the one
function here that opens a file, called once at start; all mistakes of a file are reported at once. Also called by the
printer, for the cards of this station (`station_cards`).
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Protocol

import msgspec

from station_agent.counter.cards import MAX_VALUE, Card, Word, card_for
from sync.settings import BadSettings, Fault, read_settings

PRODUCTS = Path(__file__).with_name("products.toml")
DESTINATIONS = Path(__file__).with_name("destinations.toml")

Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,31}\Z")]
CardValue = Annotated[str, msgspec.Meta(pattern=rf"^[a-z0-9]{{1,{MAX_VALUE}}}\Z")]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
Version = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9.]{1,16}\Z")]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a file; a key nobody reads is a mistake."""


class Category(_Table, frozen=True, kw_only=True):
    """A branch of the product tree."""

    id: Id
    zh: Words
    en: Words


class Price(_Table, frozen=True, kw_only=True):
    """A price class: promise_h: hours from acceptance that are promised; by_air: a flight may be taken."""

    id: CardValue
    zh: Words
    en: Words
    promise_h: Annotated[int, msgspec.Meta(ge=1, le=720)]
    by_air: bool = False


class Product(_Table, frozen=True, kw_only=True):
    """A product. card: value of its card; prices: ids of its classes; profile, slot, flight: see the file's head."""

    id: Id
    card: CardValue
    zh: Words
    en: Words
    category: Id
    prices: Annotated[list[CardValue], msgspec.Meta(max_length=16)]
    profile: Id | None = None
    slot: bool = False
    flight: bool = False


class Destination(_Table, frozen=True, kw_only=True):
    """Where a parcel goes: a province, or abroad."""

    id: CardValue
    zh: Words
    en: Words


class ProductFile(_Table, frozen=True, kw_only=True):
    """The whole file of products."""

    version: Version
    category: Annotated[list[Category], msgspec.Meta(min_length=1, max_length=32)]
    price: Annotated[list[Price], msgspec.Meta(max_length=16)]
    product: Annotated[list[Product], msgspec.Meta(min_length=1, max_length=128)]


class DestinationFile(_Table, frozen=True, kw_only=True):
    """The whole file of destinations."""

    version: Version
    destination: Annotated[list[Destination], msgspec.Meta(min_length=1, max_length=128)]


class CutOff(Protocol):
    """A flight and until when a parcel accepted here makes it; times are wall milliseconds."""

    @property
    def flight(self) -> str:
        """Its number."""

    @property
    def zh(self) -> str:
        """What people call it."""

    @property
    def departs_ms(self) -> int:
        """When it leaves."""

    @property
    def cutoff_ms(self) -> int:
        """Accepted before this, a parcel makes it."""

    @property
    def capacity_kg(self) -> int | None:
        """What it carries; 0 for a flight that is full, None where nobody said."""


class Goods:
    """Every product, price class and destination, by what its card says."""

    def __init__(self, products: ProductFile | None = None, destinations: DestinationFile | None = None) -> None:
        """Of consistent files (see `load_goods`); without them nothing is known and every such card is told so."""
        self.products = tuple(products.product) if products else ()
        self.categories = tuple(products.category) if products else ()
        self.prices = tuple(products.price) if products else ()
        self.destinations = tuple(destinations.destination) if destinations else ()
        self._by_card = {product.card: product for product in self.products}
        self._by_id = {product.id: product for product in self.products}
        self._prices = {price.id: price for price in self.prices}
        self._destinations = {destination.id: destination for destination in self.destinations}

    def on_card(self, value: str) -> Product | None:
        """The product a card names."""
        return self._by_card.get(value)

    def product(self, product: str) -> Product | None:
        """The product with this id; None for one that is no longer in the file."""
        return self._by_id.get(product)

    def price(self, value: str) -> Price | None:
        """The price class with this id."""
        return self._prices.get(value)

    def destination(self, value: str) -> Destination | None:
        """The destination with this id."""
        return self._destinations.get(value)

    def flown(self, product: str, price: str) -> bool:
        """Whether a parcel of this product and price class ("" for none said) may take a flight."""
        found, of_price = self.product(product), self.price(price)
        return found is not None and found.flight and (of_price is None or of_price.by_air)


def next_flight(flights: Iterable[CutOff], wall_ms: int) -> CutOff | None:
    """The flight with the next cut-off after this time that is not full, None where there is none."""
    open_ones = [each for each in flights if wall_ms < each.cutoff_ms and each.capacity_kg != 0]
    return min(open_ones, key=lambda each: (each.cutoff_ms, each.flight), default=None)


def station_cards(goods: Goods) -> list[Card]:
    """The cards of products, price classes and destinations, in the order of the files."""
    return [
        *(card_for(Word.PRODUCT, product.card, product.zh, product.en) for product in goods.products),
        *(card_for(Word.PRICE, price.id, price.zh, price.en) for price in goods.prices),
        *(card_for(Word.DESTINATION, each.id, each.zh, each.en) for each in goods.destinations),
    ]


def load_goods(products: Path = PRODUCTS, destinations: Path = DESTINATIONS) -> Goods:
    """Read both files; raises BadSettings with all mistakes."""
    product_file = read_settings(products, ProductFile)
    destination_file = read_settings(destinations, DestinationFile)
    faults = [
        *_repeated(str(products), "category.{}.id", [each.id for each in product_file.category]),
        *_repeated(str(products), "price.{}.id", [each.id for each in product_file.price]),
        *_repeated(str(products), "product.{}.id", [each.id for each in product_file.product]),
        *_repeated(str(products), "product.{}.card", [each.card for each in product_file.product]),
        *_repeated(str(destinations), "destination.{}.id", [each.id for each in destination_file.destination]),
        *_unknown(str(products), product_file),
    ]
    if faults:
        raise BadSettings(faults)
    return Goods(product_file, destination_file)


def _repeated(file: str, key: str, names: Sequence[str]) -> Iterator[Fault]:
    """Names that stand twice."""
    for place, name in enumerate(names):
        if name in names[:place]:
            yield Fault(file, key.format(place + 1), name, "不重复 / used once", "改名 / rename it")


def _unknown(file: str, found: ProductFile) -> Iterator[Fault]:
    """Categories and price classes that products name and nobody defined."""
    categories, prices = [each.id for each in found.category], [each.id for each in found.price]
    for number, product in enumerate(found.product, start=1):
        named = [("category", product.category, categories), *(("prices", each, prices) for each in product.prices)]
        for key, name, known in named:
            if name not in known:
                expected = "其中之一 / one of: " + " | ".join(known)
                yield Fault(file, f"product.{number}.{key}", name, expected, "改正 / correct it")
