/** Apollo Client with its normalised cache, asking graphql-codegen's documents. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  ApolloClient,
  CombinedGraphQLErrors,
  HttpLink,
  InMemoryCache,
  gql,
  type ObservableQuery,
} from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";
import { filter, firstValueFrom } from "rxjs";
import generated from "./__generated__/possibleTypes";
import * as documents from "./documents";
import { counting, endpoint } from "./server";

function connect() {
  const counter = counting();
  const cache = new InMemoryCache({
    possibleTypes: generated.possibleTypes,
    typePolicies: {
      Query: {
        fields: {
          packages: relayStylePagination(["filter", "orderBy"]),
          search: relayStylePagination(["query", "kinds", "filter"]),
        },
      },
      Grid: { fields: { packages: relayStylePagination(["filter", "orderBy"]) } },
    },
  });
  const link = new HttpLink({ uri: endpoint, fetch: counter.fetch });
  return { client: new ApolloClient({ cache, link }), cache, counter };
}

/** What a component that shows this would have, once nothing is loading. */
async function answered<Answer>(shown: ObservableQuery<Answer, any>): Promise<Answer> {
  const { data } = await firstValueFrom(shown.pipe(filter(({ loading }) => !loading)));
  return data as Answer;
}

suite("Apollo Client", { timeout: 60_000 }, () => {
  test("fetchMore merges the pages of a list", async () => {
    const { client, counter } = connect();
    const variables = { first: 30, filter: { isActive: true } };
    const list = client.watchQuery({ query: documents.PackageList, variables });
    const shown = list.subscribe(() => {});
    let data = await answered(list);
    while (data.packages.pageInfo.hasNextPage) {
      await list.fetchMore({ variables: { after: data.packages.pageInfo.endCursor } });
      data = await answered(list);
    }
    shown.unsubscribe();
    const { totalCount, edges } = data.packages;
    assert(totalCount > 90);
    assert.equal(edges.length, totalCount);
    assert.equal(new Set(edges.map(({ node }) => node.id)).size, totalCount);
    assert.equal(counter.requests, Math.ceil(totalCount / 30));
  });

  test("fetchMore merges the pages of a list within an object", async () => {
    const { client } = connect();
    const variables = { slug: "task-queues", first: 4 };
    const list = client.watchQuery({ query: documents.GridPage, variables });
    const shown = list.subscribe(() => {});
    let data = await answered(list);
    while (data.grid?.packages.pageInfo.hasNextPage) {
      await list.fetchMore({ variables: { after: data.grid.packages.pageInfo.endCursor } });
      data = await answered(list);
    }
    shown.unsubscribe();
    assert(data.grid);
    const { totalCount, edges } = data.grid.packages;
    assert.equal(totalCount, 9);
    assert.equal(new Set(edges.map(({ node }) => node.id)).size, 9);
    for (const { cells } of edges) assert.equal(cells.length, 7);
  });

  test("lists by other filters are kept apart", async () => {
    const { client, counter } = connect();
    const pages = [{ title: { contains: "wagtail" } }, { title: { contains: "celery" } }].map(
      (filter) => client.query({ query: documents.PackageList, variables: { filter } }),
    );
    const titles = (await Promise.all(pages)).map(({ data }) =>
      data?.packages.edges.map(({ node }) => node.title.toLowerCase()),
    );
    assert(titles[0]?.length && titles[0].every((title) => title.includes("wagtail")));
    assert(titles[1]?.length && titles[1].every((title) => title.includes("celery")));
    assert.equal(counter.requests, 2);
  });

  test("a package is one entry, whichever way it came", async () => {
    const { client, cache, counter } = connect();
    const variables = { slug: "celery" };
    const { data: alone } = await client.query({ query: documents.PackageTitle, variables });
    assert(alone?.package);
    const { data: table } = await client.query({
      query: documents.GridPage,
      variables: { slug: "task-queues" },
    });
    const ids = table?.grid?.packages.edges.map(({ node }) => node.id);
    assert(ids?.includes(alone.package.id));

    const key = cache.identify({ __typename: "Package", id: alone.package.id });
    const entry = cache.extract()[key ?? ""];
    assert.equal(entry?.["title"], "celery");
    // Neither query had all of this.
    const { data: both } = await client.query({
      query: documents.PackageWatchers,
      variables,
      fetchPolicy: "cache-only",
    });
    assert.equal(both?.package?.repoWatchers, entry["repoWatchers"]);
    assert.equal(counter.requests, 2);
  });

  test("interfaces are read from the cache by their possible types", async () => {
    const { client, cache, counter } = connect();
    const { data } = await client.query({
      query: documents.Search,
      variables: { query: "frameworks" },
    });
    const found = data?.search.edges.map(({ node }) => node);
    assert(found);
    assert.deepEqual([...new Set(found.map((node) => node.__typename))].toSorted(), [
      "Category",
      "Grid",
      "Package",
    ]);
    for (const node of found) {
      // By no heuristics: the fragment's type says nothing but the interface's name.
      const read = cache.readFragment<{ title: string }>({
        id: `${node.__typename}:${node.id}`,
        fragment: gql`
          fragment Title on SearchResult {
            title
          }
        `,
      });
      assert.equal(read?.title, node.title);
    }

    const ids = found.map((node) => node.id);
    const again = await client.query({ query: documents.Nodes, variables: { ids } });
    assert.deepEqual(
      again.data?.nodes.map((node) => node && "title" in node && node.title),
      found.map((node) => node.title),
    );
    assert.equal(counter.requests, 2);
  });

  test("mistakes are errors with a code", async () => {
    const { client } = connect();
    const code = (error: unknown) => {
      assert(CombinedGraphQLErrors.is(error));
      return error.errors[0]?.extensions?.["code"];
    };
    await assert.rejects(
      client.query({ query: documents.PackageList, variables: { first: 101 } }),
      (error) => code(error) === "BAD_USER_INPUT",
    );
    await assert.rejects(
      client.query({
        query: gql`
          {
            packages {
              length
            }
          }
        `,
      }),
      (error) => code(error) === "GRAPHQL_VALIDATION_FAILED",
    );
  });
});
