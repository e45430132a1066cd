import { fileURLToPath } from "node:url";
import { noteLicences, writeLicences } from "./licences.js";

const src = (name) => fileURLToPath(new URL(`src/${name}`, import.meta.url));

export default {
  base: "./",
  experimental: {
    // No address begins at the root of the host, so that a proxy may serve the page below a path of
    // its own: the page is /graphiql, and all else lies below /graphiql/.
    renderBuiltUrl: (file, { hostType }) =>
      hostType === "html" ? `graphiql/${file}` : { relative: true },
  },
  resolve: {
    // Parts of GraphiQL that smaller ones of ours stand in for; why, they say themselves.
    alias: [
      { find: /^(monaco-graphql\/esm|\.)\/monaco-editor(\.js)?$/, replacement: src("monaco.js") },
      { find: /^prettier\/(parser-babel|plugins\/estree)$/, replacement: src("prettier-json.js") },
    ],
  },
  plugins: [noteLicences(), writeLicences()],
  worker: {
    format: "es",
    plugins: () => [noteLicences()],
    // Monaco's "Format Document" alone would load prettier here, and src/monaco.js
    // leaves that out.
    rolldownOptions: { external: /^prettier\// },
  },
  build: {
    // The Content-Security-Policy has no data: for fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Monaco is this large.
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      // "use client" means nothing outside of a server's framework.
      checks: { moduleLevelDirective: false },
      // GraphiQL makes the titles of its icons from the names of their functions.
      output: { keepNames: true },
    },
  },
};
