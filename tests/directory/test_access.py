import pytest
from django.db import ProgrammingError, transaction

from network.directory.agencies import add_agency
from network.directory.models import Agency


@pytest.mark.parametrize("host", ["centre", "headquarters"])
def test_centres_and_headquarters_read_the_directory_and_do_not_write_it(host, request):
    request.getfixturevalue(host)

    assert not Agency.objects.exists()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        add_agency(name="見本の機関", kind="npo")


def test_the_entrance_does_not_read_the_directory(entrance):
    with pytest.raises(ProgrammingError, match="permission denied"):
        Agency.objects.exists()
