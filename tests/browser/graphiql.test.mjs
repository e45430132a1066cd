// Drives the GraphiQL page of a running packgrid in a real Chromium, on the sample
// directory:
//
//   packgrid serve --sample --listen 127.0.0.1:8000
//   PACKGRID_URL=http://127.0.0.1:8000 npm test
//
// PACKGRID_TEST_TOKEN  an editor's token for it (packgrid token create)
// CHROMIUM      the browser's program (default /usr/bin/chromium)
// SCREENSHOT    a file to write a picture of the page with its first answer to
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { launch, options, STEP, watch } from "./browser.mjs";

assert(process.env.PACKGRID_URL, "PACKGRID_URL says which server to test");
const origin = new URL(process.env.PACKGRID_URL).origin;

let browser;
let page;
/** What must not happen, in words; every test ends with none. */
let complaints;

before(async () => {
  browser = await launch();
}, options);

after(() => browser?.close());

// A visit of its own for each test: new storage, new cache.
beforeEach(async () => {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  context.setDefaultTimeout(STEP);
  page = await context.newPage();
  complaints = [];
  watch(context, `${origin}/`, complaints);
  const schema = page.waitForResponse(`${origin}/graphql`);
  const response = await page.goto(`${origin}/graphiql`);
  assert.equal(response.status(), 200);
  // The buttons are there before the editor is, and do not wait for it.
  await editor().getByText("PackageAndNeighbours").waitFor();
  await schema;
}, options);

afterEach(async () => {
  await page.context().close();
  assert.deepEqual(complaints, []);
}, options);

const button = (name) => page.getByRole("button", { name });
const editor = () => page.getByRole("region", { name: "Operation Editor" });
const answer = () => page.getByRole("region", { name: "Result Window" });
const docs = () => page.getByRole("region", { name: "Documentation Explorer" });

/** Opens an empty tab and types into it. */
async function type(text) {
  await button("New tab").click();
  await editor().locator(".view-lines").click();
  await page.keyboard.type(text);
}

const run = () => button(/^Execute query/).click();

/** Waits until the answer's visible part, as one line, matches. */
const answered = (pattern) =>
  answer().locator(".view-lines").filter({ hasText: pattern }).waitFor();

/** Repeats `action` until `wanted` is visible. */
async function until(wanted, action) {
  const end = Date.now() + STEP;
  for (;;) {
    await action();
    try {
      return await wanted.waitFor({ timeout: 2_000 });
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

test("the page loads everything from the server, within its policy", options, async () => {
  const response = await page.request.get(`${origin}/graphiql`);
  const policy = response.headers()["content-security-policy"];
  for (const directive of ["default-src 'none'", "script-src 'self'", "worker-src 'self'"]) {
    assert.ok(policy?.split(/;\s*/).includes(directive), `${directive} in ${policy}`);
  }
  assert.equal(await page.title(), "packgrid · GraphiQL");
  // The languages are loaded late: Monaco's workers by the first text in an
  // editor, the icons' font by the first icon.
  await page.evaluate(() => document.fonts.ready);
  await type("{");
  await page.waitForFunction(() =>
    ["graphql.worker", "json.worker"].every((name) =>
      performance.getEntriesByType("resource").some((entry) => entry.name.includes(name)),
    ),
  );
});

test("the execute button runs the first tab", options, async () => {
  await run();
  await answered(/"title":\s*"django-queued-storage"/);
  if (process.env.SCREENSHOT) {
    // The button's tooltip and the scrollbars are no part of the picture.
    await page.mouse.move(30, 450);
    await page.getByRole("tooltip").waitFor({ state: "hidden" });
    await page.waitForFunction(() => !document.querySelector(".scrollbar.visible"));
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: process.env.SCREENSHOT, animations: "disabled" });
  }
});

test("every tab of a first visit runs as it is", options, async () => {
  const names = await page.getByRole("tab").allInnerTexts();
  assert.equal(names.length, 9);
  for (const [index, name] of names.entries()) {
    if (index > 0) {
      await page.getByRole("tab", { name }).getByRole("button", { name }).click();
      // GraphiQL notes which operation to run a moment after the change of tabs,
      // together with the query for the next visit.
      await page.waitForFunction(
        (query) => localStorage.getItem("packgrid:graphiql:query")?.includes(query),
        `query ${name}`,
      );
    }
    const [response] = await Promise.all([page.waitForResponse(`${origin}/graphql`), run()]);
    const { query, variables } = response.request().postDataJSON();
    const body = await response.json();
    assert.equal(body.errors, undefined, `${query}\n${JSON.stringify(variables)}`);
    assert.ok(
      Object.values(body.data).every((field) => field !== null),
      query,
    );
    await answered(/"data":/);
  }
});

test("a field's name is completed", options, async () => {
  await type('{ package(slug: "x") { titl');
  // Asking again helps where the schema had not reached the editor's worker.
  const title = page.locator(".suggest-widget").getByRole("option", { name: /^title\b/ });
  await until(title, () => page.keyboard.press("Control+Space"));
  await title.click();
  await editor().getByText("title", { exact: true }).waitFor();
});

test("a link opens its query and variables in a tab, on every visit", options, async () => {
  const query = "query Linked($n: Int) { categories(first: $n) { nodes { slug } } }";
  const link = (n) => `${origin}/graphiql?${new URLSearchParams({ query, variables: `{"n": ${n}}` })}`;
  // Beside the tabs of the first visit, which `beforeEach` has made; then without any.
  for (const [n, tabs] of [
    [1, 10],
    [2, 11],
  ]) {
    await page.goto(link(n));
    // On the second visit the editor first shows the tab of the first one.
    await page.getByRole("tab").nth(tabs - 1).waitFor();
    await editor().getByText("Linked").waitFor();
    assert.equal(await page.getByRole("tab").count(), tabs);
    const [response] = await Promise.all([
      page.waitForResponse((it) => it.request().postDataJSON()?.variables?.n === n),
      run(),
    ]);
    assert.equal((await response.json()).data.categories.nodes.length, n);
    // GraphiQL stores its tabs half a second after they change; leaving earlier would lose the new one.
    await page.waitForFunction(
      (count) => JSON.parse(localStorage.getItem("packgrid:graphiql:tabState"))?.tabs.length === count,
      tabs,
    );
  }
  await page.evaluate(() => localStorage.clear());
  await page.goto(link(3));
  await editor().getByText("Linked").waitFor();
  await page.getByRole("region", { name: "Variables" }).getByText('"n"').waitFor();
});

test("the documentation leads from Query to Package", options, async () => {
  const response = await page.request.post(`${origin}/graphql`, {
    data: { query: '{ __type(name: "Query") { fields { name description } } }' },
  });
  const { fields } = (await response.json()).data.__type;
  assert.ok(fields.length > 5);

  await button("Show Documentation Explorer").click();
  await docs().getByRole("link", { name: "Query", exact: true }).click();
  for (const { name, description } of fields) {
    const item = docs()
      .locator(".graphiql-doc-explorer-item")
      .filter({
        has: page.locator(".graphiql-doc-explorer-field-name").getByText(name, { exact: true }),
      });
    await item.waitFor();
    assert.ok(description, `${name} has a description`);
    const shown = await item.locator(".graphiql-markdown-description").innerText();
    assert.ok(shown.trim(), `the description of ${name} is shown`);
  }

  await docs().getByRole("link", { name: "Package", exact: true }).first().click();
  await docs().locator(".graphiql-doc-explorer-title").getByText("Package").waitFor();
  await docs().getByRole("link", { name: "repoWatchers", exact: true }).waitFor();
});

test("an unknown field is marked, and the answer says so", options, async () => {
  await type('{ package(slug: "x") { titel ');
  await editor().locator(".squiggly-error").first().waitFor();
  await page.keyboard.press("Escape"); // the suggestions, which cover the button
  await run();
  await answered(/"message":.*titel/);
  // The browser itself notes the status 400 that such an answer has.
  complaints = complaints.filter((text) => !/status of 400 .*\/graphql$/.test(text));
});

test("the query and its variables are prettified", options, async () => {
  await type("query Q($slug:String!){package(slug:$slug){title");
  await page.getByRole("region", { name: "Variables" }).locator(".view-lines").first().click();
  await page.keyboard.type('{"slug":"x"');
  await button(/^Prettify query/).click();
  const lines = (name) => page.getByRole("region", { name }).locator(".view-line:visible");
  await lines("Operation Editor")
    .filter({ hasText: /^\s{4}title$/ })
    .waitFor();
  await lines("Variables")
    .filter({ hasText: /^\s{2}"slug":\s"x"$/ })
    .waitFor();
});

test("a subscription runs until it is stopped, and its mistakes are shown", options, async () => {
  // Away from the last word the suggestions, which would cover the button, go away.
  const away = async () => {
    await editor().locator(".suggest-widget.visible").waitFor();
    await page.keyboard.press("Control+End");
    await page.keyboard.press("Escape");
    await editor().locator(".suggest-widget.visible").waitFor({ state: "hidden" });
  };
  // What has made the directory is the first change that there is.
  await type('subscription { directoryChanged(since: "0") { revision');
  await away();
  await run();
  await answered(/"revision":\s*"\d+"/);
  await button(/^Stop query/).click();
  await button(/^Execute query/).waitFor();
  await type("subscription { directoryChanged { revisoin");
  await editor().locator(".squiggly-error").first().waitFor();
  await page.keyboard.press("Escape");
  await run();
  await answered(/"message":.*revisoin/);
});

test("a token in the headers' editor edits", options, async () => {
  assert(process.env.PACKGRID_TEST_TOKEN, "PACKGRID_TEST_TOKEN is an editor's token");
  await type("mutation Edit($input: CreateGridInput!) { createGrid(input: $input) { grid { slug } errors { message } ");
  await page.keyboard.press("Escape"); // the suggestions, which cover the button
  await page.getByRole("region", { name: "Variables" }).locator(".view-lines").first().click();
  const title = `Made in a browser ${Date.now()}`;
  await page.keyboard.type(`{"input": {"title": "${title}"`);
  await run();
  // Without a token it says what is missing, and where to put it.
  await answered(/This\stakes\sthe\srole\sEDITOR/);
  await button("Headers").click();
  await page.getByRole("region", { name: "Headers" }).locator(".view-lines:visible").click();
  await page.keyboard.type(`{"Authorization": "Bearer ${process.env.PACKGRID_TEST_TOKEN}"`);
  await run();
  await answered(/"slug":\s*"made-in-a-browser-\d+"/);
  if (process.env.SCREENSHOT_EDIT) {
    await page.screenshot({ path: process.env.SCREENSHOT_EDIT, animations: "disabled" });
  }
});
