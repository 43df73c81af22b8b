"""What every sampler that reads a file must hold, run over every such model and every case recorded of it.

Where the kernel reads the wire and offers numbers in a file, the recorded cases are of the wire; the model's module
then has a `parse_frame` that they are held against, and the file is tried in the model's own tests.
"""

from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.models import MODELS
from drivers.readings import BadReading, Reason
from tests.contract.vectors import SAMPLED, Vector, check, values

FILES = sorted(model.name for model in MODELS.values() if model.transport == "sysfs")
KERNEL_READS_THE_WIRE = {"dht22", "sht3x"}
CASES = [vector for vector in SAMPLED if vector.model.transport == "sysfs"]
per_case = pytest.mark.parametrize(
    "vector", [case for case in CASES if case.model.name not in KERNEL_READS_THE_WIRE], ids=lambda vector: vector.id
)
per_frame = pytest.mark.parametrize(
    "vector", [case for case in CASES if case.model.name in KERNEL_READS_THE_WIRE], ids=lambda vector: vector.id
)
per_model = pytest.mark.parametrize("name", FILES)


@per_case
def test_a_case_reads_as_recorded(vector: Vector, tmp_path: Path) -> None:
    """The file as recorded gives what the case expects, stamped with the time of the look."""
    path = tmp_path / "device"
    path.write_bytes(vector.frame)
    readings = vector.model.sampler(vector.settings(str(path))).sample(7.0)
    check(vector, readings)
    assert [reading.at_s for reading in readings] == [7.0]


@per_case
def test_a_file_cut_anywhere_is_never_a_value(vector: Vector, tmp_path: Path) -> None:
    """Half a file is no reading: the last digits of a number may be what is missing."""
    path = tmp_path / "device"
    for end in range(len(vector.frame)):
        path.write_bytes(vector.frame[:end])
        assert not values(vector.model.sampler(vector.settings(str(path))).sample(0.0))


@per_frame
def test_a_frame_of_the_wire_reads_as_recorded(vector: Vector) -> None:
    """The bytes of the wire give what the case expects, and half of them give nothing."""
    parse_frame = import_module(vector.model.module).parse_frame
    reading = parse_frame(vector.frame, 7.0)
    check(vector, [reading])
    assert reading.at_s == 7.0
    assert not any(values([parse_frame(vector.frame[:end], 7.0)]) for end in range(len(vector.frame)))


@per_model
def test_a_missing_file_is_a_disconnected_device(name: str, tmp_path: Path) -> None:
    """A sensor that is not there says so; it raises nothing."""
    model = MODELS[name]
    (reading,) = model.sampler(model.settings()(path=str(tmp_path / "none"))).sample(0.0)
    assert isinstance(reading, BadReading)
    assert reading.reason is Reason.DISCONNECTED


@per_model
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200))
def test_no_content_breaks_a_sampler(name: str, content: bytes, tmp_path: Path) -> None:
    """Any bytes in the file give one reading and no exception."""
    path = tmp_path / "device"
    path.write_bytes(content)
    model = MODELS[name]
    assert len(model.sampler(model.settings()(path=str(path))).sample(0.0)) == 1
