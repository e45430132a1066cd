/**
 * Relay: components with a paginated fragment, rendered in a document without a browser. The
 * compiler has put the queries into a file and left their hashes in the code.
 *
 * Relay keeps an answer for five minutes in case that it is wanted after all, hence
 * --test-force-exit.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, suite, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { Window } from "happy-dom";
import { act, Suspense } from "react";
import { createRoot, type Root } from "react-dom/client";
import { RelayEnvironmentProvider } from "react-relay";
import {
  Environment,
  Network,
  RecordSource,
  Store,
  fetchQuery,
  graphql,
  type GraphQLResponse,
} from "relay-runtime";
import { endpoint } from "../server";
import packagesRefetchQuery from "./__generated__/packagesRefetchQuery.graphql";
import persisted from "./__generated__/persisted.json";
import { GridPage, type Controls } from "./packages";

// Nothing is shown, but React wants to be somewhere.
const window = new Window();
Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true });
const page = window.document.body as unknown as HTMLElement;

const texts: Record<string, string> = persisted;

let asked: string[];
let environment: Environment;
let root: Root;
let controls: Controls;

beforeEach(() => {
  asked = [];
  const network = Network.create(async ({ name, id, text }, variables) => {
    asked.push(name);
    assert.equal(text, null); // It is in the file alone.
    const response = await fetch(endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ query: texts[id ?? ""], variables }),
    });
    return (await response.json()) as GraphQLResponse;
  });
  environment = new Environment({ network, store: new Store(new RecordSource()) });
  root = createRoot(page);
});

afterEach(() => act(() => root.unmount()));

async function show(slug: string) {
  await act(() =>
    root.render(
      <RelayEnvironmentProvider environment={environment}>
        <Suspense fallback="…">
          <GridPage slug={slug} controls={(now) => (controls = now)} />
        </Suspense>
      </RelayEnvironmentProvider>,
    ),
  );
  await until(() => page.textContent !== "…");
}

async function until(done: () => boolean) {
  while (!done()) await act(() => setTimeout(5));
}

async function loadNext(count: number) {
  const requests = asked.length;
  await act(() => void controls.loadNext(count));
  await until(() => asked.length > requests && !controls.isLoadingNext);
}

const items = () => [...page.querySelectorAll("li")];
const titles = () => items().map((item) => item.textContent);

suite("Relay", { timeout: 60_000 }, () => {
  test("a list grows a page at a time until there is no more", async () => {
    await show("task-queues");
    assert.equal(page.querySelector("h1")?.textContent, "Task Queues");
    assert.equal(items().length, 4);
    const first = titles();
    while (controls.hasNext) await loadNext(4);
    assert.deepEqual(titles().slice(0, 4), first);
    assert.equal(new Set(titles()).size, 9);
    assert.equal(items().length, 9);
    for (const item of items()) assert.equal(item.dataset["cells"], "7");
    assert.deepEqual(asked, ["packagesGridQuery", "packagesRefetchQuery", "packagesRefetchQuery"]);
  });

  test("a refetch, by the grid's id, has other variables, and goes on with them", async () => {
    await show("admin");
    const filter = { title: { contains: "django" } };
    const orderBy = [{ field: "TITLE" as const, direction: "DESC" as const }];
    await act(() => void controls.refetch({ first: 3, filter, orderBy }));
    await until(() => items().length === 3);
    assert.equal(controls.hasNext, true);
    await loadNext(2);
    assert.equal(items().length, 5);
    const lower = titles().map((title) => title?.toLowerCase() ?? "");
    for (const title of lower) assert.match(title, /django/);
    assert.deepEqual(lower, lower.toSorted().toReversed());
    assert.deepEqual(asked, ["packagesGridQuery", "packagesRefetchQuery", "packagesRefetchQuery"]);
    assert.match(texts[packagesRefetchQuery.params.id ?? ""] ?? "", /node\(id: \$id\)/);
  });

  test("what does not exist is null", async () => {
    await show("no-such-grid");
    assert.equal(page.textContent, "There is no such grid.");
  });

  test("a mistake is an error with a code", async () => {
    const query = graphql`
      query relayMistakeQuery($first: Int) {
        packages(first: $first) {
          totalCount
        }
      }
    `;
    await assert.rejects(
      fetchQuery(environment, query, { first: 101 }).toPromise(),
      (error: any) => error.source.errors[0].extensions.code === "BAD_USER_INPUT",
    );
  });

  test("every query is in the file, under the hash of its text", () => {
    assert.equal(Object.keys(texts).length, 3);
    for (const [id, text] of Object.entries(texts)) {
      assert.equal(id, createHash("sha256").update(text).digest("hex"));
    }
  });
});
