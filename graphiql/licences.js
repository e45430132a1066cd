import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const packages = new Map();

/** Notes the package that a bundled file of node_modules comes from. */
function note(file) {
  if (!file.includes("node_modules/") || file.startsWith("\0")) return;
  let folder = dirname(file);
  // A nested package.json without a version only says how to read its folder.
  while (!existsSync(join(folder, "package.json")) || !manifest(folder).version) {
    folder = dirname(folder);
  }
  const { name, version } = manifest(folder);
  packages.set(`${name} ${version}`, folder);
}

const manifest = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

function describe(folder) {
  const { name, version, license, author, homepage, repository } = manifest(folder);
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|notice|thirdpartynotices)/i.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim());
  if (!texts.length)
    texts.push([author?.name ?? author, homepage ?? repository?.url].filter(Boolean).join("\n"));
  return [`${name} ${version} (${license})`, ...texts].join("\n\n");
}

/** Vite's own `build.license` sees neither workers nor fonts: this notes both. */
export const noteLicences = () => ({
  name: "note-licences",
  generateBundle(_options, bundle) {
    for (const output of Object.values(bundle)) {
      (output.moduleIds ?? output.originalFileNames).forEach(note);
    }
  },
});

/**
 * Writes LICENSES.txt: what is bundled, under which licence. The workers are bundled
 * on the way to the page, so by the end of the page everything has been noted.
 */
export const writeLicences = () => ({
  name: "write-licences",
  generateBundle() {
    const rule = `\n\n${"-".repeat(80)}\n\n`;
    const source = [
      "The GraphiQL page of packgrid contains the following works.",
      ...[...packages.keys()].sort().map((name) => describe(packages.get(name))),
    ].join(rule);
    this.emitFile({ type: "asset", fileName: "LICENSES.txt", source: `${source}\n` });
  },
});
