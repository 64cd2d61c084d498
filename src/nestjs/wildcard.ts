/** `orders.*`, `orders?`, and where a whole part is `#`, `+` or `>`: the wildcards of Redis patterns and of Nest's other transports. */
const WILDCARD = /[*?]|(^|[.:/])[#+>]($|[.:/])/;

export function wildcardIn(pattern: string): boolean {
  return WILDCARD.test(pattern);
}
