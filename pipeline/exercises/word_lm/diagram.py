"""Batches of lines, through which the state goes on."""

from functools import partial

from pipeline.report.charts import Chart
from pipeline.report.diagrams import diagram, streams
from pipeline.report.words import Words

LINES = [["s₁", "s₂", "s₃"], ["s₄", "s₅", "s₆"], ["s₇", "s₈", "s₉"]]


def diagrams(words: Words) -> dict[str, Chart]:
    return {"streams": diagram(2.2, partial(streams, rows=LINES, column="batch"), words)}
