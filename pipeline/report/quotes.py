"""Numbers quoted from the files that hold them, and words that follow what the numbers show."""

import json
import re
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from markupsafe import Markup, escape

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.report import exhibits
from pipeline.scoring.bootstrap import coverage_of_seeds, decimals, outcome
from pipeline.scoring.comparison import interval_key
from pipeline.scoring.metrics import AGAIN, METRICS
from pipeline.scoring.timings import STARTS, saving

EVALUATION, TIMING, PARAMS = "metrics/evaluation.json", "metrics/timing/summary.json", "params.yaml"
PER_CENT, COUNT = (100, 1), (1, 0)
FORMATS = {  # of the numbers in metrics/: what they are multiplied by, and decimals
    **dict.fromkeys(("accuracy", "f1", "precision", "recall", "error_rate"), PER_CENT),
    **dict.fromkeys(("line_end_share", "line_end_accuracy", "word_share", "word_accuracy"), PER_CENT),
    **dict.fromkeys(("accuracy_10", "accuracy_40", "accuracy_100", "accuracy_500"), PER_CENT),
    **dict.fromkeys(("bleu", "greedy_bleu", "chrf", "perplexity", "word_perplexity"), (1, 1)),
    **dict.fromkeys(("rmse", "mae", "seconds_per_epoch"), (1, 1)),
    **dict.fromkeys(("nats", "bits", "loss"), (1, 3)),
    **dict.fromkeys(("parameters", "trainable_parameters", "tokens_per_second"), COUNT),
    "distinct": PER_CENT,
    "padding_share": (100, 0),
}
SECTIONS = {  # exercise -> columns of its table
    "parity": ("accuracy_10", "accuracy_40", "accuracy_100", "accuracy_500", "parameters"),
    "shared_mlp": ("accuracy", "loss", "parameters"),
    "next_value": ("rmse", "mae", "parameters"),
    "sentiment": ("accuracy", "f1", "loss", "parameters"),
    "embeddings": ("accuracy", "f1", "trainable_parameters", "seconds_per_epoch"),
    "pooling": ("accuracy", "f1", "parameters"),
    "packing": ("accuracy", "padding_share", "seconds_per_epoch", "tokens_per_second"),
    "word_lm": ("nats", "perplexity", "accuracy", "word_perplexity", "word_accuracy", "parameters"),
    "translation": ("bleu", "greedy_bleu", "chrf", "perplexity", "distinct", "parameters"),
    "speech": ("accuracy", "error_rate", "parameters"),
    "tagging": ("f1", "precision", "recall", "parameters"),
    "char_lm": ("nats", "bits", "accuracy", "parameters"),
}


class Quotes:
    """Numbers for one language, as HTML that says where each comes from, or as plain text.

    A source is "FILE:KEYS", such as "metrics/train/pooling/mean.json:mean.accuracy"; the key `*` takes the mean over
    a list. In HTML a number is `<data value="..." data-from="SOURCE">`; `A / B` and `1 - A / B` name two sources.
    """

    def __init__(self, words: dict[str, Any], confidence: float, html: bool) -> None:
        self.words, self.confidence, self.html = words, confidence, html
        self.files: dict[str, Any] = {}

    def value(self, source: str) -> Any:
        """What a source holds.

        Raises:
            PipelineError: the file is missing or damaged or has no such value.
        """
        path, keys = source.split(":")
        if path not in self.files:
            text = path.endswith(".yaml")
            self.files[path] = yaml.safe_load(Path(path).read_text(encoding="utf-8")) if text else read_json(Path(path))
        try:
            return _walk(self.files[path], keys.split("."))
        except (KeyError, IndexError, TypeError, ValueError):
            raise PipelineError(f"{path} has no {keys}; {AGAIN}") from None

    def number(self, source: str, digits: int = 0, scale: float = 1) -> str:
        return self.marked(self.value(source), source, digits, scale)

    def ratio(self, a: str, b: str, digits: int = 0) -> str:
        """How many times b is a."""
        return self.marked(self.value(a) / self.value(b), f"{a} / {b}", digits)

    def saved(self, a: str, b: str, digits: int = 0) -> str:
        """How much less than b is a, in per cent."""
        return self.marked(1 - self.value(a) / self.value(b), f"1 - {a} / {b}", digits, 100)

    def freezing(self) -> dict[str, Any]:
        """What frozen vectors save of an epoch in per cent, and how many seconds rows of equal work lie apart."""
        found = saving(self.value(f"{TIMING}:embeddings"))
        trained, frozen = ([self.source(f"embeddings/{start}_{training}", "seconds_per_epoch") for start in STARTS]
                           for training in ("trained", "frozen"))  # fmt: skip
        apart = (f"max({', '.join(rows)}) - min({', '.join(rows)})" for rows in (trained, frozen))
        return {
            "shown": found.shown,
            "saved": self.marked(found.share, f"1 - ({' + '.join(frozen)}) / ({' + '.join(trained)})", 0, 100),
            "spread": self.marked(found.spread, f"max({', '.join(apart)})", 1),
        }

    def coverage(self) -> str:
        """How often in per cent an interval is right where the seeds make all of a difference."""
        share = coverage_of_seeds(len(self.value(f"{PARAMS}:seeds")), self.confidence)
        return self.marked(share, f"{PARAMS}:seeds.coverage", 0, 100)

    def marked(
        self, value: float, source: str, digits: int = 0, scale: float = 1, magnitude: bool = False, least: bool = False
    ) -> str:
        """A number as it is written in the language; `magnitude`: without its sign; `least`: none but 0 reads as 0."""
        shown = abs(scale * value) if magnitude else scale * value
        small = least and shown and not round(shown, digits)
        grouping = "," if abs(shown) >= self.words["grouped_from"] else ""
        text = f"< {10.0**-digits:.{digits}f}" if small else f"{shown:z{grouping}.{digits}f}"
        text = text.replace(",", self.words["thousands"]).replace("-", "−")
        if not self.html:
            return text
        return Markup('<data value="{}" data-from="{}">{}</data>').format(json.dumps(value), source, text)

    @staticmethod
    def source(variant: str, key: str) -> str:
        """Where a test score (its mean over seeds), a time or a count of EXERCISE/VARIANT stands."""
        if key == "parameters":
            return f"metrics/train/{variant}.json:seeds.0.parameters"
        if key in ("seconds_per_epoch", "tokens_per_second"):
            return f"{TIMING}:{variant.replace('/', '.')}.{key}"
        return f"metrics/train/{variant}.json:mean.{key}"

    def test(self, variant: str, key: str) -> str:
        """A number of EXERCISE/VARIANT; see `source`."""
        scale, digits = FORMATS[key]
        return self.number(self.source(variant, key), digits, scale)

    def cell(self, variant: str, key: str) -> str:
        """The same with its standard deviation over seeds, where it has one, or a time's least and most."""
        if key == "seconds_per_epoch":
            source = self.source(variant, "seconds_per_epoch").rpartition(".")[0]
            ends = (self.number(f"{source}.{end}_seconds", 1) for end in ("lowest", "highest"))
            pattern = "{} ({})" if not self.html else Markup("{} <small>({})</small>")
            between = self.words["interval"]
            return pattern.format(self.test(variant, key), (Markup(between) if self.html else between).format(*ends))
        source = self.source(variant, key).replace(":mean.", ":sd.")
        if ":sd." not in source or not self.value(source.rpartition(".")[0]) or not self.value(source):
            return self.test(variant, key)
        scale, digits = FORMATS[key]
        text = "{} ± {}" if not self.html else Markup("{} <small>± {}</small>")
        return text.format(self.test(variant, key), self.marked(self.value(source), source, digits, scale, least=True))

    def corpus(self, name: str, keys: str, digits: int = 0, scale: float = 1) -> str:
        return self.number(f"metrics/data/{name}.json:{keys}", digits, scale)

    def param(self, keys: str, digits: int = 0, scale: float = 1) -> str:
        return self.number(f"{PARAMS}:{keys}", digits, scale)

    def name(self, exercise: str, variant: str) -> str:
        """A variant's name in words."""
        return self.words["variants"].get(exercise, {}).get(variant, variant)

    def names(self, exercise: str, variants: list[str]) -> str:
        """Variants' names in words, in bold, as a list."""
        return self.listed(f"**{self.name(exercise, variant)}**" for variant in variants)

    def listed(self, items: Iterable[str]) -> str:
        """What is already written, one or more, as a list in words."""
        *first, last = items
        text = f"{', '.join(first)} {self.words['and']} {last}" if first else last
        return Markup(text) if self.html else text

    def quarter(self, lengths: dict[str, Any], variant: str, part: int, floor: bool = False) -> str:
        """Mean BLEU over seeds of a part of the test sentences, or its floor, see `examples.bleu_by_length`."""
        mean = float(lengths["floors" if floor else "scores"][variant][:, part].mean())
        key = f"{'floor' if floor else 'quarter'}.{part}"
        return self.marked(mean, f"data/predictions/translation/{variant}.parquet:{key}", 1)

    def kept(self, lengths: dict[str, Any], variant: str) -> str:
        """How much of the BLEU on the first part is left on the last, in per cent."""
        path = f"data/predictions/translation/{variant}.parquet"
        return self.marked(lengths["kept"][variant], f"{path}:quarter.-1 / {path}:quarter.0", 0, 100)

    def reach(self, shares: dict[str, dict[str, float]], cell: str, part: str) -> str:
        """Part of the steps' summed norms in per cent, see `forecasts.gradient_reach`."""
        source = f"metrics/train/next_value/{cell}.json:seeds.*.test.step_gradient_norms.{part}"
        return self.marked(shares[cell][part], source, 0, 100)

    def use_gradients(self, variant: str, moment: str) -> dict[str, Any]:
        """Norms of what each use of exercise 1's hidden matrices adds to their gradient, means over seeds.

        Args:
            moment: `untrained` or `trained`.

        Returns:
            `uses`, as they are written; for a shared matrix also `sum`, the norm of its gradient, `square`, that of
            a sum of parts at right angles, and `ratio`, the first over the second.
        """
        path, keys = f"metrics/train/shared_mlp/{variant}.json", f"test.hidden_gradients.{moment}"
        of_first = self.value(f"{path}:seeds.0.{keys}")
        uses = [f"{path}:seeds.*.{keys}.uses.{use}" for use in range(len(of_first["uses"]))]
        found: dict[str, Any] = {"uses": self.listed(self.number(use, 3) for use in uses)}
        if "sum" in of_first:
            whole = f"{path}:seeds.*.{keys}.sum"
            square = sum(self.value(use) ** 2 for use in uses) ** 0.5
            formula = f"pow({' + '.join(f'{use} * {use}' for use in uses)}, 0.5)"
            found |= {"sum": self.number(whole, 3), "square": self.marked(square, formula, 3)}
            found["ratio"] = self.value(whole) / square
        return found

    def curve_end(self, variant: str, column: str) -> str:
        """Mean over seeds at the last epoch of exercise 1 that all of them trained."""
        source = f"metrics/history/shared_mlp/{variant}.csv:{column}.end"
        return self.marked(float(exhibits.training_curves(variant, column)[:, -1].mean()), source, 3)

    def apart(self, a: str, b: str, column: str) -> dict[str, Any]:
        """Epochs of exercise 1 in which the seeds of two variants do not overlap, see `exhibits.epochs_apart`.

        Returns:
            `share` of all epochs, and as they are written `epochs` and how many there are, `of`.
        """
        source = f"metrics/history/shared_mlp/{a}.csv:{column}"
        apart, epochs = exhibits.epochs_apart(a, b, column)
        written = self.marked(apart, f"{source}.apart.{b}"), self.marked(epochs, f"{source}.epochs.{b}")
        return {"share": apart / epochs, "epochs": written[0], "of": written[1]}

    def mistakes(self, found: dict[str, Any]) -> str:
        """The commonest mistakes of a confusion matrix, see `examples.confusion`."""
        words, classes = self.words["mistakes"], self.words["classes"]
        pairs = [words["pair"].format(*(classes.get(label, label) for label in pair)) for pair in found["worst"]]
        kind = "several" if len(pairs) > 1 else "one" if pairs else "none"
        return words[kind].format("; ".join(pairs), found["most"])

    def perfect(self, exercise: str, variants: list[str], key: str) -> list[str]:
        """Those of the variants that make no mistake with any seed."""
        return [variant for variant in variants if self.value(self.source(f"{exercise}/{variant}", key)) == 1]

    def compares(self, comparison: str, a: str, b: str) -> bool:
        """Whether the evaluation has this difference."""
        pairs = self.value(f"{EVALUATION}:comparisons.{comparison}.differences")
        return any((found["a"], found["b"]) == (a, b) for found in pairs)

    def difference(self, comparison: str, a: str, b: str) -> tuple[str, dict[str, Any]]:
        """A difference of the evaluation: its source, and its content."""
        pairs = self.value(f"{EVALUATION}:comparisons.{comparison}.differences")
        for position, found in enumerate(pairs):
            if (found["a"], found["b"]) == (a, b):
                return f"{EVALUATION}:comparisons.{comparison}.differences.{position}", found
        raise PipelineError(f"{EVALUATION}: {comparison} does not compare {a} with {b}; {AGAIN}")

    def outcome(self, comparison: str, a: str, b: str) -> str:
        """better, worse or none: what the interval allows to say of a against b."""
        _, found = self.difference(comparison, a, b)
        metric = METRICS[self.value(f"{EVALUATION}:comparisons.{comparison}.metric")]
        return outcome(*self._interval(found), metric.falls)

    def verdict(self, comparison: str, a: str, b: str) -> str:
        """The difference in a sentence, without its full stop."""
        source, found = self.difference(comparison, a, b)
        entry = self.value(f"{EVALUATION}:comparisons.{comparison}")
        metric = METRICS[entry["metric"]]
        low, high = self._interval(found)
        digits = decimals(metric.scale * low, metric.scale * high, metric.digits)
        result = outcome(low, high, metric.falls)
        ends = [f"{source}.{interval_key(self.confidence)}.{end}" for end in (0, 1)]
        plain = result == "none"  # else the difference is in the words, and the numbers are magnitudes
        if not plain and found["delta"] < 0:
            ends.reverse()
        delta, low_text, high_text = (
            self.marked(self.value(end), end, digits, metric.scale, magnitude=not plain)
            for end in (f"{source}.delta", *ends)
        )
        kind = "same" if low == high == 0 else "none_falls" if plain and metric.falls else result
        pattern = self.words["verdict"][kind]
        return (Markup(pattern) if self.html else pattern).format(
            a=self.name(entry["exercise"], a),
            b=self.name(entry["exercise"], b),
            delta=delta,
            unit=self.words["metrics"][entry["metric"]]["points"],
            confidence=f"{100 * self.confidence:g}",
            low=low_text,
            high=high_text,
        )

    def verdicts(self, comparison: str) -> list[str]:
        """Every difference in a sentence; in a single one where no variant differs from another."""
        entry = self.value(f"{EVALUATION}:comparisons.{comparison}")
        pairs = entry["differences"]
        if len(pairs) > 1 and not any(end for pair in pairs for end in self._interval(pair)):
            names = self.names(entry["exercise"], list(entry["variants"]))
            pattern = self.words["verdict"]["all_same"]
            return [(Markup(pattern) if self.html else pattern).format(names=names)]
        return [self.verdict(comparison, pair["a"], pair["b"]) for pair in pairs]

    def _interval(self, difference: dict[str, Any]) -> tuple[float, float]:
        try:
            low, high = difference[interval_key(self.confidence)]
        except KeyError as error:
            raise PipelineError(f"{EVALUATION} has no interval {error}; {AGAIN}") from None
        return low, high


def _walk(value: Any, keys: list[str]) -> Any:
    for position, key in enumerate(keys):
        if key == "*":
            return statistics.fmean(_walk(item, keys[position + 1 :]) for item in value)
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def paragraphs(text: str, html: bool) -> str:
    """A section's text: blocks apart by blank lines; ### headings, **bold** and `code`; HTML blocks stay as they are.

    Markdown is left alone but for runs of blank lines. A number and its per cent sign stay together.
    """
    text = str(text).replace(" %", "\u00a0%")
    if not html:
        return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+$", "", text.strip(), flags=re.MULTILINE))
    parts = []
    for part in filter(None, map(str.strip, re.split(r"\n\s*\n", text))):
        if part.startswith("### "):
            parts.append(f"<h3>{inline(part[4:])}</h3>")
        else:
            parts.append(part if re.match(r"<(?!data|b>|code)", part) else f"<p>{inline(part)}</p>")
    return Markup("\n".join(parts))


def inline(text: str) -> str:
    """**bold** and `code` as HTML."""
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", str(text))  # a Markup would escape what is put in
    return Markup(re.sub(r"`(.+?)`", r"<code>\1</code>", text))


def sentence(text: str) -> str:
    """With a capital first letter, in bold or not."""
    return Markup(re.sub(r"^\W*\w", lambda match: match[0].upper(), str(text)))


def block(text: str, html: bool) -> str:
    """What a macro made, as a block of its own for `paragraphs`."""
    text = str(text).strip()
    return Markup("\n\n" + (re.sub(r"\n\s*\n", "\n", text) if html else text) + "\n\n")


def plain(text: str) -> str:
    """A word of the data as Markdown that means nothing else."""
    return re.sub(r"([|*_`\[\]\\])", r"\\\1", str(escape(text)))


def preformatted(text: str) -> str:
    """Text for <pre> whose blank lines `paragraphs` does not see."""
    return Markup(str(escape(text)).replace("\n", "&#10;"))
