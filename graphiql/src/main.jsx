import { createRoot } from "react-dom/client";
import { GraphiQL } from "graphiql";
import "./workers.js";
import { fetcher } from "./fetcher.js";
import { storage } from "./storage.js";
import { tabs } from "./tabs.js";
import "./style.css";

// A link may carry a query, as /graphiql?query=…&variables=…: it opens in a tab of its own.
const link = new URLSearchParams(location.search);
const linked = link.get("query") && {
  query: link.get("query"),
  variables: link.get("variables") ?? "",
};

createRoot(document.getElementById("graphiql")).render(
  // The variables are shown from the start: most tabs come with some, and a
  // newcomer would not look for them behind a closed pane.
  <GraphiQL
    fetcher={fetcher}
    storage={storage}
    initialQuery={linked?.query}
    initialVariables={linked?.variables}
    defaultTabs={linked ? [linked, ...tabs] : tabs}
    defaultEditorToolsVisibility="variables"
  >
    <GraphiQL.Logo>
      pack<em>grid</em>
    </GraphiQL.Logo>
  </GraphiQL>,
);
