"""What the vault says when it does not open something. The layers above turn it into answers without looking inside."""


class SealBroken(Exception):
    """Altered bytes, or a value that lies where it was not sealed, or one under a key that was replaced.

    For whoever asked all of these are one and the same. `noted`: the refusal has its line in the trail already.
    """

    noted = False


class KeyServiceAway(Exception):
    """The key service does not answer, or refuses: nothing is opened that is not open already (503)."""


class WrongRoot(Exception):
    """A wrapped key does not open: another root key, another place, or altered bytes."""
