import { describe, expect, it } from 'vitest';
import { request, together } from '../../../src/wire/resp/request.js';

describe('a command on the wire', () => {
  it('is text where it is ASCII', () => {
    expect(request({ name: 'XACK', args: ['s', 'g', '1-0', 5] })).toBe(
      '*5\r\n$4\r\nXACK\r\n$1\r\ns\r\n$1\r\ng\r\n$3\r\n1-0\r\n$1\r\n5\r\n',
    );
  });

  it.each([
    ['text of other letters', 'é😀', Buffer.from('é😀')],
    ['half a letter, as Node writes it', '\ud83d', Buffer.from('\ufffd')],
    ['bytes', Buffer.from([0xff, 0x00]), Buffer.from([0xff, 0x00])],
  ])('has lengths in bytes: %s', (_, arg, bytes) => {
    const head = Buffer.from(`*2\r\n$4\r\nECHO\r\n$${bytes.length}\r\n`);
    expect(request({ name: 'ECHO', args: [arg] })).toEqual(Buffer.concat([head, bytes, Buffer.from('\r\n')]));
  });
});

describe('several in one', () => {
  const ascii = request({ name: 'PING', args: [] });
  const bytes = request({ name: 'ECHO', args: ['é'] });

  it('are text where all of them are', () => {
    expect(together([ascii, ascii])).toBe('*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n');
  });

  it('are bytes where one of them is', () => {
    expect(together([ascii, bytes, ascii])).toEqual(
      Buffer.from('*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$2\r\né\r\n*1\r\n$4\r\nPING\r\n'),
    );
  });
});
