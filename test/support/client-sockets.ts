import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/**
 * The sockets that are made from now on to connect to a server. Those that earlier specs of the same process have left are none of
 * them, as they are in `process.getActiveResourcesInfo()`.
 * https://nodejs.org/api/diagnostics_channel.html#net
 */
export class ClientSockets {
  private readonly made = new Set<Socket>();
  private readonly onMade = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    this.made.add(socket);
    socket.once('close', () => this.made.delete(socket));
  };

  constructor() {
    subscribe('net.client.socket', this.onMade);
  }

  /** How many are not closed. @param port Only those that are connected to this one. Default: all, over TCP or a local socket. */
  open(port?: number): number {
    const open = [...this.made];
    return (port === undefined ? open : open.filter((socket) => socket.remotePort === port)).length;
  }

  /** Counts those no longer that are made from now on. */
  stop(): void {
    unsubscribe('net.client.socket', this.onMade);
  }
}
