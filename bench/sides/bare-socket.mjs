import { once } from 'node:events';
import { connect } from 'node:net';
import { measured } from './measured.mjs';

const encode = (command) => `*${command.length}\r\n${command.map((each) => `$${String(each).length}\r\n${each}\r\n`).join('')}`;

const SIZE = 64 * 1024;

/**
 * The limit: sends one list of commands after the other and parses nothing, reading into one buffer again and again. A list is answered when what
 * came ends with `end`, the reply to its last command.
 */
export async function bareSocket(port, lists, { end, total }) {
  const requests = lists.map((list) => Buffer.from(list.map(encode).join('')));
  const last = Buffer.from(end);
  /** The tail of what came before, and what has come. */
  let came = Buffer.alloc(0);
  let answered = () => undefined;
  const callback = (size, buffer) => {
    const chunk = buffer.subarray(0, size);
    came = size < last.length ? Buffer.concat([came, chunk]) : Buffer.from(chunk.subarray(-last.length));
    if (came.subarray(-last.length).equals(last)) answered();
    return true;
  };
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread: { buffer: Buffer.alloc(SIZE), callback } });
  await once(socket, 'connect');
  const sendAll = () =>
    new Promise((resolve, reject) => {
      let sent = 0;
      socket.on('error', reject);
      answered = () => (sent === requests.length ? resolve(0) : socket.write(requests[sent++]));
      answered();
    });
  await measured(total, sendAll);
  socket.destroy();
}
