import subprocess
import sys


def test_declarations_load_nothing_that_the_command_line_would_wait_for() -> None:
    slow = {"torch", "sacrebleu", "pyarrow", "matplotlib", "mlflow", "scipy"}
    code = f"import sys; from pipeline.registry import exercises; exercises(); print(*{slow} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []
