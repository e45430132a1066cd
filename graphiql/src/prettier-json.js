// A prettier plugin for JSON with comments. GraphiQL prettifies the variables and
// headers with prettier's, half a megabyte that is made for JavaScript; jsonc-parser,
// which GraphiQL brings along anyway, formats JSON by itself.
import { applyEdits, format } from "jsonc-parser";

const pretty = (text) =>
  applyEdits(text, format(text, undefined, { tabSize: 2, insertSpaces: true }));

export const parsers = {
  jsonc: {
    astFormat: "json-text",
    parse: (text) => ({ text }),
    locStart: () => 0,
    locEnd: ({ text }) => text.length,
  },
};

export const printers = {
  "json-text": { print: ({ node }) => pretty(node.text) },
};
