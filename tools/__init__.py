"""What keeps dvc.yaml, README and copies of the project in order, and runs stages side by side."""

import pipeline  # noqa: F401  (from now on Ctrl-C ends in a line, while modules are imported too)
