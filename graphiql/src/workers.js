import GraphqlWorker from "monaco-graphql/esm/graphql.worker.js?worker";
import JsonWorker from "monaco-editor/esm/vs/language/json/json.worker.js?worker";

// Monaco also asks for a worker of no language (for links and the like). Both of
// these contain it, so a third file would hold nothing new.
globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => (label === "json" ? new JsonWorker() : new GraphqlWorker()),
};
