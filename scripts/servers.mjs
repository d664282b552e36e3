#!/usr/bin/env node
// The real servers that the tests talk to, for people: docs/servers.md.
import { allNames, catalogue, isInstalled, startable } from '../test/servers/catalogue.mjs';
import { install } from '../test/servers/install.mjs';
import { down, find, up } from '../test/servers/standing.mjs';

const USAGE = `npm run servers -- install all|NAME...             builds or installs them
npm run servers -- up NAME [--tls] [--port=PORT]   starts one and prints where it is and its keys; one that is up
                                                   is taken, and on another port it is an error: one of a name
npm run servers -- down all|NAME...                stops them and removes what they kept
npm run servers -- status                          says which are installed and which are up
Names: ${allNames.join(', ')}`;

const [verb, ...args] = process.argv.slice(2);
const flags = args.filter((argument) => argument.startsWith('--'));
const named = args.filter((argument) => !argument.startsWith('--'));
const choice = verb === 'install' ? allNames : startable;
const names = named.flatMap((name) => (name === 'all' ? choice : [name]));
const say = (line) => console.error(line);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));

const variables = {
  clamd: ({ host, port }) => ({ CLAMD_HOST: host, CLAMD_PORT: port }),
  redis: ({ endpoint }) => ({ REDIS_URL: endpoint }),
};
const s3Variables = ({ endpoint, region, accessKeyId, secretAccessKey, caFile }) => ({
  S3_TEST_ENDPOINT: endpoint,
  S3_TEST_REGION: region,
  S3_TEST_ACCESS_KEY: accessKeyId,
  S3_TEST_SECRET_KEY: secretAccessKey,
  ...(caFile && { S3_TEST_CA_FILE: caFile }),
});

/** What `up` prints: variables that the tests, the SDK's users or the server of the repository understand. */
const lines = (server) =>
  Object.entries((variables[server.name] ?? s3Variables)(server))
    .map(([name, value]) => `export ${name}=${value}`)
    .join('\n');

/** Installs them, two at once: what compiles, in turn, beside what only downloads. */
async function installAll() {
  const lanes = [[], []];
  for (const name of names) lanes[catalogue[name].kind === 'go' ? 0 : 1].push(name);
  const failures = [];
  await Promise.all(
    lanes.map(async (lane) => {
      for (const name of lane) await install(name, say).catch(({ message }) => failures.push(message));
    }),
  );
  if (failures.length > 0) throw new Error(failures.join('\n'));
}

const verbs = {
  install: installAll,
  async up() {
    const port = flags.find((flag) => flag.startsWith('--port='))?.slice('--port='.length);
    for (const name of names) {
      const server = await up(name, { tls: flags.includes('--tls'), port: port && Number(port) });
      say(`${name}: up until "npm run servers -- down ${name}"`);
      console.log(lines(server));
    }
  },
  async down() {
    for (const name of names) say(`${name}: ${(await down(name)) ? 'down' : 'was not up'}`);
  },
  status() {
    for (const name of allNames) {
      if (!startable.includes(name)) {
        console.log(`${name}: ${isInstalled(name) ? 'installed' : 'not installed'}`);
        continue;
      }
      const server = find(name);
      const where = server ? `up at ${server.endpoint}` : 'down';
      console.log(`${name}: ${isInstalled(name) ? 'installed' : 'not installed'}, ${where}`);
    }
  },
};

// A port that is none would be any free one, and what it should have been would be looked for in vain.
const isFlag = (flag) => {
  const port = /^--port=(\d{1,5})$/.exec(flag)?.[1];
  return verb === 'up' && (flag === '--tls' || (Number(port) >= 1 && Number(port) <= 65_535));
};
const wrong = flags.find((flag) => !isFlag(flag));
if (wrong !== undefined) {
  say(`No such option: ${wrong}\n${USAGE}`);
  process.exit(2);
}
const unknown = names.filter((name) => !choice.includes(name));
if (!Object.hasOwn(verbs, verb ?? '') || unknown.length > 0 || (verb !== 'status' && names.length === 0)) {
  say(unknown.length > 0 ? `No such server: ${unknown.join(', ')}\n${USAGE}` : USAGE);
  process.exit(2);
}
try {
  await verbs[verb]();
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}
