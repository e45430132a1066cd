// The tabs a first visit opens: every tabs/N-NAME.graphql in the order of N, with
// the variables in the JSON file beside it, if any. They are plain files so that
// the server's tests can run them. The first has no variables: GraphiQL would
// not show those of the tab it opens on.
const files = import.meta.glob("./tabs/*", { query: "?raw", import: "default", eager: true });

export const tabs = Object.keys(files)
  .filter((path) => path.endsWith(".graphql"))
  .sort()
  .map((path) => ({
    query: files[path].trimEnd(),
    variables: files[path.replace(/graphql$/, "json")]?.trimEnd(),
  }));
