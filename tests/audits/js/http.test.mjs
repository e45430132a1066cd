// The audits of graphql-http, by the people who write "GraphQL over HTTP", against a running
// packgrid:
//
//   packgrid serve --sample --listen 127.0.0.1:8000
//   PACKGRID_URL=http://127.0.0.1:8000 npm run test:http
//
// What they count as a notice or as a warning fails here, too: all of them are to be ok.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serverAudits } from "graphql-http";

assert(process.env.PACKGRID_URL, "PACKGRID_URL says which server to test");
const url = new URL("/graphql", process.env.PACKGRID_URL).href;

const audits = serverAudits({ url });

for (const { id, name, fn } of audits) {
  test(`${id} ${name}`, { timeout: 30_000 }, async () => {
    const result = await fn();
    if (result.status === "ok") return;
    // An audit that read the body leaves none to be read.
    const body = await result.response.text().catch(() => "(read)");
    const type = result.response.headers.get("content-type");
    assert.fail(
      `${result.status}: ${result.reason}; it is ${result.response.status}, ${type}: ${body}`,
    );
  });
}

test("there are as many audits as there were", () => {
  assert.equal(audits.length, 61);
  assert.equal(new Set(audits.map(({ id }) => id)).size, 61);
});
