"""Exports of the models of small_models, made by Octet once a session."""

import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(REPOSITORY / "tests/oracle"))
sys.path.insert(0, str(Path(__file__).parent))

import octet  # noqa: E402
import small_models  # noqa: E402


class Exports:
    """Files by model and plan, which is a preset over a base, or the text of a plan."""

    def __init__(self, directory):
        self._directory = directory

    def checkpoint(self, model):
        return small_models.checkpoint(model, self._directory)

    def plan(self, plan, base="bf16"):
        path = self._directory / f"{abs(hash((plan, base)))}.plan.json"
        if plan.startswith("{"):
            path.write_text(plan)
        else:
            octet.run("plan", "new", "--preset", plan, "--base", base, "-o", path)
        return path

    def export(self, model, plan, base="bf16", components=None):
        path = self._directory / f"{model}-{abs(hash((plan, base, components)))}.safetensors"
        if not path.exists():
            chosen = ["--components", components] if components else []
            octet.run("export", self.checkpoint(model), "--plan", self.plan(plan, base), "-o", path, *chosen)
        return path


@pytest.fixture(scope="session")
def exports(tmp_path_factory):
    return Exports(tmp_path_factory.mktemp("exports"))
