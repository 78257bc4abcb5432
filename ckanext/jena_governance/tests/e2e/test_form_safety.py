"""Nothing typed is lost, nothing is saved twice, and nobody overwrites what they have not seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from ckan import model
from ckan.tests.helpers import call_action

from ckanext.jena_governance.tests.conftest import stored
from ckanext.jena_governance.tests.e2e.signing_in import sign_in

BASIS = "[name=legal_basis][value=dsgvo-personenbezug]"


@pytest.fixture(autouse=True)
def _impatient(page: Page) -> None:
    page.set_default_timeout(10_000)


@pytest.fixture
def dataset(department: dict[str, Any]) -> dict[str, Any]:
    dataset = call_action(
        "package_create",
        context={"user": "clerk"},
        name="baumkataster",
        title="Baumkataster",
        owner_org=department["id"],
        license_id="dl-by-de-2.0",
    )
    model.Session.commit()
    return dataset


@pytest.fixture
def plain(browser: Browser, server: str, department: dict[str, Any]) -> Iterator[Page]:
    """The editor, signed in, with a browser that runs no scripts."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(10_000)
    sign_in(page, f"{server}/user/login")
    yield page
    context.close()


def publish(page: Page) -> None:
    page.click("button[name=save][value=publish]")
    page.wait_for_load_state()


# -- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "title", "lost"),
    [
        ("de", "Geben Sie dem Datensatz einen Titel.", "Ihre Eingaben sind nicht verloren."),
        ("en", "Give the dataset a title.", "Nothing you typed is lost."),
    ],
)
def test_errors_are_summed_up_take_the_focus_and_lead_to_the_fields(
    clerk: Page, server: str, language: str, title: str, lost: str
) -> None:
    clerk.goto(f"{server}/{language}/dataset/new")
    clerk.fill("[name=notes]", "Was da steht, bleibt da.")
    clerk.fill("[name=first_url]", "https://example.org/a.csv")
    clerk.check("[name=openness][value=closed]")
    clerk.check("#card-persons")
    clerk.fill("[name=restriction_reason]", "")
    publish(clerk)

    summary = clerk.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text(lost)
    expect(summary.get_by_role("listitem").first).to_contain_text(title)
    for name, value in (
        ("notes", "Was da steht, bleibt da."),
        ("first_url", "https://example.org/a.csv"),
    ):
        expect(clerk.locator(f"[name={name}]")).to_have_value(value)
    expect(clerk.locator("[name=openness][value=closed]")).to_be_checked()
    expect(clerk.locator("#card-persons")).to_be_checked()
    expect(clerk.locator(BASIS)).to_be_checked()

    summary.get_by_role("link").nth(1).click()
    expect(clerk.locator("[name=restriction_reason]")).to_be_focused()
    reason = clerk.locator("[name=restriction_reason]")
    assert reason.get_attribute("aria-invalid") == "true"
    described = reason.get_attribute("aria-describedby") or ""
    assert "field-restriction_reason-error" in described.split()

    clerk.fill("[name=title]", "Personalliste")
    clerk.fill("[name=restriction_reason]", "Angaben zu einzelnen Personen.")
    clerk.fill("[name=data_steward]", "Fachdienst Umweltschutz")
    clerk.fill("[name=data_steward_email]", "daten@umwelt.example")
    publish(clerk)
    assert stored("personalliste")["openness"] == "closed"


def test_a_draft_may_have_gaps_and_is_finished_later(clerk: Page, server: str) -> None:
    clerk.goto(f"{server}/de/dataset/new")
    clerk.fill("[name=title]", "Personalliste")
    clerk.check("[name=openness][value=request]")
    clerk.click("button[value=draft]")
    clerk.wait_for_url(re.compile("/dataset/edit/personalliste"))
    expect(clerk.locator("body")).to_contain_text("Der Entwurf ist gespeichert.")
    draft = stored("personalliste")
    assert (draft["state"], draft["openness"]) == ("draft", "request")

    expect(clerk.locator("[name=openness][value=request]")).to_be_checked()
    clerk.check("#card-persons")
    clerk.fill("[name=data_steward]", "Fachdienst Umweltschutz")
    clerk.fill("[name=data_steward_email]", "daten@umwelt.example")
    clerk.set_input_files(
        "[name=first_upload]", {"name": "liste.csv", "mimeType": "text/csv", "buffer": b"a\n1\n"}
    )
    publish(clerk)
    after = stored("personalliste")
    assert (after["state"], after["legal_basis"]) == ("active", ["dsgvo-personenbezug"])
    assert len(after["resources"]) == 1


def test_files_that_must_stay_in_their_system(clerk: Page, server: str) -> None:
    clerk.goto(f"{server}/de/dataset/new")
    clerk.fill("[name=title]", "Meldedaten")
    clerk.fill("[name=first_url]", "https://example.org/meldedaten.csv")
    clerk.check("[name=openness][value=closed]")
    clerk.check("#card-persons")
    clerk.check("[name=legal_basis][value=bmg-meldegeheimnis]")
    expect(clerk.get_by_text("Sie bleibt im Fachverfahren.")).to_be_visible()
    expect(clerk.locator("[name=first_upload]")).to_be_hidden()
    clerk.fill("[name=data_steward]", "Bürgerservice")
    clerk.fill("[name=data_steward_email]", "daten@buerger.example")
    publish(clerk)
    assert stored("meldedaten")["resources"] == []


# -- without a script ------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "page_two"), [("de", "Seite 2 von 2"), ("en", "Page 2 of 2")])
def test_two_pages_without_javascript(
    plain: Page, server: str, language: str, page_two: str
) -> None:
    plain.goto(f"{server}/{language}/dataset/new")
    expect(plain.locator("[data-governance-ground]")).to_be_hidden()
    plain.fill("[name=title]", "Personalliste")
    plain.check("[name=openness][value=request]")
    publish(plain)

    expect(plain.get_by_text(page_two)).to_be_visible()
    expect(plain.locator(".governance-summary")).to_have_count(0)
    plain.locator("details[data-governance-group=persons] > summary").click()
    plain.check(BASIS)
    plain.fill("[name=restriction_reason]", "Angaben zu einzelnen Personen.")
    plain.fill("[name=data_steward]", "Fachdienst Umweltschutz")
    plain.fill("[name=data_steward_email]", "daten@umwelt.example")
    publish(plain)
    after = stored("personalliste")
    assert (after["openness"], after["legal_basis"]) == ("request", ["dsgvo-personenbezug"])
    assert after["review_date"]


def test_open_and_unsure_without_javascript(plain: Page, server: str) -> None:
    plain.goto(f"{server}/de/dataset/new")
    plain.fill("[name=title]", "Baumkataster")
    publish(plain)
    assert stored("baumkataster")["state"] == "active"

    plain.goto(f"{server}/de/dataset/new")
    plain.fill("[name=title]", "Lagekarte")
    plain.check("[name=openness][value=closed]")
    publish(plain)
    plain.check("#card-plain-unsure")
    publish(plain)
    assert stored("lagekarte")["legal_basis"] == ["vorlaeufige-sperre"]


# -- by keyboard -----------------------------------------------------------------------------------


def test_by_keyboard_alone(clerk: Page, server: str) -> None:
    clerk.goto(f"{server}/de/dataset/new")

    def reach(selector: str) -> None:
        for _step in range(60):
            if clerk.evaluate("s => document.activeElement.matches(s)", selector):
                style = "getComputedStyle(document.activeElement.closest('.governance-radio, .governance-basis') || document.activeElement)"
                assert clerk.evaluate(f"{style}.outlineStyle") != "none", selector
                return
            clerk.keyboard.press("Tab")
        pytest.fail(f"{selector} cannot be reached")

    clerk.focus("body")
    for _step in range(60):
        clerk.keyboard.press("Tab")
        if clerk.evaluate("document.activeElement.name === 'title'"):
            break
    reach("[name=title]")
    clerk.keyboard.type("Umspannwerke")
    reach("[name=openness]")
    clerk.keyboard.press("ArrowDown")
    clerk.keyboard.press("ArrowDown")
    expect(clerk.locator("[name=openness][value=request]")).to_be_checked()
    reach("[name=governance_card]")
    for _step in range(10):
        if clerk.locator("#card-security").is_checked():
            break
        clerk.keyboard.press("ArrowDown")
    expect(clerk.locator("[name=legal_basis][value=kritis-schutzinformation]")).to_be_checked()
    reach("[name=data_steward]")
    clerk.keyboard.type("Stadtwerke, Netzplanung")
    reach("[name=data_steward_email]")
    clerk.keyboard.type("netz@stadtwerke.example")
    reach("button[name=save]")
    clerk.keyboard.press("Enter")
    clerk.wait_for_url(re.compile("/dataset/umspannwerke$"))
    assert stored("umspannwerke")["legal_basis"] == ["kritis-schutzinformation"]


# -- others, and time ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_level_that_changed_meanwhile_is_shown_with_both_values(
    clerk: Page, server: str, dataset: dict[str, Any], language: str
) -> None:
    clerk.goto(f"{server}/{language}/dataset/edit/baumkataster")
    call_action("governance_lock", context={"user": "clerk"}, id="baumkataster")
    clerk.fill("[name=title]", "Bäume der Stadt")
    clerk.click("button[value=update]")
    clerk.wait_for_load_state()

    summary = clerk.get_by_role("alert")
    expect(summary).to_be_focused()
    row = summary.get_by_role("row", name="Wie offen" if language == "de" else "How open")
    expect(row).to_contain_text("Geschlossen" if language == "de" else "Closed")
    expect(row).to_contain_text("Offen" if language == "de" else "Open")
    assert stored("baumkataster")["title"] == "Baumkataster"
    assert stored("baumkataster")["openness"] == "closed"
    expect(clerk.locator("[name=title]")).to_have_value("Bäume der Stadt")


def test_two_editors_at_once(clerk: Page, server: str, dataset: dict[str, Any]) -> None:
    clerk.goto(f"{server}/de/dataset/edit/baumkataster")
    call_action(
        "package_patch",
        context={"user": "clerk"},
        id="baumkataster",
        notes="Neu <b>beschrieben</b>",
    )
    clerk.fill("[name=title]", "Bäume der Stadt")
    clerk.click("button[value=update]")
    summary = clerk.get_by_role("alert")
    expect(summary).to_contain_text("Es wurde nichts gespeichert.")
    expect(summary).to_contain_text("Neu <b>beschrieben</b>")
    assert stored("baumkataster")["title"] == "Baumkataster"

    clerk.fill("[name=notes]", "Neu beschrieben")
    clerk.click("button[value=update]")
    clerk.wait_for_url(re.compile("/dataset/baumkataster$"))
    assert stored("baumkataster")["title"] == "Bäume der Stadt"


def test_pressed_twice_saved_once(clerk: Page, server: str) -> None:
    clerk.goto(f"{server}/de/dataset/new")
    clerk.fill("[name=title]", "Baumkataster")
    clerk.evaluate("""async () => {
        const form = document.getElementById("dataset-edit");
        const data = new FormData(form);
        data.set("save", "publish");
        const send = () => fetch(location.href, {method: "POST", body: data});
        window.answers = (await Promise.all([send(), send()])).map(a => [a.status, a.url]);
    }""")
    answers = clerk.evaluate("window.answers")
    assert [status for status, _url in answers] == [200, 200]
    assert {url.rsplit("/", 1)[-1] for _status, url in answers} == {"baumkataster"}
    names = call_action("package_list", context={"ignore_auth": True})
    assert names == ["baumkataster"]


def test_back_and_once_more_changes_what_was_saved(clerk: Page, server: str) -> None:
    clerk.goto(f"{server}/de/dataset/new")
    clerk.fill("[name=title]", "Baumkataster")
    publish(clerk)
    clerk.wait_for_url(re.compile("/dataset/baumkataster$"))
    clerk.go_back()
    expect(clerk.locator("[name=title]")).to_have_value("Baumkataster")
    clerk.fill("[name=title]", "Baumkataster 2026")
    publish(clerk)
    expect(clerk.locator("body")).to_contain_text("Dieser Datensatz ist schon gespeichert.")
    expect(clerk.locator("[name=title]")).to_have_value("Baumkataster 2026")
    clerk.click("button[name=save] >> nth=0")
    clerk.wait_for_url(re.compile("/dataset/baumkataster"))
    assert call_action("package_list", context={"ignore_auth": True}) == ["baumkataster"]
    assert stored("baumkataster")["title"] == "Baumkataster 2026"


@pytest.mark.parametrize("language", ["de", "en"])
def test_an_expired_session_costs_nothing_typed(clerk: Page, server: str, language: str) -> None:
    clerk.goto(f"{server}/{language}/dataset/new")
    clerk.fill("[name=title]", "Personalliste")
    clerk.check("[name=openness][value=request]")
    clerk.check("#card-persons")
    clerk.fill("[name=restriction_reason]", "Ein langer Text, den niemand zweimal schreibt.")
    clerk.fill("[name=data_steward]", "Team Daten")
    clerk.fill("[name=data_steward_email]", "daten@umwelt.example")
    clerk.context.clear_cookies()
    publish(clerk)
    clerk.wait_for_url(re.compile("/user/login"))
    sign_in(clerk)
    clerk.wait_for_url(re.compile("/dataset/new"))
    expect(clerk.locator("[name=title]")).to_have_value("Personalliste")
    expect(clerk.locator("[name=openness][value=request]")).to_be_checked()
    expect(clerk.locator(BASIS)).to_be_checked()
    expect(clerk.locator("[name=restriction_reason]")).to_have_value(
        "Ein langer Text, den niemand zweimal schreibt."
    )
    publish(clerk)
    clerk.wait_for_url(re.compile("/dataset/personalliste$"))
    assert stored("personalliste")["legal_basis"] == ["dsgvo-personenbezug"]

    clerk.goto(f"{server}/{language}/dataset/new")
    expect(clerk.locator("[name=title]")).to_have_value("")
    expect(clerk.locator("[data-governance-kept]")).to_have_count(0)


# -- changing --------------------------------------------------------------------------------------


def test_lifting_a_restriction_takes_its_ground_along(
    clerk: Page, server: str, dataset: dict[str, Any], restriction: dict[str, Any]
) -> None:
    call_action("package_patch", context={"user": "clerk"}, id=dataset["id"], **restriction)
    model.Session.commit()
    clerk.goto(f"{server}/de/dataset/edit/baumkataster")
    expect(clerk.locator("#card-persons")).to_be_checked()
    expect(clerk.locator("[name=opening_reason]")).to_be_hidden()
    clerk.check("[name=openness][value=open]")
    clerk.check("[name=personal_data][value=anonymised]")
    expect(clerk.locator("[data-governance-ground]")).to_be_hidden()
    clerk.fill("[name=opening_reason]", "Daten bereinigt oder zusammengefasst")
    clerk.click("button[value=update]")
    clerk.wait_for_url(re.compile("/dataset/baumkataster$"))
    # A second person has to agree; what was proposed is complete and without a ground.
    from ckanext.jena_governance.logic import proposals

    waiting = proposals.pending(dataset["id"])
    assert waiting is not None
    assert waiting.fields[""]["openness"] == "open"
    assert not waiting.fields[""].get("legal_basis")


def test_free_to_view_but_not_to_use(clerk: Page, server: str) -> None:
    clerk.goto(f"{server}/de/dataset/new")
    clerk.fill("[name=title]", "Studie")
    clerk.fill("[name=first_url]", "https://example.org/studie.pdf")
    clerk.select_option("[name=license_id]", "other-closed")
    expect(clerk.locator("[name=legal_basis][value=urhg-werke-dritter]")).to_be_checked()
    expect(clerk.locator("[name=openness][value=open]")).to_be_checked()
    expect(clerk.locator("[name=review_date]")).to_be_hidden()
    clerk.select_option("[name=permission__0__id]", "lizenz-oder-vertrag")
    clerk.fill("[name=permission__0__reference]", "Vertrag mit dem Büro vom 1. 2. 2026")
    publish(clerk)
    clerk.wait_for_url(re.compile("/dataset/studie$"))
    after = stored("studie")
    assert (after["openness"], after["openness_effective"]) == ("open", "viewable")


def test_a_file_as_the_dataset_unless_said(
    clerk: Page, server: str, dataset: dict[str, Any]
) -> None:
    call_action(
        "package_patch",
        context={"user": "clerk"},
        id=dataset["id"],
        data_steward="Team Daten",
        data_steward_email="daten@umwelt.example",
        review_date=(date.today() + timedelta(days=200)).isoformat(),
    )
    model.Session.commit()
    clerk.goto(f"{server}/de/dataset/baumkataster/resource/new")
    same = clerk.get_by_label("Wie der Datensatz: Offen")
    expect(same).to_be_checked()
    expect(clerk.locator("[data-governance-ground]")).to_be_hidden()
    clerk.click(".btn:has-text('Link')")
    clerk.fill("[name=url]", "https://example.org/privat.csv")
    clerk.fill("[name=name]", "Bäume auf Privatgrund")
    clerk.check("[name=openness][value=request]")
    clerk.check("#card-security")
    clerk.click("button[name=save] >> nth=-1")
    clerk.wait_for_url(re.compile("/dataset/baumkataster$"))
    resource = stored("baumkataster")["resources"][0]
    assert resource["openness"] == "request"
    assert resource["legal_basis"] == ["kritis-schutzinformation"]
    assert resource["restriction_reason"]
    assert not {"governance_card", "governance_ground"} & set(resource)
    assert "example.org" not in resource["url"]


# -- odd things ------------------------------------------------------------------------------------

MARKUP = "<script>window.hurt = 1</script><img src=x onerror='window.hurt = 1'>\"'"


def test_markup_long_titles_and_other_scripts(clerk: Page, server: str) -> None:
    clerk.goto(f"{server}/de/dataset/new")
    clerk.fill("[name=title]", MARKUP)
    clerk.fill("[name=notes]", "مجموعة بيانات الأشجار " + MARKUP)
    clerk.check("[name=openness][value=closed]")
    clerk.check("#card-persons")
    clerk.fill("[name=restriction_reason]", MARKUP)
    clerk.fill("[name=data_steward]", MARKUP)
    publish(clerk)
    expect(clerk.locator("[name=title]")).to_have_value(MARKUP)
    assert clerk.evaluate("window.hurt") is None

    clerk.goto(f"{server}/de/dataset/new")
    clerk.get_by_role("button", name="Verwerfen").click()
    clerk.fill("[name=title]", "Ä" * 10_000)
    publish(clerk)
    expect(clerk.locator("h1").first).to_be_visible()
    assert clerk.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("width", [320, 640])
def test_fits_narrow_screens(clerk: Page, server: str, width: int) -> None:
    """640 px is also what is left of 1280 at 200 % zoom."""
    clerk.set_viewport_size({"width": width, "height": 800})
    clerk.goto(f"{server}/de/dataset/new")
    clerk.check("[name=openness][value=request]")
    clerk.check("#card-thirdparty")
    reach = "Math.max(...[...document.querySelectorAll('.governance-form *')].map(e => e.getBoundingClientRect().right))"
    assert clerk.evaluate(reach) <= width


def test_a_broken_script_leaves_a_form_that_works(clerk: Page, server: str) -> None:
    clerk.route("**/webassets/**governance-form**.js", lambda route: route.abort())
    clerk.goto(f"{server}/de/dataset/new")
    clerk.fill("[name=title]", "Baumkataster")
    clerk.check("[name=openness][value=request]")
    publish(clerk)
    expect(clerk.get_by_text("Seite 2 von 2")).to_be_visible()
