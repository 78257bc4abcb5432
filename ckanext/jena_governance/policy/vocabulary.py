"""The regulation as data: what the YAML files of ``vocabularies/`` hold once they are read.

The classes below say which columns an entry has. They are plain and frozen, so
that the rules can be tried with any vocabulary, without files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

LANGUAGES = ("de", "en")


def language_of(lang: str) -> str:
    """The language we answer in.

    Args:
        lang (str): a locale, such as ``de``, ``de_AT``, ``en-GB`` or ``fr``.

    Returns:
        str: ``de`` or ``en``; German, the language of the law, where we speak neither.
    """
    spoken = lang.replace("-", "_").split("_")[0].lower()
    return spoken if spoken in LANGUAGES else LANGUAGES[0]


def in_language(lang: str, de: str | None, en: str | None) -> str:
    """The text in a language, in the other one where it is missing.

    Args:
        lang (str): a locale.
        de (str | None): the German text.
        en (str | None): the English text.

    Returns:
        str: the text; empty where there is neither.
    """
    wanted, other = (en, de) if language_of(lang) == "en" else (de, en)
    return wanted or other or ""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An entry that people choose or read.

    Attributes:
        id: what is stored.
        label_de, label_en: its name.
        text_de, text_en: one sentence of explanation.
    """

    id: str
    label_de: str
    label_en: str
    text_de: str = ""
    text_en: str = ""

    def label(self, lang: str) -> str:
        """The name in a language."""
        return in_language(lang, self.label_de, self.label_en)

    def text(self, lang: str) -> str:
        """The explanation in a language."""
        return in_language(lang, self.text_de, self.text_en)


@dataclass(frozen=True, kw_only=True)
class AccessRight:
    """A right of access in the words of other portals.

    Attributes:
        id: the last part of its address in the EU vocabulary.
        level: what data with it become here.
        words: further writings.
    """

    id: str
    level: str
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Level(Choice):
    """A step on the ladder of openness.

    Attributes:
        access_right: the EU vocabulary's word (PUBLIC, RESTRICTED, NON_PUBLIC).
    """

    access_right: str


@dataclass(frozen=True, kw_only=True)
class HvdCategory(Choice):
    """A category of high-value datasets.

    Attributes:
        uri: what a dataset stores.
    """

    uri: str


@dataclass(frozen=True, kw_only=True)
class Card(Choice):
    """What a steward sees before any legal basis.

    Attributes:
        categories: the categories of bases it stands for.
        goto: where a card without bases leads (``announced``, ``provisional-lock``).
        likely: its likeliest bases, the likeliest first; the form shows these at once.
        reason_de, reason_en: what the form proposes as the public reason.
        ends_de, ends_en: what the form proposes as the event that ends the ground.
    """

    categories: tuple[str, ...] = ()
    goto: str | None = None
    likely: tuple[str, ...] = ()
    reason_de: str = ""
    reason_en: str = ""
    ends_de: str = ""
    ends_en: str = ""

    def reason(self, lang: str) -> str:
        """The proposed public reason in a language."""
        return in_language(lang, self.reason_de, self.reason_en)

    def ends(self, lang: str) -> str:
        """The proposed end of the ground in a language."""
        return in_language(lang, self.ends_de, self.ends_en)


@dataclass(frozen=True, kw_only=True)
class Basis(Choice):
    """A law, contract or decision that stands against opening data.

    Attributes:
        citation: where it is written.
        jurisdiction: who could change it (``eu``, ``de``, ``th``, ``municipal``).
        category: what it protects; permissions are given for categories.
        card: the card on which a steward meets it.
        applies_to: the classes of entities that are bound by it.
        levels: what may be chosen without a word, from open to closed.
        default: what the form proposes.
        explain_closed_to: how far it may be closed further with a public explanation.
        open_with_permission: how far it may be opened if a fitting permission is named.
        need_to_know: plain members of the owner, too, only by a personal grant.
        sharing: ``agreement``, ``norm`` or ``none``.
        files: ``allowed`` or ``metadata_only``.
        max_review_months: how far ahead the review date may lie.
        opens_on: a date may be set on which the data open by themselves.
        may_hide: the description, too, may be hidden.
        liftable: by aggregation: ``full``, ``partly``, ``none``.
        time_limited: the ground ends one day.
        hvd_ground: ground under section 2(3) DNG, if it is one.
        bridge: refers to another law and never stands alone.
        url: where the text can be read.
        verify: the citation has still to be checked.
        why: the reason for the range, for those who maintain the register.
    """

    citation: str
    jurisdiction: str
    category: str
    card: str
    applies_to: tuple[str, ...]
    levels: tuple[str, ...]
    default: str
    explain_closed_to: str | None
    open_with_permission: str | None
    need_to_know: bool
    sharing: str
    files: str
    max_review_months: int
    opens_on: bool
    may_hide: bool
    liftable: str
    time_limited: bool
    hvd_ground: str | None
    bridge: bool
    url: str | None
    verify: bool
    why: str | None = None


@dataclass(frozen=True, kw_only=True)
class Permission(Choice):
    """What permits, all the same, what a basis forbids.

    Attributes:
        permits: the categories of bases it can serve; ``*`` for all.
        not_for_level: it never serves this level or a more open one.
        needs_until: it must carry an end date.
        verify: its scope has still to be checked.
    """

    permits: tuple[str, ...]
    not_for_level: str | None = None
    needs_until: bool = False
    verify: bool = False


@dataclass(frozen=True, kw_only=True)
class Licence:
    """A licence of the DCAT-AP.de list.

    Attributes:
        id: what CKAN stores as ``license_id``.
        code, uri: its entry in the list.
        title_de, title_en: its name.
        text_url: where the licence can be read.
        open: whether anyone may use, change and pass on the data.
        recommended_by_govdata: one of those DCAT-AP.de recommends.
        attribution_required: the source must be named.
        hvd_suitable: open enough for high-value datasets.
        spdx: its SPDX identifier.
        legacy_uris: former addresses of the entry.
        aliases: ids, titles and addresses other portals use for it.
    """

    id: str
    code: str
    uri: str
    title_de: str
    title_en: str
    text_url: str | None
    open: bool
    recommended_by_govdata: bool
    attribution_required: bool
    hvd_suitable: bool
    spdx: str | None
    legacy_uris: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    def label(self, lang: str) -> str:
        """The name in a language."""
        return in_language(lang, self.title_de, self.title_en)


@dataclass(frozen=True, kw_only=True)
class Message:
    """What a person reads about a finding; ``{…}`` is filled in.

    Attributes:
        id: the code of the finding.
        de, en: the wording.
        hint_de, hint_en: text of a link or button beside it.
    """

    id: str
    de: str
    en: str
    hint_de: str | None = None
    hint_en: str | None = None

    def label(self, lang: str) -> str:
        """The wording in a language."""
        return in_language(lang, self.de, self.en)

    def hint(self, lang: str) -> str:
        """The text beside it in a language; may be empty."""
        return in_language(lang, self.hint_de, self.hint_en)


@dataclass(frozen=True, kw_only=True)
class ExportTerm:
    """A term of a closed list of DCAT-AP.de; an entry of ``dcat.yaml``.

    Attributes:
        id: its address.
        kind: the list (``file-type``, ``language`` …).
        aliases: what others write instead.
    """

    id: str
    kind: str
    aliases: tuple[str, ...] = ()

    def label(self, lang: str) -> str:
        """Its code, which is the same in every language."""
        return self.id.rpartition("/")[2]


@dataclass(frozen=True, kw_only=True)
class OwnTerm(Choice):
    """A word that no standard has; an entry of ``dcat.yaml``.

    Attributes:
        kind: ``property`` or ``class``.
    """

    kind: str


@dataclass(frozen=True, kw_only=True)
class RequestRemedy:
    """What can be done against the answer to a request; an entry of ``remedies.yaml``.

    Attributes:
        id: its name.
        asking: classes of whoever asks; ``person`` for nobody of the city group.
        owning: classes of the owning entity.
        de, en: the wording; ``{escalation}`` is filled in.
        verify: a lawyer has still to confirm it.
    """

    id: str
    asking: tuple[str, ...]
    owning: tuple[str, ...]
    de: str
    en: str
    verify: bool = False

    def label(self, lang: str) -> str:
        """The wording in a language."""
        return in_language(lang, self.de, self.en)


@dataclass(frozen=True, kw_only=True)
class SharingRule:
    """Who shares with whom without asking; an entry of ``sharing_rules.yaml``.

    Attributes:
        id: what decisions and the log name.
        level: the level it serves.
        from_classes, to_classes: classes of the owner and of the reader's entity.
        label_de, label_en: the rule in a sentence.
    """

    id: str
    level: str
    from_classes: frozenset[str]
    to_classes: frozenset[str]
    label_de: str
    label_en: str


@dataclass(frozen=True, kw_only=True)
class SharingRules:
    """One version of the sharing rules.

    Attributes:
        version: its name.
        in_force: first day on which it counts; before it no rule shares anything.
        decision: number of the decision it rests on.
        rules: the entries.
    """

    version: str
    in_force: date
    decision: str
    rules: tuple[SharingRule, ...]


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """All entries by id, in the order of the files.

    Attributes:
        levels: the ladder, from open to closed.
        states: what is computed and shown, never stored (``viewable``, ``announced`` …).
        bases, permissions, cards: the register of legal bases.
        licences: the closed list of licences.
        hvd_categories, entity_classes, personal_data, derivative_statuses,
            metadata_visibilities: the choices of our fields.
        derivative_reasons: why there may be no open version (R7).
        opening_reasons: what may have changed when data are opened (R11).
        messages: wording of findings by their code.
        statements: wording of decisions on access by their code.
        fields: names and help of our fields.
        sharing: who shares with whom.
        explanations: legal bases in plain words, by the id of the basis.
        rules, access_rules: what the rules say, by the ids of findings and decisions.
        eu_terms: labels of EU vocabularies, by address.
        access_rights: rights of access as other portals write them.
        request_states, request_steps: what requests can be, and what is done with them.
        request_texts, request_mails: wording around requests by their code.
        request_remedies: what can be done against an answer, class by class.
        export_terms: terms of DCAT-AP.de's closed lists, by address.
        export_texts: the words of its statements on rights.
        own_terms: properties and classes of our own.
    """

    levels: Mapping[str, Level]
    states: Mapping[str, Choice]
    bases: Mapping[str, Basis]
    permissions: Mapping[str, Permission]
    cards: Mapping[str, Card]
    licences: Mapping[str, Licence]
    hvd_categories: Mapping[str, HvdCategory]
    entity_classes: Mapping[str, Choice]
    personal_data: Mapping[str, Choice]
    derivative_statuses: Mapping[str, Choice]
    metadata_visibilities: Mapping[str, Choice]
    opening_reasons: Mapping[str, Choice]
    messages: Mapping[str, Message]
    statements: Mapping[str, Message]
    fields: Mapping[str, Choice]
    sharing: SharingRules
    explanations: Mapping[str, Message] = field(default_factory=dict[str, Any])
    derivative_reasons: Mapping[str, Choice] = field(default_factory=dict[str, Any])
    rules: Mapping[str, Choice] = field(default_factory=dict[str, Any])
    access_rules: Mapping[str, Choice] = field(default_factory=dict[str, Any])
    eu_terms: Mapping[str, Choice] = field(default_factory=dict[str, Any])
    access_rights: Mapping[str, AccessRight] = field(default_factory=dict[str, Any])
    request_states: Mapping[str, Choice] = field(default_factory=dict[str, Any])
    request_steps: Mapping[str, Choice] = field(default_factory=dict[str, Any])
    request_texts: Mapping[str, Message] = field(default_factory=dict[str, Any])
    request_mails: Mapping[str, Message] = field(default_factory=dict[str, Any])
    request_remedies: Mapping[str, RequestRemedy] = field(default_factory=dict[str, Any])
    export_terms: Mapping[str, ExportTerm] = field(default_factory=dict[str, Any])
    export_texts: Mapping[str, Message] = field(default_factory=dict[str, Any])
    own_terms: Mapping[str, OwnTerm] = field(default_factory=dict[str, Any])
