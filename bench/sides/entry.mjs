/** What each side does with an entry, so that all do the same. */

/** The object that a loop makes of an entry as ioredis hands it out. */
export function entryOf(stream, [id, flat]) {
  const fields = {};
  for (let i = 0; i < flat.length; i += 2) fields[flat[i]] = flat[i + 1];
  return { stream, id, fields };
}

/** Reads every field. */
export function lookAtAll({ id, fields }) {
  return id.length + fields['customer'].length + fields['amount'].length + fields['note'].length;
}

/** The synchronous work in a group: it looks at one field. */
export function work({ fields }) {
  return fields['customer'].length;
}
