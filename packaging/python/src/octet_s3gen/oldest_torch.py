"""Refuses a torch that is too old: pip asks for it, and a copy of the package beside another torch was not pip's."""

import torch

OLDEST = (2, 4)

if tuple(int(part) for part in torch.__version__.split(".")[:2]) < OLDEST:
    wanted = ".".join(map(str, OLDEST))
    raise ImportError(
        f"octet_s3gen needs torch {wanted} or newer, and this is {torch.__version__}: pip install 'torch>={wanted}'"
    )
