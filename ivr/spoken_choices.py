"""What may be said in a menu, as it is written.

say[ja] => 1,サポート|技術的なお問い合わせ      ; as good as the key; the first phrase is what is asked back
intent => billing,queue,support                ; an intent of intents.conf
label[ja] => billing,料金のお問い合わせ         ; what is asked back, if intents.conf has no words for it
faq => hook,answer                             ; any question of faq.conf
speech = no                                    ; keys only
"""

from collections.abc import Collection, Mapping

from ivr.flow import Action, Language, SpokenChoices
from ivr.hearing import ChoiceId, question_of
from ivr.reader import Reader
from ivr.surroundings import KnownAnswer
from ivr.words import LANGUAGES, the_question

_PHRASE_LENGTH_MAX = 100


def read_spoken(reader: Reader, keys: Mapping[str, Action]) -> SpokenChoices:
    """Read what may be said in a menu that has these keys."""
    phrases = {language: _phrases(reader, language, keys) for language in reader.context.languages}
    intents = {ChoiceId(name): action for name, action in reader.actions_of("intent", silent=False).items()}
    labels = _labels(reader, {*keys, *intents})
    question, answers = _question(reader), reader.context.answers or {}
    _note_strangers(reader, intents)
    known = reader.context.intents or {}
    for language in reader.context.languages:
        for key, said in phrases[language].items():
            labels[language].setdefault(key, said[0])
        for name in intents:
            intent = known.get(name)
            phrases[language][name] = intent.phrases.get(language, ()) if intent else ()
            label = labels[language].get(name) or (intent and intent.labels.get(language))
            if label:
                labels[language][name] = label
            else:
                reader.note(f"expected label[{language}] => {name},WORDS to ask back")
        if question is not None:
            _add_questions(answers, language, intents, phrases[language], labels[language])
        if language not in LANGUAGES and phrases[language]:
            reader.note(f"expected spoken choices in {', '.join(LANGUAGES)} alone, found some in {language}")
            phrases[language] = {}
    if not reader.options.flag("speech", default=True) or not (intents or any(phrases.values())):
        return SpokenChoices()
    return SpokenChoices(phrases, intents, labels, question)


def _question(reader: Reader) -> Action | None:
    """Read where questions lead; that none can be asked is a fault."""
    entry, answers = reader.options.get("faq"), reader.context.answers
    if entry is None:
        return None
    languages = reader.context.languages
    if answers is not None and not any(
        answer.asks.get(language) and answer.spoken(language)
        for answer in answers.values()
        for language in languages
    ):
        reader.note(f"expected ask[{languages[0]}] => and say[{languages[0]}] => in faq.conf", entry)
    return reader.read_action(entry, entry.value, silent=False)


def _add_questions(
    answers: Mapping[str, KnownAnswer],
    language: Language,
    intents: Collection[ChoiceId],
    phrases: dict[ChoiceId, tuple[str, ...]],
    labels: dict[ChoiceId, str],
) -> None:
    """Let the questions of all answers be said that can be spoken in a language.

    Those of the first answer to an intent of the menu mean that intent, which has this answer: two choices of
    the same words would always be asked back about.
    """
    left = list(intents)
    for name, answer in answers.items():
        if not answer.spoken(language):
            continue
        own = [intent for intent in left if intent in answer.intents]
        left = [intent for intent in left if intent not in own]
        if asks := answer.asks.get(language):
            choice = own[0] if own else question_of(name)
            phrases[choice] = (*phrases.get(choice, ()), *asks)
            labels.setdefault(choice, the_question(asks[0], language))


def _phrases(
    reader: Reader, language: Language, keys: Mapping[str, Action]
) -> dict[ChoiceId, tuple[str, ...]]:
    found: dict[ChoiceId, tuple[str, ...]] = {}
    for entry in reader.all_by_language("say")[language]:
        key, _, text = (part.strip() for part in entry.value.partition(","))
        phrases = tuple(phrase.strip() for phrase in text.split("|"))
        if key not in keys:
            reader.note(f"expected say[{language}] => KEY,PHRASE|PHRASE... with a key of the menu", entry)
        elif not all(0 < len(phrase) <= _PHRASE_LENGTH_MAX for phrase in phrases):
            reader.note(f"expected phrases of 1 to {_PHRASE_LENGTH_MAX} characters between |", entry)
        else:
            found[ChoiceId(key)] = (*found.get(ChoiceId(key), ()), *phrases)
    return found


def _labels(reader: Reader, choices: set[str]) -> dict[Language, dict[ChoiceId, str]]:
    found: dict[Language, dict[ChoiceId, str]] = {}
    for language, entries in reader.all_by_language("label").items():
        found[language] = {}
        for entry in entries:
            choice, _, words = (part.strip() for part in entry.value.partition(","))
            if choice not in choices or not words:
                reader.note(f"expected label[{language}] => CHOICE,WORDS with a key or intent", entry)
            found[language][ChoiceId(choice)] = words
    return found


def _note_strangers(reader: Reader, intents: Mapping[ChoiceId, Action]) -> None:
    known = reader.context.intents
    for entry in reader.options.all("intent"):
        name = entry.value.partition(",")[0].strip()
        if known is not None and name in intents and name not in known:
            reader.note(
                f"expected an intent of intents.conf ({', '.join(sorted(known))}), found {name}", entry
            )
