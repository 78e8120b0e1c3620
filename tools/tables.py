"""What README and docs/ show of the results and the benchmarks: lists and tables in Markdown."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from pipeline.core.errors import PipelineError
from pipeline.declaration import Comparison, Exercise
from pipeline.registry import exercises
from pipeline.scoring.comparison import interval_key, outcome_of
from pipeline.scoring.metrics import Metric
from pipeline.scoring.verdicts import deviation
from tools.published import RESULTS, Score

LITERATURE = "docs/literature.yaml"
Read = Callable[[str], str]  # the text of a file of the project


def headlines(read: Read) -> str:
    """The results of the comparisons that the sheet asks for by name."""
    lines = []
    for _, comparison, result in compared(read):
        verdicts = {(difference["a"], difference["b"]): difference["verdict"] for difference in result["differences"]}
        if comparison.headlines:
            lines += [f"- {comparison.question}", *(f"  - {verdicts[pair]}" for pair in comparison.headlines)]
    return "\n".join([*lines, ""])


def spanish_headlines(read: Read) -> str:
    """The same in Spanish: the titles and verdicts of the cards with which the Spanish report begins.

    Raises:
        PipelineError: the report does not begin with cards.
    """
    _, cards, *_ = re.split(r"^## ", read("metrics/report.es.md"), flags=re.MULTILINE)
    lines = []
    for card in re.split(r"^### ", cards, flags=re.MULTILINE)[1:]:
        title, *paragraphs = [part for part in card.split("\n\n") if part.strip()]
        verdicts = [part for part in paragraphs if not part.startswith("![")]
        if not verdicts:
            raise PipelineError(f"metrics/report.es.md: the card {title!r} has no verdict: run `dvc repro report`")
        sentences = re.split(r"(?<=\.) (?=\*\*|No )", verdicts[0].strip().replace("\n", " "))
        lines += [f"- {title}", *(f"  - {sentence}" for sentence in sentences)]
    return "\n".join([*lines, ""])


def comparisons(read: Read) -> str:
    """Every question, and a sentence for every difference."""
    lines = []
    for exercise, comparison, result in compared(read):
        lines += [f"- {comparison.question} (`{exercise.name}`)"]
        lines += [f"  - {difference['verdict']}" for difference in result["differences"]]
    return "\n".join([*lines, ""])


def scores(read: Read) -> str:
    """The mean score of every variant that is compared."""
    lines = ["| exercise | data | variant | test score | mean | sd over seeds |", "|---|---|---|---|---:|---:|"]
    for exercise, comparison, result in compared(read):
        metric = exercise.metric(comparison.metric)
        score = called(metric)
        for name, variant in result["variants"].items():
            sd = "-" if variant["sd"] is None else deviation(metric.scale * variant["sd"], metric.digits)
            mean = f"{metric.scale * variant['mean']:.{metric.digits}f}"
            line = f"| {exercise.name} | {result['edition']} | {name} | {score} | {mean} | {sd} |"
            if line not in lines:  # a variant may be in several comparisons
                lines.append(line)
    return "\n".join([*lines, ""])


def called(metric: Metric) -> str:
    """What a table calls a test score."""
    return metric.axis.removeprefix("test ") + (", lower is better" if metric.falls else "")


def times(read: Read) -> str:
    """How long an epoch of every variant took."""
    lines = [
        "| exercise | variant | seconds an epoch | fastest to slowest seed | tokens/s |",
        "|---|---|---:|---:|---:|",
    ]
    for exercise, variants in json.loads(read("metrics/timings.json")).items():
        for variant, row in variants.items():
            between = f"{row['lowest_seconds']:.2f} to {row['highest_seconds']:.2f}"
            lines.append(
                f"| {exercise} | {variant} | {row['seconds_per_epoch']:.2f} | {between} "
                f"| {row['tokens_per_second']:,.0f} |"
            )
    return "\n".join([*lines, ""])


def benchmarks(read: Read) -> str:
    """The machine and every figure."""
    taken = json.loads(read("benchmarks/results.json"))
    machine = taken["machine"]
    flags = ", ".join(machine["flags"]) or "no vector instructions of note"
    intro = [f"Taken on {machine['cores']} cores of {machine['processor']} ({flags}), torch {machine['torch']}."]
    if busy := [record["busy_before"] for record in taken["results"].values() if "busy_before" in record]:
        of = f"the {len(busy)} figures that recorded it" if len(busy) < len(taken["results"]) else "every benchmark"
        intro.append(f"Before {of}, other programs took {max(busy):.0%} of all cores at most.")
    lines = ["| benchmark | value | target | met |", "|---|---:|---:|---|"]
    for key, record in taken["results"].items():
        target = "" if record["target"] is None else f"{record['bound']} {record['target']:,g}"
        met = {True: "yes", False: "no", None: ""}[record["met"]]
        lines.append(f"| {key} | {record['value']:,g} {record['unit']} | {target} | {met} |")
    return "\n".join([*intro, "", *lines, ""])


def published(read: Read, titles: str = "exercise/variant | data | here | published", name: str = "short") -> str:
    """The rows of the literature that have a short name of their data, under four titles of columns."""
    lines = [f"| {titles} |", "|---|---|---:|---|"]
    for row, metric, score in literature(read):
        if short := row.get(name, row.get("short")):
            mean, low, high = digits(metric, score)
            here = f"`{row['exercise']}/{row['variant']}` | {short} | {mean} ({low}–{high})"
            lines.append(f"| {here} | {row['published']}, {row['source']} |")
    return "\n".join([*lines, ""])


def spanish_published(read: Read) -> str:
    """The same in Spanish."""
    return published(read, "ejercicio/variante | datos | aquí | publicado", "short_es").replace(" & ", " y ")


def beside_literature(read: Read) -> str:
    """A row for each published figure."""
    lines = ["| data | model | here | published | by | what differs |", "|---|---|---:|---:|---|---|"]
    for row, metric, score in literature(read):
        lines.append(
            f"| {row['data']} | {row['model']} (`{row['exercise']}/{row['variant']}`) | {shown(metric, score)} "
            f"| {row['published']} | {row['source']}, {row['theirs']} | {row['differs']} |"
        )
    return "\n".join([*lines, ""])


def literature(read: Read) -> Iterator[tuple[dict[str, Any], Metric, Score]]:
    """Each published figure, and the score of the run that stands beside it.

    Raises:
        PipelineError: it names an exercise that there is not, or a score that the run does not have.
    """
    results = json.loads(read(RESULTS))["scores"]
    for row in yaml.safe_load(read(LITERATURE)):
        if row["exercise"] not in exercises():
            raise PipelineError(f"{LITERATURE} names {row['exercise']!r}, which is no exercise: remove that row")
        try:
            score = Score(**results[row["exercise"]][row["metric"]][row["variant"]])
        except KeyError as error:
            raise PipelineError(f"{RESULTS} has no {error} of {LITERATURE}: run tools.published again") from None
        yield row, exercises()[row["exercise"]].metric(row["metric"]), score


def changed(read: Read) -> str:
    """The comparisons that come out otherwise on other data than those of the default scale.

    Raises:
        PipelineError: the evaluation is of another confidence than params.yaml's.
    """
    published = json.loads(read(RESULTS))
    there = published["comparisons"]
    confidence = yaml.safe_load(read("params.yaml"))["evaluation"]["confidence"]
    lines = ["| exercise | on the packaged data | on the published data |", "|---|---|---|"]
    for exercise, comparison, result in compared(read):
        run = there.get(comparison.name)
        if run is None or run["edition"] == result["edition"]:  # the run is older than this comparison, or of like data
            continue
        falls = exercise.metric(comparison.metric).falls
        differences = {(entry["a"], entry["b"]): entry for entry in run["differences"]}
        for ours in result["differences"]:
            if interval_key(confidence) not in ours:
                raise PipelineError(
                    f"metrics/evaluation.json has no {100 * confidence:g}% intervals: run `dvc repro` first"
                )
            theirs = differences.get((ours["a"], ours["b"]))
            if theirs and outcome_of(ours, confidence, falls) != outcome_of(theirs, published["confidence"], falls):
                lines.append(f"| {exercise.name} | {ours['verdict']} | {theirs['verdict']} |")
    return "\n".join([*lines, ""])


def all_scores(read: Read) -> str:
    """A row for each score of the run; exercises that were removed after it have none."""
    lines = ["| exercise | data | variant | test score | mean | seeds |", "|---|---|---|---|---:|---:|"]
    for exercise, metrics in json.loads(read(RESULTS))["scores"].items():
        if exercise not in exercises():
            continue
        for name, variants in metrics.items():
            metric = exercises()[exercise].metric(name)
            for variant, values in variants.items():
                score = Score(**values)
                found = f"{called(metric)} | {shown(metric, score)} | {score.seeds} |"
                lines.append(f"| {exercise} | {score.edition} | {variant} | {found}")
    return "\n".join([*lines, ""])


def shown(metric: Metric, score: Score) -> str:
    """The mean with its interval, as people read it."""
    mean, low, high = digits(metric, score)
    return f"{mean} ({low} to {high})"


def digits(metric: Metric, score: Score) -> tuple[str, str, str]:
    """The mean and the ends of its interval."""
    mean, low, high = (f"{metric.scale * value:.{metric.digits}f}" for value in (score.mean, score.low, score.high))
    return mean, low, high


def compared(read: Read) -> Iterator[tuple[Exercise, Comparison, dict[str, Any]]]:
    """Every comparison that was evaluated, in the order of the sheet, with its results.

    Raises:
        PipelineError: the evaluation lacks one, so it is older than the declarations.
    """
    results = json.loads(read("metrics/evaluation.json"))["comparisons"]
    for exercise in exercises().values():
        for comparison in exercise.comparisons:
            if not comparison.pairs:
                continue
            if comparison.name not in results:
                raise PipelineError(f"metrics/evaluation.json lacks {comparison.name!r}: run `dvc repro` and commit it")
            yield exercise, comparison, results[comparison.name]
