import { concat, map, toArray, type Observable } from 'rxjs';

/** One command after another, their lists joined. No items: no command, and the empty list at once. */
export function inChunks<T, R>(
  items: readonly T[],
  size: number,
  run: (chunk: readonly T[]) => Observable<readonly R[]>,
): Observable<readonly R[]> {
  const starts = Array.from({ length: Math.ceil(items.length / size) }, (_, index) => index * size);
  return concatLists(starts.map((start) => run(items.slice(start, start + size))));
}

export function concatLists<R>(lists: readonly Observable<readonly R[]>[]): Observable<readonly R[]> {
  return concat(...lists).pipe(
    toArray(),
    map((all): readonly R[] => all.flatMap((list) => [...list])),
  );
}
