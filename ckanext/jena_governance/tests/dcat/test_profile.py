"""What the profile says of a real portal's datasets, and what it keeps to itself."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from rdflib import DCAT, DCTERMS, FOAF, PROV, RDF, Graph, Literal, URIRef

import ckantoolkit as tk
from ckan import model

from ckanext.dcat.processors import RDFSerializer
from ckanext.jena_governance.dcat import names, surroundings
from ckanext.jena_governance.dcat.agents import VCARD

GEODCATAP, DCATDE = names.GEODCATAP, names.DCATDE
RIGHT, LICENCES = names.ACCESS_RIGHT, "http://dcat-ap.de/def/licenses/"
SECRET = "https://intern.example/geheim.csv"


@pytest.fixture
def make(city):
    def make(name, **fields):
        fields.setdefault("resources", [{"url": "https://a.example/x.csv", "name": "Datei"}])
        return city.editor(
            "package_create", name=name, title=name, owner_org=city.department["id"], **fields
        ).result

    return make


@pytest.fixture
def hidden(make, restriction):
    return make(
        "geheimname",
        **{
            **restriction,
            "legal_basis": ["kritis-schutzinformation"],
            "personal_data": "none",
            "metadata_visibility": "group",
            "review_date": (date.today() + timedelta(days=5)).isoformat(),
            "resources": [{"url": SECRET, "name": "x"}],
        },
    )


def described(*datasets):
    serializer = RDFSerializer()
    nodes = [serializer.graph_from_dataset(one) for one in datasets]
    return (serializer.g, *nodes)


def test_open_data(make):
    graph, node = described(make("baeume", license_id="dl-by-de-2.0"))
    [part] = graph.objects(node, DCAT.distribution)
    assert graph.value(node, DCTERMS.accessRights) == RIGHT.PUBLIC
    assert graph.value(part, DCTERMS.license) == URIRef(f"{LICENCES}dl-by-de/2.0")
    assert graph.value(part, DCATDE.licenseAttributionByText) == Literal("Fachdienst Umweltschutz")
    assert graph.value(part, DCAT.accessURL) == URIRef("https://a.example/x.csv")
    assert graph.value(node, DCTERMS.rights) is None


def test_each_distribution_has_its_own_licence(make, restriction):
    resources = [
        {"url": "https://a.example/1.csv", "name": "1", "license": "cc-zero"},
        {"url": "https://a.example/2.csv", "name": "2"},
        {"url": SECRET, "name": "3", "openness": "request", "legal_basis": ["dsgvo-personenbezug"],
         "restriction_reason": "Personen.", "license": "cc-zero"},
    ]  # fmt: skip
    said = {
        name: restriction[name] for name in ("data_steward", "data_steward_email", "review_date")
    }
    graph, node = described(make("drei", license_id="dl-by-de-2.0", resources=resources, **said))
    found = {
        str(graph.value(part, DCTERMS.title)): str(graph.value(part, DCTERMS.license))
        for part in graph.objects(node, DCAT.distribution)
    }
    expected = {"1": "cc-zero", "2": "dl-by-de/2.0", "3": "other-closed"}
    assert found == {name: LICENCES + code for name, code in expected.items()}


def test_restricted_data(city, make, restriction):
    dataset = make(
        "personal", resources=[{"url": SECRET, "name": "x", "hash": "abc"}], **restriction
    )
    graph, node = described(dataset)
    [part] = graph.objects(node, DCAT.distribution)
    assert graph.value(node, DCTERMS.accessRights) == RIGHT.RESTRICTED
    assert str(graph.value(part, DCAT.accessURL)).endswith(
        f"/resource/{part.rsplit('/', 1)[1]}/data"
    )
    assert graph.value(part, DCAT.downloadURL) is None
    assert "intern.example" not in graph.serialize()
    statement = graph.value(node, DCTERMS.rights)
    assert graph.value(part, DCTERMS.rights) == statement
    assert (statement, RDF.type, DCTERMS.RightsStatement) in graph
    ours = names.terms()
    assert graph.value(statement, ours.legalBasis) == names.basis_iri("dsgvo-personenbezug")
    texts = {one.language: str(one) for one in graph.objects(statement, DCTERMS.description)}
    assert set(texts) == {"de", "en"}
    assert "Art. 5, 6 DSGVO" in texts["de"]
    assert restriction["restriction_reason"] in texts["en"]
    assert "überprüft bis" in texts["de"]
    assert not list(graph.triples((None, DCATDE.legalBasis, None)))
    laws = graph.objects(node, names.DCATAP.applicableLegislation)
    assert list(laws) == []


def test_who_answers(city, make, restriction):
    graph, node = described(make("personal", **restriction))
    owner = URIRef(f"http://test.ckan.net/organization/{city.department['id']}")
    for predicate in (DCTERMS.publisher, GEODCATAP.originator, GEODCATAP.custodian):
        assert graph.value(node, predicate) == owner
    assert {FOAF.Agent, FOAF.Organization} <= set(graph.objects(owner, RDF.type))
    [contact] = graph.objects(node, DCAT.contactPoint)
    assert {VCARD.Kind, VCARD.Organization} <= set(graph.objects(contact, RDF.type))
    assert graph.value(contact, VCARD.hasEmail) == URIRef("mailto:daten@umwelt.example")
    assert not list(graph.triples((None, DCATDE.originator, None)))


PLACES = {
    "16053000": "municipalityKey/16053000",
    "160530000000": "regionalKey/160530000000",
    "16053": "districtKey/16053",
    "16": "stateKey/16",
}


@pytest.mark.ckan_config("ckanext.jena_governance.dcat_political_geocoding", " ".join(PLACES))
@pytest.mark.ckan_config("ckanext.jena_governance.dcat_contributor_id", "stadtJena")
@pytest.mark.ckan_config("ckanext.jena_governance.dcat_deprecated", True)
def test_places_contributor_and_what_is_given_up(make):
    graph, node = described(make("baeume"))
    places = {names.POLITICAL[one] for one in PLACES.values()}
    assert set(graph.objects(node, DCTERMS.spatial)) == places
    assert places <= set(graph.subjects(RDF.type, DCTERMS.Location))
    levels = {"municipality", "administrativeDistrict", "state"}
    found = set(graph.objects(node, DCATDE.politicalGeocodingLevelURI))
    assert found == {names.POLITICAL[f"Level/{one}"] for one in levels}
    assert set(graph.objects(node, DCATDE.politicalGeocodingURI)) == places
    contributor = URIRef("http://dcat-ap.de/def/contributors/stadtJena")
    assert list(graph.objects(node, DCATDE.contributorID)) == [contributor]
    for former in (DCATDE.originator, DCATDE.maintainer):
        assert graph.value(node, former) == graph.value(node, DCTERMS.publisher)


def test_high_value_data(make):
    category = "http://data.europa.eu/bna/c_ac64a52d"
    graph, node = described(make("hvd", hvd_category=[category], license_id="cc-zero"))
    assert list(graph.objects(node, names.DCATAP.hvdCategory)) == [URIRef(category)]
    for subject in (node, *graph.objects(node, DCAT.distribution)):
        laws = graph.objects(subject, names.DCATAP.applicableLegislation)
        assert list(laws) == [names.HVD_REGULATION]


def test_open_version_is_told_from_both_ends(make, restriction):
    version = make("offen")
    spellings = (
        "offen",
        version["id"],
        "http://test.ckan.net/dataset/offen",
        "https://b.example/offen",
    )
    for number, said in enumerate(spellings):
        fields = {**restriction, "derivative_status": "exists", "open_derivative": said}
        graph, node, open_ = described(make(f"personal-{number}", **fields), version)
        expected = URIRef(said) if "b.example" in said else open_
        assert list(graph.objects(node, DCTERMS.relation)) == [expected]
        if expected == open_:
            assert node in set(graph.objects(open_, PROV.wasDerivedFrom))


SPELLINGS = (
    "geheimname",
    "{id}",
    "http://test.ckan.net/dataset/geheimname",
    "https://TEST.ckan.net:443/de/dataset/{id}/",
    "http://test.ckan.net/dataset/geheimname.ttl?x=1#y",
    "http://test.ckan.net/api/3/action/package_show?id=geheimname",
    "//test.ckan.net/dataset/geheimname",
    "http://user@test.ckan.net./dataset/%67eheimname",
)


def test_a_hidden_open_version_is_not_told(make, restriction, hidden):
    for number, spelling in enumerate(SPELLINGS):
        said = spelling.format(id=hidden["id"])
        fields = {"derivative_status": "exists", "open_derivative": said}
        graph, _node = described({**make(f"personal-{number}", **restriction), **fields})
        text = graph.serialize()
        assert "eheimname" not in text, said
        assert hidden["id"] not in text, said
        assert str(names.terms().derivativeStatus) not in set(map(str, graph.predicates())), said


def test_what_a_hidden_dataset_is_derived_into_does_not_name_it(make, hidden):
    version = make("offen")
    extras = {"derivative_status": "exists", "open_derivative": "offen"}
    graph, _version, _hidden = described(version, {**hidden, **extras})
    assert list(graph.triples((None, PROV.wasDerivedFrom, None))) == []
    assert list(graph.triples((None, DCTERMS.relation, None))) == []


def test_the_catalogue_keeps_dates_of_hidden_datasets_to_itself(app, make, hidden):
    text = app.get("/catalog.ttl").text
    assert "geheimname" not in text
    graph = Graph().parse(data=text, format="turtle")
    catalogue = URIRef("http://test.ckan.net")
    assert graph.value(catalogue, DCTERMS.modified) is None
    for predicate in (DCTERMS.title, DCTERMS.description, DCTERMS.language, DCTERMS.license):
        assert graph.value(catalogue, predicate) is not None
    assert graph.value(catalogue, DCAT.themeTaxonomy) == names.DATA_THEMES
    publisher = graph.value(catalogue, DCTERMS.publisher)
    assert {FOAF.Agent, FOAF.Organization} <= set(graph.objects(publisher, RDF.type))
    make("offen")
    again = Graph().parse(data=app.get("/catalog.ttl").text, format="turtle")
    assert again.value(catalogue, DCTERMS.modified) is not None


def test_out_of_the_box(app, make):
    make("offen")
    assert tk.config["ckanext.dcat.rdf.profiles"] == "dcat_ap_de_3"
    assert "governance/terms#level-open" in app.get("/dataset/offen.rdf").text


@pytest.mark.ckan_config("ckanext.dcat.rdf.profiles", "euro_dcat_ap_3")
def test_yields_to_the_administrator(app, make):
    make("offen")
    text = app.get("/dataset/offen.rdf").text
    assert "dcat:Dataset" in text
    assert "governance/terms" not in text


def test_an_address_is_nobody_elses(make):
    other = make("andere")
    taken = {**make("dieb"), "uri": f"http://test.ckan.net/dataset/{other['id']}"}
    _graph, node = described(taken)
    assert node == URIRef(f"http://test.ckan.net/dataset/{taken['id']}")
    _graph, node = described({**taken, "uri": "https://b.example/eigene kennung"})
    assert node == URIRef("https://b.example/eigene%20kennung")


def test_no_query_for_each_dataset(make, restriction):
    listed = [make(f"personal-{number}", **restriction) for number in range(4)]
    queries = []

    def note(*args):
        queries.append(args[2])

    engine = model.meta.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        with surroundings.prefetched(listed):
            prefetched = len(queries)
            described(*listed)
        assert prefetched <= 3
        assert queries[prefetched:] == []
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
