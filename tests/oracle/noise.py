"""The random draws of one synthesis as tensors, and upstream made to consume exactly those."""

import contextlib
from unittest import mock

import torch


def draw(seed, *, frames, output_frames, tokens, harmonics, meanflow):
    """Noise under the names of Octet's --noise file.

    frames counts mel frames of prompt and output; the phase of the first harmonic is drawn although it counts as 0.
    """
    generator = torch.Generator().manual_seed(seed)
    samples = 480 * output_frames
    noise = {"cfm_noise": torch.randn(1, 80, frames, generator=generator)}
    if meanflow:
        noise["noised_mels"] = torch.randn(1, 80, 2 * tokens, generator=generator)
    phase = torch.rand(1, harmonics + 1, 1, generator=generator)
    noise["sine_phase"] = (2 * phase - 1) * torch.pi
    noise["sine_noise"] = torch.randn(1, harmonics + 1, samples, generator=generator)
    return noise


@contextlib.contextmanager
def injected(noise):
    """Within this context upstream's draws return these tensors; another order, shape or count is an error."""
    samples = noise["sine_noise"].shape[-1]
    queue = [("randn", noise["noised_mels"])] if "noised_mels" in noise else []
    queue += [
        ("randn_like", noise["cfm_noise"]),
        ("Uniform.sample", noise["sine_phase"]),
        ("randn_like", noise["sine_noise"]),
        ("randn_like", torch.zeros(1, samples, 1)),  # a noise branch that the output does not use
    ]

    def next_draw(function, shape):
        assert queue, f"upstream draws more than expected: {function} {tuple(shape)}"
        name, tensor = queue.pop(0)
        assert (name, tensor.shape) == (function, torch.Size(shape)), (
            f"upstream draws {function} {tuple(shape)} where {name} {tuple(tensor.shape)} was expected"
        )
        return tensor.clone()  # upstream writes into its draws

    with (
        mock.patch.object(torch, "randn", lambda *shape, **_: next_draw("randn", shape)),
        mock.patch.object(torch, "randn_like", lambda like, **_: next_draw("randn_like", like.shape)),
        mock.patch.object(
            torch.distributions.Uniform,
            "sample",
            lambda _, sample_shape: next_draw("Uniform.sample", sample_shape),
        ),
    ):
        yield
    assert not queue, f"upstream never drew {[name for name, _ in queue]}"
