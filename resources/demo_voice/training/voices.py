"""The speakers and readings of the corpus, mixed from Kokoro's five Japanese style tables.

A style row has 256 values: the first 128 set the timbre, the last 128 the prosody; a table has one row per input
length. A voice is a mix of tables and a `rate`: its audio is played at rate * 24 kHz, which moves pitch and formants
together (below 1: a larger speaker); the speaking rate is kept.
"""

import dataclasses

import numpy as np

import kokoro

MIXES = 50  # voices at random places between the tables, beside the named ones
HELD_OUT = ("f_mitten", "m_mitten")  # the only voices with any jf_tebukuro in them


@dataclasses.dataclass(frozen=True)
class Voice:
    table: np.ndarray  # [510, 256]
    lively: np.ndarray  # [510, 256]: the same timbre with a wider melody
    rate: float = 1.0
    languages: tuple = ("en", "es", "fr", "it", "ja")

    def style(self, length, lively=False):
        """The style row [256] for an input of `length` symbols."""
        table = self.lively if lively else self.table
        return table[min(length, len(table)) - 1]


@dataclasses.dataclass(frozen=True)
class Reading:
    speed: tuple  # range of Kokoro's speed
    peak_db: tuple  # range of the peak level, dBFS
    lively: bool = False


READINGS = {
    "plain": Reading((0.92, 1.10), (-9, -2)),
    "slow": Reading((0.78, 0.90), (-9, -2)),
    "fast": Reading((1.18, 1.36), (-9, -2)),
    "quiet": Reading((0.90, 1.02), (-26, -16)),
    "lively": Reading((1.06, 1.20), (-5, -1), lively=True),
}
READING_SHARE = {"plain": 0.52, "slow": 0.12, "fast": 0.14, "quiet": 0.08, "lively": 0.14}


def load():
    """{name: Voice}; names begin with f_ (female), m_ (male) or x_ (between)."""
    tables = kokoro.style_tables()
    alpha, gong, nezumi, tebukuro, kumo = (
        tables[name] for name in ("jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo"))
    man_s = 0.4 * (alpha - (alpha + gong + nezumi + kumo) / 4)[:, 128:]  # widens a man's melody
    woman_s = 0.25 * ((gong + nezumi) / 2 - kumo)[:, 128:]  # lifts a woman's

    def voice(timbre, prosody=None, rate=1.0, man=False, **options):
        prosody = timbre if prosody is None else prosody
        table = np.concatenate([timbre[:, :128], prosody[:, 128:]], axis=1).astype(np.float32)
        lively = table.copy()
        lively[:, 128:] += man_s if man else woman_s
        return Voice(table, lively, rate, **options)

    voices = {
        "m_kumo": voice(kumo, man=True),
        "m_bass": voice(kumo, rate=0.92, man=True),
        "m_light": voice(kumo, rate=1.12, man=True),
        "m_warm": voice(0.65 * kumo + 0.35 * alpha, kumo, rate=0.94, man=True),
        "m_low": voice(0.7 * kumo + 0.3 * gong, rate=0.87, man=True),
        "m_clear": voice(0.62 * kumo + 0.38 * nezumi, kumo, rate=0.97, man=True),
        "m_tenor": voice(kumo, 0.7 * kumo + 0.3 * nezumi, rate=1.05, man=True),
        "m_old": voice(0.8 * kumo + 0.2 * alpha, 0.8 * kumo + 0.2 * gong, rate=0.9, man=True),
        "f_gong": voice(gong),
        "f_nezumi": voice(nezumi),
        "f_alpha": voice(alpha, languages=("it", "ja")),  # its English is hard to follow
        "f_nora": voice(0.55 * nezumi + 0.45 * alpha, nezumi),
        "f_bright": voice(gong, rate=1.09),
        "f_mild": voice(nezumi, rate=0.9),
        "f_hazel": voice(0.6 * gong + 0.4 * alpha, gong, rate=0.98),
        "f_alto": voice(0.75 * gong + 0.25 * kumo, gong, rate=0.94),
        "f_young": voice(0.8 * nezumi + 0.2 * alpha, 0.5 * nezumi + 0.5 * gong, rate=1.08),
        "f_gwen": voice(gong, nezumi, rate=0.93),
        "x_robin": voice(0.5 * nezumi + 0.5 * kumo, 0.5 * nezumi + 0.5 * kumo),
        "f_mitten": voice(0.7 * tebukuro + 0.3 * kumo, gong, rate=0.9),
        "m_mitten": voice(0.6 * kumo + 0.4 * tebukuro, kumo, rate=1.17, man=True),
    }
    generator = np.random.RandomState(11)
    for number in range(MIXES):  # to fill the space between: three women to two men
        man = number % 5 > 2
        weights = generator.dirichlet((0.6, 0.6, 0.6)) * (generator.uniform(0.05, 0.5) if man else 0.9)
        body = weights[0] * 0.6 * alpha + weights[1] * gong + weights[2] * nezumi
        body = body + (1 - weights[0] * 0.6 - weights[1] - weights[2]) * (kumo if man else (gong + nezumi) / 2)
        melody_of = 0.85 * kumo + 0.15 * nezumi if man else (gong, nezumi)[number % 2]
        name = f"{'m' if man else 'f'}_mix{number}"
        voices[name] = voice(body, melody_of, rate=round(generator.uniform(0.87, 1.12), 3), man=man)
    return voices
