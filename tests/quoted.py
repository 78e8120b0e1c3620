"""The numbers of a page, read again from their sources without the code under test."""

import csv
import json
import re
import statistics
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from sacrebleu.metrics import BLEU

from pipeline.core.files import read_json
from tests.reported_project import UNKNOWN_SHARE


class Numbers(HTMLParser):
    """(value, source, text) of every <data>."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[float, str, str]] = []
        self.open: tuple[float, str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "data":
            of = dict(attrs)
            self.open = (float(of["value"] or "nan"), of["data-from"] or "")

    def handle_data(self, data: str) -> None:
        if self.open:
            self.found.append((*self.open, data))
            self.open = None


def at(source: str) -> float:
    """What a file holds at a source, read without the code under test."""
    path, _, keys = source.partition(":")
    if path.endswith(".parquet"):
        kind, part = keys.split(".")
        return quarter(Path(path), int(part), kind == "floor")
    if keys == "heaviest":
        records = read_json(Path(path))
        return statistics.fmean(max(row) for record in records for row in record["weights"])
    if keys == "unknown_share":
        return UNKNOWN_SHARE
    if path.endswith(".csv"):
        return of_curves(Path(path), *keys.split("."))
    if keys.endswith((".near", ".far")):
        return share_of_gradient(Path(path), keys.endswith(".near"))
    text = Path(path).read_text(encoding="utf-8")
    values = [yaml.safe_load(text) if path.endswith(".yaml") else json.loads(text)]
    for key in keys.split("."):
        if key == "*":
            values = [item for value in values for item in value]
        else:
            values = [value[int(key)] if isinstance(value, list) else value[key] for value in values]
    return statistics.fmean(values)


def quarter(path: Path, part: int, floor: bool) -> float:
    """Mean BLEU over seeds on the shortest (0) or the longest (-1) quarter, by sacreBLEU itself.

    `floor`: against the references of other sentences.
    """
    rows = pq.read_table(path).to_pylist()
    lengths = [len(row["source"].split()) for row in rows]
    first, last = np.quantile(lengths, [0.25, 0.75], method="lower")
    scores = []
    for seed in {row["seed"] for row in rows}:
        kept = [
            row
            for row, length in zip(rows, lengths, strict=True)
            if row["seed"] == seed and (length <= first if part == 0 else length > last or first == max(lengths))
        ]
        hypotheses, references = ([row[name] for row in kept] for name in ("hypothesis", "reference"))
        if floor:
            from pipeline.exercises.translation.by_length import others

            references = [references[row] for row in others(np.arange(len(references)))]
        scores.append(BLEU(lowercase=True).corpus_score(hypotheses, [references]).score)
    return statistics.fmean(scores)


def share_of_gradient(path: Path, near: bool) -> float:
    """Of the last five years, or of those more than eleven back; the newest year is the last of the file."""
    norms = [np.array(seed["test"]["step_gradient_norms"]) for seed in read_json(path)["seeds"]]
    return statistics.fmean(float((seed[-5:] if near else seed[:-11]).sum() / seed.sum()) for seed in norms)


def of_curves(path: Path, column: str, what: str, other: str = "") -> float:
    """The mean at the last epoch of all seeds, or epochs, all or those in which two variants' seeds do not overlap.

    `first`: the first epoch in which a seed's value is 1.
    """
    if what == "first":
        rows = csv.DictReader(path.open(encoding="utf-8"))
        return min(int(row["epoch"]) for row in rows if row["seed"] == other and float(row[column]) == 1)

    def by_epoch(file: Path) -> list[list[float]]:
        rows = list(csv.DictReader(file.open(encoding="utf-8")))
        epochs = [[float(row[column]) for row in rows if row["epoch"] == str(epoch)] for epoch in range(1, 9)]
        return [values for values in epochs if len(values) == len({row["seed"] for row in rows})]

    curves = by_epoch(path)
    if what == "end":
        return statistics.fmean(curves[-1])
    pairs = list(zip(curves, by_epoch(path.with_name(f"{other}.csv")), strict=True))
    apart = [min(a) > max(b) or min(b) > max(a) for a, b in pairs]
    return sum(apart) if what == "apart" else len(apart)


def calculated(expression: str) -> float:
    """What sources, and sums and quotients of sources, come to."""
    return eval(re.sub(r"[\w./-]+:[\w.*-]+", lambda match: repr(at(match[0])), expression))  # of our own templates


def check_numbers(text: str) -> None:
    """Every number of a page is what its source holds, as it is written."""
    for value, source, shown in Numbers(text).found:
        assert value == pytest.approx(calculated(source)), source
        digits = len(shown.partition(".")[2])
        if shown.startswith("<"):
            assert 0 < min(abs(value), 100 * abs(value)) < written_number(shown), source
            continue
        rounded = {round(abs(scale * value), digits) for scale in (1, 100)}
        found = abs(written_number(shown))
        assert any(found == pytest.approx(number, abs=0.51 * 10**-digits) for number in rounded), source


def written_number(text: str) -> float:
    return float(text.removeprefix("< ").replace(",", "").replace("\u202f", "").replace("−", "-"))
