"""Rename in imports, and in what a package's ``__init__.py`` offers: ``__all__`` and the dict of lazy imports."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from ...errors import EditRefused
from ...python import import_lines, lists, offered
from ...python.source import Source
from ...python.text import Edit
from .name_scopes import NameScopes
from .naming import NEW, OLD, Clash, Meanings, is_in, module_meaning


class NameImports(NameScopes):
    """The imports and exports of a file."""

    def _import(self, node: ast.Import | ast.ImportFrom, meanings: Meanings) -> None:
        naming, path = self._naming, self._source.path
        if isinstance(node, ast.Import):
            for alias in node.names:
                stem = naming.stem(path, alias.name)
                self._module_part(alias.lineno, self._text.span(alias)[0], alias.name, stem)
            return
        module = "." * node.level + (node.module or "")
        stem = naming.stem(path, module)
        if stem is None:
            return
        if node.module:
            start = self._text.content.index(node.module, self._text.span(node)[0] + len("from "))
            self._module_part(node.lineno, start - node.level, module, stem)
        stem = naming.settled(stem)[0]
        self._names(node, stem, meanings)

    def _module_part(self, line: int, start: int, module: str, stem: str | None) -> None:
        """Rename the part of a dotted module that is another one now; ``start`` is where the module begins."""
        naming = self._naming
        if stem is None:
            return
        if naming.moves and is_in(stem, naming.survey.stems[1]):
            self._lines.append(line)
        if not naming.settled(stem)[1]:
            return
        old, new = naming.module_names
        behind = stem[len(naming.survey.stems[0]) :].count("/")
        parts = module.split(".")
        at = len(parts) - 1 - behind
        if at < 0 or parts[at] != old:
            raise Clash(line, f"the module {module} is imported in a way that cannot be edited")
        self._replace(line, start + sum(len(each) + 1 for each in parts[:at]), old, new)

    def _names(self, node: ast.ImportFrom, stem: str, meanings: Meanings) -> None:
        naming = self._naming
        old_module, new_module = naming.module_names
        changes: dict[int, tuple[str, str]] = {}
        for index, alias in enumerate(node.names):
            meaning = self._member(stem, alias.name)
            is_module = f"{stem}/{alias.name}" == naming.survey.stems[0] != naming.survey.stems[1]
            if meaning == NEW or (naming.moves and meaning == module_meaning(naming)):
                self._lines.append(alias.lineno)
            if meaning == OLD:
                self._free(alias, meanings)
                changes[index] = naming.old, naming.new
            elif is_module and meaning == module_meaning(naming):
                if not alias.asname:
                    self._free_module(alias, meanings)
                changes[index] = old_module, new_module
        if changes and self._keeps(self._source.path) and naming.old:
            self._lines.append(node.lineno)
            self._add_beside(node, changes)
        elif changes:
            self._rename_aliases(node, changes)

    def _add_beside(self, node: ast.ImportFrom, changes: dict[int, tuple[str, str]]) -> None:
        """Import the new name beside the old one."""
        there = [each.name for each in node.names]
        if self._naming.new in there or any(node.names[index].asname for index in changes):
            return
        place = next((at for at, each in enumerate(there) if each > self._naming.new), len(there))
        elements = lists.elements_of(self._source, node)
        added = lists.insert_each(self._source, elements, [(place, self._naming.new)])
        self._places += 1
        self._edits += lists.in_brackets(elements, added)

    def _rename_aliases(self, node: ast.ImportFrom, changes: dict[int, tuple[str, str]]) -> None:
        names = [each.name for each in node.names]
        for index, (old, new) in changes.items():
            alias = node.names[index]
            text = new if not alias.asname else f"{new} as {new if alias.asname == old else alias.asname}"
            self._lines.append(alias.lineno)
            self._places += 1
            span = self._text.span(alias)
            if len(changes) > 1:  # the same name twice, once by another one
                self._edits.append(Edit(*span, text))
                continue
            self._edits += moved(self._source, node, names, index, new, text, span, import_lines.member_key)

    def _is_offered(self, meanings: Meanings) -> bool:
        """Tell whether the module has the name to offer."""
        offers = self._naming.survey.offers
        return meanings.get(self._naming.old) in (OLD, NEW) or (self._source.path, self._naming.old) in offers

    def _offered(self) -> None:
        for display in offered.listings(self._source.tree):
            for part in ast.walk(display):
                if isinstance(part, ast.List | ast.Tuple | ast.Set):
                    self._listed(part, part.elts)

    def _listed(self, display: ast.expr, elements: Sequence[ast.expr | None]) -> None:
        names = [each.value if isinstance(each, ast.Constant) else "" for each in elements]
        old, new = self._naming.old, self._naming.new
        if old not in names:
            return
        self._in_display(display, elements, names, names.index(old), old, new, f'"{new}"')

    def _in_display(
        self,
        display: ast.expr,
        elements: Sequence[ast.expr | None],
        names: Sequence[object],
        index: int,
        old: str,
        new: str,
        code: str,
    ) -> None:
        element = elements[index]
        assert element is not None
        self._lines.append(element.lineno)
        there = [str(each) for each in names]
        if self._keeps(self._source.path) and self._naming.old:
            if new not in there:
                place = next((at for at, each in enumerate(there) if each > new), len(there))
                listed = lists.elements_of(self._source, display)
                self._places += 1
                self._edits += lists.insert_each(self._source, listed, [(place, code)])
            return
        if new in there:
            raise Clash(element.lineno, f'"{new}" is in the list already, beside "{old}"')
        self._places += 1
        listed = lists.elements_of(self._source, display)
        span = listed.spans[index] if len(listed.spans) == len(there) else self._text.span(element)
        self._edits += moved(self._source, display, there, index, new, code, span)

    def _lazy(self) -> bool:
        """Rename in the dict of lazy imports: the names, and their modules; tell whether it had the old name."""
        naming = self._naming
        has_old = False
        for display in offered.lazy_dicts(self._source.tree):
            keys = [each.value if isinstance(each, ast.Constant) else "" for each in display.keys]
            for index, (key, value) in enumerate(zip(display.keys, display.values, strict=True)):
                if not (isinstance(key, ast.Constant) and isinstance(value, ast.Constant)):
                    continue
                module, name = str(value.value), str(key.value)
                stem = naming.stem(self._source.path, module)
                if stem is None:
                    continue
                settled, is_moved = naming.settled(stem)
                meaning = self._member(settled, name)
                has_old = has_old or meaning == OLD
                entry = f'"{self._moved_module(module, stem)}"' if is_moved else self._text.segment(value)
                is_itself = not naming.old and name == naming.module_names[0] and settled == naming.survey.stems[1]
                if meaning == OLD or (is_itself and is_moved):
                    new = naming.new or naming.module_names[1]
                    self._in_display(display, display.keys, keys, index, name, new, f'"{new}": {entry}')
                    if is_itself:
                        for listing in offered.listings(self._source.tree):
                            self._module_listed(listing)
                elif is_moved:
                    start, stop = self._text.span(value)
                    self._lines.append(value.lineno)
                    self._places += 1
                    self._edits.append(Edit(start, stop, entry))
                elif meaning == NEW or (naming.moves and is_in(settled, naming.survey.stems[1])):
                    self._lines.append(key.lineno)
        return has_old

    def _module_offered(self) -> None:
        """Rename the module in ``__all__`` of the package that has it, once the names beside it are renamed."""
        naming = self._naming
        folder = naming.survey.stems[0].rpartition("/")[0]
        if naming.moves and self._source.path == f"{folder}/__init__.py".lstrip("/"):
            for listing in offered.listings(self._source.tree):
                start, stop = self._text.span(listing)
                if not any(start <= each.start and each.stop <= stop for each in self._edits):
                    self._module_listed(listing)

    def _module_listed(self, listing: ast.expr) -> None:
        old, new = self._naming.module_names
        for part in ast.walk(listing):
            if isinstance(part, ast.List | ast.Tuple | ast.Set):
                names = [each.value if isinstance(each, ast.Constant) else "" for each in part.elts]
                if old in names:
                    self._in_display(part, part.elts, names, names.index(old), old, new, f'"{new}"')

    def _moved_module(self, module: str, stem: str) -> str:
        behind = stem[len(self._naming.survey.stems[0]) :].count("/")
        parts = module.split(".")
        parts[len(parts) - 1 - behind] = self._naming.module_names[1]
        return ".".join(parts)


def moved(
    source: Source,
    holder: ast.AST,
    names: Sequence[str],
    index: int,
    new: str,
    text: str,
    span: tuple[int, int],
    key: Callable[[str], tuple[int, str, str]] = lambda name: (0, "", name),
) -> list[Edit]:
    """Return the edits that give an element of a list another text, at its place in the order of names if they had one.

    Raises EditRefused.
    """
    left = [each for at, each in enumerate(names) if at != index]
    place = next((at for at, each in enumerate(left) if key(each) > key(new)), len(left))
    if list(names) != sorted(names, key=key) or place == index:
        return [Edit(*span, text)]
    elements = lists.elements_of(source, holder)
    if len(elements.spans) != len(names):
        raise EditRefused("the elements of the list cannot be told apart")
    # Every element between the two places moves by one: so no comma and no bracket is touched.
    content = source.text.content
    order = [content[start:stop] for start, stop in elements.spans]
    order.pop(index)
    order.insert(place, text)
    first, last = sorted((index, place))
    edits = [Edit(*elements.spans[at], order[at]) for at in range(first, last + 1)]
    return [each for each in edits if content[each.start : each.stop] != each.text]
