import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "../../../schema.graphql",
  documents: "src/documents.ts",
  generates: {
    "src/__generated__/": {
      preset: "client",
      presetConfig: {
        fragmentMasking: { unmaskFunctionName: "unmask" },
        persistedDocuments: true,
      },
      config: {
        strictScalars: true,
        scalars: {
          BigInt: { input: "string | number", output: "string" },
          DateTime: "string",
          URL: "string",
        },
      },
    },
    "src/__generated__/possibleTypes.ts": { plugins: ["fragment-matcher"] },
    "src/__generated__/introspection.json": {
      plugins: ["introspection"],
      config: { minify: true },
    },
  },
};

export default config;
