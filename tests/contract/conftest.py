"""What the contract suite is given."""

import random

import pytest


@pytest.fixture(scope="session")
def noise() -> bytes:
    """A megabyte of noise, the same in every run."""
    return random.Random(20240229).randbytes(1 << 20)
