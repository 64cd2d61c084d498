import type { Fields, StandardSchema } from '../index.js';

/** What Nest's clients attach to a packet: a trace context, for example. */
export type PacketMetadata = Record<string, string>;

/** The fields of an entry that `RedisStreamsClient` added. */
const DATA_FIELD = 'nest.data';
const METADATA_FIELD = 'nest.metadata';

/** What `RedisStreamsClient` emitted; for an entry of somebody else its fields. Throws for what is no JSON. */
function dataOf(fields: Fields): unknown {
  const data = fields[DATA_FIELD];
  return data === undefined ? fields : (JSON.parse(data) as unknown);
}

/** What came with it; undefined where nothing did, and where it is none of ours: it is about the entry, which goes on without it. */
export function metadataOf(fields: Fields): PacketMetadata | undefined {
  const text = fields[METADATA_FIELD];
  if (text === undefined) return undefined;
  try {
    const metadata: unknown = JSON.parse(text);
    return typeof metadata === 'object' && metadata !== null ? (metadata as PacketMetadata) : undefined;
  } catch {
    return undefined;
  }
}

/** Names and values, in turn, as XADD takes them. */
export function fieldsOf({ data, metadata }: { data: unknown; metadata?: PacketMetadata | undefined }): string[] {
  const fields = [DATA_FIELD, JSON.stringify(data)];
  return metadata === undefined ? fields : [...fields, METADATA_FIELD, JSON.stringify(metadata)];
}

/** The `decode` of every source of this module: a schema gets what was emitted, not how it travelled. */
export function decodeOf(schema: StandardSchema | undefined): ((fields: Fields) => unknown) | StandardSchema {
  if (schema === undefined) return dataOf;
  const { '~standard': standard } = schema;
  return { '~standard': { ...standard, validate: (fields: unknown) => standard.validate(dataOf(fields as Fields)) } };
}
