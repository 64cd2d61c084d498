/** Orders as server-sent events over node:http: a reader loses the connection, comes back with its Last-Event-ID, and misses nothing. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fromStreams, whenIdle } from 'rxjs-redis-streams';
import { startAfter, writeServerSentEvents } from 'rxjs-redis-streams/sse';
import { connect } from './redis.js';

const stream = 'example:09:orders';
const redis = connect();
await redis.del(stream); // what an interrupted run may have left

const server = createServer((request, response) => {
  const streams = startAfter(request, {
    streams: stream, // whoever comes without an id begins with what is added from now on
    notify: (notice) => notice.type === 'not-resumed' && console.log(`no place in the stream: ${notice.lastEventId}`),
  });
  writeServerSentEvents(response, fromStreams(redis, { streams }), { retry: 1_000 }).subscribe({ error: console.error });
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

/** As a browser's EventSource would: reads until it has seen so many orders, and loses the connection. Gives the last id. */
async function read(orders: number, { lastEventId = '', begun = (): void => undefined } = {}): Promise<string> {
  const connection = new AbortController();
  const { body } = await fetch(url, { headers: { 'Last-Event-ID': lastEventId }, signal: connection.signal });
  let [text, id] = ['', lastEventId];
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    const events = (text + chunk).split('\n\n');
    text = events.pop() ?? ''; // the beginning of the next
    for (const event of events) {
      id = /^id: (.*)$/m.exec(event)?.[1] ?? id;
      const data = /^data: (.+)$/m.exec(event)?.[1];
      if (data === undefined)
        begun(); // the first event: where reading begins
      else if ((console.log(`order ${data}`), --orders === 0)) {
        connection.abort();
        return id;
      }
    }
  }
  throw new Error('the response has ended');
}

const add = (number: number): Promise<unknown> => redis.xadd(stream, '*', 'number', number);
const first = await read(2, { begun: () => void add(1).then(() => add(2)) });
console.log('connection lost');
for (const number of [3, 4]) await add(number); // nobody is there
console.log('back again');
await read(2, { lastEventId: first });
await read(1, { lastEventId: '1', begun: () => void add(5) }); // the id of some counter: not the whole stream again

const closed = once(server, 'close');
server.close();
server.closeAllConnections();
await closed;
await whenIdle(redis);
await redis.del(stream);
await redis.quit();

// expect: order {"number":"1"}
// expect: order {"number":"2"}
// expect: connection lost
// expect: back again
// expect: order {"number":"3"}
// expect: order {"number":"4"}
// expect: no place in the stream: 1
// expect: order {"number":"5"}
