"""Reference syntheses are made once a session, model by model, and the disk is given back after each."""

import os
import shutil
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch: where cores are shared, waiting threads starve others

import pytest
import torch

import bundles

torch.set_num_threads(2)


class Workshop:
    """Directories of cases; those of the model before are removed, because a full-size one is 1 GB."""

    def __init__(self, directory):
        self._directory = directory
        self._model = None

    def case(self, case):
        if self._model != case.model:
            self._clear()
            self._model = case.model
        parent = self._directory / case.model.name
        if not (parent / case.name).exists():
            parent.mkdir(exist_ok=True)
            module = bundles.load(case.model)
            bundles.write_case(case, module, bundles.write_model(case.model, module, parent), parent)
        return parent / case.name

    def _clear(self):
        for entry in self._directory.iterdir():
            shutil.rmtree(entry)


@pytest.fixture(scope="session")
def workshop():
    with tempfile.TemporaryDirectory(prefix="octet-oracle-") as directory:
        yield Workshop(Path(directory))
