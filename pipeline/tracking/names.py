"""What metrics are called in MLflow. What stands before a slash is the section in which its pages show them."""

TEST, WORK = "test/", "work/"  # work comes last there, below the curves
MEASURED = ("parameters", "seconds_per_epoch", "tokens_per_second")


def in_section(curve: str) -> str:
    """The name of a column of the learning curves: `train/loss`, `validation/f1`, `train/learning_rate`."""
    section, _, name = curve.partition("_")
    return f"{section}/{name}" if section in ("train", "validation") else f"train/{curve}"


def of_column(key: str) -> str:
    """The name of a column of an exercise's table of scores."""
    return f"{WORK if key in MEASURED else TEST}{key}"
