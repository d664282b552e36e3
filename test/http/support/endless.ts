import { connect } from 'node:net';
import { within } from '../../support/within.js';

/**
 * Sends `head` and then a chunked body without end, 1 GiB of it at most, until the server ends the connection.
 * @returns What it answered, and how many bytes were sent until then, and until the answer began.
 */
export async function sendEndless(
  port: number,
  head: string,
  {
    reads = true,
    first = '',
  }: { readonly reads?: boolean; /** What the body begins with. */ readonly first?: string } = {},
): Promise<{ readonly answer: string; readonly sent: number; readonly sentAtAnswer: number }> {
  const socket = connect(port, '127.0.0.1');
  const block = `10000\r\n${'x'.repeat(65_536)}\r\n`;
  let answer = '';
  let sent = 0;
  let sentAtAnswer = 0;
  socket.on('error', () => undefined);
  if (reads)
    socket.on('data', (data) => {
      if (answer === '') sentAtAnswer = sent;
      answer += String(data);
    });
  else socket.pause();
  const send = (): void => {
    while (!socket.destroyed && sent < 1024 ** 3) {
      sent += block.length;
      if (!socket.write(block)) return void socket.once('drain', send);
    }
  };
  socket.write(`${head}\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
  if (first !== '') socket.write(`${first.length.toString(16)}\r\n${first}\r\n`);
  send();
  try {
    await within(
      new Promise((resolve) => socket.once('close', resolve)),
      'the end of the connection',
      15_000,
    );
  } finally {
    socket.destroy();
  }
  return { answer, sent, sentAtAnswer };
}
