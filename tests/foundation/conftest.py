import pytest

from foundation import codes, parameters


@pytest.fixture(autouse=True)
def nothing_remembered():
    """Reference data changed in one test is not what the next one remembers."""
    codes.forget()
    parameters.forget()
    yield
    codes.forget()
    parameters.forget()
