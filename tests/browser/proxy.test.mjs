// GraphiQL behind nginx, below a path of the host, by the configuration that docs/http.md shows.
//
// NGINX         the program (default nginx; /usr/sbin is looked at as well)
// The rest is as in graphiql.test.mjs.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { launch, options, STEP, watch } from "./browser.mjs";

assert(process.env.PACKGRID_URL, "PACKGRID_URL says which server to test");
const upstream = new URL(process.env.PACKGRID_URL).origin;

let browser;
let folder;
let nginx;
/** Where packgrid is served, without a slash at the end. */
let base;
let page;
let complaints;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** The documented configuration, with the addresses of this test. */
function documented(port) {
  const docs = readFileSync(new URL("../../docs/http.md", import.meta.url), "utf8");
  const [, text] = docs.match(/^```nginx\n(.*?)^```$/ms);
  const replaced = text
    .replace("listen 80;", `listen 127.0.0.1:${port};`)
    .replace("http://127.0.0.1:8000/;", `${upstream}/;`);
  assert(replaced.includes(`127.0.0.1:${port};`) && replaced.includes(`${upstream}/;`), text);
  return replaced;
}

async function answers(port) {
  for (const end = Date.now() + STEP; ; ) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return socket.destroy();
    } catch (error) {
      if (Date.now() > end || nginx.exitCode !== null) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "packgrid-nginx-"));
  const port = await freePort();
  const scratch = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(" ");
  const configuration = `
    daemon off;
    master_process off;
    pid ${folder}/pid;
    error_log stderr;
    events {}
    http { access_log off; ${scratch}
    ${documented(port)} }`;
  writeFileSync(join(folder, "nginx.conf"), configuration);
  const path = `${process.env.PATH}:/usr/sbin`;
  const args = ["-c", join(folder, "nginx.conf"), "-p", folder, "-e", "stderr"];
  nginx = spawn(process.env.NGINX ?? "nginx", args, {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, PATH: path },
  });
  await once(nginx, "spawn");
  await answers(port);
  base = `http://127.0.0.1:${port}/packages`;
  browser = await launch();
}, options);

after(async () => {
  await browser?.close();
  if (nginx?.exitCode === null) {
    nginx.kill();
    await once(nginx, "exit");
  }
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  context.setDefaultTimeout(STEP);
  page = await context.newPage();
  complaints = [];
  watch(context, base, complaints);
}, options);

afterEach(async () => {
  await page.context().close();
  assert.deepEqual(complaints, []);
}, options);

const button = (name) => page.getByRole("button", { name });
const editor = () => page.getByRole("region", { name: "Operation Editor" });
const answered = (pattern) =>
  page
    .getByRole("region", { name: "Result Window" })
    .locator(".view-lines")
    .filter({ hasText: pattern })
    .waitFor();

// All that somebody may type into the address bar leads to the page.
for (const path of ["/graphiql", "/graphiql/", "/", "/graphql", "/graphql/"]) {
  test(`a visit to ${path} below the proxy's path runs a query`, options, async () => {
    const response = await page.goto(`${base}${path}`);
    assert.equal(response.status(), 200);
    assert.equal(page.url(), `${base}/graphiql`);
    await editor().getByText("PackageAndNeighbours").waitFor();
    await button(/^Execute query/).click();
    await answered(/"title":\s*"django-queued-storage"/);
    // Workers, fonts and the parts that are loaded late come from below the path as well: `watch`
    // sees those that do not.
    await page.evaluate(() => document.fonts.ready);
    await page.waitForFunction(() =>
      performance.getEntriesByType("resource").some((entry) => entry.name.includes("graphql.worker")),
    );
  });
}

test("a subscription in GraphiQL goes through the proxy", options, async () => {
  const query = 'subscription { directoryChanged(since: "0") { revision } }';
  await page.goto(`${base}/graphiql?${new URLSearchParams({ query })}`);
  await editor().getByText("directoryChanged").waitFor();
  await button(/^Execute query/).click();
  await answered(/"revision":\s*"\d+"/);
  await button(/^Stop query/).click();
  await button(/^Execute query/).waitFor();
});

test("a WebSocket goes through the proxy", options, async () => {
  await page.goto(`${base}/graphiql`);
  const received = await page.evaluate(
    (url) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(url, "graphql-transport-ws");
        const send = (message) => socket.send(JSON.stringify(message));
        socket.onopen = () => send({ type: "connection_init" });
        socket.onclose = ({ code, reason }) => reject(new Error(`closed by ${code}: ${reason}`));
        socket.onmessage = ({ data }) => {
          const message = JSON.parse(data);
          if (message.type === "connection_ack") {
            const query = 'subscription { directoryChanged(since: "0") { revision } }';
            send({ type: "subscribe", id: "1", payload: { query } });
          } else {
            resolve(message);
          }
        };
      }),
    `${base.replace("http", "ws")}/graphql`,
  );
  assert.equal(received.type, "next", JSON.stringify(received));
  assert.match(received.payload.data.directoryChanged.revision, /^\d+$/);
});

test("caches work through the proxy", options, async () => {
  const html = await (await fetch(`${base}/graphiql`)).text();
  const [, script] = html.match(/src="([^"]+\.js)"/);
  const asset = await fetch(`${base}/${script}`);
  assert.equal(asset.status, 200);
  assert.equal(asset.headers.get("cache-control"), "public, max-age=31536000, immutable");
  const url = `${base}/graphql?query={grids{totalCount}}`;
  const tag = (await fetch(url)).headers.get("etag");
  assert.match(tag, /^"/);
  assert.equal((await fetch(url, { headers: { "If-None-Match": tag } })).status, 304);
});
