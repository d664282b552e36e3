// Loads each entry point that is named, by `import` and by `require`, and prints what came of it as JSON.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const ways = { import: (name) => import(name), require: async (name) => require(name) };
const results = [];
for (const entry of process.argv.slice(2)) {
  for (const [way, load] of Object.entries(ways)) {
    try {
      await load(`nestjs-stowage${entry.slice(1)}`);
      results.push({ entry, way });
    } catch (error) {
      results.push({ entry, way, code: error.code, message: error.message });
    }
  }
}
console.log(JSON.stringify(results));
