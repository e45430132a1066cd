/** urql with Graphcache, which knows the schema, asking graphql-codegen's documents. */
import assert from "node:assert/strict";
import { afterEach, suite, test } from "node:test";
import { Client, fetchExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import introspection from "./__generated__/introspection.json";
import generated from "./__generated__/possibleTypes";
import * as documents from "./documents";
import { counting, endpoint } from "./server";

/** What Graphcache complains of: a missing key, a field that the schema does not have. */
const complaints: unknown[][] = [];
console.warn = (...message: unknown[]) => void complaints.push(message);
console.error = console.warn;

/** What has no id is kept within what it was found in. */
const embedded = introspection.__schema.types.filter(
  ({ kind, fields }) => kind === "OBJECT" && !fields?.some(({ name }) => name === "id"),
);

function connect() {
  const counter = counting();
  const cache = cacheExchange({
    schema: introspection as any, // The file's enums are any texts to TypeScript.
    keys: Object.fromEntries(embedded.map(({ name }) => [name, () => null])),
    resolvers: {
      Query: {
        packages: relayPagination(),
        // Ids are opaque: what they are of is whatever the cache has under them.
        node: (_parent, { id }, cache) =>
          generated.possibleTypes["Node"]
            ?.map((type) => `${type}:${id}`)
            .find((key) => cache.resolve(key, "id")),
      },
      Grid: { packages: relayPagination() },
    },
  });
  const exchanges = [cache, fetchExchange];
  const client = new Client({
    url: endpoint,
    fetch: counter.fetch,
    exchanges,
  });
  return { client, counter };
}

suite("urql", { timeout: 60_000 }, () => {
  afterEach(() => assert.deepEqual(complaints.splice(0), []));

  test("the pages of a list become one, and are not asked for again", async () => {
    const { client, counter } = connect();
    const page = async (after: string | null) => {
      const variables = { first: 30, after, filter: { isActive: true } };
      const { data, error } = await client.query(documents.PackageList, variables);
      assert.equal(error, undefined);
      assert(data);
      return data.packages;
    };
    let list = await page(null);
    while (list.pageInfo.hasNextPage) {
      const { endCursor } = list.pageInfo;
      list = await page(endCursor);
      assert.notEqual(list.pageInfo.endCursor, endCursor);
    }
    const { totalCount, edges } = list;
    assert(totalCount > 90);
    assert.equal(edges.length, totalCount);
    assert.equal(new Set(edges.map(({ node }) => node.id)).size, totalCount);
    const asked = counter.requests;
    assert.equal(asked, Math.ceil(totalCount / 30));
    assert.deepEqual((await page(null)).edges, edges);
    assert.equal(counter.requests, asked);
  });

  test("the pages of a list within an object become one", async () => {
    const { client, counter } = connect();
    const slug = "task-queues";
    const page = await client.query(documents.GridPage, { slug, first: 5 });
    const after = page.data?.grid?.packages.pageInfo.endCursor ?? null;
    const { data } = await client.query(documents.GridPage, { slug, first: 5, after });
    assert(data?.grid);
    const { totalCount, edges } = data.grid.packages;
    assert.equal(totalCount, 9);
    assert.equal(new Set(edges.map(({ node }) => node.id)).size, 9);
    for (const { cells } of edges) assert.equal(cells.length, 7);
    assert.equal(counter.requests, 2);
  });

  test("a second look at a page does not reach the network", async () => {
    const { client, counter } = connect();
    const looks = [
      () => client.query(documents.PackagePage, { slug: "celery" }),
      () => client.query(documents.GridTable, { slug: "task-queues" }),
      () => client.query(documents.Search, { query: "frameworks" }),
      () => client.query(documents.Totals, {}),
      () => client.query(documents.PackagePage, { slug: "no-such-package" }),
    ];
    for (const look of looks) {
      const before = counter.requests;
      const first = await look();
      const second = await look();
      assert.equal(first.error, undefined);
      assert.equal(first.stale, false);
      assert.deepEqual(second.data, first.data);
      assert.equal(counter.requests, before + 1);
    }
  });

  test("a package is one entry, whichever way it came", async () => {
    const { client, counter } = connect();
    const slug = "celery";
    await client.query(documents.PackageTitle, { slug });
    // With a length: relayPagination takes a list without any arguments for no page.
    const table = await client.query(documents.GridPage, { slug: "task-queues", first: 20 });
    const nodes = table.data?.grid?.packages.edges.map(({ node }) => node);
    // Neither query had all of this.
    const both = await client.query(documents.PackageWatchers, { slug });
    const found = both.data?.package;
    assert(found);
    assert.equal(found.title, "celery");
    assert.equal(found.repoWatchers, nodes?.find(({ id }) => id === found.id)?.repoWatchers);
    const node = await client.query(documents.NodeById, { id: found.id });
    assert.deepEqual(node.data?.node, { __typename: "Package", id: found.id, title: "celery" });
    assert.equal(counter.requests, 2);
  });

  test("mistakes are errors with a code", async () => {
    const { client } = connect();
    const code = async (variables: { first?: number; orderBy?: any[] }) => {
      const { error } = await client.query(documents.PackageList, variables);
      assert.equal(error?.networkError, undefined);
      return error?.graphQLErrors[0]?.extensions?.["code"];
    };
    assert.equal(await code({ first: 101 }), "BAD_USER_INPUT");
    assert.equal(await code({ orderBy: [{}] }), "BAD_USER_INPUT");
  });
});
