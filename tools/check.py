"""Check params.yaml before anything runs, the editions that it names included.

python -m tools.check
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, create_model

from pipeline.core.errors import run_stage
from pipeline.core.params import PARAMS, Common, Section, checked, read_params
from pipeline.corpora.catalogue import corpora
from pipeline.corpora.sources import editions
from pipeline.scoring.comparison import Evaluation
from tools.declared import declared


def model() -> type[Common]:
    """The type of all of params.yaml, made of its sections' types, which are beside the code that reads them."""
    exercise_types = {name: exercise.stage.settings for name, exercise in declared().items()}
    corpus_types = create_model("Corpora", __base__=Section, **fields(corpora()))
    sections = fields({"corpora": corpus_types, **exercise_types, "evaluation": Evaluation})
    return create_model("Params", __base__=Common, **sections)


def fields(types: Mapping[str, type[BaseModel]]) -> dict[str, Any]:
    """What `create_model` takes for fields of these types without a default."""
    return {name: (kind, ...) for name, kind in types.items()}


def check(path: Path) -> Any:
    """The parameters, checked.

    Raises:
        PipelineError: there is a mistake in them.
    """
    params: Any = checked(model(), read_params(path), path)
    known = editions.load()
    for corpus, settings in params.corpora:
        editions.edition(known, corpus, settings.edition)
    return params


if __name__ == "__main__":
    run_stage(lambda: print(f"{PARAMS} is valid: {len(check(PARAMS).seeds)} seeds"))
