// Says of each file that it is given whether Mermaid's own parser takes it.
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("<!doctype html><body></body>");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");
for (const file of process.argv.slice(2)) {
  try {
    const found = await mermaid.parse(readFileSync(file, "utf8"));
    console.log(`${file}: ${found.diagramType}`);
  } catch (error) {
    console.log(`${file}: ${error}`);
    process.exitCode = 1;
  }
}
