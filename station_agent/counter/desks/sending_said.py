"""What a card says of the next parcel: product, destination, price class, order source. Pure; called by 寄件 alone."""

from msgspec.structs import replace

from station_agent.counter.answers import Answer
from station_agent.counter.cards import Card, Word
from station_agent.counter.desks.sending_tasks import Said
from station_agent.counter.goods import Goods


def described(said: Said, card: Card, goods: Goods, product: str = "") -> tuple[Said | None, Answer]:
    """What is said now, and the answer; None where the card says nothing. product: of the open consignment."""
    match card.word:
        case Word.PRODUCT:
            return _product(said, card.value, goods)
        case Word.PRICE:
            return _price(said, card.value, goods, product)
        case Word.DESTINATION:
            place = goods.destination(card.value)
            if place is None:
                return None, Answer("send.no_place")
            values = {"place": place.zh, "place_en": place.en}
            return replace(said, destination=place.id), Answer("send.place", values)
    return replace(said, source=card.value), Answer("send.source")


def _product(said: Said, value: str, goods: Goods) -> tuple[Said | None, Answer]:
    """A product; a price class said before that it has not is dropped, and told."""
    product = goods.on_card(value)
    if product is None:
        return None, Answer("send.no_product")
    fits = not said.price or said.price in product.prices
    also = () if fits else (Answer("send.price_wrong"),)
    answer = Answer("send.goods", {"goods": product.zh, "goods_en": product.en}, also)
    return replace(said, product=product.id, price=said.price if fits else ""), answer


def _price(said: Said, value: str, goods: Goods, of_consignment: str) -> tuple[Said | None, Answer]:
    """A price class, one of its product's where that was said."""
    price = goods.price(value)
    if price is None:
        return None, Answer("send.no_price")
    product = goods.product(said.product or of_consignment)
    if product is not None and price.id not in product.prices:
        return None, Answer("send.price_wrong")
    return replace(said, price=price.id), Answer("send.price", {"price": price.zh, "price_en": price.en})
