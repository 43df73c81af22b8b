"""The files of goods and destinations: what is shipped is whole, what is wrong is told at once."""

from pathlib import Path

import pytest

from station_agent.coldchain.profiles import load_profiles
from station_agent.counter.cards import card_of
from station_agent.counter.goods import DESTINATIONS, PRODUCTS, Goods, load_goods, next_flight, station_cards
from sync.settings import BadSettings
from tests.station_agent.counter.sender import GOODS, Flight


def test_every_product_is_kept_as_a_profile_of_the_boxes_says() -> None:
    """A profile named by a product exists and holds that product; what takes a slot or flies has one."""
    profiles = load_profiles()
    for product in GOODS.products:
        if product.profile is not None:
            assert product.id in profiles[product.profile].products
        assert product.profile is not None or not (product.slot or product.flight)


def test_the_plans_goods_and_regions_are_there() -> None:
    """Fruit, herbs and vegetables lead the tree; the five regions most is sold to lead the destinations."""
    assert [category.zh for category in GOODS.categories][:3] == ["果品", "中药材", "蔬菜"]
    assert {"脆李", "恋橙", "中药材"} <= {product.zh for product in GOODS.products}
    assert [place.zh for place in GOODS.destinations[:5]] == ["北京", "重庆", "四川", "湖北", "广东"]
    assert len(GOODS.destinations) == 34 + 1


def test_every_card_of_the_station_is_understood() -> None:
    """What is printed is read back as the same word and value, and no two cards are alike."""
    cards = station_cards(GOODS)
    assert len({card.code for card in cards}) == len(cards)
    for card in cards:
        read = card_of(card.code)
        assert read is not None
        assert (read.word, read.value) == (card.word, card.value)


def test_a_class_by_land_takes_no_flight() -> None:
    """Flown: a product that flies, in no class or one by air."""
    assert GOODS.flown("crisp_plum", "")
    assert GOODS.flown("crisp_plum", "air")
    assert not GOODS.flown("crisp_plum", "express")
    assert not GOODS.flown("orange", "air")
    assert not Goods().flown("crisp_plum", "")


def test_the_cut_off_itself_is_too_late() -> None:
    """The next flight still open, None where there is none."""
    flights = [Flight("B", 200), Flight("A", 200), Flight("C", 100)]
    assert (next_flight(flights, 99), next_flight(flights, 100)) == (flights[2], flights[1])
    assert next_flight(flights, 200) is None


def test_all_mistakes_of_the_files_are_told_at_once(tmp_path: Path) -> None:
    """Ids and cards used twice, categories and classes nobody defined."""
    products, destinations = tmp_path / "products.toml", tmp_path / "destinations.toml"
    text = PRODUCTS.read_text("utf-8")
    text = text.replace('card = "orange"', 'card = "plum"').replace('id = "express"', 'id = "air"')
    products.write_text(text.replace('category = "herbs"', 'category = "herb"'), "utf-8")
    destinations.write_text(DESTINATIONS.read_text("utf-8").replace('id = "cq"', 'id = "bj"'), "utf-8")
    with pytest.raises(BadSettings) as told:
        load_goods(products, destinations)
    found = {(fault.key, fault.found) for fault in told.value.faults}
    assert {
        ("price.2.id", "air"),
        ("product.2.card", "plum"),
        ("product.4.category", "herb"),
        ("product.1.prices", "express"),
        ("destination.2.id", "bj"),
    } <= found
