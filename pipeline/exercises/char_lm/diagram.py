"""Streams of characters, cut into windows."""

from functools import partial

from pipeline.report.charts import Chart
from pipeline.report.diagrams import diagram, streams
from pipeline.report.words import Words

CHARACTERS = [["to b", "e, o", "r no"], ["t to", " be:", " tha"]]


def diagrams(words: Words) -> dict[str, Chart]:
    return {"windows": diagram(1.8, partial(streams, rows=CHARACTERS, column="window"), words)}
