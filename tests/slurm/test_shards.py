"""A study in shards on a real Slurm: controller and node on this machine, started by the test."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
import wave
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
OCTET = REPOSITORY / "build/bin/octet"
CHECKPOINT = REPOSITORY / "resources/demo_voice/s3gen_demo.safetensors"
CLIP = REPOSITORY / "resources/demo_voice/clips/ref00_en_f_nora.wav"
LAYERS = "{flow.encoder.encoders.*.self_attn.*,mel2wav.conv_p*}"
PROGRAMS = ["munged", "slurmctld", "slurmd"]

pytestmark = [
    pytest.mark.skipif(
        not all(shutil.which(program) for program in PROGRAMS),
        reason="Slurm is not installed (apt-get install slurmctld slurmd slurm-client munge)",
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="slurmd needs root"),
]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(what, seconds=60):
    """What `what()` gives once that is something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.05)
    jobs = subprocess.run(["scontrol", "show", "job"], check=False, capture_output=True, text=True).stdout
    raise AssertionError(f"not within {seconds} s: {what.__name__}\n{jobs}")


def run(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout


def processes_that_write(path):
    """Their numbers: this machine is the cluster's node."""
    named = str(path).encode()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if named in (entry / "cmdline").read_bytes().split(b"\0"):
                yield int(entry.name)
        except OSError:
            continue  # it has ended


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """A cluster of one node with two cores; gives its folder."""
    folder = tmp_path / "slurm"
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    host = socket.gethostname().split(".")[0]
    (folder / "slurm.conf").write_text(
        f"""ClusterName=octet
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
NodeName={host} NodeAddr=127.0.0.1 CPUs=2
PartitionName=main Nodes={host} Default=YES
"""
    )
    monkeypatch.setenv("SLURM_CONF", str(folder / "slurm.conf"))
    daemons = [
        ["munged", "--force", "--foreground", f"--key-file={key}", f"--socket={folder}/munge.sock"]
        + [f"--pid-file={folder}/munged.pid", f"--log-file={folder}/munged.log", f"--seed-file={folder}/seed"],
        ["slurmctld", "-D"],
        ["slurmd", "-D"],
    ]
    running = []
    try:
        for daemon in daemons:
            running.append(subprocess.Popen(daemon, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            if daemon[0] == "munged":
                wait_for(lambda: (folder / "munge.sock").exists())

        def is_idle():
            command = ["sinfo", "--noheader", "--format=%t"]
            asked = subprocess.run(command, check=False, capture_output=True, text=True)
            return asked.stdout.strip() == "idle"

        wait_for(is_idle)
        yield folder
    finally:
        for daemon in reversed(running):
            daemon.terminate()
            daemon.wait()


def test_a_job_that_is_killed_in_mid_shard_goes_on_to_the_bytes_of_one_process(slurm, tmp_path):
    clips = tmp_path / "clips"
    clips.mkdir()
    with wave.open(str(CLIP)) as whole, wave.open(str(clips / "clip.wav"), "wb") as cut:
        cut.setparams(whole.getparams())
        cut.writeframes(whole.readframes(whole.getframerate()))
    asked = ["--clips", clips, "--layers", LAYERS, "--device", "cpu", "--threads", "1", "--quiet"]
    run(OCTET, "study", "sensitivity", CHECKPOINT, *asked, "-o", tmp_path / "whole.json")

    results = tmp_path / "results"
    results.mkdir()
    script = REPOSITORY / "packaging/slurm/sensitivity.sbatch"
    job = run(
        "sbatch",
        "--parsable",
        "--array=1-2",
        f"--output={tmp_path}/job-%a.txt",
        f"--export=ALL,OCTET={OCTET}",
        script,
        CHECKPOINT,
        results,
        *asked,
    ).strip()
    first = results / "part-1.json"

    def begun():
        return first.exists() and '"layer":' in first.read_text()

    wait_for(begun)
    for process in processes_that_write(first):
        os.kill(process, signal.SIGSTOP)  # or a fast machine is through before Slurm has killed it
    run("scontrol", "requeue", f"{job}_1")

    def queued_again():
        return "PENDING" in run("squeue", "--noheader", "--format=%T", f"--job={job}_1")

    wait_for(queued_again)
    held = first.read_text()
    run("scontrol", "update", f"JobId={job}_1", "StartTime=now")

    def done():  # squeue is empty for a moment when a job goes back into the queue
        told = run("scontrol", "--oneliner", "show", "job", job)
        return set(re.findall(r"JobState=(\S+)", told)) == {"COMPLETED"}

    wait_for(done, 120)
    texts = [(results / f"part-{part}.json").read_text() for part in (1, 2)]
    assert texts[0] != held, f"it did not go on in mid-shard: {(tmp_path / 'job-1.txt').read_text()}"
    merged = tmp_path / "merged.json"
    run(OCTET, "study", "merge", results / "part-2.json", results / "part-1.json", "-o", merged)
    assert merged.read_bytes() == (tmp_path / "whole.json").read_bytes()
