/**
 * Methods of strings that are not looked up when they are called. `class … extends String`, anywhere in a process, makes V8 look each of them up
 * anew (Node 20: six to ten times slower), and ioredis 6 has such a class.
 */
const { call } = Function.prototype;

export const codeAt = call.bind(String.prototype.charCodeAt) as (text: string, at: number) => number;
export const piece = call.bind(String.prototype.slice) as (text: string, from: number, to?: number) => string;
export const hasAt = call.bind(String.prototype.startsWith) as (text: string, what: string, at: number) => boolean;
export const placeOf = call.bind(String.prototype.indexOf) as (text: string, what: string) => number;
