/** The port that the reference server `child` says that it listens at. What it says later is thrown away. */
export function portOf(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    const stdout = child.stdout.setEncoding('utf8');
    // Not by an iterator: that closes the pipe, and the next line of its log would end the server.
    stdout.on('data', (chunk) => {
      if (text === undefined) return;
      text += chunk;
      // The log names endpoints of storages before.
      const port = /^Documentation: http:\/\/127\.0\.0\.1:(\d+)/m.exec(text)?.[1];
      if (port === undefined) return;
      text = undefined;
      resolve(Number(port));
    });
    stdout.on('end', () => reject(new Error(`The server did not start: ${text}`)));
  });
}
