"""No two modules import each other, not even by way of others, inside a function, or for their types alone."""

from __future__ import annotations

import grimp


def circles(imports: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules of which each reaches all others; what reaches nothing but itself is none."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        front = [start]
        while front:
            fresh = imports[front.pop()] - seen
            seen |= fresh
            front += fresh
        return seen

    reach = {module: reached(module) for module in imports}
    groups = {frozenset(other for other in reach[module] if module in reach[other]) for module in imports}
    return sorted(sorted(group) for group in groups if group)


def test_a_circle_is_found_whatever_its_length() -> None:
    assert circles({"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": {"e"}, "e": set()}) == [["a", "b", "c"]]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = grimp.build_graph("captioning", "index_data", "search", cache_dir=None)
    assert circles({module: graph.find_modules_directly_imported_by(module) for module in graph.modules}) == []
