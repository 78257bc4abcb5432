"""What every page of ours must keep to, looked up in its HTML."""

from __future__ import annotations

from bs4 import BeautifulSoup


def checked(html: str) -> BeautifulSoup:
    """The page; fails where its title, headings, tables, ids or labels are not in order."""
    page = BeautifulSoup(html, "html.parser")
    assert page.title
    assert page.title.get_text(strip=True)
    main = page.select_one("[role=main], main") or page
    levels = [int(one.name[1]) for one in main.select("h1, h2, h3, h4, h5, h6")]
    assert levels.count(1) == 1, levels
    start = levels.index(1)
    for before, after in zip(levels[start:], levels[start + 1 :], strict=False):
        assert after <= before + 1, levels
    for table in main.select("table.governance-table"):
        assert table.caption
        assert table.caption.get_text(strip=True)
        assert table.select("thead th[scope=col]")
        assert table.select("tbody th[scope=row]")
    ids = [one["id"] for one in main.select("[id]")]
    assert len(ids) == len(set(ids)), sorted(id_ for id_ in ids if ids.count(id_) > 1)
    for field in main.select("input:not([type=hidden]), select, textarea"):
        is_named = field.get("aria-label") or page.select_one(f'label[for="{field.get("id")}"]')
        assert is_named, field
    for script in main.select("script"):
        assert script.get("src"), "an inline script"
    return page
