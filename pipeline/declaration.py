"""What is asked of an exercise's results. `pipeline/exercises/NAME/exercise.py` declares one.

Evaluation, report, command and tracking iterate over these declarations: none of them knows an exercise's name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.core.stage import Stage
from pipeline.scoring.metrics import METRICS, Metric

Pair = tuple[str, str]
MADE = ("data/", "models/")  # where stages write what is not in git


@dataclass(frozen=True)
class Column:
    """A number of metrics/train or metrics/timings.json in the table of scores."""

    key: str
    scale: float = 1  # what it is multiplied by for people
    digits: int = 1  # decimals


def per_cent(key: str, digits: int = 1) -> Column:
    """A fraction, written in per cent."""
    return Column(key, 100, digits)


ACCURACY, F1 = per_cent("accuracy"), per_cent("f1")
LOSS = Column("loss", digits=3)
PARAMETERS = Column("parameters", digits=0)
SECONDS = Column("seconds_per_epoch")


@dataclass(frozen=True)
class Comparison:
    """One question that the test scores answer: each pair is (a, b), and the difference is a minus b."""

    name: str
    metric: str
    question: str  # in English; the Spanish one is in es.yaml under `questions`
    pairs: tuple[Pair, ...]
    headlines: tuple[Pair, ...] = ()  # asked for by name: on the report's first screen, and under Holm's correction

    @property
    def variants(self) -> list[str]:
        """Every variant of the pairs once; what others are compared against comes first."""
        return list(dict.fromkeys(name for a, b in self.pairs for name in (b, a)))


def against(baseline: str, variants: Mapping[str, object]) -> tuple[Pair, ...]:
    """Every other variant against the baseline."""
    return tuple((variant, baseline) for variant in variants if variant != baseline)


@dataclass(frozen=True)
class Exercise:
    """An exercise, as everything except its training sees it.

    Raises:
        ValueError: a metric or a variant that is named does not exist, or `reads` names what is elsewhere.
    """

    stage: Stage
    number: str  # on the sheet: "9", "8, 11"; "+" if it has none there
    question: str  # for its page in MLflow
    columns: tuple[Column, ...]  # of its table of scores
    comparisons: tuple[Comparison, ...]
    command: str | None = None  # the exercise whose command.py has its command of `rnn`
    metrics: Mapping[str, Metric] = field(default_factory=dict)  # its own, besides METRICS
    block: int = 1  # so many consecutive test examples depend on each other, at most
    reads: tuple[str, ...] = ()  # by its report, of data/ and models/, besides predictions and `stage.extra`
    unjudged: tuple[str, ...] = ()  # variants whose validation score is too good to compare: never the champion

    def __post_init__(self) -> None:
        known = METRICS.keys() | self.metrics.keys()
        for whose, metric in [("stage", self.stage.metric), *((one.name, one.metric) for one in self.comparisons)]:
            if metric not in known:
                raise ValueError(f"{whose} names the metric {metric!r}; metrics: {', '.join(sorted(known))}")
        for comparison in self.comparisons:
            unknown = {name for pair in comparison.pairs for name in pair} - set(self.stage.variants)
            if unknown or not set(comparison.headlines) <= set(comparison.pairs):
                what = f"names {', '.join(sorted(unknown))}" if unknown else "has a headline that is none of its pairs"
                raise ValueError(f"{comparison.name} {what}; variants: {', '.join(self.stage.variants)}")

        if other := [path for path in self.reads if not path.startswith(MADE)]:
            where = f"not in {' or '.join(MADE)}: add it to the report's deps in dvc.yaml"
            raise ValueError(f"reads names {', '.join(other)}, {where}")

    @property
    def name(self) -> str:
        return self.stage.name

    def metric(self, name: str) -> Metric:
        """A test metric by its name."""
        return self.metrics[name] if name in self.metrics else METRICS[name]

    @property
    def variants(self) -> list[str]:
        """Every variant, those that are compared first and in the order of the comparisons."""
        compared = [name for comparison in self.comparisons for name in comparison.variants]
        return list(dict.fromkeys([*compared, *self.stage.variants]))
