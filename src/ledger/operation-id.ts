import { v7 } from "uuid";

/** `<connection>.<UUID>`: an operation is found by its id alone, and the UUID's version 7 keeps ids in the order of time. */
export function newOperationId(connection: string): string {
  return `${connection}.${v7()}`;
}

/** The connection an id belongs to; `undefined` where it is none. */
export function connectionOfOperation(id: string): string | undefined {
  return /^([a-z0-9-]+)\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.exec(id)?.[1];
}

/**
 * What an account carries of its operation's id: the 32 hexadecimal digits of the UUID. Vendors change what they store, but
 * hardly a text as short and plain as this.
 */
export function stampOf(id: string): string {
  return id.slice(id.lastIndexOf(".") + 1).replaceAll("-", "");
}
