"""What the training stages share: the clock, the checkpoint, the running mean of the weights, the captured step.

A stage runs for --seconds and can go on in another call: its checkpoint, a folder of files of at most 15 MiB, holds
weights, optimizer moments (bfloat16), the running mean and the seconds spent; the learning rate follows the seconds
spent out of --total.
"""

import argparse
import os
import pathlib
import shutil
import time

import torch

PART_BYTES = 15 * 2**20
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def parser(description, seconds, batch):
    arguments = argparse.ArgumentParser(description=description.splitlines()[0])
    arguments.add_argument("data", help="a corpus folder")
    arguments.add_argument("checkpoint", help="folder to write; training goes on from it if it exists")
    arguments.add_argument("--seconds", type=float, default=seconds, help="training time of this call")
    arguments.add_argument("--total", type=float, help="training time of all calls together (default: --seconds)")
    arguments.add_argument("--steps", type=int, default=10**9, help="stop after so many steps (to try it out)")
    arguments.add_argument("--batch", type=int, default=batch)
    arguments.add_argument("--resume", help="checkpoint to go on from, if not the one to write")
    arguments.add_argument("--init", help="start from this demo voice (.safetensors) where shapes agree")
    arguments.add_argument("--seed", type=int, default=0)
    return arguments


def prepare(arguments):
    torch.manual_seed(arguments.seed)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True


class Clock:
    """Counts steps and seconds of this call and of the calls before it."""

    def __init__(self, arguments, state):
        self.seconds, self.limit = arguments.seconds, arguments.steps
        self.before, self.step = float(state.get("elapsed", 0)), int(state.get("step", 0))
        self.total = max(arguments.total or 0, arguments.seconds)
        self.first, self.begun, self.last = self.step, time.time(), {}

    def elapsed(self):
        return time.time() - self.begun

    def progress(self):
        """How much of the whole training is done, 0 to 1."""
        by_steps = (self.step - self.first) / self.limit
        return min(1.0, max((self.before + self.elapsed()) / self.total, by_steps))

    def running(self):
        return self.elapsed() < self.seconds and self.step - self.first < self.limit

    def due(self, what, every):
        if time.time() - self.last.setdefault(what, self.begun) < every:
            return False
        self.last[what] = time.time()
        return True

    def log(self, stage, **values):
        rate = (self.step - self.first) / max(self.elapsed(), 1e-9)
        shown = " ".join(f"{key} {torch.as_tensor(value).item():.3f}" for key, value in values.items())
        print(f"{stage} step {self.step} {self.elapsed():.0f} s {rate:.1f}/s {shown}", flush=True)


def optimizer(groups, rate, **options):
    if DEVICE == "cuda":  # capturable: the step count and the rate live on the device
        return torch.optim.AdamW(groups, lr=torch.tensor(rate, device=DEVICE), fused=True, capturable=True, **options)
    return torch.optim.AdamW(groups, lr=rate, **options)


def set_rate(optimizer, rate):
    for group in optimizer.param_groups:
        if torch.is_tensor(group["lr"]):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


class Mean:
    """A running mean of tensors, with a shorter memory at the beginning."""

    def __init__(self, tensors, memory=0.998):
        self.memory, self.updates = memory, 0
        self.tensors = {key: value.detach().clone() for key, value in tensors.items()}
        self.moving = [key for key, value in self.tensors.items() if value.is_floating_point()]

    @torch.no_grad()
    def update(self, tensors):
        self.updates += 1
        memory = min(self.memory, self.updates / (self.updates + 60))
        torch._foreach_lerp_([self.tensors[key] for key in self.moving],
                             [tensors[key].detach() for key in self.moving], 1 - memory)
        for key in self.tensors.keys() - set(self.moving):
            self.tensors[key].copy_(tensors[key])


def _moments(optimizer):
    saved = {}
    for number, state in optimizer.state_dict()["state"].items():
        for key in ("exp_avg", "exp_avg_sq"):
            saved[f"{number}/{key}"] = state[key].to(torch.bfloat16)
        saved[f"{number}/step"] = torch.as_tensor(state["step"]).float()
    return saved


def _load_moments(optimizer, saved):
    if not saved:  # a slim checkpoint
        return
    state = {}
    for key, value in saved.items():
        number, name = key.split("/")
        state.setdefault(int(number), {})[name] = value.float()
    rates = [group["lr"] for group in optimizer.param_groups]
    optimizer.load_state_dict(dict(state=state, param_groups=optimizer.state_dict()["param_groups"]))
    for group, rate in zip(optimizer.param_groups, rates):
        group["lr"] = rate


def _section(state, prefix):
    return {key[len(prefix):]: value for key, value in state.items() if key.startswith(prefix)}


def load(folder):
    """A checkpoint as one flat dictionary; empty if there is none."""
    state = {}
    for part in sorted(pathlib.Path(folder).glob("part*.pt")) if folder else []:
        state.update(torch.load(part, map_location=DEVICE))
    return state


def weights(folder, part):
    """The mean weights of one network of a checkpoint, as a state dict on the CPU."""
    found = _section(load(folder), f"mean/{part}.")
    if not found:
        raise SystemExit(f"{folder}: no checkpoint with a {part}")
    return {key: value.cpu() for key, value in found.items()}


def slim(folder, output, mean_only):
    """Copies a checkpoint without the optimizers' moments, or with the mean weights only, to carry it about."""
    state = load(folder)
    kept = {key: value for key, value in state.items()
            if key in ("step", "elapsed") or key.startswith("mean/") or (key.startswith("raw/") and not mean_only)}
    _write(pathlib.Path(output), {key: value for key, value in kept.items() if torch.is_tensor(value)},
           dict(step=state["step"], elapsed=state["elapsed"]))


def _write(folder, tensors, facts):
    """A folder of files no larger than PART_BYTES; a write that is cut off leaves the old folder as it was."""
    parts, size = [dict(facts)], 0
    for key, value in tensors.items():
        size += value.nbytes
        if size > PART_BYTES:
            parts.append({})
            size = value.nbytes
        parts[-1][key] = value.detach().cpu().clone()
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for number, part in enumerate(parts):
        torch.save(part, fresh / f"part{number}.pt")
    shutil.rmtree(folder, ignore_errors=True)
    os.rename(fresh, folder)


class Stage:
    """A training's networks, optimizers, running mean and clock, restored from a checkpoint if there is one."""

    def __init__(self, name, arguments, networks, optimizers, averaged):
        self.name, self.folder = name, pathlib.Path(arguments.checkpoint)
        self.networks, self.optimizers, self.averaged = torch.nn.ModuleDict(networks), optimizers, averaged
        state = load(arguments.checkpoint) or load(arguments.resume)
        if state:
            self.networks.load_state_dict(_section(state, "raw/"))
            for key, each in optimizers.items():
                _load_moments(each, _section(state, f"moments/{key}/"))
        self.mean = Mean(self.averaged_weights())
        if state:
            self.mean.tensors = _section(state, "mean/")
            self.mean.updates = 10**6
        self.clock = Clock(arguments, state)

    def averaged_weights(self):
        return {f"{part}.{key}": value for part in self.averaged
                for key, value in self.networks[part].state_dict().items()}

    def log(self, **values):
        self.clock.log(self.name, **values)

    def use_mean(self):
        """Puts the mean weights into the networks, to evaluate them (after the last save)."""
        self.networks.load_state_dict(self.mean.tensors, strict=False)
        self.networks.eval()

    def save(self):
        state = {f"raw/{key}": value for key, value in self.networks.state_dict().items()}
        state.update({f"mean/{key}": value for key, value in self.mean.tensors.items()})
        for key, each in self.optimizers.items():
            state.update({f"moments/{key}/{name}": value for name, value in _moments(each).items()})
        _write(self.folder, state, dict(step=self.clock.step, elapsed=self.clock.before + self.clock.elapsed()))


def captured(step, optimizers):
    """`step` (no arguments, static tensors, returns a tuple of tensors) as one CUDA graph; itself on a CPU.

    Three steps run before the capture; they count as training like any other.
    """
    if DEVICE != "cuda" or os.environ.get("EAGER"):
        return step
    try:
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                step()
        torch.cuda.current_stream().wait_stream(stream)
        torch.cuda.synchronize()
        for each in optimizers:
            each.zero_grad(set_to_none=True)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            results = step()
        print("step captured", flush=True)

        def replay():
            graph.replay()
            return results
        return replay
    except Exception as error:  # slower, but the time on the GPU is not lost
        print(f"step not captured, going on without: {error!r}"[:400], flush=True)
        torch.cuda.synchronize()
        return step


class Inputs(dict):
    """Static tensors that a captured step reads; `fill` copies new values into them."""

    def fill(self, **tensors):
        for key, value in tensors.items():
            if key in self:
                self[key].copy_(value)
            else:
                self[key] = value.clone()


def main():
    arguments = argparse.ArgumentParser(description=slim.__doc__)
    arguments.add_argument("checkpoint")
    arguments.add_argument("output")
    arguments.add_argument("--mean-only", action="store_true", help="cannot be trained on")
    arguments = arguments.parse_args()
    slim(arguments.checkpoint, arguments.output, arguments.mean_only)


if __name__ == "__main__":
    main()
