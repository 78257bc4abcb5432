"""Why somebody has no access and what they can do: each sentence, and what fills it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ckanext.jena_governance.policy import ANONYMOUS, Actor, Asset, Grant, Membership, asset_of
from ckanext.jena_governance.policy.remedies import Asking, reasons_of, remedies_of
from ckanext.jena_governance.tests.policy.samples import TODAY, entity

PLAIN = "artenschutz-fundorte"
PERSONAL = "dsgvo-personenbezug"
WALL = "enwg-netzinformation"

CORE = entity("core", "amt", title="Umweltamt")
WALLED = replace(CORE, walled=True)
OUTSIDE = replace(CORE, in_group=False)
WORKS = entity("subsidiary", "werke", title="Stadtwerke")
UNION = entity("special-purpose-association", "zweck", title="Zweckverband", in_group=False)

STRANGER = Actor(id="u2")


def person(*entities, role="member", **more) -> Actor:
    seats = tuple(Membership(entity=one, role=role) for one in entities)
    return Actor(id="u1", memberships=seats, **more)


GRANT = Grant(
    id="g1",
    resources=frozenset({"r1"}),
    level="request",
    bases=frozenset({PLAIN}),
    owner="amt",
    since=date(2026, 1, 1),
    until=date(2026, 1, 2),
)
OTHER_GRANT = replace(GRANT, resources=frozenset({"r2"}))

COLLEAGUE = person(WORKS)
MEMBER = person(CORE)


@pytest.fixture
def asset(words):
    def make(bases=(PLAIN,), owner=CORE, files=None, sharing=None, need=None, **changes) -> Asset:
        dataset = {"id": "d1", "openness": "request", "legal_basis": list(bases)}
        made = asset_of(dataset, {"id": "r1"}, owner, words, TODAY)
        terms = made.terms
        terms = replace(terms, files=files or terms.files, sharing=sharing or terms.sharing)
        terms = replace(terms, need_to_know=terms.need_to_know if need is None else need)
        return replace(made, terms=terms, **changes)

    return make


def told(statements) -> list[tuple[str, dict[str, Any]]]:
    return [(one.code, dict(one.values)) for one in statements]


AMT = {"entity": "Umweltamt"}


@pytest.mark.parametrize(
    ("who", "level", "changes", "expected"),
    [
        (STRANGER, "request", {"owner": None}, ("access_no_owner", {})),
        (STRANGER, "closed", {}, ("access_closed", AMT)),
        (STRANGER, "closed", {"bases": [WALL], "owner": WALLED}, ("access_closed", AMT)),
        (MEMBER, "closed", {}, ("access_closed", AMT)),
        (MEMBER, "request", {}, ("access_personal", AMT)),
        (MEMBER, "request", {"bases": [WALL], "owner": WALLED}, ("access_personal", AMT)),
        (STRANGER, "request", {"owner": WALLED}, ("access_wall", AMT)),
        (STRANGER, "group", {"bases": [WALL], "owner": WALLED}, ("access_wall", AMT)),
        (STRANGER, "request", {"bases": [WALL]}, ("access_wall_basis", {"basis": WALL})),
        (STRANGER, "request", {"sharing": "none"}, ("access_wall_unknown", {})),
        (STRANGER, "group", {}, ("access_not_in_group", {})),
        (COLLEAGUE, "group", {}, ("access_not_in_group", {})),
        (STRANGER, "group", {"owner": OUTSIDE}, ("access_owner_not_in_group", AMT)),
        (STRANGER, "request", {}, ("access_request", AMT)),
        (STRANGER, "request", {"owner": OUTSIDE}, ("access_request", AMT)),
        (STRANGER, "request", {"bases": [PERSONAL]}, ("access_personal", AMT)),
        (ANONYMOUS, "request", {"need": True}, ("access_personal", AMT)),
        (ANONYMOUS, "request", {"bases": [PERSONAL], "need": False}, ("access_request", AMT)),
    ],
)
def test_the_reason(asset, who, level, changes, expected):
    asking = Asking(who, asset(**changes), level, TODAY)
    assert told(reasons_of(asking)) == [expected]


@pytest.mark.parametrize(
    ("grants", "is_lapsed"),
    [
        ([], False),
        ([OTHER_GRANT], False),
        ([GRANT], True),
        ([OTHER_GRANT, GRANT], True),
        ([GRANT, OTHER_GRANT], True),
    ],
)
def test_a_grant_that_counts_no_more_is_named_second(asset, grants, is_lapsed):
    asking = Asking(Actor(id="u1", grants=tuple(grants)), asset(), "request", TODAY)
    lapsed = [("access_grant_lapsed", {})] if is_lapsed else []
    assert told(reasons_of(asking)) == [("access_request", AMT), *lapsed]


REVIEW = ("remedy_review", {})
CITIZEN = ("remedy_citizen", {})
COMPANY = ("remedy_citizen_company", {})
LOGIN = ("remedy_login", AMT)
REQUEST = ("remedy_request", AMT)
NONE = ("remedy_none_plain", {})
BETWEEN = ("remedy_agreement", {"a": "Umweltamt", "b": "Stadtwerke"})


@pytest.mark.parametrize(
    ("who", "level", "changes", "expected"),
    [
        # Signing in; nobody knows yet who it is.
        (ANONYMOUS, "group", {}, [("remedy_login_group", {}), REQUEST, REVIEW, CITIZEN]),
        (ANONYMOUS, "request", {}, [LOGIN, REQUEST, REVIEW, CITIZEN]),
        (ANONYMOUS, "group", {"owner": OUTSIDE}, [LOGIN, REQUEST, REVIEW, CITIZEN]),
        (
            ANONYMOUS,
            "group",
            {"owner": WALLED},
            [LOGIN, ("remedy_none_wall", AMT), REVIEW, CITIZEN],
        ),
        (ANONYMOUS, "group", {"sharing": "none"}, [LOGIN, NONE, REVIEW, CITIZEN]),
        # Being entered as a member.
        (STRANGER, "group", {}, [("remedy_membership", {}), REQUEST, REVIEW, CITIZEN]),
        (STRANGER, "group", {"owner": OUTSIDE}, [REQUEST, REVIEW, CITIZEN]),
        (COLLEAGUE, "group", {}, [REQUEST, BETWEEN, REVIEW]),
        (STRANGER, "request", {}, [REQUEST, REVIEW, CITIZEN]),
        # Plain members, where only those in charge get in.
        (MEMBER, "closed", {}, [("remedy_editor", AMT), NONE, REVIEW]),
        (
            MEMBER,
            "request",
            {"owner": WALLED},
            [("remedy_editor", AMT), ("remedy_none_wall", AMT), REVIEW],
        ),
        (MEMBER, "request", {"sharing": "none"}, [("remedy_editor", AMT), NONE, REVIEW]),
        (MEMBER, "request", {}, [("remedy_request_personal", AMT), REVIEW]),
        (STRANGER, "closed", {}, [NONE, REVIEW, CITIZEN]),
        # Asking.
        (STRANGER, "closed", {"owner": WALLED}, [("remedy_none_wall", AMT), REVIEW, CITIZEN]),
        (
            STRANGER,
            "request",
            {"sharing": "none", "walled_by": WALL},
            [("remedy_none", {"basis": WALL}), REVIEW, CITIZEN],
        ),
        (
            STRANGER,
            "request",
            {"sharing": "norm"},
            [("remedy_request_norm", AMT), REVIEW, CITIZEN],
        ),
        (
            MEMBER,
            "request",
            {"files": "metadata_only"},
            [("remedy_request_outside", AMT), REVIEW],
        ),
        (
            STRANGER,
            "request",
            {"files": "metadata_only"},
            [("remedy_request_outside", AMT), REVIEW, CITIZEN],
        ),
        # An agreement with the reader's own body.
        (person(UNION), "request", {"sharing": "norm"}, [("remedy_request_norm", AMT), REVIEW, CITIZEN]),
        (COLLEAGUE, "request", {"need": True}, [REQUEST, REVIEW]),
        (person(CORE, WORKS), "request", {}, [("remedy_request_personal", AMT), BETWEEN, REVIEW]),
        (person(WORKS, UNION), "request", {}, [REQUEST, BETWEEN, REVIEW]),
        # Nobody to ask.
        (STRANGER, "request", {"owner": None}, [REVIEW]),
        (ANONYMOUS, "closed", {"owner": None, "open_version": "x"},
         [("remedy_open_version", {"reference": "x"}), REVIEW]),
        # By itself.
        (
            STRANGER,
            "request",
            {"opens_on": TODAY + timedelta(days=1), "open_version": "grobfassung"},
            [
                ("remedy_open_version", {"reference": "grobfassung"}),
                REQUEST,
                ("remedy_date", {"date": TODAY + timedelta(days=1)}),
                REVIEW,
                CITIZEN,
            ],
        ),
        (STRANGER, "request", {"opens_on": TODAY}, [REQUEST, REVIEW, CITIZEN]),
        (STRANGER, "request", {"opens_on": TODAY - timedelta(days=1)}, [REQUEST, REVIEW, CITIZEN]),
        # The transparency act binds the city, not its companies; those inside know each other.
        (person(UNION), "request", {"owner": WORKS},
         [("remedy_request", {"entity": "Stadtwerke"}),
          ("remedy_agreement", {"a": "Stadtwerke", "b": "Zweckverband"}), REVIEW, COMPANY]),
        (COLLEAGUE, "request", {"owner": WORKS},
         [("remedy_request_personal", {"entity": "Stadtwerke"}), REVIEW]),
    ],
)  # fmt: skip
def test_the_remedies(asset, who, level, changes, expected):
    asking = Asking(who, asset(**changes), level, TODAY)
    assert told(remedies_of(asking)) == expected


def test_membership_helps_only_where_a_rule_shares(asset):
    shared = asset()
    membership = ("remedy_membership", {})
    rules = shared.sharing
    (rule,) = rules.rules
    first = rules.in_force
    unnamed = replace(rule, from_classes=frozenset({"external"}))
    for sharing, today, is_shared in [
        (rules, first, True),
        (rules, first - timedelta(days=1), False),
        (replace(rules, rules=(unnamed,)), TODAY, False),
        (replace(rules, rules=(unnamed, rule)), TODAY, True),
        (replace(rules, rules=()), TODAY, False),
    ]:
        asking = Asking(STRANGER, replace(shared, sharing=sharing), "group", today)
        assert (membership in told(remedies_of(asking))) is is_shared
        (reason,) = reasons_of(asking)
        assert (reason.code == "access_not_in_group") is is_shared
