"""Two real time series that come with statsmodels: yearly sunspots, 1700-2008, and weekly CO2 at Mauna Loa, 1958-2001.

Prepared: sunspots.arrow with `year` int32 and `value` float64; co2.arrow with `date` string (the Saturday that ends
the week) and `value` float64 in parts per million by volume. Weeks without a measurement are interpolated linearly.
"""

from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.core.files import write_json
from pipeline.corpora.corpus import Corpus
from pipeline.corpora.prepared.tables import write_table
from pipeline.corpora.sources.raw import Source, expect

Settings = Corpus
KNOWN = {"packaged": {"sunspot years": 309, "co2 weeks": 2_284, "co2 gaps": 59}}


def prepare(source: Source, settings: Settings, out: Path) -> dict[str, Any]:
    """Store both series in the order of time; returns their statistics. A limit keeps the latest values."""
    years, sunspots, dates, co2 = source.choose({"statsmodels": from_statsmodels})()
    gaps = int(co2.isna().sum())
    expect(source, KNOWN, {"sunspot years": len(years), "co2 weeks": len(co2), "co2 gaps": gaps})
    co2 = co2.interpolate(method="linear")
    last = slice(-settings.limit if settings.limit else None, None)
    tables = {
        "sunspots": {"year": pa.array(years[last], pa.int32()), "value": pa.array(sunspots[last], pa.float64())},
        "co2": {"date": pa.array(dates[last], pa.string()), "value": pa.array(co2.to_numpy()[last], pa.float64())},
    }
    for name, table in tables.items():
        write_table(out / f"{name}.arrow", table)
    write_json(out / "meta.json", source.identity | {"co2_interpolated_weeks": gaps})
    return {
        "series": {
            name: {
                "examples": len(table["value"]),
                "first": str(next(iter(table.values()))[0]),
                "last": str(next(iter(table.values()))[-1]),
                "mean": round(float(table["value"].to_numpy().mean()), 4),
                "sd": round(float(table["value"].to_numpy().std(ddof=1)), 4) if len(table["value"]) > 1 else None,
            }
            for name, table in tables.items()
        },
        "interpolated": {"co2": gaps},
    }


def from_statsmodels() -> tuple[Any, Any, Any, Any]:
    """years, their sunspots, weeks, their CO2 with gaps."""
    from statsmodels.datasets import co2, sunspots

    yearly, weekly = sunspots.load_pandas().data, co2.load_pandas().data["co2"]
    return yearly["YEAR"].to_numpy(), yearly["SUNACTIVITY"].to_numpy(), weekly.index.strftime("%Y-%m-%d"), weekly
