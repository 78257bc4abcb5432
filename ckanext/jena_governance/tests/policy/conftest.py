from __future__ import annotations

import pytest
from hypothesis import settings

from ckanext.jena_governance import vocabularies
from ckanext.jena_governance.policy import Facts, Finding, Vocabulary, check
from ckanext.jena_governance.tests.policy import samples

# No deadline: two cores, and other suites beside this one.
settings.register_profile("policy", deadline=None, max_examples=60, database=None, print_blob=True)
settings.load_profile("policy")


@pytest.fixture(autouse=True)
def _forget_request_state() -> None:
    """Nothing of CKAN is needed here; the tests above clear its session."""


@pytest.fixture(scope="session")
def words() -> Vocabulary:
    return vocabularies.load()


@pytest.fixture
def checked(words):
    """Hold a dataset against the rules; the owner is a core department unless given."""

    def run(
        dataset, facts: Facts | str | None = samples.CORE, today=samples.TODAY
    ) -> list[Finding]:
        known = facts if isinstance(facts, Facts) else samples.facts(facts)
        return check(dataset, known, words, today)

    return run


@pytest.fixture
def errors(checked):
    """The codes of the errors of a dataset."""

    def run(dataset, *args, **kwargs) -> set[str]:
        return samples.codes(checked(dataset, *args, **kwargs))

    return run


@pytest.fixture
def warnings(checked):
    """The codes of the warnings of a dataset."""

    def run(dataset, *args, **kwargs) -> set[str]:
        return samples.codes(checked(dataset, *args, **kwargs), "warning")

    return run
