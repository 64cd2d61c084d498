import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/wire/command.js';
import { classify } from '../../src/wire/failures.js';
import { listOf } from '../../src/flat.js';
import type { StreamReply } from '../../src/wire/port.js';
import { SocketLine } from '../../src/wire/socket-line.js';

/** A socket that keeps what is written to it. */
class FakeSocket extends Socket {
  readonly written: string[] = [];

  override write(chunk: Uint8Array | string): boolean {
    this.written.push(chunk.toString());
    return true;
  }

  says(text: string): void {
    this.emit('data', Buffer.from(text));
  }
}

const READ: Command = { name: 'XREAD', args: ['COUNT', 1, 'STREAMS', 'p:s', '0'] };
const NIL = '*-1\r\n';
const ENTRY = '*1\r\n*2\r\n$3\r\np:s\r\n*1\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n';

function open() {
  const socket = new FakeSocket();
  const theirs: unknown[] = [];
  socket.on('data', (chunk) => theirs.push(chunk));
  const failures: Error[] = [];
  const line = new SocketLine(socket, (error) => {
    failures.push(error);
    line.stop();
  });
  const seen: unknown[] = [];
  const read = (as: string, command = READ) =>
    line.read(command, 'p:').subscribe({
      next: (streams) =>
        seen.push([
          as,
          streams.map(({ stream, entries }) => [stream, entries.map(({ id, pairs }) => [id, ...listOf(pairs ?? [])])]),
        ]),
      error: (error: unknown) => seen.push([as, classify(error).kind, error]),
    });
  return { socket, theirs, failures, line, seen, read };
}

it('sends nothing before it is subscribed to, and then a list of strings', () => {
  const { socket, line } = open();
  const sending = line.send({ name: 'PING', args: ['é', 5, Buffer.from([0x41])] });
  expect(socket.written).toEqual([]);
  sending.subscribe();
  expect(socket.written).toEqual(['*4\r\n$4\r\nPING\r\n$2\r\né\r\n$1\r\n5\r\n$1\r\nA\r\n']);
});

it('answers in the turn in which the last byte comes, and the client reads nothing any more', () => {
  const { socket, theirs, seen, read } = open();
  read('a');
  for (const byte of ENTRY.slice(0, -1)) socket.says(byte);
  expect(seen).toEqual([]);
  socket.says('\n');
  expect(seen).toEqual([['a', [['s', [['1-0', 'f', 'v']]]]]]);
  expect(theirs).toEqual([]);
});

it('what is looked at later is what came, though its bytes are gone', () => {
  const { socket, line } = open();
  const kept: StreamReply[] = [];
  line.read(READ, '').subscribe((streams) => kept.push(...streams));
  const bytes = Buffer.from(ENTRY.replace('*1\r\n*2\r\n$3\r\n1-0', '*2\r\n*2\r\n$3\r\n0-9\r\n*0\r\n*2\r\n$3\r\n1-0'));
  for (const chunk of [bytes.subarray(0, 45), bytes.subarray(45)]) {
    socket.emit('data', chunk);
    chunk.fill('?');
  }
  const entries = kept.flatMap(({ entries }) => entries.map(({ id, pairs }) => [id, ...listOf(pairs ?? [])]));
  expect(entries).toEqual([['0-9'], ['1-0', 'f', 'v']]);
});

it('answers in order, also what was sent while another was out, and what nobody waits for any more', () => {
  const { socket, line, seen, read } = open();
  read('a').unsubscribe();
  read('b');
  line.send({ name: 'CLIENT', args: ['ID'] }).subscribe((id) => seen.push(id));
  socket.says(`${NIL}${ENTRY}:7\r\n`);
  expect(seen).toEqual([['b', [['s', [['1-0', 'f', 'v']]]]], 7]);
});

describe('replies that come with the beginning of another one', () => {
  const ack = (id: string): Command => ({ name: 'XACK', args: ['p:s', 'g', id] });

  it('are told with it, once all of it has come', () => {
    const { socket, line, seen, read } = open();
    line.send(ack('1-0')).subscribe((count) => seen.push(count));
    line.send(ack('2-0')).subscribe((count) => seen.push(count));
    read('a');
    socket.says(`:1\r\n:0\r\n${ENTRY.slice(0, 20)}`);
    expect(seen).toEqual([]);
    socket.says(ENTRY.slice(20));
    expect(seen).toEqual([1, 0, ['a', [['s', [['1-0', 'f', 'v']]]]]]);
  });

  it('and at once when nothing came with them: the read may wait for long', () => {
    const { socket, line, seen, read } = open();
    line.send(ack('1-0')).subscribe((count) => seen.push(count));
    read('a');
    socket.says(':1\r\n');
    expect(seen).toEqual([1]);
  });

  it('are not told any more when that breaks off', () => {
    const { socket, line, seen, failures, read } = open();
    line.send(ack('1-0')).subscribe((count) => seen.push(count));
    read('a');
    socket.says(`:1\r\n${ENTRY.slice(0, 20)}`);
    socket.emit('end');
    expect(seen).toEqual([]);
    expect(failures).toMatchObject([{ code: 'PROTOCOL' }]);
  });
});

it('what is sent together leaves in one piece, in order, also where something throws', () => {
  const { socket, line } = open();
  const send = (name: string) => line.send({ name, args: [] }).subscribe();
  line.together(() => {
    send('ONE');
    send('TWO');
  });
  line.together(() => undefined);
  line.together(() => send('THREE'));
  const failing = (): void => {
    send('FOUR');
    throw new Error('no');
  };
  expect(() => line.together(failing)).toThrow('no');
  send('FIVE');
  const word = (name: string) => `*1\r\n$${name.length}\r\n${name}\r\n`;
  expect(socket.written).toEqual([word('ONE') + word('TWO'), word('THREE'), word('FOUR'), word('FIVE')]);
});

it('takes commands from inside of an answer', () => {
  const { socket, line, seen, read } = open();
  line.send({ name: 'PING', args: [] }).subscribe(() => read('inside'));
  socket.says('+PONG\r\n');
  socket.says(NIL);
  expect(seen).toEqual([['inside', []]]);
  expect(socket.written).toHaveLength(2);
});

it('is stopped from inside of an answer, with more to read', () => {
  const { socket, line, seen, failures, read } = open();
  line.send({ name: 'PING', args: [] }).subscribe(() => line.stop());
  read('after');
  socket.says(`+PONG\r\n${NIL}`);
  expect([seen, failures]).toEqual([[], []]);
});

it('passes an error reply on as the client does, without what was sent', () => {
  const { socket, seen, read } = open();
  read('a');
  read('b');
  socket.says("-NOGROUP No such key\r\n-ERR unknown command 'X', with args beginning with: 'secret'\r\n");
  expect(seen).toMatchObject([
    ['a', 'heal', { name: 'ReplyError', message: 'NOGROUP No such key', command: { name: 'XREAD' } }],
    ['b', 'fatal', { name: 'ReplyError', message: "ERR unknown command 'X'" }],
  ]);
});

describe('fails with PROTOCOL, and answers nothing any more', () => {
  it.each([
    ['bytes that are no RESP', 'HTTP/1.1 400\r\n'],
    ['a reply to something else', '+OK\r\n'],
    ['a reply that nobody has asked for', `${NIL}+OK\r\n`],
    ['a length over 512 MB', '*1\r\n*2\r\n$536870913\r\n'],
  ])('%s', (_, text) => {
    const { socket, failures, read } = open();
    read('a');
    socket.says(text);
    expect(failures).toMatchObject([{ code: 'PROTOCOL' }]);
    socket.says(NIL);
    expect(failures).toHaveLength(1);
  });

  it('an end inside of a reply, and not one between two', () => {
    const between = open();
    between.read('a');
    between.socket.says(NIL);
    between.socket.emit('end');
    expect(between.failures).toEqual([]);
    const inside = open();
    inside.read('a');
    inside.socket.says('*1\r\n');
    inside.socket.emit('end');
    expect(inside.failures).toMatchObject([{ code: 'PROTOCOL' }]);
  });
});

it('on a socket that is closing a command is lost', () => {
  const { socket, seen, read } = open();
  socket.destroy();
  read('a');
  expect(seen).toMatchObject([['a', 'lost', { code: 'CONNECTION_LOST' }]]);
  expect(socket.written).toEqual([]);
});

it('fail() fails what is out, in order, and whatever is sent later; who has gone is not told', () => {
  const { socket, line, seen, read } = open();
  read('gone').unsubscribe();
  line.send({ name: 'PING', args: [] }).subscribe(() => {
    line.stop();
    line.fail(new Error('closed by us'));
  });
  read('answered, and not told yet');
  read('not answered');
  socket.says(`${NIL}+PONG\r\n${NIL}`);
  read('later');
  expect(seen.map((each) => (each as unknown[])[0])).toEqual(['answered, and not told yet', 'not answered', 'later']);
  expect(seen.every((each) => ((each as unknown[])[2] as Error).message === 'closed by us')).toBe(true);
  expect(socket.written).toHaveLength(4);
});

it('stop() leaves no listener of ours', () => {
  const before = new FakeSocket().listenerCount('end');
  const { socket, line } = open();
  line.stop();
  expect([socket.listenerCount('data'), socket.listenerCount('end')]).toEqual([0, before]);
});
