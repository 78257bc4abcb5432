import json
def test_it(stories):
    out = {f: {c: vars(getattr(s, c)) for c in ("first", "again", "changed")} for f, s in stories.items()}
    json.dump(out, open("/tmp/story.json", "w"), default=lambda o: sorted(map(str, o)) if isinstance(o, (set, list)) else str(o), indent=1)
