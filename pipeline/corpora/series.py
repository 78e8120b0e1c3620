"""The yearly number of sunspots, 1700-2008, which comes with statsmodels.

Prepared: sunspots.arrow with `year` int32 and `value` float64, in the order of time.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.core.files import write_json
from pipeline.corpora.corpus import Corpus
from pipeline.corpora.prepared.tables import write_table
from pipeline.corpora.sources.raw import Source, expect

Settings = Corpus
KNOWN = {"packaged": {"years": 309}}


def prepare(source: Source, settings: Settings, out: Path) -> dict[str, Any]:
    """Store the series in the order of time; returns its statistics. A limit keeps the latest values."""
    years, values = source.choose({"statsmodels": from_statsmodels})()
    expect(source, KNOWN, {"years": len(years)})
    if settings.limit:
        years, values = years[-settings.limit :], values[-settings.limit :]
    write_table(out / "sunspots.arrow", {"year": pa.array(years, pa.int32()), "value": pa.array(values, pa.float64())})
    write_json(out / "meta.json", source.identity)
    return {
        "series": {
            "sunspots": {
                "examples": len(values),
                "first": str(int(years[0])),
                "last": str(int(years[-1])),
                "mean": round(float(values.mean()), 4),
                "sd": round(float(values.std(ddof=1)), 4) if len(values) > 1 else None,
            }
        }
    }


def from_statsmodels() -> tuple[np.ndarray, np.ndarray]:
    """(years,) each: the years, and their sunspots."""
    from statsmodels.datasets import sunspots

    table = sunspots.load_pandas().data
    return table["YEAR"].to_numpy(), table["SUNACTIVITY"].to_numpy()
