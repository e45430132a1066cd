/** The server to test, as `PACKGRID_URL` says. */
import assert from "node:assert/strict";

assert(process.env["PACKGRID_URL"], "PACKGRID_URL says which server to test");
export const endpoint = new URL("/graphql", process.env["PACKGRID_URL"]).href;

/** A `fetch` that counts. */
export function counting() {
  const counter = {
    requests: 0,
    fetch: (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
      counter.requests += 1;
      return fetch(input, init);
    },
  };
  return counter;
}

export function unreachable(value: never): never {
  throw new Error(`not in the schema: ${JSON.stringify(value)}`);
}
