"""Is this text a person or a function? Errs on the side of the person.

A contact is a function in this portal (design §3): a person's name or mailbox of a foreign
catalogue is not taken over. A unit taken for a person costs a line in the report; a person taken
for a unit would be published. So whatever is not recognised as an office, company or institution,
and consists of two to four capitalised words, counts as a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ckanext.jena_governance.takeover.cleaning import fold, normal, text

# Endings of words, not parts of words: "Amthor" is a person, "Gesundheitsamt" is not.
_OFFICE = (
    "amt", "amtes", "dienst", "bereich", "dezernat", "referat", "verwaltung", "abteilung",
    "stelle", "sachgebiet", "register", "registers", "behoerde", "ministerium", "senat", "senats",
    "ordnung", "eigenbetrieb", "rathaus", "stadtrat", "landkreis", "gemeinde", "bezirk",
)  # fmt: skip
_TOWN = (
    "stadt",
    "landeshauptstadt",
    "bundesstadt",
    "hansestadt",
    "gemeinde",
    "landkreis",
    "freistaat",
)
_LEGAL_FORM = re.compile(
    r"\b(gmbh|mbh|ag|kg|kgaa|ohg|gbr|ug|se|aoer|e\.? ?v\.?|eg|ggmbh|ltd|inc|llc|bv)(?=\W|$)"
)
_INSTITUTION = (
    "institut", "institute", "institutes", "universitaet", "university", "hochschule", "akademie",
    "gesellschaft", "verband", "verbund", "verein", "stiftung", "werke", "betrieb", "betriebe",
    "service", "redaktion", "zentrum", "center", "museum", "museen", "bibliothek", "buecherei",
    "gedenkstaette", "polizei", "feuerwehr", "daten", "portal", "team", "management", "agentur",
    "kammer", "archiv", "schule", "kirche", "buero", "office", "department", "kultur", "nahverkehr",
    "verkehr", "tourismus", "umwelt", "soziales", "gesundheit", "initiative", "projekt", "gruppe",
    "klinikum", "krankenhaus", "sparkasse", "leitung", "online", "company", "council", "foundation",
    "presse", "wesen", "arbeit", "schutz", "philharmonie", "wirtschaft",
)  # fmt: skip
_ABSTRACT = ("ung", "heit", "keit", "schaft", "tion", "taet", "ismus")
_TITLE = re.compile(
    r"\b(herrn?|frau|prof|professor(?:in)?|dr|dipl|ing|mr|mrs|ms)\b\.?", re.IGNORECASE
)
_PLACEHOLDER = re.compile(
    r"ansprech(person|partner(in)?|stelle)|kontakt(person)?|unbekannt|n\.?\s?n\.?|k\.?\s?a\.?|-+|"
    r"anonymous|admin(istrator)?|redaktion|webmaster",
    re.IGNORECASE,
)
_DOMAIN = re.compile(
    r"^(https?://|www\.)|^[\w-]+(\.[\w-]+)*\.(de|org|com|net|eu|info|berlin)$", re.I
)
_MAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+", re.UNICODE)

# First parts of mailboxes that stand for a function.
_FUNCTIONS = """
    info kontakt contact post poststelle office mail email opendata open daten data presse
    redaktion webmaster admin service support hilfe team stadt statistik sekretariat
    briefkasten buero api gis geo geodaten umwelt verkehr bauen kultur schule schulen jugend
    soziales gesundheit finanzen ordnung feuerwehr einwohner wahl wahlen marketing tourist
    tourismus online zentrale datenschutz it edv rathaus stadtrat buergerservice anfrage
    anfragen stadtplanung mobilitaet klima bibliothek archiv museum kita personal recht bauamt
    web internet hotline geoportal transparenz vergabe stadtverwaltung gemeinde landkreis
    dialog open-data smartcity verwaltung
"""
_MAILBOX = frozenset(_FUNCTIONS.split())
_MAILBOX_ENDINGS = (
    "amt", "dienst", "stelle", "entwicklung", "verwaltung", "redaktion", "leitung", "leiter",
    "leiterin", "bereich", "dezernat", "referat", "abteilung", "service", "planung", "statistik",
    "betrieb", "werke", "meister", "meisterin", "beauftragte", "beauftragter", "kultur", "buero",
    "portal", "daten", "data",
)  # fmt: skip


def mail_addresses(value: object) -> list[str]:
    """All mail addresses in a text."""
    return _MAIL.findall(text(value))


def without_mail(value: object) -> str:
    """The text without its mail addresses."""
    return re.sub(r"\(\s*\)|<\s*>", "", _MAIL.sub("", text(value))).strip(" ,;")


def is_placeholder(value: str) -> bool:
    """Whether the text stands where a name should be ("Ansprechperson")."""
    return bool(_PLACEHOLDER.fullmatch(value.strip()))


def is_office(value: str) -> bool:
    """Whether the text names a unit of an administration, known or not."""
    words = normal(value).split()
    if (
        not words
        or _is_company(value)
        or any(w.endswith(("institut", "universitaet")) for w in words)
    ):
        return False
    return words[0] in _TOWN or any(word.endswith(_OFFICE) for word in words)


def is_organization(value: str) -> bool:
    """Whether the text names an office, a company, an institution or a web site."""
    if is_office(value) or _is_company(value) or _DOMAIN.search(value.strip()):
        return True
    words = re.findall(r"[\w-]+", text(value))
    return any(_institutional(word) for word in words)


def names_person(value: str) -> bool:
    """Whether the text, or a part of it ("ORBIT – Erika Muster"), names a person."""
    cleaned = text(value)
    if not cleaned or is_placeholder(cleaned):
        return False
    if _TITLE.search(cleaned) and not _is_company(cleaned):
        return True
    parts = [p.strip() for p in re.split(r"\s[-–—]\s|[,;/()]|\bund\b|&", cleaned) if p.strip()]
    if len(parts) == 2 and all(_single_name(part) for part in parts) and "," in cleaned:
        return True  # "Muster, Erika"
    if is_organization(cleaned) and len(parts) == 1:
        return False
    return any(_looks_like_person(part) for part in parts)


def may_be_person(value: str) -> bool:
    """As `names_person`, and a single name too ("Muster"): stricter, for contacts."""
    return names_person(value) or _single_name(value.strip())


def is_function_mailbox(
    address: str, texts: Iterable[str] = (), allowed: Iterable[str] = ()
) -> bool:
    """Whether a mailbox belongs to a function.

    Args:
        address: the mail address.
        texts: what the same record calls author and contact; "jub@" is the mailbox of "Jugend und
            Bildung", and info@erikamuster.de that of Erika Muster.
        allowed: mailboxes that the mapping file declares to be functions.
    """
    if address.lower() in {mailbox.lower() for mailbox in allowed}:
        return True
    local, _, domain = fold(address).partition("@")
    named = [without_mail(value) for value in texts]
    surnames = tuple(w for n in named if names_person(n) for w in normal(n).split() if len(w) >= 4)
    if surnames and any(part.endswith(surnames) for part in (local, *domain.split("."))):
        return False
    parts = [part for part in re.split(r"[._+-]", local) if part]
    if any(part in _MAILBOX or part.endswith(_MAILBOX_ENDINGS) for part in parts):
        return True
    if len(parts) != 1 or len(local) < 3:
        return False
    return local in domain.split(".") or any(_abbreviates(local, unit) for unit in named)


def _abbreviates(local: str, unit: str) -> bool:
    if names_person(unit):
        return False
    words = normal(unit).split()
    return local in words or local in "".join(word[0] for word in words)


def _is_company(value: str) -> bool:
    return bool(_LEGAL_FORM.search(fold(text(value))))


def _institutional(word: str) -> bool:
    folded = fold(word)
    if folded.endswith(_INSTITUTION) or folded.endswith(_OFFICE):
        return True
    # "Hartung" and "Jung" are surnames, "Stadtreinigung" is not
    return len(folded) >= 9 and folded.endswith(_ABSTRACT)


def _single_name(part: str) -> bool:
    return bool(re.fullmatch(r"[A-ZÄÖÜ][a-zäöüßéèç]+(-[A-ZÄÖÜ][a-zäöüßéèç]+)?", part)) and not (
        is_organization(part)
    )


def _looks_like_person(part: str) -> bool:
    if is_organization(part):
        return False
    words = [
        w for w in part.split() if fold(w) not in {"von", "van", "de", "zu", "der", "den", "di"}
    ]
    if not 2 <= len(words) <= 4:
        return False
    # an acronym ("FSU Jena") is no given name, an initial ("E. Muster") is
    return all(
        re.fullmatch(r"[A-ZÄÖÜ](\.|[a-zäöüßéèçáó'’-]+[A-ZÄÖÜa-zäöüßéèçáó-]*)", w) for w in words
    )
