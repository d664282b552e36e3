// Preloaded by `npm start`. npm passes SIGTERM to the shell that it started, and a shell such as Debian's dash
// dies of it without telling the server, which would live on and keep its port. So the server watches for that.
const parent = process.ppid;

const watch = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(watch);
  process.kill(process.pid, 'SIGTERM');
}, 250).unref();
