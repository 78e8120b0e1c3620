"""What a difference says, in words."""

from typing import Literal

from pipeline.scoring.differences import Difference


def outcome(
    low: float, high: float, falls: bool = False, p_holm: float | None = None, confidence: float = 0.95
) -> Literal["better", "worse", "none"]:
    """What an interval of the difference says of a against b.

    Args:
        falls: a lower score is better.
        p_holm: of a primary comparison: where it is too large, nothing is shown, whatever the interval.
        confidence: of the interval.
    """
    if not (low > 0 or high < 0) or (p_holm is not None and p_holm >= 1 - confidence):
        return "none"
    return "better" if (low > 0) != falls else "worse"


def decimals(low: float, high: float, digits: int = 1) -> int:
    """How many decimals to write an interval with: `digits`, or as many as keep an end close to 0 from reading as 0."""
    while digits < 4 and any(end and not round(end, digits) for end in (low, high)):
        digits += 1
    return digits


def deviation(value: float, digits: int) -> str:
    """A standard deviation in words: only 0 reads as 0."""
    return f"< {10.0**-digits:.{digits}f}" if value and not round(value, digits) else f"{value:.{digits}f}"


def p_value(p: float, level: float) -> str:
    """A p-value after the letter: "= 0.012", "< 0.001", with as many decimals as keep it on its side of the level."""
    digits = 3
    while digits < 6 and (round(p, digits) < level) != (p < level):
        digits += 1
    text = deviation(p, digits)
    return text if text.startswith("<") else f"= {text}"


def verdict(
    a: str,
    b: str,
    difference: Difference,
    unit: str,
    scale: float = 1,
    confidence: float = 0.95,
    falls: bool = False,
    digits: int = 1,
    p_holm: float | None = None,
) -> str:
    """The difference in words, such as "bi is better than uni by 5.2 F1 points (95% interval 4.1 to 6.3)".

    Args:
        unit: what the printed numbers are, in the plural.
        scale: from the score's unit to the printed one (100 from a fraction to percentage points).
        falls: a lower score is better.
        digits: decimals of the printed numbers, or more where one would read as 0.
        p_holm: of a primary comparison, after Holm's correction: it decides as well.
    """
    delta, low, high = (scale * value for value in (difference.delta, difference.low, difference.high))
    digits = decimals(low, high, digits)

    def words(value: float) -> str:
        return f"{value:z.{digits}f}"

    if low == high == 0:
        return f"{a} and {b} score alike on every test example"
    name = f"{100 * confidence:g}% interval"
    corrected = "" if p_holm is None else f"; p {p_value(p_holm, 1 - confidence)} after Holm's correction"
    result = outcome(difference.low, difference.high, falls, p_holm, confidence)
    if result != "none":
        if delta < 0:
            delta, low, high = -delta, -high, -low
        return f"{a} is {result} than {b} by {words(delta)} {unit} ({name} {words(low)} to {words(high)}{corrected})"
    sign = f"{a} minus {b}: " if falls else ""
    interval = f"{name} {words(low)} to {words(high)}{corrected}"
    return f"no difference shown between {a} and {b} ({sign}{words(delta)} {unit}, {interval})"
