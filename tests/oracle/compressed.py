"""The compressed-tensors package without transformers, which it imports and does not use for what is done here."""

import contextlib
import importlib.abc
import importlib.machinery
import sys
import types


class _Transformers(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Modules of that name, in which every name is an empty class."""

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] != "transformers":
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__getattr__ = lambda name: _empty_class(name)
        return module

    def exec_module(self, module):
        pass


def _empty_class(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return type(name, (), {})


@contextlib.contextmanager
def imported():
    """compressed_tensors can be imported within; what it took for transformers is gone afterwards."""
    finder = _Transformers()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name.split(".")[0] == "transformers"]:
            del sys.modules[name]
