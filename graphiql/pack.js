// Compresses what Vite left in dist, once and for good: the server hands out
// the bytes as they lie there. Only NAME.br and NAME.gz stay; files.txt lists
// the names.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

process.chdir(fileURLToPath(new URL("dist", import.meta.url)));

const files = readdirSync(".", { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`.replace(/^\.\//, ""))
  .sort();

const total = { raw: 0, br: 0, gz: 0 };
for (const file of files) {
  const raw = readFileSync(file);
  const br = brotliCompressSync(raw, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
    },
  });
  const gz = gzipSync(raw, { level: 9 });
  gz[9] = 255; // "unknown" in the place of the operating system that built it
  writeFileSync(`${file}.br`, br);
  writeFileSync(`${file}.gz`, gz);
  rmSync(file);
  total.raw += raw.length;
  total.br += br.length;
  total.gz += gz.length;
}
writeFileSync("files.txt", files.map((file) => `${file}\n`).join(""));
console.log(`${files.length} files:`, total);
