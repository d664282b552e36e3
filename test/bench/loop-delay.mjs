// node --import loop-delay.mjs …: tells its parent how late the event loop has been, when the parent asks for it.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
process.on('message', (message) => {
  if (message === 'loop-delay') process.send({ loopP99Ms: delay.percentile(99) / 1e6 });
});
process.channel?.unref();
