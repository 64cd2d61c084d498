/**
 * How a page is connected:
 * - `closed`: nobody is subscribed, or it has ended.
 * - `connecting`: it is being opened, or the browser opens it again. `attempt` says how often it failed in a row.
 * - `open`: events come as they are.
 * - `waiting`: the browser has given it up (the server refused, say), and it is opened anew in `delay` ms.
 */
export type ConnectionState =
  | { readonly is: 'closed' }
  | { readonly is: 'connecting'; readonly attempt: number }
  | { readonly is: 'open' }
  | { readonly is: 'waiting'; readonly attempt: number; readonly delay: number };
