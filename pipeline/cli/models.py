"""`rnn models`: what is built, and how good it is."""

import json
from typing import Annotated, Any

import typer

from pipeline.answering.champion import champion, results_of
from pipeline.answering.choice import built, commands, enter_project
from pipeline.answering.lines import styled
from pipeline.answering.options import JsonOption
from pipeline.core.errors import PipelineError
from pipeline.registry import exercises
from pipeline.scoring.verdicts import deviation

NAME = "models"


def command(
    asked: Annotated[str | None, typer.Argument(metavar="[COMMAND]", help="Only the models of this command.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Which models are built, and their scores on the test split. A star marks the one that answers.

    \b
    rnn models
    rnn models translate
    """
    enter_project()
    owners = commands()
    if asked is not None and asked not in owners:
        raise typer.BadParameter(f"there is no command {asked!r}; commands: {', '.join(owners)}")
    found = {name: rows(name, owner) for name, owner in owners.items() if asked in (None, name)}
    if not any(found.values()):
        raise PipelineError("no model is built: build some with `dvc repro EXERCISE`, all with `make repro`")
    for name, models in found.items():
        if as_json:
            for row in models:
                print(json.dumps(row))
        elif models:
            print(styled(f"rnn {name}", bold=True))
            width = max(len(row["model"]) for row in models)
            for row in models:
                print(f"{'*' if row['answers'] else ' '} {row['model']:<{width}}  {shown(row)}")


def rows(name: str, owner: str) -> list[dict[str, Any]]:
    """A row for each model that can answer a command, in the order of the declarations."""
    names = set(built(owner))
    models = [f"{e}/{v}" for e, exercise in exercises().items() for v in exercise.variants if f"{e}/{v}" in names]
    best, found = champion(models), []
    for model in models:
        results = results_of(model)
        metric = results["metric"]
        found.append(
            {
                "command": name,
                "model": model,
                "answers": model == best,
                "edition": results["edition"],
                "metric": metric,
                "test_mean": results["mean"][metric],
                "test_sd": results["sd"][metric],
                "seeds": [seed["seed"] for seed in results["seeds"]],
            }
        )
    return found


def shown(row: dict[str, Any]) -> str:
    """A score, what it is, and on which data: "84.1 ± 0.3  accuracy (%), 3 seeds, packaged"."""
    metric = exercises()[row["model"].split("/")[0]].metric(row["metric"])
    mean = f"{metric.scale * row['test_mean']:.{metric.digits}f}"
    spread = "" if row["test_sd"] is None else f" ± {deviation(metric.scale * row['test_sd'], metric.digits)}"
    count = len(row["seeds"])
    what = metric.axis.removeprefix("test ")
    return f"{mean + spread:>12}  {what}, {count} seed{'s' if count > 1 else ''}, {row['edition']}"
