// Starts a server, says what it is, and lives on: for tests that end it in a bad way.
import { startServer } from '../start-server.mjs';

const { stop, ...server } = await startServer(process.argv[2]);
console.log(JSON.stringify(server));
setTimeout(() => stop(), 600_000);
