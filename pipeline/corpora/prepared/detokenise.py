"""Words back to running text."""

import re
from collections.abc import Sequence

_NO_SPACE_BEFORE = re.compile(r" (?=[,.;:!?%)\]}\u201d\u2019]|n't\b|'(?:s|m|d|re|ve|ll)\b)|(?<=s) (?='(?: |$))")
_NO_SPACE_AFTER = re.compile(r"(?<=[(\[{\u201c\u00bf\u00a1]) ")
_COMPOUND = re.compile(r"(?<=\w) - (?=\w)")


def detokenise(words: Sequence[str]) -> str:
    """Join tokens as English (or Spanish) text is written: no space before a comma, none after a bracket.

    A hyphen between words is a compound's ("wave-offering"): as tokens it looks like a dash, which is rarer.
    """
    text = _COMPOUND.sub("-", " ".join(words))
    return _NO_SPACE_AFTER.sub("", _NO_SPACE_BEFORE.sub("", text))
