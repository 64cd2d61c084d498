import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createPort } from '../../src/wire/ioredis.js';
import { FakeClient, replyError } from './fake-client.js';

/** A server of that process, or one that does not tell, and a port whose reader is its connection 7. */
async function connected(server: { process: string | undefined }) {
  const client = new FakeClient((name, args) => {
    if (name.startsWith('XREAD')) return null;
    if (name !== 'INFO') return args[0] === 'ID' ? 7 : 1;
    return server.process === undefined
      ? Promise.reject(replyError('NOPERM no permissions to run the info command'))
      : `# Server\r\nredis_version:7.0.15\r\nrun_id:${server.process}\r\nos:Linux\r\n`;
  });
  const port = createPort(client);
  const reader = port.reader();
  await firstValueFrom(reader.connect());
  client.sent.length = 0;
  return {
    client,
    unblock: (clientId: number) => firstValueFrom(port.unblock({ clientId })),
    read: async (as?: { group: string; consumer: string; noAck: boolean }) => {
      await firstValueFrom(reader.read({ from: [['s', '>']], count: 1, block: 100, binary: false, ...(as && { as }) }));
      client.sent.length = 0;
    },
  };
}

describe('CLIENT UNBLOCK', () => {
  it('is sent to the process that gave the id', async () => {
    const { client, unblock } = await connected({ process: 'one' });
    expect(await unblock(7)).toBe(true);
    expect(client.sent).toEqual(['INFO server', 'CLIENT UNBLOCK 7']);
  });

  it('is not sent to another one, which has nothing of ours blocked: ids begin anew', async () => {
    const server = { process: 'one' };
    const { client, unblock } = await connected(server);
    server.process = 'two';
    expect(await unblock(7)).toBe(false);
    expect(client.sent).toEqual(['INFO server']);
  });

  it('is sent where nobody can tell, because INFO is not allowed', async () => {
    const { client, unblock } = await connected({ process: undefined });
    expect(await unblock(7)).toBe(true);
    expect(client.sent).toEqual(['CLIENT UNBLOCK 7']);
  });

  it.each([
    ['who acks', false, 'XACK s g 0-0'],
    ['who does not, and may have no right to', true, 'XREADGROUP GROUP g c COUNT 1 NOACK STREAMS s $'],
  ])(
    'of one (%s) goes behind a write that does nothing: a server that is paused for writes crashes on a command that it holds back',
    async (_, noAck, nothing) => {
      const { client, unblock, read } = await connected({ process: 'one' });
      await read({ group: 'g', consumer: 'c', noAck });
      expect(await unblock(7)).toBe(true);
      expect(client.sent).toEqual(['INFO server', nothing, 'CLIENT UNBLOCK 7']);
    },
  );

  it('of a read without a group, which is no write, it goes by itself', async () => {
    const { client, unblock, read } = await connected({ process: 'one' });
    await read();
    await unblock(7);
    expect(client.sent).toEqual(['INFO server', 'CLIENT UNBLOCK 7']);
  });
});
