/**
 * graphql-codegen's client preset: its documents are sent as they are, and its types are what
 * the answers are looked at by. What must not compile stands under `@ts-expect-error`.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { suite, test } from "node:test";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print, type ExecutionResult } from "graphql";
import { unmask } from "./__generated__";
import type { PackageFilter, PackageKey, PackageOrder, Verdict } from "./__generated__/graphql";
import persisted from "./__generated__/persisted-documents.json";
import * as documents from "./documents";
import { endpoint, unreachable } from "./server";

async function post(query: string, variables?: unknown): Promise<ExecutionResult> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as ExecutionResult;
}

async function ask<Answer, Variables>(
  document: TypedDocumentNode<Answer, Variables>,
  variables: Variables,
): Promise<Answer> {
  const { data, errors } = await post(print(document), variables);
  assert.equal(errors, undefined);
  return data as Answer;
}

suite("graphql-codegen", { timeout: 60_000 }, () => {
  test("a package with its category, its grids and the packages beside it", async () => {
    const answer = await ask(documents.PackagePage, { slug: "django-queued-storage" });
    assert(answer.package);
    const facts = unmask(documents.PackageFacts, answer.package);
    assert.equal(facts.title, "django-queued-storage");
    assert.equal(facts.commitsOver52.length, 52);
    const url: string | null = facts.repoUrl;
    assert.equal(url, "https://github.com/jazzband/django-queued-storage");
    const released: string | null = facts.lastReleased;
    assert(released === null || !Number.isNaN(Date.parse(released)));
    const stars: number | undefined = facts.scoreParts?.stars;
    assert.equal(stars, facts.repoWatchers);
    assert.equal(answer.package.category.slug, "other");
    const [grid] = answer.package.grids.nodes;
    assert.equal(grid?.title, "Files/Images");
    assert.equal(grid.packages.nodes.length, 3);
    // @ts-expect-error Nobody asked for it.
    assert.equal(answer.package.number, undefined);
  });

  test("what does not exist is null", async () => {
    const answer = await ask(documents.PackagePage, { slug: "no-such-package" });
    assert.equal(answer.package, null);
  });

  test("a key is exactly one of several", async () => {
    const { packageBy } = await ask(documents.PackageByKey, {
      key: { repoUrl: "git@github.com:jazzband/django-queued-storage.git" },
    });
    assert.equal(packageBy?.slug, "django-queued-storage");
    // @ts-expect-error Two keys.
    const key: PackageKey = { slug: "django-queued-storage", number: 1 };
    const { errors } = await post(print(documents.PackageByKey), { key });
    assert.equal(errors?.[0]?.extensions?.["code"], "BAD_USER_INPUT");
  });

  test("a grid's comparison table", async () => {
    const { grid } = await ask(documents.GridTable, { slug: "task-queues" });
    assert(grid);
    assert.equal(grid.packages.edges.length, 9);
    const verdicts = new Set<Verdict>();
    for (const { cells } of grid.packages.edges) {
      assert.deepEqual(
        cells.map((cell) => cell.feature.id),
        grid.features.nodes.map((feature) => feature.id),
      );
      for (const { verdict, strength, remark, text, element } of cells) {
        verdicts.add(verdict);
        switch (verdict) {
          case "YES":
          case "NO":
            assert(strength >= 1 && strength <= 3);
            break;
          case "TEXT":
            assert.equal(remark, text);
            break;
          case "EMPTY":
            assert.equal(element, null);
            break;
          default:
            unreachable(verdict);
        }
      }
    }
    assert(verdicts.has("YES") && verdicts.has("TEXT"));
    const released = grid.packages.edges.map(({ node }) => node.lastReleased ?? "");
    assert.deepEqual(released, released.toSorted().toReversed());
  });

  test("a filter and an order from variables", async () => {
    const filter: PackageFilter = {
      lastReleaseYear: { gte: 2025 },
      or: [{ title: { contains: "admin" } }, { grids: { some: { slug: { eq: "admin" } } } }],
      not: { license: { startsWith: "bsd" } },
    };
    const orderBy: PackageOrder[] = [{ field: "WATCHERS", direction: "DESC" }, { field: "TITLE" }];
    const { packages } = await ask(documents.PackageList, { first: 5, filter, orderBy });
    assert.equal(packages.edges.length, 5);
    assert(packages.totalCount > 5);
    const watchers = packages.edges.map(({ node }) => node.repoWatchers);
    assert.deepEqual(
      watchers,
      watchers.toSorted((a, b) => (b ?? -1) - (a ?? -1)),
    );
    for (const { node } of packages.edges) {
      assert(node.lastReleaseYear !== null && node.lastReleaseYear >= 2025);
      assert.doesNotMatch(node.pypiLicense ?? "", /^bsd/i);
    }
    // @ts-expect-error No such field.
    const unknown: PackageFilter = { watchers: { gte: 1 } };
    // @ts-expect-error Not what a direction is.
    const sideways: PackageOrder = { field: "TITLE", direction: "SIDEWAYS" };
    for (const variables of [{ filter: unknown }, { orderBy: [sideways] }]) {
      const { errors } = await post(print(documents.PackageList), variables);
      assert.equal(errors?.[0]?.extensions?.["code"], "BAD_USER_INPUT");
    }
  });

  test("large numbers are texts in answers, and either in filters", async () => {
    const { packages } = await ask(documents.Totals, {
      filter: {
        or: [
          { pypiDownloads: { gte: 1 } },
          { pypiDownloads: { lt: "9007199254740993" } },
          { repoWatchers: { gte: 0 } },
        ],
      },
    });
    const watchers: string = packages.facets.totals.watchers;
    assert.match(watchers, /^[0-9]{5,}$/);
    assert.equal(packages.facets.totals.packages, packages.totalCount);
    const counted = packages.facets.statuses.reduce((sum, { count }) => sum + count, 0);
    assert.equal(counted, packages.totalCount);
  });

  test("what a search finds is told apart by its type's name", async () => {
    const { search } = await ask(documents.Search, { query: "frameworks" });
    const kinds = search.edges.map(({ node }) => {
      switch (node.__typename) {
        case "Package":
          assert(node.repoWatchers === null || node.repoWatchers >= 0);
          return "package";
        case "Grid":
          assert(node.featuresCount >= 0);
          return "grid";
        case "Category":
          assert.equal(typeof node.titlePlural, "string");
          return "category";
        default:
          return unreachable(node);
      }
    });
    assert.deepEqual([...new Set(kinds)].toSorted(), ["category", "grid", "package"]);
    const marked = search.edges[0]?.highlights[0]?.parts.filter((part) => part.matched);
    assert.equal(marked?.[0]?.text, "Framework");
  });

  test("a mistake has a code", async () => {
    const { data, errors } = await post(print(documents.PackageList), { first: 101 });
    assert.equal(data, null);
    assert.equal(errors?.[0]?.extensions?.["code"], "BAD_USER_INPUT");
    assert.deepEqual(errors[0].path, ["packages"]);
  });

  test("persisted documents are named by their hash, and are what the documents say", async () => {
    const operations = Object.values(documents).filter((document) =>
      document.definitions.some(({ kind }) => kind === "OperationDefinition"),
    );
    const names = operations.map((document) => (document as any).__meta__.hash as string);
    assert.deepEqual(Object.keys(persisted).toSorted(), names.toSorted());
    const { package: celery } = await ask(documents.PackageTitle, { slug: "celery" });
    const { id, slug } = celery!;
    for (const [name, text] of Object.entries(persisted)) {
      assert.equal(name, `sha256:${createHash("sha256").update(text).digest("hex")}`);
      const { errors } = await post(text, { id, ids: [id], slug, query: slug, key: { slug } });
      assert.equal(errors, undefined, text);
    }
  });
});
