"""The loader: an administrator's files are merged; a bad one names file, entry and problem."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ckanext.jena_governance.policy import licence_of, permitted
from ckanext.jena_governance.vocabularies import VocabularyError, load, loader

BASIS = """
bases:
- id: hausrecht
  label_de: Hausrecht
  label_en: House rules
  citation: Hausordnung
  jurisdiction: municipal
  category: contract
  card: thirdparty
  applies_to: [core]
  levels: [request, closed]
  default: request
  explain_closed_to: null
  open_with_permission: group
  need_to_know: false
  sharing: norm
  files: allowed
  max_review_months: 12
  opens_on: false
  may_hide: false
  liftable: none
  time_limited: false
  hvd_ground: null
  bridge: false
  url: null
  verify: true
"""


@pytest.fixture
def own(tmp_path):
    """A folder of the administrator with one file."""

    def write(text, name="legal_bases.yaml"):
        content = text if isinstance(text, bytes) else text.encode()
        (tmp_path / name).write_bytes(content)
        return tmp_path

    return write


class TestMerging:
    def test_empty_folder(self, tmp_path):
        assert load(tmp_path) == load()

    def test_path_as_text(self, own):
        assert "hausrecht" in load(str(own(BASIS))).bases

    def test_new_entry(self, own):
        words = load(own(BASIS))
        assert len(words.bases) == 59
        assert list(words.bases)[-1] == "hausrecht"
        assert words.bases["hausrecht"].why is None
        assert permitted(["hausrecht"], words).open_with_permission == "group"

    def test_given_columns_replace_ours_and_no_others(self, own):
        text = "bases:\n- id: wpg-waermeplanung\n  max_review_months: 6\n  citation: § 99 WPG\n"
        before, after = load(), load(own(text))
        assert list(after.bases) == list(before.bases)
        old, new = before.bases["wpg-waermeplanung"], after.bases["wpg-waermeplanung"]
        assert (new.max_review_months, new.citation) == (6, "§ 99 WPG")
        assert (new.levels, new.label_de, new.why) == (old.levels, old.label_de, old.why)
        assert load().bases["wpg-waermeplanung"].max_review_months == 24

    def test_several_sections_of_one_file(self, own):
        text = (
            "permissions:\n- id: ratsbeschluss\n  label_de: Rat\n  label_en: Council\n"
            "  permits: ['*']\ncards:\n- id: persons\n  label_de: Menschen\n"
        )
        words = load(own(text))
        assert words.permissions["ratsbeschluss"].permits == ("*",)
        assert not words.permissions["ratsbeschluss"].needs_until
        assert words.cards["persons"].label("de") == "Menschen"
        assert words.cards["persons"].categories[0] == "personal-data"

    def test_wording(self, own):
        text = "messages:\n- id: R2_basis\n  de: 'Bitte {basis} wählen.'\n"
        words = load(own(text.replace("{basis} ", ""), "messages.yaml"))
        assert words.messages["R2_basis"].label("de") == "Bitte wählen."
        assert words.messages["R2_basis"].label("en").startswith("Why are the data not open?")

    def test_own_licence(self, own):
        text = (
            "licences:\n- id: eigene\n  code: eigene\n  uri: https://example.org/l\n"
            "  title_de: Eigene Lizenz\n  title_en: Our licence\n  text_url: null\n  open: false\n"
            "  recommended_by_govdata: false\n  attribution_required: true\n"
            "  hvd_suitable: false\n  spdx: null\n"
        )
        words = load(own(text, "licences.yaml"))
        assert licence_of("EIGENE LIZENZ", words).id == "eigene"

    def test_file_that_is_no_vocabulary_is_left_alone(self, own):
        load(own("not even YAML: [", "notes.txt"))

    def test_byte_order_mark(self, own):
        assert "hausrecht" in load(own(b"\xef\xbb\xbf" + BASIS.encode())).bases


def changed(old, new):
    assert BASIS.count(old) == 1
    return BASIS.replace(old, new)


BOMB = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [*{before}, *{before}, *{before}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

BAD = {
    # The file as a whole
    "empty": ("", "is empty"),
    "only a comment": ("# nothing\n", "is empty"),
    "list": ("- a\n- b\n", "must consist of sections"),
    "text": ("hello", "must consist of sections"),
    "HTML": ("<!DOCTYPE html><html><body>502: Bad Gateway</body></html>", "unknown section '<!DOC"),
    "HTML without a colon": ("<html>", "must consist of sections"),
    "half-written": (BASIS[: BASIS.index("[request")] + "[request,", "cannot be read as YAML"),
    "half-written list": ("bases:\n- id: [", "line"),
    "tabs": ("bases:\n\t- id: x\n", "cannot be read as YAML"),
    "two documents": (BASIS + "---\nbases: []\n", "cannot be read as YAML"),
    "bomb": (BOMB, "aliases"),
    "one alias": ("bases:\n- &x\n  id: a\n- *x\n", "aliases"),
    "merge key": ("x: &x {a: 1}\nbases:\n- <<: *x\n", "aliases"),
    "object": ("bases: !!python/object/apply:os.system ['true']\n", "cannot be read as YAML"),
    "deep": ("[" * 5000, "cannot be read as YAML|nested too deeply"),
    "zero byte": ("bases:\n- id: 'a\0b'\n", "cannot be read as YAML"),
    "no UTF-8": (b"bases:\n- id: \xff\xfe\n", "UTF-8"),
    "too large": (b"#" * (1024 * 1024 + 1), "larger than 1024 KiB"),
    # Sections and entries
    "unknown section": ("basis:\n- id: x\n", "unknown section 'basis'; known: bases"),
    "doubled section": ("cards: []\ncards: []\n", "'cards' stands here twice"),
    "section is no list": ("bases:\n  hausrecht: {}\n", "bases: must be a list"),
    "section is null": ("bases:\n", "bases: must be a list"),
    "entry is a text": ("bases:\n- hausrecht\n", "bases no. 1: must consist of columns"),
    "no id": ("bases:\n- label_de: x\n", "bases no. 1: has no id"),
    "number as id": ("bases:\n- id: 1.0\n", "bases no. 1: has no id"),
    "boolean as id": ("cards:\n- id: no\n", "cards no. 1: has no id"),
    "doubled id": (BASIS + BASIS.replace("bases:\n", ""), "bases hausrecht: this id stands here"),
    "doubled column": (changed("  url: null\n", "  url: null\n  url: x\n"), "'url' stands here"),
    "unknown column": (changed("  verify", "  verfiy"), "bases hausrecht: unknown column 'verfiy'"),
    "missing columns": ("bases:\n- id: neu\n  label_de: x\n", "bases neu: lacks 'label_en', 'cit"),
    "nothing but the id": ("bases:\n- id: wpg-waermeplanung\n", "says nothing beside its id"),
    # Values
    "blank text": (changed("Hausordnung", "' '"), "column 'citation' must be a text"),
    "long text": (changed("Hausordnung", "x" * 2001), "'citation' is longer than 2000"),
    "date as text": (changed("Hausordnung", "2026-01-01"), "column 'citation' must be a text"),
    "null": (changed("citation: Hausordnung", "citation:"), "column 'citation' must be a text"),
    "flag as text": (changed("bridge: false", "bridge: 'no'"), "'bridge' must be true or false"),
    "flag as number": (changed("bridge: false", "bridge: 0"), "'bridge' must be true or false"),
    "no months": (changed("months: 12", "months: 0"), "'max_review_months' must be a number"),
    "many months": (changed("months: 12", "months: 121"), "'max_review_months' must be a number"),
    "months as text": (changed("months: 12", "months: '12'"), "must be a number of months"),
    "months as flag": (changed("months: 12", "months: true"), "must be a number of months"),
    "list as text": (changed("[core]", "core"), "'applies_to' must be a list of texts"),
    "empty list": (changed("[core]", "[]"), "'applies_to' must not be empty"),
    "list of numbers": (changed("[core]", "[1]"), "'applies_to' must be a list of texts"),
    "doubled in a list": (changed("[core]", "[core, core]"), "names something twice"),
    "unknown sharing": (changed("norm", "always"), "'sharing' must be one of agreement, norm, n"),
    "unhashable value": (changed("sharing: norm", "sharing: [norm]"), "must be one of"),
    "unknown level": (changed("default: request", "default: geheim"), "'default' must be one of"),
    "no levels": (changed("[request, closed]", "[]"), "'levels' must be neighbouring"),
    "levels upside down": (changed("[request, closed]", "[closed, request]"), "neighbouring"),
    "levels with a gap": (changed("[request, closed]", "[group, closed]"), "neighbouring"),
    # One against the other
    "unknown class": (changed("[core]", "[kern]"), "names 'kern', which is not defined"),
    "unknown category": (changed("category: contract", "category: x"), "'category' names 'x'"),
    "unknown card": (changed("card: thirdparty", "card: x"), "'card' names 'x'"),
    "default outside": (changed("default: request", "default: group"), "one of its levels"),
    "explained inside": (
        changed("explain_closed_to: null", "explain_closed_to: closed"),
        "'explain_closed_to' must be more closed",
    ),
    "opened inside": (
        changed("open_with_permission: group", "open_with_permission: request"),
        "'open_with_permission' must be more open",
    ),
    "permission for nothing": (
        "permissions:\n- id: beschluss\n  permits: [alles]\n",
        "permissions beschluss: column 'permits' names 'alles'",
    ),
    "lock that does not close": (
        "bases:\n- id: vorlaeufige-sperre\n  levels: [request, closed]\n",
        "bases vorlaeufige-sperre: is the stop button",
    ),
}
BAD_ELSEWHERE = {
    "fifth level": (
        "levels.yaml",
        "levels:\n- id: secret\n  label_de: Geheim\n",
        "levels secret: this id is not known",
    ),
    "new class": ("entity_classes.yaml", "entity_classes:\n- id: x\n  label_de: X\n", "not known"),
    "unknown message": ("messages.yaml", "messages:\n- id: R99\n  de: x\n  en: x\n", "not known"),
    "placeholder": (
        "messages.yaml",
        "messages:\n- id: R2_basis\n  de: 'Wählen Sie {law}.'\n",
        "messages R2_basis: uses {law}, which is never filled in",
    ),
    "licence of the same name": (
        "licences.yaml",
        "licences:\n- id: cc-zero\n  aliases: [dl-de-by-2.0]\n",
        "licences .*: 'dl-de-by-2.0' already stands for",
    ),
    "open other-closed": (
        "licences.yaml",
        "licences:\n- id: other-closed\n  open: true\n",
        "licences other-closed: must not be open",
    ),
    "misspelt file": ("legal_base.yaml", BASIS, "no vocabulary has this name; known: levels.yaml"),
    "yml": ("legal_bases.yml", BASIS, "no vocabulary has this name"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_file(case, own):
    text, problem = BAD[case]
    folder = own(text)
    with pytest.raises(VocabularyError, match=problem) as caught:
        load(folder)
    assert str(caught.value).startswith(str(folder / "legal_bases.yaml"))
    assert caught.value.problem
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("case", BAD_ELSEWHERE)
def test_other_bad_file(case, own):
    name, text, problem = BAD_ELSEWHERE[case]
    folder = own(text, name)
    with pytest.raises(VocabularyError, match=problem) as caught:
        load(folder)
    assert str(folder / name) in str(caught.value)


def test_folder_that_is_missing(tmp_path):
    with pytest.raises(VocabularyError, match="does not exist"):
        load(tmp_path / "nowhere")


def test_folder_that_is_a_file(own):
    with pytest.raises(VocabularyError, match="does not exist"):
        load(own(BASIS) / "legal_bases.yaml")


def test_file_that_is_a_folder(tmp_path):
    (tmp_path / "legal_bases.yaml").mkdir()
    with pytest.raises(VocabularyError, match="no such file"):
        load(tmp_path)


def test_file_that_never_ends(tmp_path):
    os.mkfifo(tmp_path / "legal_bases.yaml")
    with pytest.raises(VocabularyError, match="no such file"):
        load(tmp_path)


@pytest.mark.parametrize("method", ["open", "iterdir"])
def test_unreadable(method, own, monkeypatch):
    """Not by file modes: root, as whom tests may run, reads everything."""
    folder, read = own(BASIS), getattr(Path, method)

    def refuse(path, *args, **kwargs):
        if folder in (path, path.parent):
            raise PermissionError(13, "Permission denied")
        return read(path, *args, **kwargs)

    monkeypatch.setattr(Path, method, refuse)
    with pytest.raises(VocabularyError, match="cannot be read: Permission denied"):
        load(folder)


@pytest.mark.parametrize("name", sorted(loader.FILES))
def test_shipped_file_that_is_missing_or_cut_off(name, tmp_path, monkeypatch):
    for file in loader.SHIPPED.glob("*.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(loader, "SHIPPED", tmp_path)
    load()
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2].rpartition(b"\n  ")[0])
    with pytest.raises(VocabularyError, match=name.replace(".", r"\.")):
        load()
    (tmp_path / name).unlink()
    with pytest.raises(VocabularyError, match=name.replace(".", r"\.")):
        load()
