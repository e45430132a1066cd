// The clients graphql-ws and graphql-sse against a running packgrid: subscriptions, and queries
// the same way.
//
//   packgrid serve --sample --listen 127.0.0.1:8000 --database-url sqlite:scratch.db
//   PACKGRID_URL=http://127.0.0.1:8000 PACKGRID_BIN=../../../target/debug/packgrid \
//     PACKGRID_DATABASE_URL=sqlite:$OLDPWD/scratch.db npm run test:subscriptions
//
// It imports into that database, by processes of its own, as whoever runs a server does; in the
// end the sample is as it was, at a later revision.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";
import WebSocket from "ws";

const { PACKGRID_URL, PACKGRID_BIN, PACKGRID_DATABASE_URL } = process.env;
assert(PACKGRID_URL, "PACKGRID_URL says which server to test");
assert(PACKGRID_BIN, "PACKGRID_BIN says which program imports");
assert(PACKGRID_DATABASE_URL, "PACKGRID_DATABASE_URL says which database the server has");

const http = new URL("/graphql", PACKGRID_URL).href;
const ws = http.replace(/^http/, "ws");
const PROTOCOL = "graphql-transport-ws";

const CHANGED = { query: "subscription { directoryChanged { revision } }" };
const NAMED = {
  query: "query Other { __typename } query Named($slug: String!) { category(slug: $slug) { slug } }",
  operationName: "Named",
  variables: { slug: "apps" },
};
const NAMED_ANSWER = { data: { category: { slug: "apps" } } };
const INVALID = { query: "{ thereIsNoSuchField }" };
const INVALID_SUBSCRIPTION = { query: "subscription { directoryChanged { thereIsNoSuchField } }" };

// Generous: a machine that also compiles may take this long for one step.
const STEP = 15_000;
const options = { timeout: 5 * STEP };

// --- Changes of the directory -------------------------------------------------------------------

const sample = fileURLToPath(new URL("../../../src/exchange/sample", import.meta.url));
let scratch;
let changes = 0;

before(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), "packgrid-audits-"));
});

after(async () => {
  await importFrom(sample);
  await rm(scratch, { recursive: true });
}, options);

async function importFrom(directory) {
  const { stdout } = await promisify(execFile)(path.resolve(PACKGRID_BIN), [
    "import",
    directory,
    "--database-url",
    PACKGRID_DATABASE_URL,
    // What these tests are told is no setting of the program.
  ], { env: { PATH: process.env.PATH } });
  return stdout;
}

/** Gives one package another title, in another process; the directory's revision after it. */
async function change() {
  changes += 1;
  const directory = path.join(scratch, `${changes}`);
  await cp(sample, directory, { recursive: true });
  const file = path.join(directory, "packages.json");
  const packages = JSON.parse(await readFile(file, "utf8"));
  packages[0].title = `${packages[0].title} ${Date.now()} ${changes}`;
  await writeFile(file, JSON.stringify(packages));
  const said = await importFrom(directory);
  const revision = said.match(/The directory is now at revision (\d+)\./)?.[1];
  assert(revision, `an import of a changed directory said: ${said}`);
  return revision;
}

// --- What clients get ---------------------------------------------------------------------------

/** Fails if it takes longer than a step. */
function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} in ${STEP / 1000} s`)), STEP);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Calls `look` until it returns something. */
async function until(what, look) {
  const end = Date.now() + STEP;
  for (;;) {
    const found = look();
    if (found) return found;
    if (Date.now() > end) assert.fail(`no ${what} in ${STEP / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs an operation and keeps all that comes of it. */
function run(client, operation) {
  const kept = { results: [], error: null, completed: false, unsubscribe: null };
  kept.unsubscribe = client.subscribe(operation, {
    next: (result) => kept.results.push(result),
    error: (error) => (kept.error = error),
    complete: () => (kept.completed = true),
  });
  kept.ended = () => until("end of the operation", () => kept.completed || kept.error);
  return kept;
}

function revisions(kept) {
  assert.equal(kept.error, null);
  return kept.results.map((result) => {
    assert.equal(result.errors, undefined, JSON.stringify(result));
    const { revision } = result.data.directoryChanged;
    assert.match(revision, /^\d+$/);
    return BigInt(revision);
  });
}

/** Waits until a subscriber has heard of the revision, and of none twice or out of order. */
async function hears(kept, revision) {
  await until(`event of revision ${revision}`, () => revisions(kept).at(-1) >= BigInt(revision));
  const heard = revisions(kept);
  assert.equal(heard.at(-1), BigInt(revision));
  assert(
    heard.every((one, index) => index === 0 || one > heard[index - 1]),
    `not each is higher than the one before: ${heard}`,
  );
}

/** A client over WebSocket, with all messages that it gets. */
function wsClient(t, given = {}) {
  const messages = [];
  const sockets = [];
  const client = createWsClient({
    url: ws,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    onNonLazyError: (error) => messages.push({ type: "client error", error }),
    ...given,
    on: {
      ...given.on,
      message: (message) => messages.push(message),
      connected: (socket) => sockets.push(socket),
    },
  });
  t.after(() => client.dispose());
  return { client, messages, sockets };
}

/** A client over SSE, one connection an operation. */
function sseClient(t) {
  const responses = [];
  const client = createSseClient({
    url: http,
    singleConnection: false,
    retryAttempts: 0,
    fetchFn: async (...request) => {
      const response = await fetch(...request);
      responses.push(response);
      return response;
    },
  });
  t.after(() => client.dispose());
  return { client, responses };
}

/** After this the server has read what was sent before: its answers go by the same socket. */
async function settled(client) {
  const kept = run(client, { query: "{ __typename }" });
  await kept.ended();
  assert.deepEqual(kept.results, [{ data: { __typename: "Query" } }]);
}

/** After this the server has accepted so many operations. */
async function accepted(responses, number) {
  await until(`answer to ${number} requests`, () => responses.length >= number);
  for (const response of responses) {
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type"), /^text\/event-stream\b/);
  }
}

function isValidationError(errors) {
  assert(Array.isArray(errors) && errors.length > 0, `not a list of errors: ${errors}`);
  for (const error of errors) {
    assert.equal(error.extensions?.code, "GRAPHQL_VALIDATION_FAILED", JSON.stringify(error));
    assert.match(error.message, /thereIsNoSuchField/);
  }
}

// --- graphql-ws ---------------------------------------------------------------------------------

test("WebSocket: a query has one result and ends", options, async (t) => {
  const { client, messages } = wsClient(t);
  const kept = run(client, NAMED);
  await kept.ended();
  assert.equal(kept.error, null);
  assert.deepEqual(kept.results, [NAMED_ANSWER]);
  assert.deepEqual(
    messages.map(({ type }) => type),
    ["connection_ack", "next", "complete"],
  );
});

test("WebSocket: what is not valid is an error of its operation alone", options, async (t) => {
  const { client, messages, sockets } = wsClient(t, { lazy: false });
  for (const operation of [INVALID, INVALID_SUBSCRIPTION]) {
    const kept = run(client, operation);
    await kept.ended();
    isValidationError(kept.error);
    assert.deepEqual(kept.results, []);
  }
  await settled(client);
  assert.equal(sockets.length, 1);
  assert.deepEqual(
    messages.map(({ type }) => type),
    ["connection_ack", "error", "error", "next", "complete"],
  );
});

test("WebSocket: a subscriber hears of another process's imports", options, async (t) => {
  const { client } = wsClient(t);
  const kept = run(client, CHANGED);
  await settled(client);
  const first = await change();
  await hears(kept, first);
  const second = await change();
  await hears(kept, second);
  assert(BigInt(second) > BigInt(first));
  assert.equal(kept.completed, false);
});

test("WebSocket: a client that unsubscribes hears no more; others do", options, async (t) => {
  const { client, messages, sockets } = wsClient(t);
  const leaving = run(client, CHANGED);
  const staying = run(client, CHANGED);
  await settled(client);
  const first = await change();
  await Promise.all([hears(leaving, first), hears(staying, first)]);
  leaving.unsubscribe();
  await leaving.ended();
  await settled(client);
  const before = messages.length;
  await hears(staying, await change());
  assert.equal(revisions(leaving).at(-1), BigInt(first));
  // The client drops what comes for an operation that has ended; none is to come at all.
  const since = messages.slice(before);
  assert.deepEqual([...new Set(since.map(({ id }) => id))].length, 1, JSON.stringify(since));
  assert.equal(sockets.length, 1);
});

test("WebSocket: ten subscriptions on one socket", options, async (t) => {
  const { client, sockets } = wsClient(t);
  const subscribers = Array.from({ length: 10 }, () => run(client, CHANGED));
  await settled(client);
  const revision = await change();
  await Promise.all(subscribers.map((kept) => hears(kept, revision)));
  assert.equal(sockets.length, 1);
});

test("WebSocket: pings are answered, before anything is asked and beside it", options, async (t) => {
  const pongs = [];
  const { client, messages, sockets } = wsClient(t, {
    lazy: false,
    keepAlive: 100,
    on: { pong: (received) => pongs.push(received) },
  });
  await until("two pongs", () => pongs.length >= 2);
  const kept = run(client, CHANGED);
  await settled(client);
  const before = pongs.length;
  await hears(kept, await change());
  await until("two pongs more", () => pongs.length >= before + 2);
  assert(pongs.every((received) => received));
  assert.equal(sockets.length, 1);
  assert.deepEqual(
    messages.filter(({ type }) => type === "client error"),
    [],
  );
});

test("WebSocket: a client comes back after its connection breaks", options, async (t) => {
  // The way to the server, to be broken without breaking the server.
  const { hostname, port } = new URL(PACKGRID_URL);
  const ends = new Set();
  const way = createServer((near) => {
    const far = connect(Number(port), hostname.replace(/^\[|\]$/g, ""));
    for (const end of [near, far]) {
      ends.add(end);
      end.on("error", () => {});
      end.on("close", () => ends.delete(end));
    }
    near.pipe(far).pipe(near);
  });
  await new Promise((resolve) => way.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    way.close();
    for (const end of ends) end.destroy();
  });

  const { client, sockets } = wsClient(t, {
    url: `ws://127.0.0.1:${way.address().port}/graphql`,
    lazy: false,
    retryAttempts: 10,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
    shouldRetry: () => true,
  });
  const kept = run(client, CHANGED);
  await settled(client);
  await hears(kept, await change());
  for (const end of ends) end.destroy();
  kept.results.length = 0; // It subscribes anew, and may be told again where things stand.
  await until("second connection", () => sockets.length === 2);
  await settled(client);
  await hears(kept, await change());
  assert.equal(kept.completed, false);
});

// --- The protocol's own refusals, which that client never meets ----------------------------------

/** Opens a socket, sends this and, when that is answered, the rest, and says how it ended. */
function talk(protocols, first, ...rest) {
  const socket = new WebSocket(ws, protocols);
  const messages = [];
  const end = new Promise((resolve) => {
    socket.on("unexpected-response", (_, response) => resolve({ status: response.statusCode }));
    socket.on("open", () => socket.send(first));
    socket.on("message", (message) => {
      messages.push(JSON.parse(message));
      rest.splice(0).forEach((message) => socket.send(message));
    });
    socket.on("close", (code) => resolve({ code, messages }));
    socket.on("error", (error) => resolve({ error: error.message, messages }));
  });
  return within(end, "end of the connection").finally(() => socket.terminate());
}

const INIT = JSON.stringify({ type: "connection_init" });
const SUBSCRIBE = JSON.stringify({ id: "1", type: "subscribe", payload: CHANGED });

test("WebSocket: other sub-protocols are refused", options, async () => {
  // The old protocol of subscriptions-transport-ws, one that nobody has heard of, and none.
  for (const protocols of [["graphql-ws"], ["nonsense"], []]) {
    const end = await talk(protocols, INIT);
    const said = `${protocols}: ${JSON.stringify(end)}`;
    assert.deepEqual(end.messages ?? [], [], said);
    // A server may also go on without naming a sub-protocol; a client that asked for one ends it.
    const refused =
      (end.status >= 400 && end.status < 500) ||
      end.code === 4406 ||
      (protocols.length > 0 && end.error === "Server sent no subprotocol");
    assert(refused, said);
  }
});

for (const [what, code, sent] of [
  ["a subscription before the beginning", 4401, [SUBSCRIBE]],
  ["two beginnings", 4429, [INIT, INIT]],
  ["two operations with one id", 4409, [INIT, SUBSCRIBE, SUBSCRIBE]],
  ["what is not JSON", 4400, [INIT, "{"]],
  ["a message of no known type", 4400, [INIT, '{"type":"nonsense"}']],
  ["a subscription without an id", 4400, [INIT, SUBSCRIBE.replace('"id":"1",', "")]],
]) {
  test(`WebSocket: ${what} ends with ${code}`, options, async () => {
    const end = await talk([PROTOCOL], ...sent);
    assert.equal(end.code, code, JSON.stringify(end));
  });
}

// --- graphql-sse --------------------------------------------------------------------------------

test("SSE: a query has one result and ends", options, async (t) => {
  const { client, responses } = sseClient(t);
  const kept = run(client, NAMED);
  await kept.ended();
  assert.equal(kept.error, null, `${kept.error}`);
  assert.deepEqual(kept.results, [NAMED_ANSWER]);
  await accepted(responses, 1);
});

test("SSE: what is not valid comes as a result", options, async (t) => {
  // The protocol wants it so: of an answer that is no stream, a browser tells nothing.
  const { client, responses } = sseClient(t);
  for (const operation of [INVALID, INVALID_SUBSCRIPTION]) {
    const kept = run(client, operation);
    await kept.ended();
    assert.equal(kept.error, null, `${kept.error}`);
    assert.equal(kept.results.length, 1);
    isValidationError(kept.results[0].errors);
    assert.equal("data" in kept.results[0], false);
  }
  await accepted(responses, 2);
});

test("SSE: a subscriber hears of another process's imports", options, async (t) => {
  const { client, responses } = sseClient(t);
  const kept = run(client, CHANGED);
  await accepted(responses, 1);
  const first = await change();
  await hears(kept, first);
  const second = await change();
  await hears(kept, second);
  assert(BigInt(second) > BigInt(first));
  assert.equal(kept.completed, false);
});

test("SSE: a client that unsubscribes hears no more; others do", options, async (t) => {
  const { client, responses } = sseClient(t);
  const leaving = run(client, CHANGED);
  const staying = run(client, CHANGED);
  await accepted(responses, 2);
  const first = await change();
  await Promise.all([hears(leaving, first), hears(staying, first)]);
  leaving.unsubscribe();
  await leaving.ended();
  await hears(staying, await change());
  assert.equal(revisions(leaving).at(-1), BigInt(first));
  assert.equal(leaving.error, null);
});

// --- Both ---------------------------------------------------------------------------------------

test("subscribers over WebSocket and over SSE hear of the same import", options, async (t) => {
  const socket = wsClient(t);
  const stream = sseClient(t);
  const overWs = run(socket.client, CHANGED);
  const overSse = run(stream.client, CHANGED);
  await settled(socket.client);
  await accepted(stream.responses, 1);
  const revision = await change();
  await Promise.all([hears(overWs, revision), hears(overSse, revision)]);
});
