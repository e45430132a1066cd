import { createRoot } from "react-dom/client";
import { GraphiQL } from "graphiql";
import "./workers.js";
import { fetcher } from "./fetcher.js";
import { storage } from "./storage.js";
import { tabs } from "./tabs.js";
import "./style.css";

createRoot(document.getElementById("graphiql")).render(
  // The variables are shown from the start: most tabs come with some, and a
  // newcomer would not look for them behind a closed pane.
  <GraphiQL
    fetcher={fetcher}
    storage={storage}
    defaultTabs={tabs}
    defaultEditorToolsVisibility="variables"
  >
    <GraphiQL.Logo>
      pack<em>grid</em>
    </GraphiQL.Logo>
  </GraphiQL>,
);
