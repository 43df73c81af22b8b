"""Options of the whole suite."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--real MODEL=PORT`, repeatable: hold that device on the bench to the contract too."""
    parser.addoption(
        "--real",
        action="append",
        default=[],
        metavar="MODEL=PORT",
        help="run the contract on a real device, e.g. --real cas_enq=/dev/serial/by-path/...; repeatable",
    )


@pytest.fixture
def real_devices(pytestconfig: pytest.Config) -> dict[str, str]:
    """The devices on the bench: path by model; none unless the option names them."""
    pairs = [str(pair).partition("=") for pair in pytestconfig.getoption("--real")]
    wrong = [name for name, _, path in pairs if not path]
    if wrong:
        raise pytest.UsageError(f"--real wants MODEL=PORT, not {', '.join(wrong)}")
    return {name: path for name, _, path in pairs}
