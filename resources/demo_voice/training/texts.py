"""Writes the reading plan: one JSON line per utterance, in the order in which corpus.py speaks them.

    python texts.py --wordnet /usr/share/wordnet --help-pages /usr/share/libreoffice/help plan.jsonl

Texts: texts/*.txt (own prose), WordNet 3.0's example sentences (Debian `wordnet-base`), sentences of LibreOffice's help
(Debian `libreoffice-help-es`, `-fr`, `-it`, `-ja`) and spoken numbers. Every utterance is {id, split, language, voice,
reading, speed, peak_db, text, phonemes}. The reference clips come first, then the development set, then the training
set, shuffled, so that any prefix of the corpus is balanced. No training text shares six words with either set.
"""

import argparse
import html
import json
import pathlib
import random
import re

import phonemes
import voices

HERE = pathlib.Path(__file__).parent / "texts"
LANGUAGES = ("en", "es", "fr", "it", "ja")
READS = {"en": 2, "es": 3, "fr": 3, "it": 3, "ja": 3}  # how many voices read each line of own prose
WORDNET_SENTENCES = 6000
HELP_SENTENCES = 1100  # per language
NUMBER_SENTENCES = {"en": 150, "es": 60, "fr": 60, "it": 60, "ja": 60}
JOIN_SHARE = 0.3  # of the short lines are read together with the line that follows them
UNWANTED = re.compile(
    r"\b(war|police|kill|murder|sex|rap[ei]|drug|gun|bomb|dead|death|die[ds]?|blood|slave|nazi|jew|negro|whore|bitch|"
    r"naked|prostitut|homosexual|terroris|tortur|suicid|god|christ|church|lesbian|genital|urin|disease|cancer)\w*", re.I)
FINITE = re.compile(  # a word that makes an example a sentence rather than a phrase
    r"\b(is|are|was|were|has|have|had|will|would|can|could|did|do|does|don't|may|must|should|she|he|they|we|I|you)\b")


def own_lines(language):
    lines = (HERE / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def joined(lines, language, generator):
    """Some short lines together with the next one, so that utterances differ in length and hold pauses."""
    texts, index = [], 0
    limit = 22 if language == "ja" else 70
    while index < len(lines):
        text = lines[index]
        if len(text) < limit and index + 1 < len(lines) and generator.random() < JOIN_SHARE:
            index += 1
            text += ("" if language == "ja" else " ") + lines[index]
        texts.append(text)
        index += 1
    return texts


def words_of(language, text):
    """What counts as a word when texts are compared; in Japanese, two characters."""
    if language == "ja":
        text = re.sub(r"\W", "", text)
        return [text[place:place + 2] for place in range(len(text) - 1)]
    return re.findall(r"\w+", text.lower())


def runs(language, text, count=6):
    words = words_of(language, text)
    return {tuple(words[place:place + count]) for place in range(len(words) - count + 1)}


def varied(sentences, count, language):
    """`count` sentences, those first that bring words of which few have been read yet."""
    read, rest = {}, list(sentences)
    chosen = []
    for limit in (1, 2, 4, 8, 16, 10**9):
        kept = []
        for text in rest:
            words = set(words_of(language, text))
            if len(chosen) < count and sum(read.get(word, 0) < limit for word in words) >= 2:
                chosen.append(text)
                read.update((word, read.get(word, 0) + 1) for word in words)
            else:
                kept.append(text)
        rest = kept
    return chosen


def wordnet_sentences(folder, generator):
    found = set()
    for part in ("noun", "verb", "adj", "adv"):
        for line in (pathlib.Path(folder) / f"data.{part}").read_text(encoding="utf-8").splitlines():
            if line.startswith("  "):
                continue
            gloss = line.split(" | ", 1)[1]
            for quote, author in re.findall(r'"([^"]+)"(\s*-\s*\S+)?', gloss):
                words = quote.split()
                if author or not 5 <= len(words) <= 24 or UNWANTED.search(quote) or not FINITE.search(quote):
                    continue
                if re.fullmatch(r"[A-Za-z ,;:'?!.]+", quote):
                    text = quote.strip().rstrip(";:,")
                    found.add(text[0].upper() + text[1:] + ("" if text[-1] in ".?!" else "."))
    found = sorted(found)
    generator.shuffle(found)
    return varied(found, WORDNET_SENTENCES, "en")


def help_sentences(folder, language, generator):
    """Plain sentences of LibreOffice's help pages, without the few that are not translated."""
    found = set()
    for path in sorted((pathlib.Path(folder) / language / "text").rglob("*.html")):
        page = path.read_text(encoding="utf-8")
        for paragraph in re.findall(r'<p [^>]*class="(?:paragraph|tip|note|warning)"[^>]*>(.*?)</p>', page, re.S):
            text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", paragraph))).replace("’", "'").strip()
            found.update(text.split("。") if language == "ja" else re.split(r"(?<=[.!?]) ", text))
    if language == "ja":
        found = [text + "。" for text in sorted(found) if re.fullmatch(r"[\u3040-\u30ff\u4e00-\u9fff、]{10,42}", text)]
    else:
        found = [text for text in sorted(found)
                 if re.fullmatch(r"[A-ZÀ-Ý¿¡][A-Za-zÀ-ÿœ ,;:'¿¡]+[.!?]", text) and 5 <= len(text.split()) <= 17
                 and not re.search(r"\b(the|of|is|to|and|LibreOffice|Basic)\b", text)]
    generator.shuffle(found)
    return varied(found, HELP_SENTENCES, language)


def number_sentence(language, generator):
    r = generator.randint
    hour, minute, price, cents, year, count = r(1, 12), r(1, 59), r(2, 400), r(5, 95), r(1700, 2040), r(1000, 99999)
    forms = {
        "en": ("The office opens at {hour} {minute} and stays open for {count} seconds, if you must know.",
               "In {year}, the ticket cost {price} dollars and {cents} cents.",
               "Page {price}, line {minute}: the number should be {count}, not {year}.",
               "It is {price} miles to the coast, {cents} of them uphill."),
        "es": ("En {year}, la entrada costaba {price} pesetas con {cents} céntimos.",
               "Página {price}, línea {minute}: la cifra correcta es {count}.",
               "Faltan {price} kilómetros para la costa, {cents} de ellos cuesta arriba."),
        "fr": ("En {year}, le billet coûtait {price} francs et {cents} centimes.",
               "Page {price}, ligne {minute} : le bon chiffre est {count}.",
               "Il reste {price} kilomètres jusqu'à la côte, dont {cents} en montée."),
        "it": ("Nel {year} il biglietto costava {price} lire e {cents} centesimi.",
               "Pagina {price}, riga {minute}: la cifra giusta è {count}.",
               "Mancano {price} chilometri alla costa, {cents} dei quali in salita."),
        "ja": ("{year}年、切符の値段は{price}円でした。", "{price}ページの{minute}行目、正しい数字は{count}です。",
               "海まではあと{price}キロ、そのうち{cents}キロは上り坂です。"),
    }[language]
    return generator.choice(forms).format(
        hour=hour, minute=minute, price=price, cents=cents, year=year, count=count)


def utterance(split, language, voice, reading, text, generator):
    style = voices.READINGS[reading]
    return dict(split=split, language=language, voice=voice, reading=reading,
                speed=round(generator.uniform(*style.speed), 3), peak_db=round(generator.uniform(*style.peak_db), 1),
                text=text, phonemes=phonemes.phonemize(language, text))


def held_out():
    """Reference clips and development sentences: (split, language, voice, reading, text); voice and reading may be None."""
    for line in (HERE / "reference.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield "reference", *line.split("|")
    for line in (HERE / "dev.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            language, text = line.split("|")
            yield "dev", language, None, "plain", text


def training_texts(wordnet, help_pages, generator):
    """Shuffled (language, text)."""
    texts = []
    for language in LANGUAGES:
        lines = own_lines(language)
        for _ in range(READS[language]):
            texts += [(language, text) for text in joined(lines, language, generator)]
        texts += [(language, number_sentence(language, generator)) for _ in range(NUMBER_SENTENCES[language])]
        found = (wordnet_sentences(wordnet, generator) if language == "en"
                 else help_sentences(help_pages, language, generator))
        texts += [(language, text) for text in joined(found, language, generator)]
    unheard = set().union(*(runs(language, text) for _, language, _, _, text in held_out()))
    texts = [(language, text) for language, text in texts if not runs(language, text) & unheard]
    generator.shuffle(texts)
    return texts


def plan(wordnet, help_pages):
    generator = random.Random(2026)
    speakers = {name: voice for name, voice in voices.load().items() if name not in voices.HELD_OUT}

    def cast(language):
        """An endless, evenly shuffled list of the voices that speak `language`."""
        while True:
            names = [name for name, voice in speakers.items() if language in voice.languages]
            generator.shuffle(names)
            yield from names

    casts = {language: cast(language) for language in LANGUAGES}
    utterances = [utterance(split, language, voice or next(casts[language]), reading, text, generator)
                  for split, language, voice, reading, text in held_out()]
    readings, shares = zip(*voices.READING_SHARE.items())
    for language, text in training_texts(wordnet, help_pages, generator):
        reading = generator.choices(readings, shares)[0]
        utterances.append(utterance("train", language, next(casts[language]), reading, text, generator))
    counters = dict(reference=0, dev=0, train=0)
    for entry in utterances:
        entry["id"] = f"{entry['split']}{counters[entry['split']]:04d}"
        counters[entry["split"]] += 1
    return utterances


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wordnet", required=True, help="folder of WordNet 3.0's data.* files")
    parser.add_argument("--help-pages", required=True, help="folder of LibreOffice's help, with es, fr, it and ja in it")
    parser.add_argument("output")
    arguments = parser.parse_args()
    utterances = plan(arguments.wordnet, arguments.help_pages)
    with open(arguments.output, "w", encoding="utf-8") as file:
        for entry in utterances:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
    symbols = sum(len(phonemes.ctc_ids(entry["phonemes"])) for entry in utterances)
    print(f"{len(utterances)} utterances, {symbols} phonemes, about {symbols / 12 / 3600:.1f} h of speech")


if __name__ == "__main__":
    main()
