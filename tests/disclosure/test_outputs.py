import pytest

from disclosure.channels import Channel
from disclosure.outputs import output, output_of, registered


def test_an_output_names_itself_and_its_channel() -> None:
    @output("test.page", channel="fragment")
    def page() -> None: ...

    entry = output_of(page)
    assert entry is not None
    assert (entry.code, entry.channel) == ("test.page", Channel.FRAGMENT)
    assert registered()["test.page"] == entry


def test_two_outputs_cannot_share_a_code() -> None:
    @output("test.twice")
    def first() -> None: ...

    with pytest.raises(ValueError, match=r"test\.twice"):

        @output("test.twice")
        def second() -> None: ...


def test_an_unknown_channel_is_refused() -> None:
    with pytest.raises(ValueError, match="telepathy"):
        output("test.telepathy", channel="telepathy")(lambda: None)


def test_a_subclass_is_an_output_of_its_own() -> None:
    @output("test.parent", channel="json")
    class Parent: ...

    class Child(Parent): ...

    assert output_of(Parent) is not None
    assert output_of(Child) is None
