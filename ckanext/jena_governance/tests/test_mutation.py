"""The tool behind `make prove`: what it changes, and whether it tells noticed from missed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dev.mutation.mutants import Mutant, Source, sample

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[3]

# A package with each way in which a mutant can end.
LADDER = '''"""Ages."""
LIMITS = (6, 18)


def school(age: int) -> bool:
    """Whether one goes to school."""
    return LIMITS[0] <= age < LIMITS[1]


def emptied(steps):
    while steps:
        steps.pop()
    return steps


def unused():
    return 1 + 1
'''
TESTS = """
from ages.rules import ladder

def test_school():
    assert ladder.school(6) and ladder.school(17) and not ladder.school(18)

def test_emptied():
    assert ladder.emptied([1, 2]) == []
"""
TRIAL = """
import json, sys
from pathlib import Path
from dev.mutation.mutants import Source
from dev.mutation.trials import Trials
folder = Path(sys.argv[1])
source = Source.read(folder / "ages" / "rules" / "ladder.py", "ages.rules")
trials = Trials(folder / "ages" / "tests", [source], list(source.mutants()), lambda name, result: None)
problems = trials.run()
print(json.dumps([problems, trials.results]))
"""


def mutants(folder: Path, text: str) -> list[Mutant]:
    path = folder / "ladder.py"
    path.write_text(text)
    return list(Source.read(path, "ages").mutants())


def changes(folder: Path, text: str) -> set[str]:
    return {mutant.change for mutant in mutants(folder, text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a <= b", {"a <= b → a < b", "a <= b → a > b"}),
        ("a is not b", {"a is not b → a is b"}),
        ("a and b and c", {"a and b and c → a or b or c", "a and b and c → a and c"}),
        ("not a", {"not a → a"}),
        ("a if b else c", {"a if b else c → a", "a if b else c → c"}),
        ("if a:\n    f()", {"if a: → if True:", "if a: → if False:", "f() → pass"}),
        ("[a for a in b if a]", {"[a for a in b if a] → [a for a in b]"}),
        ("f(True, 2, 'x')", {"f(True, 2, 'x') → f(False, 2, 'x')", "f(True, 2, 'x') → f(True, 2)"}),
        ("a[1:]", {"a[1:] → a[2:]", "a[1:] → a[:]"}),
        ("f(a, key=b)", {"f(a, key=b) → f(a)", "f(a, key=b) → f(None, key=b)"}),
        ("A = (b, c)", {"(b, c) → (c, b)", "(b, c) → (b,)"}),
        ("def f():\n    yield a", {"yield a → yield from ()"}),
        ("def f():\n    return a + b", {"return a + b → return None", "a + b → a - b"}),
        ("def f(a=1):\n    raise a", {"1 → 2", "raise a → pass"}),
        ("for a in b:\n    continue", {"continue → break"}),
        ("any(a)", {"any(a) → all(a)"}),
        ("a.strip()", {"a.strip() → a"}),
    ],
)
def test_one_thing_is_changed(text: str, expected: set[str], tmp_path: Path):
    assert expected <= changes(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        '"""A text on 1 thing."""',
        "from a import b",
        "__all__ = ['a', 'b']",
        "a: dict[str, int]",
        "Part: TypeAlias = dict[str, int] | None",
        "@cache(maxsize=8)\ndef f(a: 'x') -> 'y':\n    '''Says 1.'''",
        "class A(B, frozen=True):\n    a: int",
    ],
)
def test_what_decides_nothing_is_left_alone(text: str, tmp_path: Path):
    assert changes(tmp_path, text) == set()


def test_names_are_unique_and_without_line_numbers(tmp_path: Path):
    names = [mutant.name for mutant in mutants(tmp_path, LADDER + "\n" * 3)]
    moved = [mutant.name for mutant in mutants(tmp_path, '"""Ages."""\n\n\n' + LADDER)]
    assert len(set(names)) == len(names) > 15
    assert names == moved
    assert "ladder.school: LIMITS[0] <= age < LIMITS[1] → LIMITS[0] < age < LIMITS[1]" in names
    assert "ladder.LIMITS: (6, 18) → (7, 18)" in names


def test_every_change_changes_the_code(tmp_path: Path):
    whole = mutants(tmp_path, LADDER)[0].source.code()
    for number in range(len(mutants(tmp_path, LADDER))):
        assert mutants(tmp_path, LADDER)[number].code() != whole


def test_sample_is_the_same_for_the_same_seed(tmp_path: Path):
    everything = mutants(tmp_path, LADDER)
    assert sample(everything, 5, 1) == sample(everything, 5, 1) != sample(everything, 5, 2)
    assert len(sample(everything, 5, 1)) == 5
    assert sample(everything, 1000, 1) == everything


def trial(folder: Path, tests: str) -> tuple[list[str], dict[str, str]]:
    for name in ("ages", "ages/rules", "ages/tests"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").touch()
    (folder / "ages" / "rules" / "ladder.py").write_text(LADDER)
    (folder / "ages" / "tests" / "test_ladder.py").write_text(tests)
    (folder / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-c", TRIAL, str(folder)],
        capture_output=True, text=True, cwd=ROOT, check=True, timeout=300,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def test_trial(tmp_path: Path):
    problems, results = trial(tmp_path, TESTS)
    assert problems == []
    expected = {
        "ladder.school: LIMITS[0] <= age < LIMITS[1] → LIMITS[0] < age < LIMITS[1]": "killed",
        "ladder.school: LIMITS[0] <= age < LIMITS[1] → LIMITS[0] <= age <= LIMITS[1]": "killed",
        "ladder.LIMITS: (6, 18) → (7, 18)": "killed",
        "ladder.LIMITS: LIMITS = (6, 18) → LIMITS = None": "killed",
        # No test asks for somebody younger.
        "ladder.LIMITS: (6, 18) → (5, 18)": "survived",
        "ladder.emptied: steps.pop() → pass": "timeout",
        "ladder.unused: 1 + 1 → 1 - 1": "untested",
    }
    assert {name: results[name] for name in expected} == expected


def test_a_trial_of_tests_that_fail_anyway_says_so(tmp_path: Path):
    problems, results = trial(tmp_path, TESTS + "\ndef test_wrong():\n    assert False\n")
    assert len(problems) == 1
    assert "test_wrong" in problems[0]
    assert results == {}
