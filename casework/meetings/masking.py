"""Names on a wall: initials instead, for a meeting at which the screen is projected."""

import jaconv


def initials(kana: str) -> str:
    """みなと はなこ → M.H; what has no reading has no initials."""
    letters = [jaconv.kana2alphabet(part)[:1].upper() for part in kana.split()]
    return ".".join(letter for letter in letters if letter.isascii() and letter.isalpha())
