import { once } from 'node:events';
import { connect } from 'node:net';
import { measured } from './measured.mjs';

const encode = (command) => `*${command.length}\r\n${command.map((each) => `$${String(each).length}\r\n${each}\r\n`).join('')}`;

/**
 * The limit: sends one list of commands after the other and parses nothing. A list is answered when what came ends with `end`, the reply to its
 * last command.
 */
export async function bareSocket(port, lists, { end, total }) {
  const requests = lists.map((list) => Buffer.from(list.map(encode).join('')));
  const last = Buffer.from(end);
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const answered = () =>
    new Promise((resolve, reject) => {
      let sent = 0;
      socket.on('error', reject);
      socket.on('data', (chunk) => {
        if (!chunk.subarray(-last.length).equals(last)) return;
        if (sent === requests.length) resolve(0);
        else socket.write(requests[sent++]);
      });
      socket.write(requests[sent++]);
    });
  await measured(total, answered);
  socket.destroy();
}
