import type { Attributes } from '@opentelemetry/api';
import type { Membership } from '../channels.js';
import { ATTRIBUTES, OPERATIONS, SYSTEM } from './names.js';

/** What is to be said of an operation. */
export interface Told {
  readonly operation: keyof typeof OPERATIONS;
  readonly stream: string;
  readonly group?: Membership | undefined;
}

/** What metrics have: no ids, and no names of consumers, which may be many. */
export function metricAttributes({ operation, stream, group }: Told, error?: string): Attributes {
  return {
    [ATTRIBUTES.system]: SYSTEM,
    [ATTRIBUTES.operation]: operation,
    [ATTRIBUTES.type]: OPERATIONS[operation].type,
    [ATTRIBUTES.destination]: stream,
    ...(group && { [ATTRIBUTES.group]: group.name }),
    ...(error !== undefined && { [ATTRIBUTES.error]: error }),
  };
}

/** What spans have; `ids`: one, or those of a batch. */
export function spanAttributes(told: Told, ids: readonly string[]): Attributes {
  const [id] = ids;
  return {
    ...metricAttributes(told),
    ...(told.group && { [ATTRIBUTES.client]: told.group.consumer }),
    ...(ids.length === 1 && id !== undefined ? { [ATTRIBUTES.id]: id } : {}),
    ...(ids.length > 1 ? { [ATTRIBUTES.count]: ids.length } : {}),
  };
}
