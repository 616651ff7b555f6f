"""What is compared: models, and syntheses of each."""

from dataclasses import dataclass
from pathlib import Path

from upstream import Sizes

REPOSITORY = Path(__file__).resolve().parents[2]
DEMO_VOICE = Path("resources/demo_voice")


@dataclass(frozen=True)
class Model:
    name: str
    sizes: Sizes | None = None  # None: the demo voice, the only trained weights here
    seed: int = 0
    meanflow: bool = False
    calm: bool = False  # quiet residual streams in the encoder
    tables: bool = True  # the tokenizer's mel filters and window are in the file
    int8: bool = False  # the reference's weights have been through int8; the checkpoint is stored folded


@dataclass(frozen=True)
class Sound:
    """A made sound, or a clip of the demo voice."""

    seconds: float = 0
    rate: int = 24000
    seed: int = 0
    channels: int = 1
    subtype: str = "PCM_16"
    clip: str = ""


@dataclass(frozen=True)
class Case:
    name: str
    model: Model
    reference: Sound | None = None  # None: conditioning from a file
    conds: str = ""  # a conditioning file of the demo voice; empty: what upstream makes of a sound, saved
    tokens: int = 0  # this many drawn ones; 0: those of the source
    source: Sound | None = None
    steps: int = 10
    seed: int = 1
    end_to_end: bool = True  # also with the source Octet generates; a long one drifts in phase
    plan: str = ""


SMALL = Model(
    "small",
    Sizes(
        tokenizer_width=128,
        tokenizer_blocks=2,
        speaker_channels=8,
        speaker_growth=8,
        speaker_bottleneck=2,
        speaker_start=32,
        encoder_width=64,
        encoder_heads=2,
        encoder_hidden=128,
        encoder_blocks=2,
        encoder_up_blocks=1,
        estimator_width=64,
        estimator_heads=2,
        estimator_blocks=1,
        estimator_mid=2,
        vocoder_width=64,
        f0_width=48,
    ),
    seed=7,
)
CALM = Model(
    "calm",
    Sizes(
        tokenizer_width=64,
        tokenizer_blocks=3,
        speaker_channels=4,
        speaker_growth=12,
        speaker_bottleneck=3,
        speaker_start=24,
        embedding=128,
        encoder_width=96,
        encoder_heads=3,
        encoder_hidden=160,
        encoder_blocks=3,
        encoder_up_blocks=2,
        estimator_width=48,
        estimator_heads=3,
        estimator_head_dim=32,
        estimator_blocks=2,
        estimator_mid=1,
        vocoder_width=48,
        harmonics=5,
        f0_width=64,
    ),
    seed=11,
    calm=True,
    tables=False,
)
MEANFLOW = Model(
    "meanflow",
    Sizes(
        tokenizer_width=128,
        tokenizer_blocks=1,
        speaker_channels=8,
        speaker_growth=8,
        speaker_bottleneck=2,
        speaker_start=48,
        encoder_width=80,
        encoder_heads=5,
        encoder_hidden=96,
        encoder_blocks=1,
        encoder_up_blocks=3,
        estimator_width=96,
        estimator_heads=1,
        estimator_blocks=2,
        estimator_mid=2,
        vocoder_width=80,
        f0_width=32,
    ),
    seed=13,
    meanflow=True,
)
INT8 = Model("int8", SMALL.sizes, seed=17, int8=True)
DEMO = Model("demo")
FULL = Model("full", Sizes(), seed=19)
FULL_MEANFLOW = Model("full-meanflow", Sizes(), seed=23, meanflow=True)


def _clip(name):
    return Sound(clip=name)


CASES = [
    Case("stereo-44k", SMALL, Sound(3.0, 44100, seed=1, channels=2), tokens=40),
    Case("one-token-one-step", SMALL, Sound(1.6, 16000, seed=2), tokens=1, steps=1),
    Case("48k-float", SMALL, Sound(2.2, 48000, seed=3, subtype="FLOAT"), tokens=25, steps=2),
    Case("odd-reference", SMALL, Sound(48480 / 24000, 24000, seed=4), tokens=30, steps=2),
    Case("long-source", SMALL, Sound(1.0, 24000, seed=105), source=Sound(53.0, 22050, seed=106), steps=1, end_to_end=False),
    Case("long-reference", CALM, Sound(12.5, 24000, seed=7), tokens=25, steps=2),
    Case("source-32k", CALM, Sound(2.5, 16000, seed=8), source=Sound(1.63, 32000, seed=9, channels=2)),
    Case("conditioning-file", CALM, Sound(47900 / 24000, 24000, seed=10), conds="saved", tokens=20, steps=3),
    Case("meanflow", MEANFLOW, Sound(2.0, 44100, seed=11), tokens=40, steps=2),
    Case("meanflow-odd-reference", MEANFLOW, Sound(36480 / 24000, 24000, seed=112), tokens=15, steps=1),
    Case("meanflow-ten-steps", MEANFLOW, Sound(1.2, 16000, seed=13), source=Sound(1.0, 16000, seed=14), steps=10),
    Case("int8", INT8, Sound(2.0, 24000, seed=15), tokens=30, steps=2, plan="int8"),
    Case("demo", DEMO, _clip("ref00_en_f_nora"), source=_clip("ref01_en_m_kumo")),
    Case("demo-quiet", DEMO, _clip("ref06_en_m_warm"), tokens=30, steps=2),
    Case("demo-conditioning", DEMO, conds="voice_m_kumo", source=_clip("ref17_fr_m_kumo"), steps=2),
    Case("full", FULL, Sound(1.0, 24000, seed=20), tokens=75, steps=2),
    Case("full-source", FULL, Sound(1.1, 44100, seed=21), source=Sound(1.0, 48000, seed=22), steps=1),
    Case("full-meanflow", FULL_MEANFLOW, Sound(1.0, 16000, seed=23), tokens=75, steps=2),
]
