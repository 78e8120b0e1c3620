"""Numbers quoted from the files that hold them, and verdicts that follow from the numbers."""

import json
from typing import Any

from pipeline.declaration import ACCURACY, F1, LOSS, PARAMETERS, SECONDS, Column
from pipeline.report.results import EVALUATION, PARAMS, Results
from pipeline.report.words import Words
from pipeline.scoring.comparison import interval_key, outcome_of
from pipeline.scoring.verdicts import decimals, p_value

COLUMNS = {column.key: column for column in (ACCURACY, F1, LOSS, PARAMETERS, SECONDS)}  # quoted even without a table


def marked(
    value: float,
    source: str,
    words: Words,
    html: bool,
    digits: int = 0,
    scale: float = 1,
    magnitude: bool = False,
    least: bool = False,
) -> str:
    """A number as the language writes it; in HTML as `<data value="..." data-from="SOURCE">`.

    Args:
        source: see `results.Files`; `A / B` and `1 - A / B` name two.
        scale: what the value is multiplied by.
        magnitude: leave the sign out.
        least: write enough decimals that only 0 reads as 0.
    """
    shown = abs(scale * value) if magnitude else scale * value
    small = least and shown and not round(shown, digits)
    grouping = "," if abs(shown) >= words["grouped_from"] else ""
    text = f"< {10.0**-digits:.{digits}f}" if small else f"{shown:z{grouping}.{digits}f}"
    text = text.replace(",", words["thousands"]).replace("-", "−")
    if not html:
        return text
    return f'<data value="{json.dumps(value)}" data-from="{source}">{text.replace("<", "&lt;")}</data>'


class Quotes:
    """Numbers and verdicts of an exercise in one language, for HTML with their sources or as plain text."""

    def __init__(self, results: Results, words: Words, html: bool) -> None:
        self.results, self.words, self.html = results, words, html
        self.columns = COLUMNS | {column.key: column for column in results.exercise.columns}

    def marked(self, value: float, source: str, digits: int = 0, scale: float = 1, **how: bool) -> str:
        """A number that the caller has worked out from `source`."""
        return marked(value, source, self.words, self.html, digits, scale, **how)

    def number(self, source: str, digits: int = 0, scale: float = 1) -> str:
        """What a source holds."""
        return self.marked(self.results.value(source), source, digits, scale)

    def corpus(self, keys: str, digits: int = 0, scale: float = 1, name: str | None = None) -> str:
        """A number of metrics/data, of the exercise's first corpus or of one by its name."""
        return self.number(f"metrics/data/{name or self.results.exercise.stage.corpora[0]}.json:{keys}", digits, scale)

    def setting(self, keys: str, digits: int = 0, scale: float = 1) -> str:
        """A number of the exercise's section of params.yaml."""
        return self.number(f"{PARAMS}:{self.results.name}.{keys}", digits, scale)

    def score(self, variant: str, column: str | Column) -> str:
        """A test score, time or count of a variant; see `Results.source`."""
        of = self.columns[column] if isinstance(column, str) else column
        return self.number(self.results.source(variant, of.key), of.digits, of.scale)

    def cell(self, variant: str, column: Column) -> str:
        """The same with its standard deviation over seeds if it has one; a time with its shortest and longest."""
        text, source = self.score(variant, column), self.results.source(variant, column.key)
        if column.key == "seconds_per_epoch":
            ends = (self.number(f"{source.rpartition('.')[0]}.{end}_seconds", 1) for end in ("lowest", "highest"))
            between = self.words["interval"].format(*ends)
            return f"{text} {self.small(f'({between})')}"
        source = source.replace(":mean.", ":sd.")
        if ":sd." not in source or not self.results.value(source.rpartition(".")[0]) or not self.results.value(source):
            return text
        deviation = self.marked(self.results.value(source), source, column.digits, column.scale, least=True)
        return f"{text} {self.small(f'± {deviation}')}"

    def small(self, text: str) -> str:
        return f"<small>{text}</small>" if self.html else text

    def ratio(self, a: str, b: str, digits: int = 0) -> str:
        """The number at a over the number at b."""
        return self.marked(self.results.value(a) / self.results.value(b), f"{a} / {b}", digits)

    def saved(self, a: str, b: str, digits: int = 0) -> str:
        """How much less the number at a is than the number at b, in per cent."""
        return self.marked(1 - self.results.value(a) / self.results.value(b), f"1 - {a} / {b}", digits, 100)

    def names(self, variants: list[str]) -> str:
        """Variants' names in bold, as a list."""
        return self.words.listed([f"**{self.words.variant(variant)}**" for variant in variants])

    def verdict(self, comparison: str, a: str, b: str) -> str:
        """A difference in a sentence, without its full stop."""
        results, source, found = self.results, *self.results.difference(comparison, a, b)
        name = results.value(f"{EVALUATION}:comparisons.{comparison}.metric")
        metric = results.exercise.metric(name)
        low, high = results.interval(found)
        digits = decimals(metric.scale * low, metric.scale * high, metric.digits)
        result = outcome_of(found, results.confidence, metric.falls)
        ends = [f"{source}.{interval_key(results.confidence)}.{end}" for end in (0, 1)]
        plain = result == "none"  # otherwise the words say which way, and the numbers are magnitudes
        if not plain and found["delta"] < 0:
            ends.reverse()
        delta, low_text, high_text = (
            self.marked(results.value(end), end, digits, metric.scale, magnitude=not plain)
            for end in (f"{source}.delta", *ends)
        )
        kind = "same" if low == high == 0 else "none_falls" if plain and metric.falls else result
        return str(self.words["verdict"][kind]).format(
            a=self.words.variant(a),
            b=self.words.variant(b),
            delta=delta,
            unit=self.words.metric(name).points,
            confidence=f"{100 * results.confidence:g}",
            low=low_text,
            high=high_text,
            holm=self.holm(found, f"{source}.p_holm"),
        )

    def holm(self, difference: dict[str, Any], source: str) -> str:
        """What a primary comparison adds to its interval: its p-value, corrected."""
        if "p_holm" not in difference:
            return ""
        p = difference["p_holm"]
        relation, number = p_value(p, 1 - self.results.confidence).split()
        shown = self.marked(p, source, len(number.partition(".")[2]), least=True)
        return str(self.words["verdict"]["holm"]).format(shown if relation == "<" else f"= {shown}")

    def verdicts(self, comparison: str) -> list[str]:
        """A sentence for every difference; a single one if no variant differs from another."""
        pairs = self.results.pairs(comparison)
        intervals = [self.results.interval(self.results.difference(comparison, *pair)[1]) for pair in pairs]
        if len(pairs) > 1 and not any(end for ends in intervals for end in ends):
            variants: dict[str, Any] = self.results.value(f"{EVALUATION}:comparisons.{comparison}.variants")
            return [str(self.words["verdict"]["all_same"]).format(names=self.names(list(variants)))]
        return [self.verdict(comparison, *pair) for pair in pairs]
