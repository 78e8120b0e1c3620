"""Files of variants that there are no more, among those that evaluation and report read."""

from pipeline.core.stage import Results, extra_of
from pipeline.registry import exercises


def remove_leftovers() -> None:
    """Remove what variants that have gone left beside the predictions and samples of the others, and say so.

    A stage depends on these folders as a whole. With leftovers in them dvc.lock would have hashes that no clone can
    have. DVC's cache keeps what it recorded, so that `dvc checkout` brings it back with the variant.
    """
    kept = set()
    for name, exercise in exercises().items():
        for variant in exercise.stage.variants:
            kept.add(Results.of(name, variant).predictions)
            if exercise.stage.extra is not None:
                kept.add(extra_of(exercise.stage.extra, name, variant))
    suffixes = {path.suffix for path in kept}
    for folder in sorted({path.parents[1] for path in kept}):
        for path in sorted(folder.glob("*/*")):
            if path.suffix in suffixes and path not in kept:
                path.unlink()
                print(f"removed {path}: there is no such variant")
