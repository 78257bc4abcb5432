"""Person or function? Names and offices of these tests are invented."""

from __future__ import annotations

import pytest

from ckanext.jena_governance.takeover import people


@pytest.mark.parametrize(
    "text",
    [
        "Erika Muster",
        "Herr Muster",
        "Prof. Dr. Max Mustermann",
        "Muster, Erika",
        "Max Mustermann, Erika Muster",
        "ORBITAL - Erika Muster, Max Beispiel",
        "E. Muster",
        "Philipp Amthauer",  # begins like "Amt", and is none
        "Jürgen Hartung",  # ends like "Verwaltung"
        "Erika Muster - Leiterin Presse- und Öffentlichkeitsarbeit",
        "Karl-Heinz von Beispiel",
    ],
)
def test_names_person(text: str) -> None:
    assert people.names_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Stadt Musterstadt",
        "Bundesstadt Musterstadt",
        "Fachdienst Jugend & Bildung",
        "Gesundheitsamt",
        "Rechnungsprüfungsamt",
        "Senatsverwaltung für Gesundheit und Soziales",
        "Amt für Statistik",
        "Stadtwerke Musterstadt GmbH",
        "VVM - Verkehrsverbund Musterland GmbH",
        "Beispiel Partner GmbH & Co KG",
        "Institut für Beispiele",
        "Musterstädter Stadtreinigung (MSR)",
        "Gedenkstätte Muster Platz",
        "Offene Daten Musterstadt",
        "beispiel.org",
        "Ansprechperson",
        "JenaKultur",
        "grünland AöR",
    ],
)
def test_names_no_person(text: str) -> None:
    assert not people.names_person(text)


def test_single_name_as_contact() -> None:
    assert people.may_be_person("Muster")
    assert not people.names_person("Muster")  # as a place it may stand anywhere else
    assert not people.may_be_person("JenaKultur")
    assert not people.may_be_person("Gartenamt")


@pytest.mark.parametrize(
    ("text", "office"),
    [
        ("Fachdienst Gesundheit", True),
        ("Melderegister Stadt Musterstadt", True),
        ("Stadt Musterstadt", True),
        ("Landesamt für Umwelt", True),
        ("Beispiel Verwaltung GmbH", False),
        ("Institut für Stadtforschung", False),
        ("Erika Muster", False),
        ("", False),
    ],
)
def test_office(text: str, office: bool) -> None:
    assert people.is_office(text) is office


@pytest.mark.parametrize(
    ("address", "texts", "function"),
    [
        ("gesundheitsamt@musterstadt.example", [], True),
        ("kontakt@ba-mh.Verwalt.example", [], True),
        ("web-pressestelle@musterstadt.example", [], True),
        ("landeswahlleiterin@wahlen.example", [], True),
        ("jub@musterstadt.example", ["Fachdienst Jugend & Bildung"], True),
        ("jub@musterstadt.example", [], False),
        ("grünland@grünland.example", [], True),
        ("erika.muster@musterstadt.example", ["Fachdienst Jugend"], False),
        ("muster@musterstadt.example", [], False),
        ("em@musterstadt.example", ["Erika Muster"], False),
        ("info@erikamuster.example", ["Erika Muster"], False),
        # a mailbox is no proof of itself
        ("muster@uni.example", ["muster@uni.example"], False),
        ("max.bauer@musterstadt.example", ["Bauamt"], False),
    ],
)
def test_function_mailbox(address: str, texts: list[str], function: bool) -> None:
    assert people.is_function_mailbox(address, texts) is function


def test_mapping_file_declares_a_function() -> None:
    assert people.is_function_mailbox("RBS@stat.example", allowed=["rbs@stat.example"])


def test_mail_beside_a_name() -> None:
    text = "Amt für Muster (info@muster.example)"
    assert people.mail_addresses(text) == ["info@muster.example"]
    assert people.without_mail(text) == "Amt für Muster"
    assert people.without_mail("Musterreinigung (MSR)") == "Musterreinigung (MSR)"
