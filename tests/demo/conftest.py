"""A project with a tiny model of each variant that the page asks."""

import numpy as np
import pyarrow as pa
import pytest

from pipeline.corpora.prepared.tables import PREPARED, write_table
from pipeline.registry import FOLDER, exercises, part
from tests.cli.conftest import MODELS, make_models
from tests.exercises.conftest import one_thread

__all__ = ["one_thread"]

DEMOS = [name for name in exercises() if (FOLDER / name / "demo.py").exists()]
FACTS = ("cell", "bidirectional", "pooling", "attention", "roots")  # of a variant, which its network takes
KINDS = {"persistence": ("Persistence", {}), "autoregression_roots": ("Autoregression", {"lags": 3, "roots": True})}


def models():
    """What is asked, each a copy of the first tiny model of its exercise, with what distinguishes it."""
    found = {}
    for exercise in DEMOS:
        like = next(model for name, model in MODELS.items() if name.startswith(f"{exercise}/"))
        for variant in part(exercise, "demo").DEMO.variants:
            kind, arguments, *rest = MODELS.get(f"{exercise}/{variant}", like)
            facts = exercises()[exercise].stage.variants[variant]
            kind, own = KINDS.get(variant, (kind, {key: facts[key] for key in FACTS if key in facts}))
            found[f"{exercise}/{variant}"] = (kind, own if variant in KINDS else arguments | own, *rest)
    return found


@pytest.fixture(scope="session")
def asked_project(tmp_path_factory):
    """The project; tests that change it take a copy."""
    root = make_models(tmp_path_factory.mktemp("demo"), models())
    years = np.arange(1700, 2009)
    columns = {"year": pa.array(years, pa.int32()), "value": pa.array(50 + 40 * np.sin(years * 2 * np.pi / 11))}
    (root / PREPARED / "series").mkdir(parents=True)
    write_table(root / PREPARED / "series/sunspots.arrow", columns)
    return root
