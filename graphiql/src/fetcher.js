import { getOperationAST, parse } from "graphql";
import { createClient } from "graphql-sse";

/** The API, relative to the page: a proxy may serve both below a path of its own. */
const API = "graphql";

/** Queries and mutations have one answer, subscriptions one after the other. */
export function fetcher(request, { headers } = {}) {
  // Server-sent events, not a WebSocket: what the page's headers editor has goes along.
  return isSubscription(request) ? subscribe(request, headers) : ask(request, headers);
}

function isSubscription({ query, operationName }) {
  try {
    // GraphiQL's own idea of the document is late where somebody types and runs at once.
    return getOperationAST(parse(query), operationName)?.operation === "subscription";
  } catch {
    return false; // The server says what is wrong with it.
  }
}

const subscribe = (request, headers) =>
  createClient({ url: API, headers: headers ?? {} }).iterate(request);

// GraphiQL's own fetcher asks for application/json only, and shows a parser's
// complaint where the server answered something else.
async function ask(request, headers) {
  const response = await fetch(API, {
    method: "POST",
    headers: {
      Accept: "application/graphql-response+json, application/json",
      "Content-Type": "application/json",
      ...headers,
    },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return { errors: [{ message: `HTTP ${response.status}: ${text}` }] };
  }
}
