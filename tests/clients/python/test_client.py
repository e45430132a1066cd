"""What ariadne-codegen makes of the schema and of queries.graphql, against a running packgrid.

`mypy --strict` looks at this, too: what the generated types do not allow fails there.
"""

import os
import unittest
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, assert_never, assert_type

from packgrid_client import (
    Client,
    GraphQLClientGraphQLMultiError,
    GridFilter,
    GridListFilter,
    OptionalBigIntFilter,
    OptionalIntFilter,
    OptionalTextFilter,
    OrderDirection,
    PackageFilter,
    PackageKey,
    PackageOrder,
    PackageOrderField,
    PackageStatus,
    SearchKind,
    TextFilter,
    Verdict,
)
from packgrid_client.node_by_id import NodeByIdNodePackage
from packgrid_client.search import (
    SearchSearchEdgesNodeCategory,
    SearchSearchEdgesNodeGrid,
    SearchSearchEdgesNodePackage,
    SearchSearchEdgesNodeSearchResult,
)

if TYPE_CHECKING:
    # None of these may pass: where one does, mypy finds the comment beside it of no use.
    PackageFilter(watchers=None)  # type: ignore[call-arg]
    PackageFilter(title="admin")  # type: ignore[arg-type]
    PackageOrder(field="TITLE")  # type: ignore[arg-type]


class Clients(unittest.TestCase):
    def setUp(self) -> None:
        url = os.environ["PACKGRID_URL"].rstrip("/") + "/graphql"
        self.client = self.enterContext(Client(url))

    def test_a_package_with_its_category_its_grids_and_the_packages_beside_it(self) -> None:
        package = self.client.package_page("django-queued-storage").package
        assert package is not None
        self.assertEqual(package.repo_url, "https://github.com/jazzband/django-queued-storage")
        self.assertIs(package.status, PackageStatus.ACTIVE)
        assert_type(package.created, datetime)
        self.assertEqual(package.created.utcoffset(), timedelta())
        assert_type(package.pypi_downloads, int | None)
        self.assertEqual(len(package.commits_over_52), 52)
        self.assertEqual(package.category.slug, "other")
        (grid,) = package.grids.nodes
        self.assertEqual(grid.title, "Files/Images")
        self.assertEqual(len(grid.packages.nodes), 3)

    def test_what_does_not_exist_is_none(self) -> None:
        self.assertIsNone(self.client.package_page("no-such-package").package)

    def test_a_key_is_one_of_several(self) -> None:
        key = PackageKey(repo_url="git@github.com:jazzband/django-queued-storage.git")
        package = self.client.package_by_key(key).package_by
        assert package is not None
        self.assertEqual(package.slug, "django-queued-storage")

    def test_the_comparison_table_of_a_grid(self) -> None:
        grid = self.client.grid_table("task-queues").grid
        assert grid is not None
        features = [feature.title for feature in grid.features.nodes]
        self.assertEqual(len(grid.packages.edges), 9)
        cells = [cell for edge in grid.packages.edges for cell in edge.cells]
        self.assertEqual([cell.feature.title for cell in cells], features * 9)
        for cell in cells:
            match cell.verdict:
                case Verdict.YES | Verdict.NO:
                    self.assertIn(cell.strength, (1, 2, 3))
                case Verdict.TEXT:
                    self.assertEqual(cell.remark, cell.text)
                case Verdict.EMPTY:
                    self.assertIsNone(cell.element)
                case _:
                    assert_never(cell.verdict)
        self.assertLessEqual({Verdict.YES, Verdict.TEXT}, {cell.verdict for cell in cells})

    def test_a_filter_an_order_and_pages(self) -> None:
        admin = TextFilter(contains="admin")
        filter = PackageFilter(
            last_release_year=OptionalIntFilter(gte=2025),
            or_=[
                PackageFilter(title=admin),
                PackageFilter(grids=GridListFilter(some=GridFilter(title=admin))),
            ],
            not_=PackageFilter(license=OptionalTextFilter(starts_with="bsd")),
        )
        order_by = [
            PackageOrder(field=PackageOrderField.WATCHERS, direction=OrderDirection.DESC),
            PackageOrder(field=PackageOrderField.TITLE),
        ]
        found = []
        after = None
        while True:
            page = self.client.package_list(4, after, filter, order_by).packages
            found += page.nodes
            self.assertLessEqual(len(found), page.total_count)
            if not page.page_info.has_next_page:
                break
            after = page.page_info.end_cursor
        self.assertGreater(len(found), 8)
        self.assertEqual(len({package.id for package in found}), page.total_count)
        # Unknown stars sort last.
        watchers = [package.repo_watchers for package in found]
        known = [stars for stars in watchers if stars is not None]
        self.assertEqual(watchers[: len(known)], sorted(known, reverse=True))
        for package in found:
            self.assertGreaterEqual(package.last_release_year or 0, 2025)
            self.assertNotRegex(package.pypi_license or "", "(?i)^bsd")

    def test_large_numbers(self) -> None:
        everything = self.client.totals().packages
        assert_type(everything.facets.totals.watchers, int)
        self.assertGreater(everything.facets.totals.watchers, 10_000)
        few = OptionalBigIntFilter(lt=2**53 + 1)
        unknown = OptionalBigIntFilter(is_null=True)
        either = [PackageFilter(pypi_downloads=few), PackageFilter(pypi_downloads=unknown)]
        same = self.client.totals(PackageFilter(or_=either)).packages
        self.assertEqual(same, everything)

    def test_what_a_search_finds_is_told_apart_by_its_type(self) -> None:
        seen = set()
        for edge in self.client.search("frameworks").search.edges:
            match edge.node:
                case SearchSearchEdgesNodePackage():
                    self.assertGreaterEqual(edge.node.repo_watchers or 0, 0)
                case SearchSearchEdgesNodeGrid():
                    self.assertGreaterEqual(edge.node.features_count, 0)
                case SearchSearchEdgesNodeCategory():
                    self.assertTrue(edge.node.title_plural)
                case SearchSearchEdgesNodeSearchResult():
                    self.fail("an interface is the type of nothing")
                case _:
                    assert_never(edge.node)
            seen.add(edge.node.typename__)
        self.assertEqual(seen, {"Package", "Grid", "Category"})
        grids = self.client.search("frameworks", [SearchKind.GRID]).search.edges
        self.assertEqual({edge.node.typename__ for edge in grids}, {"Grid"})

    def test_an_object_by_its_id(self) -> None:
        package = self.client.package_page("celery").package
        assert package is not None
        node = self.client.node_by_id(package.id).node
        assert isinstance(node, NodeByIdNodePackage)
        self.assertEqual(node.title, "celery")

    def test_a_mistake_has_a_code(self) -> None:
        self.assert_mistake("BAD_USER_INPUT", lambda: self.client.package_list(first=101))
        # As Python has them, keys are not exclusive.
        two = PackageKey(slug="celery", number=1)
        self.assert_mistake("BAD_USER_INPUT", lambda: self.client.package_by_key(two))

    def assert_mistake(self, code: str, ask: Callable[[], object]) -> None:
        with self.assertRaises(GraphQLClientGraphQLMultiError) as caught:
            ask()
        (error,) = caught.exception.errors
        self.assertEqual(error.extensions, {"code": code})


if __name__ == "__main__":
    unittest.main()
